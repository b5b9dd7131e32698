"""The worker's part: writing an export's file, and removing what is over its time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from deepspace_core.exports.export import EXPORT_BYTES_MAX, Export, ExportFormat, ExportId, zone_of
from deepspace_core.exports.ports import ExportRows, Exports, ParquetEncoder
from deepspace_core.exports.table import Row, columns_of
from deepspace_core.exports.text_format import encode_text
from deepspace_core.identity import told
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

SWEEP_MAX = 1_000


@dataclass(frozen=True, slots=True)
class WriteExport:
    """The worker's job: streams the rows into a file of the store. Doing so again replaces the file by the same."""

    unit_of_work: UnitOfWork
    exports: Exports
    rows: ExportRows
    parquet: ParquetEncoder
    objects: ObjectStore
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, export_id: ExportId, context: JobContext) -> None:
        """Raises JobCancelled, which leaves no file, or Unavailable."""
        async with self.unit_of_work() as tx:
            export = await self.exports.lock(tx, export_id)
        if export is None or export.is_ready:
            return
        counted = _Counted(context)
        stored = await self.objects.put(export.key, self._encoded(export, counted), bytes_max=EXPORT_BYTES_MAX)
        async with self.unit_of_work() as tx:
            locked = await self.exports.lock(tx, export_id)
            if locked is None:
                await self.objects.delete(export.key)
                return
            await self.exports.save(tx, locked.written(size_bytes=stored.size_bytes, row_count=counted.rows))
            event = told(
                self.ids,
                now=self.clock.now(),
                event_type="export.ready",
                org_id=export.org_id,
                actor="system:exports",
                subject=show_id("export", export.id),
                trace_id=export.trace_id,
                payload={"kind": export.kind.value, "format": export.format.value, "rows": counted.rows},
            )
            await self.events.append(tx, event)
            await tx.commit()

    def _encoded(self, export: Export, counted: "_Counted") -> AsyncIterator[bytes]:
        batches = counted.pass_on(self.rows.read(export))
        columns = columns_of(export.kind, everybody=export.filters.everybody)
        if export.format is ExportFormat.PARQUET:
            return self.parquet.encode(columns, batches)
        return encode_text(export.format, columns, batches, zone=zone_of(export.filters.time_zone))


@dataclass(frozen=True, slots=True)
class SweepExports:
    """The worker's job: removes exports whose time is over; how many, SWEEP_MAX at most."""

    unit_of_work: UnitOfWork
    exports: Exports
    objects: ObjectStore
    clock: Clock

    async def __call__(self) -> int:
        async with self.unit_of_work() as tx:
            over = await self.exports.list_expired(tx, now=self.clock.now(), limit=SWEEP_MAX)
        for export in over:
            await self.objects.delete(export.key)
            async with self.unit_of_work() as tx:
                await self.exports.remove(tx, export.id)
                await tx.commit()
        return len(over)


class _Counted:
    """Counts rows as they pass and tells the job's progress, which is where a cancelled job stops."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self.rows = 0

    async def pass_on(self, batches: AsyncIterator[Sequence[Row]]) -> AsyncIterator[Sequence[Row]]:
        async for batch in batches:
            self.rows += len(batch)
            self._context.progress(self.rows, note="rows written")
            yield batch
