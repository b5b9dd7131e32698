"""A real worker on a real PostgreSQL and a real Redis: every job's effect exactly once, whatever gets lost."""

import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest
import redis

from deepspace_adapters.logging import TRACE_ID
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import TraceId
from deepspace_core.work import JobState
from tests.fakes import TRACE
from tests.worker.conftest import Deployment, eventually
from tests.worker.jobs import COUNT, DO, FAIL_ALWAYS, FAIL_ONCE, HANG_ONCE, OVERRUN, REFUSE

NAMES: Sequence[str] = [DO.name]


async def test_a_committed_job_has_its_effect_once(working: Deployment) -> None:
    job_id = await working.enqueue(DO.name)
    job = await working.ends(job_id)
    assert (job.attempts, await working.runs(), await working.effects()) == (1, 1, 1)
    assert await working.count("SELECT count(*) FROM outbox") == 0


async def test_a_rolled_back_job_never_runs(working: Deployment) -> None:
    await working.enqueue(DO.name, commit=False)
    await working.ends(await working.enqueue(DO.name))
    assert await working.runs() == 1


async def test_many_jobs_run_once_each(working: Deployment) -> None:
    job_ids = [await working.enqueue(DO.name) for _ in range(150)]
    for job_id in job_ids:
        await working.ends(job_id)
    assert (await working.runs(), await working.effects()) == (150, 150)


async def test_a_redis_flushed_between_relay_and_run_loses_no_job(deployment: Deployment) -> None:
    job_id = await deployment.enqueue(DO.name)
    engine = deployment.engine()
    assert await engine.relay_jobs(names=NAMES) == 1
    with redis.Redis.from_url(deployment.redis_url) as client:
        client.flushall()
    async with deployment.worker():
        await deployment.execute("UPDATE outbox SET available_at = now()")  # the visibility bound passes
        await deployment.ends(job_id)
    assert (await deployment.runs(), await deployment.effects()) == (1, 1)


async def test_a_job_relayed_twice_runs_once(deployment: Deployment) -> None:
    job_id = await deployment.enqueue(DO.name)
    engine = deployment.engine()
    for _ in range(3):
        await deployment.execute("UPDATE outbox SET available_at = now()")
        assert await engine.relay_jobs(names=NAMES) == 1
    async with deployment.worker():
        await deployment.ends(job_id)
        await deployment.ends(await deployment.enqueue(DO.name))  # behind the copies in the one queue
    assert await deployment.runs() == 2


async def test_a_redis_that_is_away_leaves_jobs_in_the_outbox(deployment: Deployment) -> None:
    job_id = await deployment.enqueue(DO.name)
    nowhere = deployment.engine("redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable) as fault:
        await nowhere.relay_jobs(names=NAMES)
    assert fault.value.fields["dependency"] == "redis"
    assert await deployment.count("SELECT count(*) FROM outbox WHERE relayed_at IS NULL") == 1
    async with deployment.worker():
        await deployment.ends(job_id)


async def test_a_failed_job_is_tried_again(working: Deployment) -> None:
    job = await working.ends(await working.enqueue(FAIL_ONCE.name))
    assert (job.attempts, job.error) == (2, None)
    assert (await working.runs(), await working.effects()) == (2, 1)


async def test_a_job_that_always_fails_is_a_dead_letter_that_says_why(working: Deployment) -> None:
    job = await working.ends(await working.enqueue(FAIL_ALWAYS.name), JobState.DEAD)
    assert (job.attempts, job.error) == (3, "ConnectionError: the line is dead")
    assert job.error_code == "internal"


async def test_what_core_refuses_is_not_tried_again(working: Deployment) -> None:
    job = await working.ends(await working.enqueue(REFUSE.name), JobState.DEAD)
    assert (job.attempts, job.error) == (1, "invalid_input: no such thing")
    assert job.error_code == "invalid_input"


async def test_a_job_is_stopped_at_its_time_limit(working: Deployment) -> None:
    job = await working.ends(await working.enqueue(OVERRUN.name), JobState.DEAD)
    assert (job.error, job.error_code) == ("took longer than its limit of 0.05 s", "timed_out")


async def test_a_worker_that_shuts_down_hands_back_what_does_not_finish(deployment: Deployment) -> None:
    async with deployment.worker(drain_seconds=0):
        job_id = await deployment.enqueue(HANG_ONCE.name)

        async def running() -> bool:
            return await deployment.effects() == 1

        await eventually(running)
    job = await deployment.job(job_id)
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert await deployment.count("SELECT count(*) FROM outbox WHERE available_at <= now()") == 1


async def test_a_running_job_tells_its_progress_and_stops_when_it_is_cancelled(working: Deployment) -> None:
    job_id = await working.enqueue(COUNT.name)

    async def counting() -> bool:
        return (await working.job(job_id)).progress.done > 0

    await eventually(counting)
    progress = (await working.job(job_id)).progress
    assert (progress.total, progress.note) == (1_000_000, "counting")
    assert (await working.cancel(job_id)).state is JobState.CANCELLING
    job = await working.ends(job_id, JobState.CANCELLED)
    assert (job.attempts, job.error, await working.count("SELECT count(*) FROM outbox")) == (1, None, 0)


async def test_a_job_that_does_not_listen_is_interrupted_when_its_grace_is_over(
    working: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepspace_worker.context.GRACE_SECONDS", 0.05)
    job_id = await working.enqueue(HANG_ONCE.name)
    await working.ends(job_id, JobState.RUNNING)
    await working.cancel(job_id)
    await working.ends(job_id, JobState.CANCELLED)
    assert await working.runs() <= 1


async def test_a_delayed_job_waits_in_the_database_not_in_redis(working: Deployment) -> None:
    later = await working.enqueue(DO.name, delay=timedelta(hours=1))
    await working.ends(await working.enqueue(DO.name))
    assert (await working.job(later)).state is JobState.QUEUED
    assert await working.count("SELECT count(*) FROM outbox WHERE relayed_at IS NULL") == 1


async def test_every_line_logged_for_a_job_carries_its_trace(working: Deployment) -> None:
    traces: list[TraceId | None] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "job done":
                traces.append(TRACE_ID.get())

    runner_log = logging.getLogger("deepspace_worker.runner")
    listener, level = Listener(), runner_log.level
    runner_log.addHandler(listener)
    runner_log.setLevel(logging.INFO)
    try:
        await working.ends(await working.enqueue(DO.name))

        async def told() -> bool:
            return bool(traces)

        await eventually(told)
    finally:
        runner_log.removeHandler(listener)
        runner_log.setLevel(level)
    assert traces == [TRACE]
    assert TRACE_ID.get() is None
