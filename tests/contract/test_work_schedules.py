"""Schedules, the same on memory and PostgreSQL: due, fired once, never piled up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from deepspace_adapters.cron import CronCalendar
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.work import MemoryJobQueue, MemoryJobRuns, MemoryPartitions, MemorySchedules
from deepspace_adapters.postgres.partitions import PostgresPartitions
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.schedules import PostgresSchedules
from deepspace_adapters.postgres.work import PostgresJobQueue, PostgresJobRuns
from deepspace_core.kernel.ids import JobId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work import (
    Backoff,
    DeclareSchedules,
    FireSchedules,
    InvalidSchedule,
    JobFilter,
    JobRun,
    JobSpec,
    ListSchedules,
    MakePartitionsAhead,
    Schedule,
    ScheduleDeclaration,
    Timetable,
)
from deepspace_core.work.ports import JobRuns, Partitions, Schedules
from tests.fakes import NOON, CountingIds, FixedClock

MINUTE = timedelta(minutes=1)
MINUTELY = ScheduleDeclaration("test.minutely", Timetable("* * * * *"), "test.job", {"n": 1})
LEASE = timedelta(seconds=30)
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
        (schedule,) = await ListSchedules(self.unit_of_work, self.schedules)()
        return schedule


@pytest.fixture(params=["memory", "postgres"])
def tower(request: pytest.FixtureRequest) -> Tower:
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


async def test_a_schedule_fires_at_its_time_and_not_before(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    ring = tower.ringer()
    assert not await ring()
    tower.clock.advance(MINUTE)
    assert await ring() == ["test.minutely"]
    assert [(job.name, job.payload) for job in await tower.jobs()] == [("test.job", {"n": 1})]
    schedule = await tower.schedule()
    assert (schedule.last_fired_at, schedule.next_fire_at) == (NOON + MINUTE, NOON + 2 * MINUTE)
    assert not await ring()


async def test_each_fire_has_a_trace_of_its_own(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    ring = tower.ringer()
    for _ in range(2):
        tower.clock.advance(MINUTE)
        await ring()
        await tower.finish((await tower.jobs())[0].id)
    assert len({job.trace_id for job in await tower.jobs()}) == 2


async def test_many_schedulers_at_once_fire_once(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    for fired in range(1, 4):
        tower.clock.advance(MINUTE)
        moved = await asyncio.gather(*[tower.ringer(run=10 * fired + ringer)() for ringer in range(5)])
        assert sum(len(names) for names in moved) == 1
        jobs = await tower.jobs()
        assert len(jobs) == fired
        await tower.finish(jobs[0].id)


async def test_a_scheduler_that_read_the_schedule_before_another_fired_it_does_nothing(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    stale = await tower.schedule()
    tower.clock.advance(MINUTE)
    await tower.ringer()()
    async with tower.unit_of_work() as tx:
        again = stale.fire(now=NOON, next_fire_at=NOON + 2 * MINUTE, job_id=None)
        assert not await tower.schedules.advance(tx, again, was_due_at=stale.next_fire_at)


async def test_missed_fires_are_one_fire(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    tower.clock.advance(60 * MINUTE)
    ring = tower.ringer()
    await ring()
    await ring()
    assert len(await tower.jobs()) == 1
    assert (await tower.schedule()).next_fire_at == NOON + 61 * MINUTE


async def test_a_schedule_whose_job_is_not_done_queues_no_other(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    ring = tower.ringer()
    for _ in range(3):
        tower.clock.advance(MINUTE)
        assert await ring() == ["test.minutely"]
    (job,) = await tower.jobs()
    await tower.finish(job.id)
    tower.clock.advance(MINUTE)
    await ring()
    assert len(await tower.jobs()) == 2


async def test_what_an_operator_changed_survives_the_next_start(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    await tower.declare(replace(MINUTELY, timetable=Timetable("0 0 1 1 *")))
    assert (await tower.schedule()).timetable == MINUTELY.timetable


async def test_a_timetable_that_cannot_be_read_does_not_keep_the_others_from_firing(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    async with tower.unit_of_work() as tx:
        broken = Schedule("test.broken", Timetable("soon"), "test.job", {}, next_fire_at=NOON)
        await tower.schedules.add_missing(tx, [broken])
        await tx.commit()
    tower.clock.advance(MINUTE)
    with pytest.raises(InvalidSchedule):
        await tower.ringer()()
    assert len(await tower.jobs()) == 1


async def test_a_declaration_that_cannot_be_read_is_refused(tower: Tower) -> None:
    with pytest.raises(InvalidSchedule):
        await tower.declare(replace(MINUTELY, timetable=Timetable("soon")))


async def test_a_disabled_schedule_does_not_fire(tower: Tower) -> None:
    async with tower.unit_of_work() as tx:
        off = Schedule("test.off", Timetable("* * * * *"), "test.job", {}, next_fire_at=NOON, enabled=False)
        await tower.schedules.add_missing(tx, [off])
        await tx.commit()
    tower.clock.advance(MINUTE)
    assert not await tower.ringer()()


async def test_making_partitions_ahead_twice_is_as_good_as_once(tower: Tower) -> None:
    make_ahead = MakePartitionsAhead(tower.unit_of_work, tower.partitions, tower.clock)
    assert await make_ahead() == await make_ahead()


async def test_partitions_are_made_for_this_month_and_three_more(pool: Pool, unit_of_work: UnitOfWork) -> None:
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE months_test (at timestamptz NOT NULL) PARTITION BY RANGE (at)")
    clock = FixedClock(datetime(2031, 11, 30, 23, 59, tzinfo=UTC))
    assert "months_test" in await MakePartitionsAhead(unit_of_work, PostgresPartitions(), clock)()
    async with pool.connection() as connection:
        rows = await connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'months_test'::regclass ORDER BY 1"
        )
        names = [row[0] for row in await rows.fetchall()]
    assert names == [
        "months_test_default",
        *[f"months_test_y{m}" for m in ("2031m11", "2031m12", "2032m01", "2032m02")],
    ]
