"""Writing an export: counted, cancelled cleanly, the same when done twice, and never ahead of its reader."""

from collections.abc import AsyncIterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.exports import MemoryExports
from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.parquet.encoder import ArrowParquetEncoder
from deepspace_core.exports import COLUMNS, Export, ExportFilters, ExportFormat, ExportId, ExportKind
from deepspace_core.exports.use_cases import SweepExports, WriteExport
from deepspace_core.kernel.ids import JobId, OrgId, UserId
from deepspace_core.kernel.object_key import ObjectKey
from deepspace_core.kernel.ports.job_context import JobCancelled
from deepspace_core.kernel.ports.object_store import ObjectStore, StoredObject
from tests.core.exports.rows import GivenRows, Listener, sample_row
from tests.fakes import NOON, TRACE, CountingIds, FixedClock, ListedEvents

EXPORT = Export(
    id=ExportId(UUID(int=1)),
    org_id=OrgId(UUID(int=2)),
    user_id=UserId(UUID(int=3)),
    kind=ExportKind.AUDIT,
    format=ExportFormat.CSV,
    filters=ExportFilters(),
    requested_by="user:3",
    job_id=JobId(UUID(int=4)),
    trace_id=TRACE,
    created_at=NOON,
    expires_at=NOON + timedelta(days=7),
)
ROW = sample_row(COLUMNS[ExportKind.AUDIT])


@dataclass
class Desk:
    """An export, the rows for it and where it goes."""

    rows: GivenRows = field(default_factory=lambda: GivenRows([[ROW, ROW], [ROW]]))
    objects: ObjectStore = field(default_factory=MemoryObjects)
    unit_of_work: MemoryUnitOfWork = field(default_factory=lambda: MemoryUnitOfWork(MemoryDatabase()))
    exports: MemoryExports = field(default_factory=MemoryExports)
    events: ListedEvents = field(default_factory=ListedEvents)
    clock: FixedClock = field(default_factory=FixedClock)

    async def write(self, export: Export = EXPORT, *, listener: Listener | None = None) -> Export | None:
        """Stores the export unless it is there, writes it, and gives back what became of it."""
        async with self.unit_of_work() as tx:
            if await self.exports.lock(tx, export.id) is None:
                await self.exports.add(tx, export)
                await tx.commit()
        write = WriteExport(
            self.unit_of_work,
            self.exports,
            self.rows,
            ArrowParquetEncoder(),
            self.objects,
            self.events,
            self.clock,
            CountingIds(),
        )
        await write(export_id=export.id, context=listener or Listener())
        async with self.unit_of_work() as tx:
            return await self.exports.lock(tx, export.id)


@pytest.mark.parametrize("wanted", ExportFormat)
async def test_a_file_is_written_once_with_its_rows_and_size(wanted: ExportFormat) -> None:
    desk, listener = Desk(), Listener()
    export = replace(EXPORT, format=wanted)
    written = await desk.write(export, listener=listener)
    assert written is not None
    assert (written.is_ready, written.row_count) == (True, 3)
    assert written.size_bytes == await desk.objects.size(export.key)
    assert listener.told == [2, 3]
    assert await desk.write(export) == written
    assert desk.events.types == ["export.ready"]


async def test_a_cancelled_export_leaves_no_file() -> None:
    desk = Desk()
    with pytest.raises(JobCancelled):
        await desk.write(listener=Listener(rows_max=2))
    assert isinstance(desk.objects, MemoryObjects)
    assert desk.objects.objects == {}
    assert desk.events.types == []


async def test_rows_are_read_as_the_store_takes_them_and_not_before() -> None:
    """Memory does not grow with rows: a batch is read when the one before it has gone to the store."""

    ahead: list[int] = []

    class Slow(MemoryObjects):
        async def put(self, key: ObjectKey, chunks: AsyncIterable[bytes], *, bytes_max: int) -> StoredObject:
            taken = -1  # the head comes before the first batch
            async for _ in chunks:
                taken += 1
                ahead.append(rows.read_batches - taken)
            return StoredObject(1, bytes(32))

    rows, store = GivenRows([[ROW]] * 200), Slow()
    await Desk(rows=rows, objects=store).write()
    assert (len(ahead), set(ahead)) == (201, {0})


async def test_an_export_whose_time_is_over_is_removed_with_its_file() -> None:
    desk = Desk()
    await desk.write()
    sweep = SweepExports(desk.unit_of_work, desk.exports, desk.objects, desk.clock)
    assert await sweep() == 0
    desk.clock.advance(timedelta(days=7))
    assert await sweep() == 1
    async with desk.unit_of_work() as tx:
        assert await desk.exports.lock(tx, EXPORT.id) is None
    assert isinstance(desk.objects, MemoryObjects)
    assert desk.objects.objects == {}
