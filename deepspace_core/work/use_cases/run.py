"""What a worker does around a job: start it, keep its lease, settle it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deepspace_core.kernel.ids import JobId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.work.job import JobRun, JobState
from deepspace_core.work.job_spec import JobSpec
from deepspace_core.work.ports import JobRuns, Lease, ProgressReport
from deepspace_core.work.progress import Progress
from deepspace_core.work.use_cases.desk import JobDesk

LEASE = timedelta(seconds=30)
"""How long a silent worker keeps its jobs. Clocks of workers must agree to well within it."""

WORKER_LOST = "worker_lost"


@dataclass(frozen=True, slots=True)
class StartJob:
    """Takes a job under a lease, or says that there is nothing to do: settled, gone, or another worker has it."""

    unit_of_work: UnitOfWork
    desk: JobDesk
    clock: Clock
    lease: timedelta = LEASE

    async def __call__(self, *, job_id: JobId, spec: JobSpec) -> JobRun | None:
        async with self.unit_of_work() as tx:
            job = await self.desk.runs.lock(tx, job_id)
            now = self.clock.now()
            if job is None or not _may_start(job, now):
                return None
            started = await self._start_or_bury(tx, job, spec=spec, now=now)
            await tx.commit()
            return started

    async def _start_or_bury(self, tx: Transaction, job: JobRun, *, spec: JobSpec, now: datetime) -> JobRun | None:
        buried = _buried(job, spec=spec, now=now)
        if buried is not None:
            await self.desk.leave(tx, buried, now=now)
            return None
        started = job.start(now=now, lease=self.lease, spec=spec)
        await self.desk.take(tx, started, now=now, until=now + self.lease)
        return started


@dataclass(frozen=True, slots=True)
class RenewLeases:
    """Keeps a worker's running jobs its own; returns those that it no longer holds."""

    unit_of_work: UnitOfWork
    runs: JobRuns
    clock: Clock
    lease: timedelta = LEASE

    async def __call__(self, *, leases: Sequence[Lease]) -> set[JobId]:
        if not leases:
            return set()
        async with self.unit_of_work() as tx:
            held = await self.runs.renew(tx, leases, until=self.clock.now() + self.lease)
            await tx.commit()
        return {lease.job_id for lease in leases} - held


@dataclass(frozen=True, slots=True)
class AttendJobs:
    """Writes how far running jobs came; returns those that somebody asked to stop."""

    unit_of_work: UnitOfWork
    runs: JobRuns

    async def __call__(self, *, reports: Sequence[ProgressReport]) -> set[JobId]:
        if not reports:
            return set()
        async with self.unit_of_work() as tx:
            unwanted = await self.runs.attend(tx, reports)
            await tx.commit()
        return unwanted


@dataclass(frozen=True, slots=True)
class FinishJob:
    """Records success; False when the lease was lost and the outcome belongs to another attempt."""

    unit_of_work: UnitOfWork
    desk: JobDesk
    clock: Clock

    async def __call__(self, *, lease: Lease, progress: Progress | None = None) -> bool:
        async with self.unit_of_work() as tx:
            job = await self.desk.held(tx, lease)
            if job is None:
                return False
            now = self.clock.now()
            await self.desk.leave(tx, job.succeed(now=now, progress=progress), now=now)
            await tx.commit()
            return True


@dataclass(frozen=True, slots=True)
class FailJob:
    """Records a failure: another attempt after a pause, or a dead letter. Returns the state the job is left in."""

    unit_of_work: UnitOfWork
    desk: JobDesk
    clock: Clock

    async def __call__(
        self, *, lease: Lease, spec: JobSpec, error: str, error_code: str, retryable: bool
    ) -> JobState | None:
        async with self.unit_of_work() as tx:
            job = await self.desk.held(tx, lease)
            if job is None:
                return None
            now = self.clock.now()
            if retryable and job.attempts < spec.attempts_max:
                due_at = now + spec.backoff.pause(attempt=job.attempts, job_id=job.id)
                failed = job.postpone(now=now, due_at=due_at, error=error, error_code=error_code)
            else:
                failed = job.give_up(now=now, error=error, error_code=error_code)
            await self.desk.leave(tx, failed, now=now)
            await tx.commit()
            return failed.state


@dataclass(frozen=True, slots=True)
class YieldJob:
    """Gives a job back, to be started elsewhere at once: its worker shuts down. Returns the state it is left in."""

    unit_of_work: UnitOfWork
    desk: JobDesk
    clock: Clock

    async def __call__(self, *, lease: Lease) -> JobState | None:
        async with self.unit_of_work() as tx:
            job = await self.desk.held(tx, lease)
            if job is None:
                return None
            now = self.clock.now()
            left = job.hand_back(now=now)
            if left.settled:
                await self.desk.leave(tx, left, now=now)
            else:
                await self.desk.put_back(tx, left)
            await tx.commit()
            return left.state


@dataclass(frozen=True, slots=True)
class StopJob:
    """Records that a job stopped because it was asked to; False when the lease was lost."""

    unit_of_work: UnitOfWork
    desk: JobDesk
    clock: Clock

    async def __call__(self, *, lease: Lease) -> bool:
        async with self.unit_of_work() as tx:
            job = await self.desk.held(tx, lease)
            if job is None:
                return False
            now = self.clock.now()
            await self.desk.leave(tx, job.stop(now=now), now=now)
            await tx.commit()
            return True


def _may_start(job: JobRun, now: datetime) -> bool:
    return job.state is JobState.QUEUED or job.lease_ran_out(now)


def _buried(job: JobRun, *, spec: JobSpec, now: datetime) -> JobRun | None:
    """The job at its end, if there is nothing more to start; else None."""
    if job.state is JobState.CANCELLING:
        return job.stop(now=now)
    if job.attempts < spec.attempts_max:
        return None
    # A failure of the last attempt has given the job up already, so its worker was lost. A job that kills its worker
    # every time must not do so for ever.
    lost = f"its worker was lost in the last of {job.attempts} attempts"
    return job.give_up(now=now, error=lost, error_code=WORKER_LOST)
