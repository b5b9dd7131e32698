"""Finished comparisons of books in PostgreSQL."""

from dataclasses import dataclass

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import ReconciliationId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage import Reconciliation, ReconciliationNotFound


@dataclass(frozen=True, slots=True)
class _Statements:
    add_reconciliation: sql.Statement
    list_reconciliations: sql.Statement
    get_reconciliation: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresReconciliations:
    """The `ReconciliationRepository` port."""

    async def add_reconciliation(self, tx: Transaction, finished: Reconciliation) -> None:
        values = {
            "id": finished.id,
            "kind": finished.kind,
            "period_start": finished.period_start,
            "period_end": finished.period_end,
            "started_at": finished.started_at,
            "finished_at": finished.finished_at,
            "rows_compared": finished.rows_compared,
            "differences": finished.differences,
            "report": Jsonb(dict(finished.report)),
        }
        await connection_of(tx).execute(SQL.add_reconciliation, values)

    async def list_reconciliations(self, tx: Transaction, page: PageRequest) -> Page[Reconciliation]:
        async with connection_of(tx).cursor(row_factory=class_row(Reconciliation)) as cursor:
            await cursor.execute(SQL.list_reconciliations, {"after": page.after, "limit": page.limit})
            rows = await cursor.fetchall()
        return page_of(rows, [row.id for row in rows], limit=page.limit)

    async def get_reconciliation(self, tx: Transaction, reconciliation_id: ReconciliationId) -> Reconciliation:
        async with connection_of(tx).cursor(row_factory=class_row(Reconciliation)) as cursor:
            await cursor.execute(SQL.get_reconciliation, {"id": reconciliation_id})
            found = await cursor.fetchone()
        if found is None:
            raise ReconciliationNotFound(
                f"there is no reconciliation {show_id('reconciliation', reconciliation_id)}", param="reconciliation_id"
            )
        return found
