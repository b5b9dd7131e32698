"""What an operator does with jobs: read them, stop them, replay dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.identity import Actor, require_administrator
from deepspace_core.kernel.ids import JobId, OrgId, show_id
from deepspace_core.kernel.page import PAGE_SIZE_MAX, Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.work.delivery import Delivery
from deepspace_core.work.errors import JobNotFound, JobStateConflict
from deepspace_core.work.job import JobRun, JobState
from deepspace_core.work.ports import JobFilter, JobRuns, Outbox, WorkCensus
from deepspace_core.work.use_cases.desk import JobTrail


@dataclass(frozen=True, slots=True)
class JobSteps:
    """The steps of a job that a person takes, each with its event; who may take them is the use case's to say.

    `org_id` None is the operator's reach. Raises JobNotFound for a job of anybody else, and JobStateConflict.
    """

    unit_of_work: UnitOfWork
    runs: JobRuns
    outbox: Outbox
    trail: JobTrail
    clock: Clock

    async def cancel(self, job_id: JobId, *, org_id: OrgId | None, actor: str) -> JobRun:
        """Ends a job that waits; one that runs is asked to stop."""
        async with self.unit_of_work() as tx:
            now = self.clock.now()
            cancelled = (await self._locked(tx, job_id, org_id)).cancel(now=now)
            await self.runs.save(tx, cancelled)
            if cancelled.settled:
                await self.outbox.remove(tx, job_id)
            # One that runs may yet succeed; its worker tells how it ended.
            event_type = "job.cancelled" if cancelled.settled else "job.cancel_requested"
            await self.trail.tell(tx, cancelled, event_type=event_type, now=now, actor=actor)
            await tx.commit()
            return cancelled

    async def retry(self, job_id: JobId, *, org_id: OrgId | None, actor: str) -> JobRun:
        """Queues a dead or cancelled job again."""
        async with self.unit_of_work() as tx:
            now = self.clock.now()
            queued = (await self._locked(tx, job_id, org_id)).replay(now=now)
            await self.runs.save(tx, queued)
            delivery = Delivery(queued.id, queued.name, queued.trace_id, created_at=now, available_at=now)
            await self.outbox.put(tx, delivery)
            await self.trail.tell(tx, queued, event_type="job.replayed", now=now, actor=actor)
            await tx.commit()
            return queued

    async def _locked(self, tx: Transaction, job_id: JobId, org_id: OrgId | None) -> JobRun:
        job = await self.runs.lock(tx, job_id)
        if job is None or org_id not in {None, job.org_id}:
            raise JobNotFound(f"there is no job {show_id('job', job_id)}; settled jobs go after their retention")
        return job


@dataclass(frozen=True, slots=True)
class ListJobs:
    """The jobs of the whole installation, or of one organization, newest first. Raises AdministratorRequired."""

    unit_of_work: UnitOfWork
    runs: JobRuns

    async def __call__(
        self, *, actor: Actor, matching: JobFilter, page: PageRequest, org_id: OrgId | None = None
    ) -> Page[JobRun]:
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.runs.list(tx, org_id=org_id, matching=matching, page=page)


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

    steps: JobSteps

    async def __call__(self, *, actor: Actor, job_id: JobId) -> JobRun:
        require_administrator(actor)
        return await self.steps.cancel(job_id, org_id=None, actor=actor.actor)


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Queues a dead or cancelled job again. Raises JobNotFound, JobStateConflict, AdministratorRequired."""

    steps: JobSteps

    async def __call__(self, *, actor: Actor, job_id: JobId) -> JobRun:
        require_administrator(actor)
        return await self.steps.retry(job_id, org_id=None, actor=actor.actor)


@dataclass(frozen=True, slots=True)
class RetryDeadJobs:
    """Queues dead letters again, all or those of one name, the newest first and PAGE_SIZE_MAX at most.

    For the hour after an outage: what killed them is mended. Returns those it queued. Raises AdministratorRequired.
    """

    list_jobs: ListJobs
    steps: JobSteps

    async def __call__(self, *, actor: Actor, name: str | None = None) -> Sequence[JobRun]:
        dead = JobFilter(state=JobState.DEAD, name=name)
        found = await self.list_jobs(actor=actor, matching=dead, page=PageRequest(limit=PAGE_SIZE_MAX))
        queued = []
        for job in found.rows:
            try:
                queued.append(await self.steps.retry(job.id, org_id=None, actor=actor.actor))
            except (JobNotFound, JobStateConflict):
                continue  # somebody else was faster
        return queued


@dataclass(frozen=True, slots=True)
class TakeCensus:
    """How much work there is, by name and state. Raises AdministratorRequired."""

    unit_of_work: UnitOfWork
    runs: JobRuns
    clock: Clock

    async def __call__(self, *, actor: Actor) -> WorkCensus:
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.runs.census(tx, now=self.clock.now())
