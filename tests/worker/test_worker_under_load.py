"""Workers killed and Redis emptied while hundreds of jobs are under way: nothing is lost, nothing happens twice."""

import asyncio
import random

import redis

from deepspace_core.kernel.ids import JobId
from deepspace_core.work import JobState
from tests.worker.conftest import Deployment, eventually
from tests.worker.jobs import TAKE_A_WHILE
from tests.worker.test_worker_processes import process

JOBS = 120
KILLS = 4


async def test_workers_killed_at_random_points_under_load_leave_every_effect_exactly_once(
    deployment: Deployment, database_url: str
) -> None:
    dice = random.Random(20)  # noqa: S311  # for points in time
    job_ids = [await deployment.enqueue(TAKE_A_WHILE.name) for _ in range(JOBS)]
    for kill in range(1, KILLS + 1):
        async with process(deployment, database_url) as worker, process(deployment, database_url):
            await _runs_reach(deployment, kill * JOBS // (KILLS + 2))
            await asyncio.sleep(dice.random() / 10)
            worker.kill()
            await worker.wait()
            # The other is killed at the end of the block, wherever it is.
        await _bring_forward(deployment)
    async with process(deployment, database_url), process(deployment, database_url):
        await _all_succeed(deployment, job_ids)
    assert await deployment.effects() == JOBS
    assert await deployment.runs() >= JOBS
    assert await deployment.count("SELECT count(*) FROM outbox") == 0


async def test_a_redis_flushed_again_and_again_under_load_loses_nothing(
    deployment: Deployment, database_url: str
) -> None:
    async with process(deployment, database_url), process(deployment, database_url):
        job_ids = []
        with redis.Redis.from_url(deployment.redis_url) as client:
            for number in range(JOBS):
                job_ids.append(await deployment.enqueue(TAKE_A_WHILE.name))
                if number % 10 == 9:
                    client.flushall()
            client.flushall()
        await _bring_forward(deployment)
        await _all_succeed(deployment, job_ids)
    assert await deployment.effects() == JOBS


async def _bring_forward(deployment: Deployment) -> None:
    """What Redis lost, or a killed worker had fetched, comes due by the outbox's own clock, which is put forward here.

    It runs for 15 seconds at first, and twice as long after each time that a job was handed over and not started.
    """
    await deployment.execute(
        "UPDATE outbox SET available_at = now() FROM job_runs"
        " WHERE job_runs.id = outbox.id AND job_runs.state = 'queued'"
    )


async def _runs_reach(deployment: Deployment, number: int) -> None:
    async def reached() -> bool:
        return await deployment.runs() >= number

    await eventually(reached)


async def _all_succeed(deployment: Deployment, job_ids: list[JobId]) -> None:
    async def done() -> bool:
        return await deployment.count("SELECT count(*) FROM job_runs WHERE state <> 'succeeded'") == 0

    await eventually(done)
    assert {(await deployment.job(job_id)).state for job_id in job_ids} == {JobState.SUCCEEDED}
