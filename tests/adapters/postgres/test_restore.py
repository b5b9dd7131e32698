"""Months that come back from storage: whole and as they were, or not at all; and twice as well as once."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from deepspace_adapters.memory.job_context import MemoryJobContext
from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_adapters.postgres.audit import PostgresEventLog
from deepspace_adapters.postgres.partitions import PostgresPartitions
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.usage import write_usage_records
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.ids import UsageRecordId
from deepspace_core.work import (
    ArchiveDamaged,
    ArchivedMonth,
    ArchiveMonths,
    ArchiveNotFound,
    ListArchives,
    RestoreMonth,
    RetentionPolicy,
)
from deepspace_core.work.use_cases import restore
from tests.core.metering_values import OPERATOR, OWNER, USED
from tests.fakes import TRACE, CountingIds, FixedClock

NOW = datetime(2031, 5, 15, tzinfo=UTC)
JANUARY = datetime(2031, 1, 20, 12, 30, 15, 123456, tzinfo=UTC)
NAME = "usage_records_y2031m01"
ROWS = b"SELECT * FROM usage_records ORDER BY id"


class Vault:
    """Usage records of a January, their archive, and the verbs."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.objects, self.ids, self.clock = MemoryObjects(), CountingIds(), FixedClock(NOW)
        self.unit_of_work, self.partitions = PostgresUnitOfWork(pool), PostgresPartitions()
        shared = (self.unit_of_work, self.partitions, self.objects, PostgresEventLog(), self.ids, self.clock)
        self.archive = ArchiveMonths(*shared, policy=RetentionPolicy({"usage_records": 2}))
        self._restore = RestoreMonth(*shared)

    async def fill(self, count: int) -> None:
        async with self.pool.connection() as connection:
            await connection.execute("SELECT ensure_month_partitions('usage_records', '2031-01-01', 6)")
            records = [
                replace(USED, id=UsageRecordId(self.ids.uuid()), capture_ref=f"capture:{n}", ended_at=JANUARY)
                for n in range(count)
            ]
            await write_usage_records(connection, records)

    async def restore(self) -> tuple[ArchivedMonth, bool]:
        return await self._restore(actor=OPERATOR, name=NAME, trace_id=TRACE)

    async def rows(self, query: bytes = ROWS) -> Sequence[tuple[object, ...]]:
        async with self.pool.connection() as connection:
            return await (await connection.execute(query)).fetchall()

    async def archived(self) -> ArchivedMonth:
        """Months of other years are archived as well: they are empty."""
        months = await ListArchives(self.unit_of_work, self.partitions)(actor=OPERATOR)
        return next(month for month in months if month.name == NAME)


@pytest.fixture
async def vault(pool: Pool) -> Vault:
    made = Vault(pool)
    await made.fill(30)
    return made


async def test_a_month_comes_back_as_it_was_once(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "LINES_A_WRITE", 7)
    before = await vault.rows()
    await vault.archive(context=MemoryJobContext())
    assert await vault.rows() == []
    archived = await vault.archived()
    assert (archived.name, archived.rows) == (NAME, 30)
    assert await vault.restore() == (archived, True)
    assert await vault.rows() == before
    assert await vault.restore() == (archived, False)
    assert await vault.rows() == before
    told = await vault.rows(b"SELECT event_type FROM audit_logs WHERE subject LIKE '%2031m01' ORDER BY id")
    assert told == [("month.archived",), ("month.restored",)]


async def test_what_came_back_is_append_only_and_archived_again(vault: Vault) -> None:
    await vault.archive(context=MemoryJobContext())
    await vault.restore()
    with pytest.raises(Exception, match="append-only"):
        await vault.rows(b"DELETE FROM usage_records")
    assert len(await vault.archive(context=MemoryJobContext())) == 1
    assert (await vault.archived()).rows == 30


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (lambda content: content.replace(b"smollm2", b"smollm3", 1), "SHA-256"),
        (lambda content: content[: content.index(b"\n") + 1], "SHA-256"),
        (lambda content: content[:-20], "middle of a row"),
        (lambda content: b"\xff\xfe" + content, "not text"),
    ],
)
async def test_a_damaged_archive_brings_nothing_back(vault: Vault, damaged: object, message: str) -> None:
    assert callable(damaged)
    await vault.archive(context=MemoryJobContext())
    key = (await vault.archived()).key
    content = b"".join([chunk async for chunk in vault.objects.read(key)])
    await vault.objects.put(key, _chunks(damaged(content)), bytes_max=2**20)
    with pytest.raises(ArchiveDamaged, match=message):
        await vault.restore()
    assert await vault.rows() == []
    assert await vault.rows(b"SELECT relname FROM pg_class WHERE relname LIKE '%restoring%'") == []


async def test_a_restore_that_died_is_begun_anew_and_not_archived_meanwhile(vault: Vault) -> None:
    before = await vault.rows()
    await vault.archive(context=MemoryJobContext())
    async with vault.unit_of_work() as tx:
        await vault.partitions.begin_restore(tx, await vault.archived())
        await tx.commit()
    assert await vault.archive(context=MemoryJobContext()) == []
    await vault.restore()
    assert await vault.rows() == before


async def test_late_rows_of_the_month_are_not_run_over(vault: Vault) -> None:
    await vault.archive(context=MemoryJobContext())
    async with vault.pool.connection() as connection:
        await write_usage_records(connection, [replace(USED, capture_ref="late", ended_at=JANUARY)])
    with pytest.raises(Conflict, match="without a month"):
        await vault.restore()
    assert len(await vault.rows()) == 1


async def test_only_what_was_archived_can_come_back_and_only_for_an_operator(vault: Vault) -> None:
    with pytest.raises(ArchiveNotFound, match="archive list"):
        await vault.restore()
    verb = RestoreMonth(
        *(vault.unit_of_work, vault.partitions, vault.objects, PostgresEventLog()), ids=vault.ids, clock=vault.clock
    )
    with pytest.raises(AdministratorRequired):
        await verb(actor=OWNER, name=NAME, trace_id=TRACE)
