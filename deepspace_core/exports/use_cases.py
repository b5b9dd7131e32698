"""Asking for exports, writing them, and downloading what came of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from deepspace_core.exports.errors import ExportNotFound, ExportNotReady, TooManyExports
from deepspace_core.exports.export import (
    CONTENT_TYPES,
    EXPORT_BYTES_MAX,
    EXPORTS_MAX,
    KINDS_OF_PROJECTS,
    KINDS_OF_THE_INSTALLATION,
    LIFETIME,
    PERMISSION_FOR,
    Export,
    ExportFilters,
    ExportFormat,
    ExportId,
    ExportKind,
    checked,
    zone_of,
)
from deepspace_core.exports.ports import ExportRows, Exports, ParquetEncoder
from deepspace_core.exports.table import Row, columns_of
from deepspace_core.exports.text_format import encode_text
from deepspace_core.files import ByteRange, DownloadLink, SealedLink, link_invalid, open_link, seal_link
from deepspace_core.identity import Actor, Permission, Principal, require_administrator, told
from deepspace_core.kernel.errors import Forbidden
from deepspace_core.kernel.ids import OrgId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

WRITE_JOB = "exports.write"
LINK_KIND = "export"
SWEEP_MAX = 1_000


@dataclass(frozen=True, slots=True)
class ExportFile:
    """What a download needs to know of the file."""

    name: str
    content_type: str
    size_bytes: int
    sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class ExportContent:
    """An export's file and the stretch of it that was asked for."""

    file: ExportFile
    start: int
    end: int
    chunks: AsyncIterator[bytes]

    @property
    def is_part(self) -> bool:
        """Whether it is less than the whole."""
        return self.end - self.start < self.file.size_bytes


@dataclass(frozen=True, slots=True)
class RequestExport:
    """Asks for an export; a job writes it."""

    unit_of_work: UnitOfWork
    exports: Exports
    events: EventLog
    queue: JobQueue
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        kind: ExportKind,
        wanted_format: ExportFormat,
        filters: ExportFilters,
        trace_id: TraceId,
    ) -> Export:
        """Raises PermissionMissing, Forbidden, InvalidInput naming the field, NotFound (project_id), TooManyExports."""
        _require_reach(principal, kind, filters)
        filters = _within_reach(principal, kind, checked(filters, kind))
        now = self.clock.now()
        export_id = ExportId(self.ids.uuid())
        async with self.unit_of_work() as tx:
            if await self.exports.count(tx, principal.org_id, principal.actor) >= EXPORTS_MAX:
                raise TooManyExports(f"{EXPORTS_MAX} exports are kept for you already; delete one first")
            job_id = await self.queue.enqueue(
                tx, name=WRITE_JOB, payload={"export_id": export_id.hex}, trace_id=trace_id, org_id=principal.org_id
            )
            export = Export(
                id=export_id,
                org_id=principal.org_id,
                user_id=principal.user_id,
                kind=kind,
                format=wanted_format,
                filters=replace(filters, until=min(now, filters.until or now)),
                requested_by=principal.actor,
                job_id=job_id,
                trace_id=trace_id,
                created_at=now,
                expires_at=now + LIFETIME,
            )
            await self.exports.add(tx, export)
            event = told(
                self.ids,
                now=now,
                event_type="export.requested",
                org_id=principal.org_id,
                actor=principal.actor,
                subject=show_id("export", export.id),
                trace_id=trace_id,
                payload=_told_request(export),
            )
            await self.events.append(tx, event)
            await tx.commit()
        return export


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
class ListExports:
    """The caller's own exports, newest first."""

    unit_of_work: UnitOfWork
    exports: Exports

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[Export]:
        async with self.unit_of_work() as tx:
            return await self.exports.list(tx, principal.org_id, principal.actor, page)


@dataclass(frozen=True, slots=True)
class ListAllExports:
    """The exports of everybody, or of one organization, newest first; what is in them stays their requesters'."""

    unit_of_work: UnitOfWork
    exports: Exports

    async def __call__(self, *, actor: Actor, org_id: OrgId | None, page: PageRequest) -> Page[Export]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.exports.list_all(tx, org_id, page)


@dataclass(frozen=True, slots=True)
class GetExport:
    """One of the caller's own."""

    unit_of_work: UnitOfWork
    exports: Exports
    clock: Clock

    async def __call__(self, *, principal: Principal, export_id: ExportId) -> Export:
        """Raises ExportNotFound."""
        async with self.unit_of_work() as tx:
            export = await self.exports.get(tx, principal.org_id, principal.actor, export_id)
        if export.expires_at <= self.clock.now():
            raise ExportNotFound("this export's time is over; ask for another", param="export_id")
        return export


