"""Where a job is taken and left: its run, its delivery and what the trail says of it change in one transaction.

What an organization's own job goes through is told in its trail: started, an attempt that failed, succeeded, failed for
good, cancelled, replayed. Of the installation's own jobs, which come by the clock all day, only what a person did to
one is told; metrics and the list of jobs tell the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from deepspace_core.identity import told
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.work.job import JobRun, JobState
from deepspace_core.work.ports import JobRuns, Lease, Outbox

WORKER = "system:worker"

LEFT: Mapping[JobState, str] = MappingProxyType(
    {
        JobState.SUCCEEDED: "job.succeeded",
        JobState.DEAD: "job.failed",
        JobState.CANCELLED: "job.cancelled",
        JobState.QUEUED: "job.attempt_failed",
    }
)
"""What is told of a job by the state that its worker left it in."""


@dataclass(frozen=True, slots=True)
class JobTrail:
    """Tells of a job in the trail of its organization."""

    events: EventLog
    ids: IdSource

    async def tell(self, tx: Transaction, job: JobRun, *, event_type: str, now: datetime, actor: str) -> None:
        """Never of what failed inside, which is for operators: of that the code alone."""
        event = told(
            self.ids,
            now=now,
            event_type=event_type,
            org_id=job.org_id,
            actor=actor,
            subject=show_id("job", job.id),
            trace_id=job.trace_id,
            payload={
                "job_id": show_id("job", job.id),
                "name": job.name,
                "attempts": job.attempts,
                "attempts_max": job.attempts_max,
                "error_code": job.error_code,
            },
        )
        await self.events.append(tx, event)


@dataclass(frozen=True, slots=True)
class JobDesk:
    """What workers do with jobs, within their transaction."""

    runs: JobRuns
    outbox: Outbox
    trail: JobTrail

    async def held(self, tx: Transaction, lease: Lease) -> JobRun | None:
        """The job, locked; None when the lease was lost, and its end belongs to another attempt."""
        job = await self.runs.lock(tx, lease.job_id)
        return job if job is not None and job.held_under(lease.fence) else None

    async def take(self, tx: Transaction, job: JobRun, *, now: datetime, until: datetime) -> None:
        """Writes a job that was started; it is not due again while its lease holds."""
        await self.runs.save(tx, job)
        await self.outbox.defer(tx, [job.id], until=until)
        await self._tell(tx, job, event_type="job.started", now=now)

    async def leave(self, tx: Transaction, job: JobRun, *, now: datetime) -> None:
        """Writes a job that its worker lets go, and tells how it went."""
        await self.put_back(tx, job)
        await self._tell(tx, job, event_type=LEFT[job.state], now=now)

    async def put_back(self, tx: Transaction, job: JobRun) -> None:
        """Writes it without a word: it is due again at its time, or has no more deliveries."""
        await self.runs.save(tx, job)
        if job.settled:
            await self.outbox.remove(tx, job.id)
        else:
            await self.outbox.defer(tx, [job.id], until=job.due_at)

    async def _tell(self, tx: Transaction, job: JobRun, *, event_type: str, now: datetime) -> None:
        if job.org_id is not None:
            await self.trail.tell(tx, job, event_type=event_type, now=now, actor=WORKER)
