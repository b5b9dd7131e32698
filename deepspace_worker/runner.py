"""Runs one job: takes it, does it within its time limit, and records how it ended.

The end is recorded under the lease, so a runner that lost its lease records nothing. Whatever goes wrong with the
recording itself needs no handling here: the lease runs out and the job is handed over again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeAlias

from deepspace_core.kernel.errors import DeepSpaceError, Forbidden, InvalidInput, NotFound
from deepspace_core.kernel.ids import JobId
from deepspace_core.kernel.ports.job_context import JobCancelled, JobContext
from deepspace_core.work import JobRun, JobSpec, JobState, Lease
from deepspace_worker.context import RunningJob
from deepspace_worker.engine import Engine
from deepspace_worker.metrics import Metrics

Handler: TypeAlias = Callable[[JobRun, JobContext], Awaitable[None]]
"""Does a job. Idempotent: it may run again after it ran, with the same job id, and be killed at any point.

A use case that takes long gets the `JobContext` handed on, and calls its `progress`.
"""

FINAL = (InvalidInput, NotFound, Forbidden)
"""What core refuses today it will refuse tomorrow."""

TIMED_OUT = "timed_out"
INTERNAL = "internal"
"""Codes of failures that are nobody's error of core. What is `internal` is told to operators only."""

log = logging.getLogger(__name__)


class JobRunner:
    """Runs the jobs of one worker process, all on one event loop."""

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics
        self._running: dict[Lease, RunningJob] = {}

    async def run(self, *, job_id: JobId, spec: JobSpec, handler: Handler) -> None:
        """Runs the job unless it is settled, gone, or another worker's. Raises Unavailable without a database."""
        job = await self._engine.start_job(job_id=job_id, spec=spec)
        task = asyncio.current_task()
        if job is None or task is None:
            log.debug("nothing to do for a message", extra={"job": spec.name, "job_id": job_id.hex})
            return
        began = time.monotonic()
        running = RunningJob(Lease(job.id, job.fence), task)
        state = await self._settle(job, running, self._attempt(job, running, spec=spec, handler=handler), spec=spec)
        seconds = time.monotonic() - began
        self._metrics.ended(job.name, state, seconds=seconds)
        _tell(job, state, seconds=seconds)

    async def renew_leases(self) -> None:
        """Renews the leases of all that runs; what turns out to be another worker's by now is stopped."""
        lost = await self._engine.renew_leases(leases=[*self._running])
        for lease, running in [*self._running.items()]:
            if lease.job_id in lost:
                running.interrupt()

    async def attend(self) -> None:
        """Writes the progress of all that runs, and asks those to stop that nobody wants any more."""
        unwanted = await self._engine.attend_jobs(reports=[running.report() for running in self._running.values()])
        for lease, running in [*self._running.items()]:
            if lease.job_id in unwanted:
                running.stop()

    def interrupt(self) -> None:
        """Stops all that runs; each job is handed back, to be started elsewhere at once."""
        for running in self._running.values():
            running.interrupt()

    async def _settle(
        self, job: JobRun, running: RunningJob, attempt: Coroutine[None, None, None], *, spec: JobSpec
    ) -> JobState | None:
        lease = running.lease
        try:
            await attempt
        except asyncio.CancelledError:
            return await self._stopped(lease) if running.cancelled else await self._engine.yield_job(lease=lease)
        except JobCancelled:
            return await self._stopped(lease)
        except Exception as fault:
            log.warning("a job failed", exc_info=True, extra={"job": job.name, "job_id": job.id.hex})
            return await self._engine.fail_job(
                lease=lease, spec=spec, error=_told(fault, spec), error_code=_code(fault), retryable=_retryable(fault)
            )
        finished = await self._engine.finish_job(lease=lease, progress=running.latest)
        return JobState.SUCCEEDED if finished else None

    async def _stopped(self, lease: Lease) -> JobState | None:
        return JobState.CANCELLED if await self._engine.stop_job(lease=lease) else None

    async def _attempt(self, job: JobRun, running: RunningJob, *, spec: JobSpec, handler: Handler) -> None:
        """Interruptible for as long as the handler runs, not while the end is recorded."""
        self._running[running.lease] = running
        try:
            async with asyncio.timeout(spec.time_limit.total_seconds()):
                await handler(job, running)
        finally:
            del self._running[running.lease]
            running.close()


def _retryable(fault: Exception) -> bool:
    """Whether another attempt may go better. A collision may: what was in the way can be gone."""
    return not isinstance(fault, FINAL)


def _told(fault: Exception, spec: JobSpec) -> str:
    match fault:
        case DeepSpaceError():
            return f"{fault.code}: {fault.message}"
        case TimeoutError():
            return f"took longer than its limit of {spec.time_limit.total_seconds():g} s"
        case _:
            return f"{type(fault).__name__}: {fault}"


def _code(fault: Exception) -> str:
    match fault:
        case DeepSpaceError():
            return fault.code
        case TimeoutError():
            return TIMED_OUT
        case _:
            return INTERNAL


def _tell(job: JobRun, state: JobState | None, *, seconds: float) -> None:
    details = {"job": job.name, "job_id": job.id.hex, "attempt": job.attempts, "seconds": round(seconds, 3)}
    match state:
        case None:
            log.warning("job lost to another worker, which records its end", extra=details)
        case JobState.DEAD:
            log.error("job dead: no attempt is left, or none would help", extra=details)
        case JobState.QUEUED:
            log.info("job back in the queue", extra=details)
        case JobState.CANCELLED:
            log.info("job cancelled: it was asked to stop", extra=details)
        case _:
            log.info("job done", extra=details)
