"""The rows of exports in memory."""

from collections.abc import Sequence
from datetime import datetime

from deepspace_adapters.memory.identity import newest_first
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.exports import Export, ExportId, ExportNotFound
from deepspace_core.kernel.ids import OrgId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction

EXPORTS = "exports"


class MemoryExports:
    """The `Exports` port."""

    async def add(self, tx: Transaction, export: Export) -> None:
        table_of(tx, EXPORTS)[export.id] = export

    async def get(self, tx: Transaction, org_id: OrgId, requested_by: str, export_id: ExportId) -> Export:
        export = await self.lock(tx, export_id)
        if export is None or (export.org_id, export.requested_by) != (org_id, requested_by):
            raise ExportNotFound(f"you have no export {show_id('export', export_id)}", param="export_id")
        return export

    async def lock(self, tx: Transaction, export_id: ExportId) -> Export | None:
        export: Export | None = table_of(tx, EXPORTS).get(export_id)
        return export

    async def save(self, tx: Transaction, export: Export) -> None:
        table_of(tx, EXPORTS)[export.id] = export

    async def remove(self, tx: Transaction, export_id: ExportId) -> None:
        table_of(tx, EXPORTS).pop(export_id, None)

    async def list(self, tx: Transaction, org_id: OrgId, requested_by: str, page: PageRequest) -> Page[Export]:
        found = sorted(_own(tx, org_id, requested_by), key=lambda one: one.id, reverse=True)
        rows = [one for one in found if page.after is None or one.id < page.after]
        return page_of(rows, [one.id for one in rows], limit=page.limit)

    async def list_all(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Export]:
        found = [one for one in table_of(tx, EXPORTS).values() if org_id in (None, one.org_id)]
        return newest_first([(one.id, one) for one in found], page)

    async def count(self, tx: Transaction, org_id: OrgId, requested_by: str) -> int:
        return len(_own(tx, org_id, requested_by))

    async def list_expired(self, tx: Transaction, *, now: datetime, limit: int) -> Sequence[Export]:
        over = [one for one in table_of(tx, EXPORTS).values() if one.expires_at <= now]
        return sorted(over, key=lambda one: one.id)[:limit]


def _own(tx: Transaction, org_id: OrgId, requested_by: str) -> Sequence[Export]:
    return [one for one in table_of(tx, EXPORTS).values() if (one.org_id, one.requested_by) == (org_id, requested_by)]
