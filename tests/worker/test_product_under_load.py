"""The product's own worker and job, killed at random points under load: what it makes is made and told once."""

import asyncio
import random
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deepspace_adapters.composition import compose
from deepspace_adapters.postgres.pool import Pool
from deepspace_core.exports import ExportFilters, ExportFormat, ExportKind
from deepspace_core.exports.use_cases import RequestExport
from tests.fakes import TRACE
from tests.worker.conftest import Deployment, eventually
from tests.worker.test_main import clean_environment
from tests.worker.test_outbound import OWNER, adapters_of

EXPORTS = 40
KILLS = 3
TOLD = "SELECT count(*) FROM audit_logs WHERE event_type = 'export.ready'"


async def test_exports_of_workers_killed_at_random_points_are_each_written_and_told_once(
    pool: Pool, database_url: str, clean_redis_url: str, tmp_path: Path
) -> None:
    deployment, dice = Deployment(pool, clean_redis_url), random.Random(20)  # noqa: S311  # for points in time
    await _ask(pool, tmp_path)
    for kill in range(1, KILLS + 1):
        async with _worker(database_url, clean_redis_url, tmp_path):
            await _told(deployment, kill * EXPORTS // (KILLS + 2))
            await asyncio.sleep(dice.random() / 20)
        # What the killed one held, or had fetched, comes due by clocks that the test puts forward.
        await deployment.execute("UPDATE job_runs SET lease_expires_at = now() WHERE state = 'running'")
        await deployment.execute("UPDATE outbox SET available_at = now()")
    async with _worker(database_url, clean_redis_url, tmp_path):
        await _told(deployment, EXPORTS)
        await eventually(lambda: _is_settled(deployment))
    assert await deployment.count(TOLD) == EXPORTS
    async with pool.connection() as connection:
        written = await (await connection.execute("SELECT storage_key, size_bytes FROM exports")).fetchall()
    assert [(tmp_path / "files" / key).stat().st_size for key, _ in written] == [size for _, size in written]
    assert len({key for key, _ in written}) == EXPORTS


async def _ask(pool: Pool, directory: Path) -> None:
    request = compose(await adapters_of(pool, directory), RequestExport)
    for _ in range(EXPORTS):
        await request(
            principal=OWNER,
            kind=ExportKind.AUDIT,
            wanted_format=ExportFormat.CSV,
            filters=ExportFilters(),
            trace_id=TRACE,
        )


async def _told(deployment: Deployment, number: int) -> None:
    async def reached() -> bool:
        return await deployment.count(TOLD) >= number

    await eventually(reached)


async def _is_settled(deployment: Deployment) -> bool:
    left = "SELECT count(*) FROM job_runs WHERE name = 'exports.write' AND state <> 'succeeded'"
    return await deployment.count(left) == 0


@asynccontextmanager
async def _worker(database_url: str, redis_url: str, directory: Path) -> AsyncIterator[Process]:
    """The worker as it is started, killed at the end."""
    settings = {
        "DEEPSPACE_DATABASE_URL": database_url,
        "DEEPSPACE_REDIS_URL": redis_url,
        "DEEPSPACE_DATA_DIR": str(directory),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deepspace_worker"), env=clean_environment(settings), stderr=DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()
