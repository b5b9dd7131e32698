"""What the members of an organization do with its own jobs. Those of the installation are not found here."""

from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.ids import JobId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work.job import JobRun
from deepspace_core.work.ports import JobFilter, JobRuns
from deepspace_core.work.use_cases.oversee import JobSteps


@dataclass(frozen=True, slots=True)
class ListOwnJobs:
    """The organization's jobs, newest first. Raises PermissionMissing."""

    unit_of_work: UnitOfWork
    runs: JobRuns

    async def __call__(self, *, principal: Principal, matching: JobFilter, page: PageRequest) -> Page[JobRun]:
        principal.require(Permission.READ_JOBS)
        async with self.unit_of_work() as tx:
            return await self.runs.list(tx, org_id=principal.org_id, matching=matching, page=page)


@dataclass(frozen=True, slots=True)
class GetOwnJob:
    """One of the organization's jobs. Raises PermissionMissing, JobNotFound."""

    unit_of_work: UnitOfWork
    runs: JobRuns

    async def __call__(self, *, principal: Principal, job_id: JobId) -> JobRun:
        principal.require(Permission.READ_JOBS)
        async with self.unit_of_work() as tx:
            return await self.runs.get(tx, job_id, org_id=principal.org_id)


@dataclass(frozen=True, slots=True)
class CancelOwnJob:
    """Ends a job that waits, asks one that runs to stop. Raises PermissionMissing, JobNotFound, JobStateConflict."""

    steps: JobSteps

    async def __call__(self, *, principal: Principal, job_id: JobId) -> JobRun:
        principal.require(Permission.MANAGE_JOBS)
        return await self.steps.cancel(job_id, org_id=principal.org_id, actor=principal.actor)


@dataclass(frozen=True, slots=True)
class RetryOwnJob:
    """Queues a dead or cancelled job again. Raises PermissionMissing, JobNotFound, JobStateConflict."""

    steps: JobSteps

    async def __call__(self, *, principal: Principal, job_id: JobId) -> JobRun:
        principal.require(Permission.MANAGE_JOBS)
        return await self.steps.retry(job_id, org_id=principal.org_id, actor=principal.actor)


@dataclass(frozen=True, slots=True)
class FindJobs:
    """The jobs of these ids that there still are, for a shell that follows jobs it was allowed to see."""

    unit_of_work: UnitOfWork
    runs: JobRuns

    async def __call__(self, *, job_ids: Sequence[JobId]) -> Sequence[JobRun]:
        async with self.unit_of_work() as tx:
            return await self.runs.find(tx, job_ids)
