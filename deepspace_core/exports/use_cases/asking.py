"""Asking for an export: who may have which rows, and the job that writes them."""

from dataclasses import dataclass, replace

from deepspace_core.exports.errors import TooManyExports
from deepspace_core.exports.export import (
    EXPORTS_MAX,
    KINDS_OF_PROJECTS,
    LIFETIME,
    Export,
    ExportFilters,
    ExportFormat,
    ExportId,
    ExportKind,
    checked,
)
from deepspace_core.exports.ports import Exports
from deepspace_core.exports.use_cases.reach import require_reach
from deepspace_core.identity import Permission, Principal, told
from deepspace_core.kernel.errors import Forbidden
from deepspace_core.kernel.ids import TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

WRITE_JOB = "exports.write"


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
        require_reach(principal, kind, filters)
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