@dataclass(frozen=True, slots=True)
class ReadExport:
    """The file of one of the caller's own exports, or a range of it."""

    get_export: GetExport
    objects: ObjectStore

    async def __call__(
        self, *, principal: Principal, export_id: ExportId, wanted: ByteRange | None = None
    ) -> ExportContent:
        """Raises ExportNotFound, ExportNotReady, RangeNotSatisfiable, or PermissionMissing when it was taken away."""
        export = await self.get_export(principal=principal, export_id=export_id)
        _require_reach(principal, export.kind, export.filters)
        return _content(self.objects, export, wanted)


@dataclass(frozen=True, slots=True)
class MakeExportLink:
    """Gives out a link by which anybody can download an export for a while. The trail tells who did."""

    unit_of_work: UnitOfWork
    get_export: GetExport
    box: SecretBox
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self, *, principal: Principal, export_id: ExportId, lifetime: timedelta, trace_id: TraceId
    ) -> SealedLink:
        """Raises ExportNotFound, ExportNotReady or PermissionMissing."""
        export = await self.get_export(principal=principal, export_id=export_id)
        _require_reach(principal, export.kind, export.filters)
        if not export.is_ready:
            raise _not_ready(export)
        now = self.clock.now()
        until = min(now + lifetime, export.expires_at)
        link = seal_link(self.box, DownloadLink(LINK_KIND, export.org_id, export.id, until))
        async with self.unit_of_work() as tx:
            event = told(
                self.ids,
                now=now,
                event_type="export.link_made",
                org_id=export.org_id,
                actor=principal.actor,
                subject=show_id("export", export.id),
                trace_id=trace_id,
                payload={"expires_at": link.expires_at.isoformat()},
            )
            await self.events.append(tx, event)
            await tx.commit()
        return link


@dataclass(frozen=True, slots=True)
class FollowExportLink:
    """An export's file for whoever has a link to it."""

    unit_of_work: UnitOfWork
    exports: Exports
    objects: ObjectStore
    box: SecretBox
    clock: Clock

    async def __call__(self, *, token: str, wanted: ByteRange | None = None) -> ExportContent:
        """Raises LinkInvalid, LinkExpired, RangeNotSatisfiable."""
        link = open_link(self.box, token, now=self.clock.now())
        async with self.unit_of_work() as tx:
            export = await self.exports.lock(tx, ExportId(link.id)) if link.kind == LINK_KIND else None
        if export is None or export.org_id != link.org_id or not export.is_ready:
            raise link_invalid()
        return _content(self.objects, export, wanted)


@dataclass(frozen=True, slots=True)
class DeleteExport:
    """Removes an export and its file."""

    unit_of_work: UnitOfWork
    exports: Exports
    objects: ObjectStore

    async def __call__(self, *, principal: Principal, export_id: ExportId) -> None:
        """Raises ExportNotFound. A job that still writes it finds it gone and puts its file away."""
        async with self.unit_of_work() as tx:
            export = await self.exports.get(tx, principal.org_id, principal.actor, export_id)
        await self.objects.delete(export.key)
        async with self.unit_of_work() as tx:
            await self.exports.remove(tx, export_id)
            await tx.commit()


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


def _require_reach(principal: Principal, kind: ExportKind, filters: ExportFilters) -> None:
    """Raises AdministratorRequired for rows of everybody, PermissionMissing for the organization's own."""
    if filters.everybody:
        require_administrator(principal)
    elif kind not in KINDS_OF_THE_INSTALLATION:
        principal.require(PERMISSION_FOR[kind])


def _told_request(export: Export) -> dict[str, object]:
    wanted = export.filters
    told_of = {
        "everybody": wanted.everybody,
        "of_org_id": None if wanted.of_org_id is None else show_id("org", wanted.of_org_id),
        "matching": dict(wanted.matching),
    }
    return {"kind": export.kind.value, "format": export.format.value, **(told_of if wanted.everybody else {})}


def _within_reach(principal: Principal, kind: ExportKind, filters: ExportFilters) -> ExportFilters:
    """A key that is bound to a project exports that project's, and nothing of the organization as a whole."""
    if filters.project_id is not None:
        principal.require_project(filters.project_id)
    if not principal.is_project_bound:
        return filters
    if kind not in KINDS_OF_PROJECTS:
        raise Forbidden(
            f"this API key is bound to a project and can't export {kind.value}", permission=Permission.READ_WALLET.value
        )
    return replace(filters, project_id=principal.project_id)


def _content(objects: ObjectStore, export: Export, wanted: ByteRange | None) -> ExportContent:
    if export.storage_key is None or export.size_bytes is None:
        raise _not_ready(export)
    start, end = (0, export.size_bytes) if wanted is None else wanted.within(export.size_bytes)
    file = ExportFile(export.file_name, CONTENT_TYPES[export.format], export.size_bytes)
    return ExportContent(file, start, end, objects.read(export.storage_key, start=start, end=end))


def _not_ready(export: Export) -> ExportNotReady:
    return ExportNotReady(
        f"this export is still being written; job {show_id('job', export.job_id)} tells how far it is"
    )
