"""Downloading an export, as its owner or by a link that was given out."""

from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.exports.errors import ExportNotReady
from deepspace_core.exports.export import CONTENT_TYPES, Export, ExportId
from deepspace_core.exports.ports import Exports
from deepspace_core.exports.use_cases.keeping import GetExport
from deepspace_core.exports.use_cases.reach import require_reach
from deepspace_core.files import (
    ByteRange,
    DownloadLink,
    FileContent,
    SealedLink,
    content_of,
    link_invalid,
    open_link,
    seal_link,
)
from deepspace_core.identity import Principal, told
from deepspace_core.kernel.ids import TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

LINK_KIND = "export"


@dataclass(frozen=True, slots=True)
class ExportFile:
    """What a download needs to know of the file."""

    name: str
    content_type: str
    size_bytes: int
    sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class ReadExport:
    """The file of one of the caller's own exports, or a range of it."""

    get_export: GetExport
    objects: ObjectStore

    async def __call__(
        self, *, principal: Principal, export_id: ExportId, wanted: ByteRange | None = None
    ) -> FileContent:
        """Raises ExportNotFound, ExportNotReady, RangeNotSatisfiable, or PermissionMissing when it was taken away."""
        export = await self.get_export(principal=principal, export_id=export_id)
        require_reach(principal, export.kind, export.filters)
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
        require_reach(principal, export.kind, export.filters)
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

    async def __call__(self, *, token: str, wanted: ByteRange | None = None) -> FileContent:
        """Raises LinkInvalid, LinkExpired, RangeNotSatisfiable."""
        link = open_link(self.box, token, now=self.clock.now())
        async with self.unit_of_work() as tx:
            export = await self.exports.lock(tx, ExportId(link.id)) if link.kind == LINK_KIND else None
        if export is None or export.org_id != link.org_id or not export.is_ready:
            raise link_invalid()
        return _content(self.objects, export, wanted)


def _content(objects: ObjectStore, export: Export, wanted: ByteRange | None) -> FileContent:
    if export.storage_key is None or export.size_bytes is None:
        raise _not_ready(export)
    file = ExportFile(export.file_name, CONTENT_TYPES[export.format], export.size_bytes)
    return content_of(objects, export.storage_key, file, wanted)


def _not_ready(export: Export) -> ExportNotReady:
    """Says where the job stands."""
    return ExportNotReady(
        f"this export is still being written; job {show_id('job', export.job_id)} tells how far it is"
    )
