"""Finished comparisons of books in memory."""

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.kernel.ids import ReconciliationId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage import Reconciliation, ReconciliationNotFound


class MemoryReconciliations:
    """The `ReconciliationRepository` port."""

    async def add_reconciliation(self, tx: Transaction, finished: Reconciliation) -> None:
        table_of(tx, "reconciliations")[finished.id] = finished

    async def list_reconciliations(self, tx: Transaction, page: PageRequest) -> Page[Reconciliation]:
        found = sorted(table_of(tx, "reconciliations").values(), key=lambda one: one.id, reverse=True)
        rows = [one for one in found if page.after is None or one.id < page.after]
        return page_of(rows, [one.id for one in rows], limit=page.limit)

    async def get_reconciliation(self, tx: Transaction, reconciliation_id: ReconciliationId) -> Reconciliation:
        found: Reconciliation | None = table_of(tx, "reconciliations").get(reconciliation_id)
        if found is None:
            raise ReconciliationNotFound(
                f"there is no reconciliation {show_id('reconciliation', reconciliation_id)}", param="reconciliation_id"
            )
        return found
