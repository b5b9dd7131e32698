"""`make bench-usage`: how long a year of a busy organization takes to be told, through the repository that tells it.

The year is made up: 60 API keys of 30 projects and as many users, 10 models, about 40 combinations of them in every
hour, day and night. It lies in the hourly roll-ups; the sums are made of them as the worker makes them.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from deepspace_adapters.embedded.postgres import EmbeddedPostgres
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.usage import PostgresRollups
from deepspace_core.kernel.ids import OrgId
from deepspace_core.usage import Bucket, Dimension, Period, RollupState, UsageFilters

ORG = OrgId(UUID(int=1))
BEGINNING, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
TIMES = 7
YEAR = """
INSERT INTO usage_rollups
SELECT hour, %(org_id)s, md5('workspace')::uuid, md5('project' || used.key / 2)::uuid, md5('key' || used.key)::uuid,
       md5('user' || used.key / 2)::uuid, md5('model' || used.model)::uuid, 'model-' || used.model, 'USD',
       10, 1000, 0, 0, 0, 0, 500, 0, 0, 0, 123456
FROM generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 hour', interval '1 hour') AS hour,
     LATERAL (
         SELECT DISTINCT (random() * 59)::int AS key, (random() * random() * 9)::int AS model
         FROM generate_series(1, 40)
         WHERE hour IS NOT NULL
     ) AS used
"""
QUESTIONS = [
    (zone, bucket, dimension)
    for zone in ("UTC", "Asia/Shanghai", "Europe/Berlin")
    for bucket in (Bucket.DAY, Bucket.MONTH)
    for dimension in (Dimension.NONE, Dimension.MODEL, Dimension.PROJECT, Dimension.KEY)
]


async def fill(pool: Pool, rollups: PostgresRollups) -> int:
    """Writes the year; returns its hourly rows."""
    async with pool.connection() as connection:
        await connection.execute("SELECT setseed(0.5)")
        values = {"org_id": ORG, "since": BEGINNING, "until": END}
        rows = (await connection.execute(YEAR.encode(), values)).rowcount
    async with PostgresUnitOfWork(pool)() as tx:
        await rollups.save_state(tx, RollupState(rolled_until=END, seen_until=END))
        await rollups.make_sums(tx, [BEGINNING + timedelta(days=day) for day in range((END - BEGINNING).days)])
        await tx.commit()
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        await connection.execute("VACUUM ANALYZE")
        await connection.set_autocommit(False)
    return rows


async def ask(pool: Pool, rollups: PostgresRollups, *, period: Period, dimension: Dimension) -> tuple[float, int]:
    """The median time of an answer in milliseconds, and its rows."""
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        async with PostgresUnitOfWork(pool)() as tx:
            rows = await rollups.summarize(tx, ORG, period=period, dimension=dimension, filters=UsageFilters())
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times), len(rows)


async def run(database_url: str, show: Callable[[str], None]) -> None:
    """Fills, asks, prints."""
    rollups = PostgresRollups()
    async with make_pool(database_url) as pool:
        show(f"{await fill(pool, rollups):,} hourly rows; a year of:")
        show("| zone | by | split by | rows | median ms |\n|---|---|---|---|---|")
        for zone, bucket, dimension in QUESTIONS:
            offset = timedelta(hours=8) if zone == "Asia/Shanghai" else timedelta(0)
            period = Period(BEGINNING - offset, END - offset, bucket, time_zone=zone)
            took, rows = await ask(pool, rollups, period=period, dimension=dimension)
            show(f"| {zone} | {bucket} | {dimension} | {rows:,} | {took:.0f} |")


def main() -> None:
    """Starts a server, measures, stops it."""
    with tempfile.TemporaryDirectory(prefix="ds-") as name:
        postgres = EmbeddedPostgres(Path(name))
        postgres.start()
        try:
            url = postgres.url("postgres")
            migrate(url)
            asyncio.run(run(url, print))
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
