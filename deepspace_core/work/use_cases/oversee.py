"""What an operator does with jobs: read them, cancel what still waits, replay dead letters."""

from dataclasses import dataclass

from deepspace_core.identity import Actor, require_administrator
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import EventId, JobId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.work.delivery import Delivery
from deepspace_core.work.errors import JobNotFound
from deepspace_core.work.job import JobRun
from deepspace_core.work.ports import JobFilter, JobRuns, Outbox


@dataclass(frozen=True, slots=True)
class ListJobs:
    """The jobs of the whole installation, newest first. Raises AdministratorRequired."""

    unit_of_work: UnitOfWork
    runs: JobRuns

    async def __call__(self, *, actor: Actor, matching: JobFilter, page: PageRequest) -> Page[JobRun]:
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.runs.list(tx, org_id=None, matching=matching, page=page)


@dataclass(frozen=True, slots=True)
class GetJob:
    """One job. Raises AdministratorRequired, JobNotFound."""

    unit_of_work: UnitOfWork
    runs: JobRuns

    async def __call__(self, *, actor: Actor, job_id: JobId) -> JobRun:
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.runs.get(tx, job_id, org_id=None)


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Ends a job that waits, and asks one that runs to stop: it is `cancelling` until its worker has let it go.

    Raises JobNotFound, JobStateConflict, AdministratorRequired.
    """

    unit_of_work: UnitOfWork
    runs: JobRuns
    outbox: Outbox
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, actor: Actor, job_id: JobId) -> JobRun:
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            cancelled = (await _locked(self.runs, tx, job_id)).cancel(now=self.clock.now())
            await self.runs.save(tx, cancelled)
            if cancelled.settled:
                await self.outbox.remove(tx, job_id)
            event = _event("job.cancelled", cancelled, actor=actor, ids=self.ids, clock=self.clock)
            await self.events.append(tx, event)
            await tx.commit()
            return cancelled


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Queues a dead or cancelled job again. Raises JobNotFound, JobStateConflict, AdministratorRequired."""

    unit_of_work: UnitOfWork
    runs: JobRuns
    outbox: Outbox
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, actor: Actor, job_id: JobId) -> JobRun:
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            now = self.clock.now()
            queued = (await _locked(self.runs, tx, job_id)).replay(now=now)
            await self.runs.save(tx, queued)
            delivery = Delivery(queued.id, queued.name, queued.trace_id, created_at=now, available_at=now)
            await self.outbox.put(tx, delivery)
            event = _event("job.replayed", queued, actor=actor, ids=self.ids, clock=self.clock)
            await self.events.append(tx, event)
            await tx.commit()
            return queued


async def _locked(runs: JobRuns, tx: Transaction, job_id: JobId) -> JobRun:
    job = await runs.lock(tx, job_id)
    if job is None:
        raise JobNotFound(f"there is no job {show_id('job', job_id)}; settled jobs go after their retention")
    return job


def _event(event_type: str, job: JobRun, *, actor: Actor, ids: IdSource, clock: Clock) -> Event:
    return Event(
        id=EventId(ids.uuid()),
        at=clock.now(),
        event_type=event_type,
        org_id=job.org_id,
        actor=actor.actor,
        subject=show_id("job", job.id),
        trace_id=job.trace_id,
        payload={"name": job.name, "attempts": job.attempts},
    )
