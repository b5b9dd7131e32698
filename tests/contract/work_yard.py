"""A deployment in miniature, on memory or PostgreSQL: jobs, their deliveries, and a van for a broker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.work import MemoryJobQueue, MemoryJobRuns, MemoryOutbox
from deepspace_adapters.postgres.outbox import PostgresOutbox
from deepspace_adapters.postgres.work import PostgresJobQueue, PostgresJobRuns
from deepspace_core.identity.principal import SystemActor
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import JobId, OrgId, UserId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work import (
    AttendJobs,
    Backoff,
    CancelJob,
    Delivery,
    FailJob,
    FinishJob,
    GetJob,
    JobDesk,
    JobFilter,
    JobRun,
    JobSpec,
    JobState,
    JobSteps,
    JobTrail,
    Lease,
    ListJobs,
    Progress,
    ProgressReport,
    RelayJobs,
    RenewLeases,
    RetryJob,
    StartJob,
    StopJob,
    YieldJob,
)
from deepspace_core.work.ports import JobRuns, Outbox
from tests.fakes import TRACE, CountingIds, FixedClock, ListedEvents

NAME = "test.job"
PAUSE = timedelta(seconds=100)
SPEC = JobSpec(NAME, timedelta(seconds=60), attempts_max=2, backoff=Backoff(first=PAUSE, longest=PAUSE))
OPERATOR = SystemActor("test")
ORG = OrgId(UUID(int=7))
DAY = timedelta(days=1)


class Van:
    """A courier that drives everything into a list, unless it is broken down."""

    def __init__(self) -> None:
        self.delivered: list[JobId] = []
        self.broken = False

    async def send(self, deliveries: Sequence[Delivery]) -> None:
        if self.broken:
            raise Unavailable("the van has broken down")
        self.delivered += [delivery.id for delivery in deliveries]


@dataclass
class Yard:
    """A deployment in miniature."""

    unit_of_work: UnitOfWork
    queue: JobQueue
    runs: JobRuns
    outbox: Outbox
    clock: FixedClock
    van: Van
    events: ListedEvents
    ids: CountingIds

    async def enqueue(self, *, name: str = NAME, delay: timedelta = timedelta(0), org_id: OrgId | None = None) -> JobId:
        async with self.unit_of_work() as tx:
            job_id = await self.queue.enqueue(
                tx, name=name, payload={"n": 1}, trace_id=TRACE, org_id=org_id, delay=delay
            )
            await tx.commit()
        return job_id

    async def relay(self, *names: str) -> list[JobId]:
        """What one step of the relay delivered."""
        before = len(self.van.delivered)
        await RelayJobs(self.unit_of_work, self.outbox, self.van, self.clock)(names=names or (NAME,))
        return self.van.delivered[before:]

    async def start(self, job_id: JobId) -> JobRun | None:
        return await StartJob(self.unit_of_work, self.desk, self.clock)(job_id=job_id, spec=SPEC)

    async def started(self, *, org_id: OrgId | None = None) -> Lease:
        """A job that was queued, relayed and started."""
        job_id = await self.enqueue(org_id=org_id)
        await self.relay()
        job = await self.start(job_id)
        assert job is not None
        return Lease(job.id, job.fence)

    async def finish(self, lease: Lease) -> bool:
        return await FinishJob(self.unit_of_work, self.desk, self.clock)(lease=lease)

    async def fail(self, lease: Lease, *, retryable: bool = True) -> JobState | None:
        fail_job = FailJob(self.unit_of_work, self.desk, self.clock)
        return await fail_job(lease=lease, spec=SPEC, error="broken", error_code="internal", retryable=retryable)

    async def stop(self, lease: Lease) -> bool:
        return await StopJob(self.unit_of_work, self.desk, self.clock)(lease=lease)

    async def attend(self, *leases: Lease, progress: Progress | None = None) -> set[JobId]:
        reports = [ProgressReport(lease, progress) for lease in leases]
        return await AttendJobs(self.unit_of_work, self.runs)(reports=reports)

    async def give_back(self, lease: Lease) -> JobState | None:
        return await YieldJob(self.unit_of_work, self.desk, self.clock)(lease=lease)

    async def renew(self, *leases: Lease) -> set[JobId]:
        return await RenewLeases(self.unit_of_work, self.runs, self.clock)(leases=leases)

    async def job(self, job_id: JobId) -> JobRun:
        return await GetJob(self.unit_of_work, self.runs)(actor=OPERATOR, job_id=job_id)

    async def jobs(self, **matching: object) -> list[JobId]:
        where = JobFilter(**matching)  # type: ignore[arg-type]
        listed = await ListJobs(self.unit_of_work, self.runs)(actor=OPERATOR, matching=where, page=PageRequest())
        return [job.id for job in listed.rows]

    async def cancel(self, job_id: JobId) -> JobRun:
        return await CancelJob(self.steps)(actor=OPERATOR, job_id=job_id)

    async def retry(self, job_id: JobId) -> JobRun:
        return await RetryJob(self.steps)(actor=OPERATOR, job_id=job_id)

    @property
    def steps(self) -> JobSteps:
        return JobSteps(self.unit_of_work, self.runs, self.outbox, self.trail, self.clock)

    @property
    def desk(self) -> JobDesk:
        return JobDesk(self.runs, self.outbox, self.trail)

    @property
    def trail(self) -> JobTrail:
        return JobTrail(self.events, self.ids)


class PasserBy:
    """Somebody logged in who is no administrator."""

    actor = "user:x"
    is_administrator = False
    acting_user_id = UserId(UUID(int=9))


def yard_of(request: pytest.FixtureRequest) -> Yard:
    """The yard of the adapter that a fixture's parameter names."""
    clock, ids, rest = FixedClock(), CountingIds(), (Van(), ListedEvents(), CountingIds(run=1))
    if request.param == "memory":
        unit_of_work = MemoryUnitOfWork(MemoryDatabase())
        queue = MemoryJobQueue(ids=ids, clock=clock)
        return Yard(unit_of_work, queue, MemoryJobRuns(), MemoryOutbox(), clock, *rest)
    unit_of_work = request.getfixturevalue("unit_of_work")
    queue_there = PostgresJobQueue(ids=ids, clock=clock)
    return Yard(unit_of_work, queue_there, PostgresJobRuns(), PostgresOutbox(), clock, *rest)
