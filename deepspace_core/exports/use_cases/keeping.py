"""One's own exports, and for administrators everybody's: seen and deleted."""

from dataclasses import dataclass

from deepspace_core.exports.errors import ExportNotFound
from deepspace_core.exports.export import Export, ExportId
from deepspace_core.exports.ports import Exports
from deepspace_core.identity import Actor, Principal, require_administrator
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


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
