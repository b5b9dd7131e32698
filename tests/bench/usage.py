"""`make bench-usage`: how long a year of a busy organization takes to be told, through the repository that tells it.

The year is made up: 60 API keys of 30 projects and as many users, 10 models, about 40 combinations of them in every
hour, day and night. It lies in the hourly roll-ups; the sums are made of them as the worker makes them.
"""

import asyncio
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from deepspace_adapters.embedded.postgres import EmbeddedPostgres
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.usage import PostgresRollups
from deepspace_core.kernel.ids import OrgId
from deepspace_core.usage import SUMMARY_ROWS_MAX, Bucket, Dimension, Period, RollupState, SummaryRequest, UsageFilters

ORG = OrgId(UUID(int=1))
BEGINNING, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
TIMES = 3
WANTED_MS = 100
YEAR = """
INSERT INTO usage_rollups
    (hour, org_id, workspace_id, project_id, api_key_id, user_id, model_id, model_name, currency, requests,
     input_uncached, input_cached_read, input_cache_write, input_audio, input_image,
     output_text, output_reasoning, output_audio, output_image, cost_nanos, app_id)
SELECT hour, %(org_id)s, md5('workspace')::uuid, md5('project' || used.key / 2)::uuid, md5('key' || used.key)::uuid,
       md5('user' || used.key / 2)::uuid, md5('model' || used.model)::uuid, 'model-' || used.model, 'USD',
       10, 1000, 0, 0, 0, 0, 500, 0, 0, 0, 123456,
       CASE WHEN used.key %% 3 = 0 THEN md5('app' || used.key %% 2)::uuid END
FROM generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 hour', interval '1 hour') AS hour,
     LATERAL (
         SELECT DISTINCT (random() * 59)::int AS key, (random() * random() * 9)::int AS model
         FROM generate_series(1, 40)
         WHERE hour IS NOT NULL
     ) AS used
"""
ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York")
"""Days that are one sum; three sums; one with an hour or two at each end; three with three or four at each end."""


def named(name: str) -> UUID:
    """The id that the year gives to this name."""
    return UUID(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())


FIELDS: Mapping[str, Mapping[str, Any]] = {
    "a workspace": {"workspace_id": named("workspace")},
    "a project": {"project_id": named("project7")},
    "a key": {"api_key_id": named("key14")},
    "a user": {"user_id": named("user7")},
    "a model": {"model_name": "model-1"},
    "an app": {"app_id": named("app1")},
}
FILTERS: Sequence[tuple[str, UsageFilters]] = [
    ("everything", UsageFilters()),
    *(
        (" and ".join(names), UsageFilters(**dict(chain(*(FIELDS[name].items() for name in names)))))
        for names in (
            *((name,) for name in FIELDS),
            ("a project", "a model"),
            ("a workspace", "a model"),
            ("a workspace", "an app"),
            ("a key", "a user", "an app"),
        )
    ),
]
QUESTIONS = [
    (asked, filters, zone, bucket)
    for asked, filters in FILTERS
    for zone in ZONES
    for bucket in (Bucket.DAY, Bucket.MONTH)
]


async def fill(pool: Pool, rollups: PostgresRollups) -> int:
    """Writes the year; returns its hourly rows."""
    async with pool.connection() as connection:
        await connection.execute("SELECT setseed(0.5)")
        values = {"org_id": ORG, "since": BEGINNING, "until": END}
        rows = (await connection.execute(YEAR.encode(), values)).rowcount
    async with PostgresUnitOfWork(pool)() as tx:
        await rollups.save_state(tx, RollupState(rolled_until=END, seen_until=END))
        await tx.commit()
    for day in range((END - BEGINNING).days):
        async with PostgresUnitOfWork(pool)() as tx:
            await rollups.make_sums(tx, [BEGINNING + timedelta(days=day)], before=END)
            await tx.commit()
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        await connection.execute("VACUUM ANALYZE")
        await connection.set_autocommit(False)
    return rows


async def ask(
    pool: Pool, rollups: PostgresRollups, *, period: Period, dimension: Dimension, filters: UsageFilters
) -> list[float]:
    """The median time of each page, in milliseconds."""
    pages: list[float] = []
    cursor: str | None = None
    while cursor is not None or not pages:
        request = SummaryRequest.read(limit=None, cursor=cursor)
        times = []
        for _ in range(TIMES):
            began = time.perf_counter()
            async with PostgresUnitOfWork(pool)() as tx:
                page = await rollups.summarize(
                    tx, ORG, period=period, dimension=dimension, filters=filters, page=request
                )
            times.append((time.perf_counter() - began) * 1e3)
        pages.append(statistics.median(times))
        cursor = page.next_cursor
    return pages


async def run(database_url: str, show: Callable[[str], None]) -> None:
    """Fills, asks, prints the slowest page of each answer in milliseconds."""
    rollups = PostgresRollups()
    over = 0
    async with make_pool(database_url) as pool:
        show(f"{await fill(pool, rollups):,} hourly rows; a year, a page of at most {SUMMARY_ROWS_MAX:,} rows at once:")
        show(f"| of | zone | by | {' | '.join(Dimension)} |")
        show("|---" * (len(Dimension) + 3) + "|")
        for asked, filters, zone, bucket in QUESTIONS:
            since, until = (edge.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for edge in (BEGINNING, END))
            period = Period(since, until, bucket, time_zone=zone)
            slowest = [
                max(await ask(pool, rollups, period=period, dimension=dimension, filters=filters))
                for dimension in Dimension
            ]
            over += sum(took >= WANTED_MS for took in slowest)
            show(f"| {asked} | {zone} | {bucket} | {' | '.join(f'{took:.0f}' for took in slowest)} |")
        show(f"{len(QUESTIONS) * len(Dimension)} questions; {over} with a page that took {WANTED_MS} ms or more")


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
