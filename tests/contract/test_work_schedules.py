"""Schedules, the same on memory and PostgreSQL: due, fired once, never piled up."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from deepspace_adapters.postgres.partitions import PostgresPartitions
from deepspace_adapters.postgres.pool import Pool
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work import (
    InvalidSchedule,
    MakePartitionsAhead,
    Schedule,
    Timetable,
)
from tests.contract.work_tower import MINUTE, MINUTELY, Tower, tower_of
from tests.fakes import NOON, FixedClock


@pytest.fixture(params=["memory", "postgres"])
def tower(request: pytest.FixtureRequest) -> Tower:
    return tower_of(request)


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
