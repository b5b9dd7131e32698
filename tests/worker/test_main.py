"""The worker as it is started: what it needs, how it says so, how it ends."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deepspace_adapters.cron import CronCalendar
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.work import PostgresJobRuns
from deepspace_core.kernel.page import PageRequest
from deepspace_core.work import JobFilter, JobState
from deepspace_worker.schedule import SCHEDULES
from tests.fakes import NOON
from tests.worker.conftest import eventually


async def test_the_product_s_own_jobs_run_and_sigterm_ends_the_worker_with_0(
    pool: Pool, database_url: str, clean_redis_url: str, tmp_path: Path
) -> None:
    ready_file = tmp_path / "ready"
    async with worker(database_url, clean_redis_url, "--ready-file", str(ready_file)) as process:
        assert process.stderr is not None
        reading = asyncio.create_task(process.stderr.read())

        async def ready() -> bool:
            return ready_file.exists()

        await eventually(ready)
        async with pool.connection() as connection:
            await connection.execute("UPDATE schedules SET next_fire_at = now()")

        async def all_done() -> bool:
            async with PostgresUnitOfWork(pool)() as tx:
                listed = await PostgresJobRuns().list(tx, org_id=None, matching=JobFilter(), page=PageRequest())
            done = {job.name for job in listed.rows if job.state is JobState.SUCCEEDED}
            assert not [job for job in listed.rows if job.error]
            return done == {schedule.job_name for schedule in SCHEDULES}

        await eventually(all_done)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        lines = (await reading).decode()
    messages = [json.loads(line)["message"] for line in lines.splitlines()]
    assert {"worker ready", "worker stopped"} <= set(messages)
    assert "Traceback" not in lines
    assert not ready_file.exists()


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "DEEPSPACE_DATABASE_URL is not set"),
        ({"DEEPSPACE_DATABASE_URL": "postgresql://127.0.0.1:1/nowhere"}, "DEEPSPACE_REDIS_URL is not set"),
        (
            {"DEEPSPACE_DATABASE_URL": "postgresql://127.0.0.1:1/x", "DEEPSPACE_REDIS_URL": "redis://127.0.0.1:1"},
            "the worker can't run:",
        ),
    ],
)
async def test_a_worker_that_cannot_start_says_why(environment: dict[str, str], told: str) -> None:
    assert told in await refusal(environment)


async def test_a_database_without_its_tables_is_refused_with_the_way_out(
    empty_database_url: str, redis_url: str
) -> None:
    environment = {"DEEPSPACE_DATABASE_URL": empty_database_url, "DEEPSPACE_REDIS_URL": redis_url}
    assert "run `deepspace migrate`" in await refusal(environment)


def test_the_product_s_schedules_can_be_read_and_have_names_of_their_own() -> None:
    assert len({schedule.name for schedule in SCHEDULES}) == len(SCHEDULES)
    for schedule in SCHEDULES:
        assert CronCalendar().next_after(schedule.timetable, NOON) > NOON


@asynccontextmanager
async def worker(database_url: str, redis_url: str, *arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deepspace_worker", *arguments),
        env=clean_environment({"DEEPSPACE_DATABASE_URL": database_url, "DEEPSPACE_REDIS_URL": redis_url}),
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def refusal(environment: dict[str, str]) -> str:
    """What a worker says that exits with 1."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deepspace_worker"), env=clean_environment(environment), stderr=PIPE
    )
    _, told = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in told
    return told.decode()


def clean_environment(added: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DEEPSPACE_")}
    return {**kept, **added}
