"""Budgets on PostgreSQL: set and listed here; counted by the ledger's own batch (ledger.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.ledger_reader import fetch
from deepspace_adapters.postgres.ledger_rows import Row, line_from, wallet_from
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger.budget import Budget, BudgetKey, BudgetLine, BudgetScope, BudgetWindow, starts_on
from deepspace_core.ledger.ports import OrgBudgetLine
from deepspace_core.ledger.wallet import Wallet


@dataclass(frozen=True, slots=True)
class _Statements:
    lock_wallet_of_org: sql.Statement
    find_budget: sql.Statement
    spent_since: sql.Statement
    put_budget: sql.Statement
    put_counter: sql.Statement
    remove_budget: sql.Statement
    mark_wallet: sql.Statement
    list_lines: sql.Statement
    list_all_lines: sql.Statement
    budgets_of_wallet: sql.Statement
    lines_of_wallet: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresBudgets:
    """The `BudgetRepository` port."""

    async def lock_wallet_of_org(self, tx: Transaction, *, org_id: OrgId) -> Wallet:
        rows = await fetch(tx, SQL.lock_wallet_of_org, org_id=org_id)
        if not rows:
            raise NotFound("there is no wallet of such an organization", param="org_id")
        return wallet_from(rows[0])

    async def find_budget(
        self, tx: Transaction, *, wallet_id: WalletId, key: BudgetKey, window: BudgetWindow
    ) -> Budget | None:
        rows = await fetch(tx, SQL.find_budget, wallet_id=wallet_id, **_named(key, window))
        return _budget_from(rows[0]) if rows else None

    async def spent_since(self, tx: Transaction, *, wallet: Wallet, key: BudgetKey, since: datetime) -> tuple[int, int]:
        [(used, reserved)] = await fetch(
            tx, SQL.spent_since, org_id=wallet.org_id, wallet_id=wallet.id, key=str(key), since=since
        )
        return used, reserved

    async def put_budget(self, tx: Transaction, budget: Budget, *, line: BudgetLine | None) -> None:
        connection = connection_of(tx)
        named = {"wallet_id": budget.wallet_id, **_named(budget.key, budget.window)}
        given = {
            "org_id": budget.org_id,
            "cap_nanos": budget.cap_nanos,
            "counted_from": budget.counted_from,
            "set_at": budget.set_at,
        }
        await connection.execute(SQL.put_budget, {**named, **given})
        if line is not None:
            counted = {
                "starts_on": line.starts_on,
                "used_nanos": line.used_nanos,
                "reserved_nanos": line.reserved_nanos,
            }
            await connection.execute(SQL.put_counter, {**named, **counted})
        await connection.execute(SQL.mark_wallet, {"wallet_id": budget.wallet_id})

    async def remove_budget(
        self, tx: Transaction, *, wallet_id: WalletId, key: BudgetKey, window: BudgetWindow
    ) -> bool:
        removed = await fetch(tx, SQL.remove_budget, wallet_id=wallet_id, **_named(key, window))
        await connection_of(tx).execute(SQL.mark_wallet, {"wallet_id": wallet_id})
        return bool(removed)

    async def list_lines(self, tx: Transaction, *, org_id: OrgId, at: datetime, limit: int) -> Sequence[BudgetLine]:
        day = starts_on(BudgetWindow.DAY, at)
        return [line_from(row) for row in await fetch(tx, SQL.list_lines, org_id=org_id, day=day, limit=limit)]

    async def list_all_lines(
        self, tx: Transaction, *, org_id: OrgId | None, at: datetime, limit: int
    ) -> Sequence[OrgBudgetLine]:
        day = starts_on(BudgetWindow.DAY, at)
        rows = await fetch(tx, SQL.list_all_lines, org_id=org_id, day=day, limit=limit)
        return [OrgBudgetLine(row[0], line_from(row[1:])) for row in rows]


async def budgets_of_wallet(tx: Transaction, wallet_id: WalletId) -> tuple[Sequence[Budget], Sequence[BudgetLine]]:
    """For the audit: what is set, and what is counted."""
    budgets = [_budget_from(row) for row in await fetch(tx, SQL.budgets_of_wallet, wallet_id=wallet_id)]
    return budgets, [line_from(row) for row in await fetch(tx, SQL.lines_of_wallet, wallet_id=wallet_id)]


def _named(key: BudgetKey, window: BudgetWindow) -> dict[str, object]:
    return {"scope": key.scope.value, "scope_id": key.scope_id, "window": window.value}


def _budget_from(row: Row) -> Budget:
    org_id, wallet_id, scope, scope_id, window, *rest = row
    return Budget(org_id, wallet_id, BudgetKey(BudgetScope(scope), scope_id), BudgetWindow(window), *rest)
