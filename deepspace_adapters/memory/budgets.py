"""Budgets in memory: `budgets` by wallet, key and window; `budget_counters` the lines as last counted, by their key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger.budget import Budget, BudgetKey, BudgetLine, BudgetWindow, starts_on, used_by
from deepspace_core.ledger.ports import OrgBudgetLine
from deepspace_core.ledger.wallet import Wallet


class MemoryBudgets:
    """The `BudgetRepository` port. A memory transaction excludes every other already."""

    async def lock_wallet_of_org(self, tx: Transaction, *, org_id: OrgId) -> Wallet:
        found = [wallet for wallet in table_of(tx, "wallets").values() if wallet.org_id == org_id]
        if not found:
            raise NotFound("there is no wallet of such an organization", param="org_id")
        wallet: Wallet = min(found, key=lambda wallet: wallet.id)
        return wallet

    async def find_budget(
        self, tx: Transaction, *, wallet_id: WalletId, key: BudgetKey, window: BudgetWindow
    ) -> Budget | None:
        budget: Budget | None = table_of(tx, "budgets").get((wallet_id, key, window))
        return budget

    async def spent_since(self, tx: Transaction, *, wallet: Wallet, key: BudgetKey, since: datetime) -> tuple[int, int]:
        counted = {
            hold.id
            for hold in table_of(tx, "holds").values()
            if hold.wallet_id == wallet.id and key in hold.caps and hold.created_at >= since
        }
        rows = [row for row in table_of(tx, "transactions").values() if row.hold_id in counted]
        return sum(map(used_by, rows)), sum(row.frozen_delta_nanos for row in rows)

    async def put_budget(self, tx: Transaction, budget: Budget, *, line: BudgetLine | None) -> None:
        table_of(tx, "budgets")[budget.wallet_id, budget.key, budget.window] = budget
        if line is not None:
            table_of(tx, "budget_counters")[line.line_key] = line
        _mark(tx, budget.wallet_id)

    async def remove_budget(
        self, tx: Transaction, *, wallet_id: WalletId, key: BudgetKey, window: BudgetWindow
    ) -> bool:
        named = (wallet_id, key, window)
        counters = table_of(tx, "budget_counters")
        for line_key in [one for one, line in counters.items() if (line.wallet_id, line.key, line.window) == named]:
            del counters[line_key]
        known = table_of(tx, "budgets").pop(named, None)
        _mark(tx, wallet_id)
        return known is not None

    async def list_lines(self, tx: Transaction, *, org_id: OrgId, at: datetime, limit: int) -> Sequence[BudgetLine]:
        found = [budget for budget in table_of(tx, "budgets").values() if budget.org_id == org_id]
        found.sort(key=lambda one: (one.key.scope, one.key.scope_id, one.window))
        return [_line(tx, budget, at) for budget in found[:limit]]

    async def list_all_lines(
        self, tx: Transaction, *, org_id: OrgId | None, at: datetime, limit: int
    ) -> Sequence[OrgBudgetLine]:
        found = [one for one in table_of(tx, "budgets").values() if org_id in (None, one.org_id)]
        lines = [OrgBudgetLine(budget.org_id, _line(tx, budget, at)) for budget in found]
        return sorted(lines, key=lambda one: _least_left(one.line))[:limit]


def _line(tx: Transaction, budget: Budget, at: datetime) -> BudgetLine:
    start = starts_on(budget.window, at)
    unused = BudgetLine(budget.wallet_id, budget.key, budget.window, start, budget.cap_nanos, 0, 0)
    counted: BudgetLine = table_of(tx, "budget_counters").get(unused.line_key, unused)
    return replace(counted, cap_nanos=budget.cap_nanos)


def _least_left(line: BudgetLine) -> tuple[int, WalletId, str, UUID, str]:
    return line.left_nanos, line.wallet_id, line.key.scope, line.key.scope_id, line.window


def budgets_of_wallet(tx: Transaction, wallet_id: WalletId) -> tuple[Sequence[Budget], Sequence[BudgetLine]]:
    """For the audit: what is set, and what is counted."""
    budgets = table_of(tx, "budgets")
    lines = [
        replace(line, cap_nanos=_cap(budgets.get((wallet_id, line.key, line.window))))
        for line in table_of(tx, "budget_counters").values()
        if line.wallet_id == wallet_id
    ]
    return [budget for key, budget in budgets.items() if key[0] == wallet_id], lines


def _cap(budget: Budget | None) -> int:
    return budget.cap_nanos if budget else 0


def _mark(tx: Transaction, wallet_id: WalletId) -> None:
    wallets = table_of(tx, "wallets")
    capped = any(key[0] == wallet_id for key in table_of(tx, "budgets"))
    wallets[wallet_id] = replace(wallets[wallet_id], capped=capped)
