"""Months past their retention: stored whole, then dropped; and left alone until they are."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from deepspace_adapters.memory.job_context import MemoryJobContext
from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_adapters.postgres.partitions import PostgresPartitions
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.object_key import object_key
from deepspace_core.work import AnalyzeTables, ArchiveMonths, DetachedMonth, RetentionPolicy
from deepspace_core.work.use_cases import archive
from tests.fakes import CountingIds, FixedClock, ListedEvents

MAY = datetime(2031, 5, 15, tzinfo=UTC)
TABLE = """
    CREATE TABLE visits (id bigint NOT NULL, at timestamptz NOT NULL, who text) PARTITION BY RANGE (at);
    SELECT ensure_month_partitions('visits', '2031-01-01', 6)
"""
ROWS = """
    INSERT INTO visits
    SELECT n, timestamptz '2031-01-10T00:00Z' + n * interval '1 day', 'Zoë' FROM generate_series(0, 120) AS n
"""
KEYS = [object_key("retention", "visits", f"visits_y2031m{month}.jsonl") for month in ("01", "02")]


@pytest.fixture
async def visits(pool: Pool) -> Pool:
    async with pool.connection() as connection:
        for statement in (*TABLE.split(";"), ROWS):
            await connection.execute(statement.encode())
    return pool


class Archive:
    """The job, and what it stands on."""

    def __init__(self, pool: Pool, months: int) -> None:
        self.objects, self.events = MemoryObjects(), ListedEvents()
        self.unit_of_work, self.partitions = PostgresUnitOfWork(pool), PostgresPartitions()
        self.run = ArchiveMonths(
            self.unit_of_work,
            self.partitions,
            self.objects,
            self.events,
            CountingIds(),
            FixedClock(MAY),
            RetentionPolicy({"visits": months}),
        )

    async def __call__(self) -> Sequence[str]:
        return await self.run(context=MemoryJobContext())


async def rows_of(pool: Pool, query: str) -> list[tuple[object, ...]]:
    async with pool.connection() as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def test_months_past_their_retention_are_stored_whole_and_dropped(
    visits: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "ROWS_A_READ", 7)
    job = Archive(visits, months=2)
    before = await rows_of(visits, "SELECT id, who FROM visits WHERE at < '2031-03-01Z' ORDER BY id")
    assert [key.rpartition("/")[2] for key in await job()] == ["visits_y2031m01.jsonl", "visits_y2031m02.jsonl"]
    stored = b"".join([chunk for key in KEYS async for chunk in job.objects.read(key)])
    told = [json.loads(line) for line in stored.decode().splitlines()]
    assert [(one["id"], one["who"]) for one in told] == before
    assert await rows_of(visits, "SELECT to_regclass('visits_y2031m02')") == [(None,)]
    assert await rows_of(visits, "SELECT min(at) >= '2031-03-01Z' FROM visits") == [(True,)]
    assert job.events.types == ["month.archived"] * 2
    assert await job() == []


async def test_a_run_that_died_is_taken_up_where_the_month_stands_alone(visits: Pool) -> None:
    job = Archive(visits, months=3)
    async with visits.connection() as connection:
        await connection.execute("ALTER TABLE visits DETACH PARTITION visits_y2031m01")
    assert len(await job()) == 1
    assert await rows_of(visits, "SELECT to_regclass('visits_y2031m01')") == [(None,)]


async def test_a_month_of_which_not_all_was_copied_is_kept(visits: Pool) -> None:
    job = Archive(visits, months=3)
    async with job.unit_of_work() as tx:
        await job.partitions.detach(tx, table="visits", before=datetime(2031, 2, 1, tzinfo=UTC).date())
        await tx.commit()
    async with job.unit_of_work() as tx:
        with pytest.raises(Conflict):
            await job.partitions.drop(tx, DetachedMonth("visits", "visits_y2031m01"), rows=1)
    assert await rows_of(visits, "SELECT count(*) FROM visits_y2031m01") == [(22,)]


async def test_a_table_without_a_policy_keeps_everything(visits: Pool) -> None:
    assert await ArchiveMonths(
        *(PostgresUnitOfWork(visits), PostgresPartitions(), MemoryObjects(), ListedEvents(), CountingIds()),
        clock=FixedClock(MAY),
        policy=RetentionPolicy(),
    )(context=MemoryJobContext()) == []  # fmt: skip
    assert await rows_of(visits, "SELECT count(*) FROM visits") == [(121,)]


async def test_whole_tables_are_analyzed(visits: Pool) -> None:
    tables = await AnalyzeTables(PostgresUnitOfWork(visits), PostgresPartitions())()
    assert {"visits", "usage_records", "transactions", "audit_logs", "request_logs"} <= set(tables)
    assert await rows_of(visits, "SELECT reltuples FROM pg_class WHERE relname = 'visits'") == [(121.0,)]
