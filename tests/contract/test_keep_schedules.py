"""What an operator does with schedules, the same on memory and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from deepspace_adapters.cron import CronCalendar
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.work import (
    ChangeSchedule,
    GetSchedule,
    InvalidSchedule,
    JobStateConflict,
    ListSchedules,
    RunSchedule,
    ScheduleNotFound,
    Timetable,
)
from tests.contract.work_tower import MINUTE, MINUTELY, OPERATOR, Tower, tower_of
from tests.contract.work_yard import PasserBy
from tests.fakes import NOON, TRACE, CountingIds

NAME = MINUTELY.name


@pytest.fixture(params=["memory", "postgres"])
def tower(request: pytest.FixtureRequest) -> Tower:
    return tower_of(request)


def changing(tower: Tower) -> ChangeSchedule:
    return ChangeSchedule(
        tower.unit_of_work, tower.schedules, CronCalendar(), tower.events, CountingIds(run=8), tower.clock
    )


def running(tower: Tower) -> RunSchedule:
    ids = CountingIds(run=9)
    queue = tower.queue_of(CountingIds(run=7), tower.clock)
    return RunSchedule(tower.unit_of_work, tower.schedules, tower.runs, queue, tower.events, ids, tower.clock)


async def test_a_schedule_gets_another_time_in_another_zone(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    changed = await changing(tower)(
        actor=OPERATOR, trace_id=TRACE, name=NAME, cron="30 3 * * *", time_zone="Asia/Shanghai"
    )
    assert changed == await tower.schedule()
    assert changed.timetable == Timetable("30 3 * * *", "Asia/Shanghai")
    assert changed.next_fire_at == NOON + timedelta(hours=7, minutes=30)
    assert tower.events.types == ["schedule.changed"]


async def test_what_a_change_leaves_out_stays(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    before = await tower.schedule()
    changed = await changing(tower)(actor=OPERATOR, trace_id=TRACE, name=NAME, enabled=False)
    assert changed == replace(before, enabled=False)


async def test_an_enabled_schedule_does_not_make_up_for_what_it_missed(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    change = changing(tower)
    await change(actor=OPERATOR, trace_id=TRACE, name=NAME, enabled=False)
    tower.clock.advance(60 * MINUTE)
    assert not await tower.ringer()()
    await change(actor=OPERATOR, trace_id=TRACE, name=NAME, enabled=True)
    assert not await tower.ringer()()
    tower.clock.advance(MINUTE)
    assert await tower.ringer()() == [NAME]


@pytest.mark.parametrize(("cron", "time_zone", "param"), [("soon", None, "cron"), (None, "Mars/Olympus", "time_zone")])
async def test_a_time_that_cannot_be_read_is_refused_and_changes_nothing(
    tower: Tower, cron: str | None, time_zone: str | None, param: str
) -> None:
    await tower.declare(MINUTELY)
    before = await tower.schedule()
    with pytest.raises(InvalidSchedule) as refused:
        await changing(tower)(actor=OPERATOR, trace_id=TRACE, name=NAME, cron=cron, time_zone=time_zone)
    assert refused.value.param == param
    assert await tower.schedule() == before


async def test_a_job_can_be_run_between_fires_even_of_a_disabled_schedule(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    await changing(tower)(actor=OPERATOR, trace_id=TRACE, name=NAME, enabled=False)
    before = await tower.schedule()
    job = await running(tower)(actor=OPERATOR, trace_id=TRACE, name=NAME)
    assert (job.name, job.payload, job.trace_id) == (MINUTELY.job_name, MINUTELY.payload, TRACE)
    assert await tower.schedule() == replace(before, last_fired_at=NOON, last_job_id=job.id)
    assert tower.events.types == ["schedule.changed", "schedule.run"]


async def test_a_job_that_is_not_settled_is_not_run_beside_itself(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    run = running(tower)
    first = await run(actor=OPERATOR, trace_id=TRACE, name=NAME)
    with pytest.raises(JobStateConflict):
        await run(actor=OPERATOR, trace_id=TRACE, name=NAME)
    await tower.finish(first.id)
    assert (await run(actor=OPERATOR, trace_id=TRACE, name=NAME)).id != first.id


async def test_a_run_by_hand_does_not_keep_the_schedule_from_firing(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    job = await running(tower)(actor=OPERATOR, trace_id=TRACE, name=NAME)
    await tower.finish(job.id)
    tower.clock.advance(MINUTE)
    assert await tower.ringer()() == [NAME]
    assert len(await tower.jobs()) == 2


async def test_an_unknown_schedule_is_not_found(tower: Tower) -> None:
    for step in (changing(tower), running(tower)):
        with pytest.raises(ScheduleNotFound):
            await step(actor=OPERATOR, trace_id=TRACE, name="test.none")
    with pytest.raises(ScheduleNotFound):
        await GetSchedule(tower.unit_of_work, tower.schedules)(actor=OPERATOR, name="test.none")


async def test_only_an_administrator_keeps_schedules(tower: Tower) -> None:
    await tower.declare(MINUTELY)
    for step in (changing(tower), running(tower)):
        with pytest.raises(AdministratorRequired):
            await step(actor=PasserBy(), trace_id=TRACE, name=NAME)
    with pytest.raises(AdministratorRequired):
        await ListSchedules(tower.unit_of_work, tower.schedules)(actor=PasserBy())
