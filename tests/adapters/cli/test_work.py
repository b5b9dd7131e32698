"""`deepspace job` and `deepspace schedule`, on memory."""

import asyncio

import pytest

from deepspace_adapters.cron import CronCalendar
from deepspace_adapters.memory.unit_of_work import MemoryUnitOfWork
from deepspace_adapters.memory.work import MemoryJobQueue, MemoryJobRuns, MemorySchedules
from deepspace_core.kernel.ids import JobId, read_id, show_id
from deepspace_core.work import DeclareSchedules, ScheduleDeclaration, Timetable
from tests.adapters.cli.memory_stack import MemoryStack
from tests.fakes import TRACE, CountingIds

NIGHTLY = ScheduleDeclaration("test.nightly", Timetable("0 3 * * *"), "test.job", {"n": 1})


@pytest.fixture
def scheduled(stack: MemoryStack) -> MemoryStack:
    """With one schedule."""
    declare = DeclareSchedules(MemoryUnitOfWork(stack.database), MemorySchedules(), CronCalendar(), stack.clock)
    asyncio.run(declare(declarations=[NIGHTLY]))
    return stack


def enqueue(stack: MemoryStack) -> str:
    async def work() -> JobId:
        async with MemoryUnitOfWork(stack.database)() as tx:
            queue = MemoryJobQueue(ids=CountingIds(run=5), clock=stack.clock)
            job_id = await queue.enqueue(tx, name="test.job", payload={"n": 1}, trace_id=TRACE)
            await tx.commit()
        return job_id

    return show_id("job", asyncio.run(work()))


def kill(stack: MemoryStack, job_id: str) -> None:
    async def work() -> None:
        async with MemoryUnitOfWork(stack.database)() as tx:
            job = await MemoryJobRuns().lock(tx, JobId(read_id("job", job_id, param="job")))
            assert job is not None
            dead = job.give_up(now=stack.clock.now(), error="broken", error_code="internal")
            await MemoryJobRuns().save(tx, dead)
            await tx.commit()

    asyncio.run(work())


def test_jobs_are_listed_shown_stopped_and_retried(stack: MemoryStack) -> None:
    job_id = enqueue(stack)
    assert [one["id"] for one in stack.told("job", "list", "--state", "queued", "--days", "1")["data"]] == [job_id]
    assert stack.told("job", "list", "--name", "test.other")["data"] == []
    assert stack.told("job", "show", job_id)["payload"] == {"n": 1}
    assert stack.told("job", "cancel", job_id)["state"] == "cancelled"
    watched = stack.run("job", "watch", job_id)
    assert (watched.exit_code, watched.stderr.strip()) == (1, "cancelled")
    assert stack.told("job", "retry", job_id)["state"] == "queued"
    assert "job_" in stack.run("job", "show", "nonsense").stderr


def test_dead_letters_are_read_and_replayed_together(stack: MemoryStack) -> None:
    job_id = enqueue(stack)
    kill(stack, job_id)
    (dead,) = stack.told("job", "list", "--state", "dead")["data"]
    assert (dead["error"], dead["error_code"]) == ("broken", "internal")
    assert stack.told("job", "census")["data"][0]["state"] == "dead"
    assert stack.told("job", "retry", "--dead", "--name", "test.other")["data"] == []
    assert [one["id"] for one in stack.told("job", "retry", "--dead")["data"]] == [job_id]
    assert "Deliveries due: 1" in stack.run("job", "census").stderr


@pytest.mark.parametrize("words", [(), ("job_1", "--dead"), ("job_1", "--name", "x")])
def test_a_retry_is_of_one_job_or_of_the_dead(stack: MemoryStack, words: tuple[str, ...]) -> None:
    refused = stack.run("job", "retry", *words)
    assert (refused.exit_code, "--dead" in refused.stderr) == (2, True)


def test_schedules_are_listed_changed_and_run(scheduled: MemoryStack) -> None:
    assert [one["name"] for one in scheduled.told("schedule", "list")["data"]] == ["test.nightly"]
    assert "test.nightly" in scheduled.run("schedule", "list").stdout
    moved = scheduled.told("schedule", "set", "test.nightly", "--cron", "30 4 * * *", "--time-zone", "Asia/Shanghai")
    assert (moved["cron"], moved["time_zone"], moved["next_fire_at"]) == (
        "30 4 * * *",
        "Asia/Shanghai",
        "2030-01-01T20:30:00Z",
    )
    assert scheduled.told("schedule", "disable", "test.nightly")["enabled"] is False
    assert scheduled.told("schedule", "enable", "test.nightly")["enabled"] is True
    job = scheduled.told("schedule", "run", "test.nightly")
    assert scheduled.told("schedule", "show", "test.nightly")["last_job_id"] == job["id"]
    assert "deepspace schedule list" in scheduled.run("schedule", "show", "test.none").stderr
    assert scheduled.run("schedule", "set", "test.nightly").exit_code == 2
