"""Worker processes that are killed, stopped, or not alone."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deepspace_core.work import JobState
from tests.worker.conftest import Deployment, eventually
from tests.worker.jobs import HANG_ONCE

LEASE_SECONDS = "1"


async def test_a_worker_killed_in_the_middle_of_a_job_leaves_it_to_the_next_and_its_effect_stays_single(
    deployment: Deployment, database_url: str
) -> None:
    job_id = await deployment.enqueue(HANG_ONCE.name)
    async with process(deployment, database_url) as first:

        async def running() -> bool:
            return await deployment.effects() == 1

        await eventually(running)
        first.kill()
        await first.wait()
        assert (await deployment.job(job_id)).state is JobState.RUNNING
        async with process(deployment, database_url):
            job = await deployment.ends(job_id)
    assert job.attempts == 2
    assert (await deployment.runs(), await deployment.effects()) == (2, 1)


async def test_a_running_job_outlives_many_leases_of_its_own_worker(deployment: Deployment, database_url: str) -> None:
    job_id = await deployment.enqueue(HANG_ONCE.name)
    async with process(deployment, database_url), process(deployment, database_url):
        first = await deployment.ends(job_id, JobState.RUNNING)

        async def renewed() -> bool:
            job = await deployment.job(job_id)
            assert job.started_at is not None
            assert job.lease_expires_at is not None
            return (job.lease_expires_at - job.started_at).total_seconds() > 3 * float(LEASE_SECONDS)

        await eventually(renewed)
        assert (await deployment.job(job_id)).attempts == first.attempts == 1


async def test_a_terminated_worker_hands_its_job_back_and_exits_with_0(
    deployment: Deployment, database_url: str
) -> None:
    job_id = await deployment.enqueue(HANG_ONCE.name)
    async with process(deployment, database_url) as worker:

        async def running() -> bool:
            return await deployment.effects() == 1

        await eventually(running)
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    job = await deployment.job(job_id)
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


MOVES = """
CREATE TABLE moves (job_id uuid, moved_from timestamptz, moved_to timestamptz);
CREATE FUNCTION remember_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO moves VALUES (NEW.last_job_id, OLD.next_fire_at, NEW.next_fire_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER remember_moves AFTER UPDATE ON schedules FOR EACH ROW EXECUTE FUNCTION remember_move();
"""
"""Every fire of a schedule. When its job was queued would not tell: the clock goes on between the two."""


async def test_two_workers_fire_no_schedule_twice(deployment: Deployment, database_url: str) -> None:
    await deployment.execute(MOVES)
    async with (
        process(deployment, database_url, TEST_SECONDLY="yes"),
        process(deployment, database_url, TEST_SECONDLY="yes"),
    ):

        async def fired() -> bool:
            return await deployment.effects() >= 4

        await eventually(fired)
    jobs = await deployment.count("SELECT count(*) FROM job_runs")
    assert jobs == await deployment.count("SELECT count(DISTINCT job_id) FROM moves")
    fires = await deployment.count("SELECT count(*) FROM moves")
    assert fires == await deployment.count("SELECT count(DISTINCT moved_from) FROM moves WHERE moved_to > moved_from")
    assert fires == await deployment.count("SELECT count(DISTINCT moved_to) FROM moves")


@asynccontextmanager
async def process(
    deployment: Deployment, database_url: str, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process with the jobs of tests/worker/jobs.py; killed at the end unless it has gone."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.worker.jobs", database_url, deployment.redis_url, deployment.namespace, LEASE_SECONDS),
        env={**os.environ, **environment},
    )
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
