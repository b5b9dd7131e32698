"""A clock tower, on memory or PostgreSQL: schedules, the jobs they make, and bell-ringers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from deepspace_adapters.cron import CronCalendar
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.work import MemoryJobQueue, MemoryJobRuns, MemoryPartitions, MemorySchedules
from deepspace_adapters.postgres.partitions import PostgresPartitions
from deepspace_adapters.postgres.schedules import PostgresSchedules
from deepspace_adapters.postgres.work import PostgresJobQueue, PostgresJobRuns
from deepspace_core.identity import SystemActor
from deepspace_core.kernel.ids import JobId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work import (
    Backoff,
    DeclareSchedules,
    FireSchedules,
    JobFilter,
    JobRun,
    JobSpec,
    ListSchedules,
    Schedule,
    ScheduleDeclaration,
    Timetable,
)
from deepspace_core.work.ports import JobRuns, Partitions, Schedules
from tests.fakes import CountingIds, FixedClock, ListedEvents

MINUTE = timedelta(minutes=1)
MINUTELY = ScheduleDeclaration("test.minutely", Timetable("* * * * *"), "test.job", {"n": 1})
LEASE = timedelta(seconds=30)
OPERATOR = SystemActor("test")
SPEC = JobSpec("test.job", MINUTE, attempts_max=1, backoff=Backoff(first=MINUTE, longest=MINUTE))


@dataclass
class Tower:
    """A clock tower: schedules, the jobs they make, and two bell-ringers who don't know of each other."""

    unit_of_work: UnitOfWork
    schedules: Schedules
    runs: JobRuns
    partitions: Partitions
    queue_of: Callable[[CountingIds, FixedClock], JobQueue]
    clock: FixedClock
    events: ListedEvents = field(default_factory=ListedEvents)

    async def declare(self, *declarations: ScheduleDeclaration) -> None:
        await DeclareSchedules(self.unit_of_work, self.schedules, CronCalendar(), self.clock)(declarations=declarations)

    def ringer(self, run: int = 0) -> FireSchedules:
        ids = CountingIds(run)
        queue = self.queue_of(ids, self.clock)
        return FireSchedules(self.unit_of_work, self.schedules, self.runs, queue, CronCalendar(), ids, self.clock)

    async def jobs(self) -> list[JobRun]:
        async with self.unit_of_work() as tx:
            return [*(await self.runs.list(tx, org_id=None, matching=JobFilter(), page=PageRequest())).rows]

    async def finish(self, job_id: JobId) -> None:
        async with self.unit_of_work() as tx:
            job = await self.runs.lock(tx, job_id)
            assert job is not None
            now = self.clock.now()
            await self.runs.save(tx, job.start(now=now, lease=LEASE, spec=SPEC).succeed(now=now))
            await tx.commit()

    async def schedule(self) -> Schedule:
        (schedule,) = await ListSchedules(self.unit_of_work, self.schedules)(actor=OPERATOR)
        return schedule


def tower_of(request: pytest.FixtureRequest) -> Tower:
    """The tower of the adapter that a fixture's parameter names."""
    if request.param == "memory":
        return Tower(
            MemoryUnitOfWork(MemoryDatabase()),
            MemorySchedules(),
            MemoryJobRuns(),
            MemoryPartitions(),
            lambda ids, clock: MemoryJobQueue(ids=ids, clock=clock),
            FixedClock(),
        )
    return Tower(
        request.getfixturevalue("unit_of_work"),
        PostgresSchedules(),
        PostgresJobRuns(),
        PostgresPartitions(),
        lambda ids, clock: PostgresJobQueue(ids=ids, clock=clock),
        FixedClock(),
    )
