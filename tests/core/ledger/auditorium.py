"""Books of several wallets for the audit, and a reader of them that holds it to its bounds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.ledger_reader import MemoryLedgerAuditReader
from deepspace_adapters.memory.unit_of_work import Table, table_of
from deepspace_core.kernel.ids import OrgId, PriceId, WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger import AuditLedger, AuditReport, Budget, BudgetWindow, Wallet
from deepspace_core.ledger.budget import EPOCH, line_of
from deepspace_core.ledger.metering_use_cases import AuditBooks
from deepspace_core.ledger.ports import AccountBalance
from deepspace_core.pricing import cost_again
from tests.core.ledger.asking import CAP, ORG, OTHER_ORG, Caller
from tests.core.ledger.desks import Desks

HOLDS = "abcde"
WALLETS, ROWS, ROOTS = 4, 8, 4
"""How many wallets there are; how many rows and roots each has."""


class BoundedReader(MemoryLedgerAuditReader):
    """Reads one snapshot only, in bounded pages; tells besides whatever a test wants it to tell."""

    def __init__(self) -> None:
        self.lost: list[str] = []
        self.strays: list[str] = []
        self.balance: list[AccountBalance] | None = None
        self.metered: list[WalletId] = []
        self.strayed: list[tuple[OrgId | None, datetime | None]] = []
        self._snapshot: Transaction | None = None

    async def freeze(self, tx: Transaction) -> None:
        self._snapshot = tx

    async def wallets_after(self, tx: Transaction, **where: Any) -> Sequence[Wallet]:
        return await super().wallets_after(self._seen(tx), **_bounded(where))

    async def rows_of_wallet(self, tx: Transaction, **where: Any) -> Any:
        return await super().rows_of_wallet(self._seen(tx), **_bounded(where))

    async def holds_of_wallet(self, tx: Transaction, **where: Any) -> Any:
        return await super().holds_of_wallet(self._seen(tx), **_bounded(where))

    async def sealed_row(self, tx: Transaction, **where: Any) -> Any:
        return await super().sealed_row(self._seen(tx), **where)

    async def metered_captures(self, tx: Transaction, **where: Any) -> Any:
        self.metered.append(where["wallet_id"])
        return await super().metered_captures(self._seen(tx), **_bounded(where))

    async def orphans(self, tx: Transaction, **where: Any) -> Sequence[str]:
        return [*await super().orphans(self._seen(tx), **_bounded(where)), *self.lost]

    async def stray_usage(self, tx: Transaction, **where: Any) -> Sequence[str]:
        self.strayed.append((where["org_id"], where["since"]))
        return [*await super().stray_usage(self._seen(tx), **_bounded(where)), *self.strays]

    async def trial_balance(self, tx: Transaction) -> Sequence[AccountBalance]:
        return await super().trial_balance(self._seen(tx)) if self.balance is None else self.balance

    def _seen(self, tx: Transaction) -> Transaction:
        assert tx is self._snapshot, "read before it was frozen"
        return tx


class Auditorium:
    """Three wallets of one organization and one of another, each with a budget, five holds, eight rows, four roots."""

    def __init__(self) -> None:
        self.desks = Desks()
        self.reader = BoundedReader()
        self.callers: list[Caller] = []

    async def fill(self) -> None:
        for org_id in (ORG, ORG, ORG, OTHER_ORG):
            wallet = await self.desks.ledger.open_wallet(org_id=org_id)
            me = Caller(org_id=org_id, wallet_id=wallet.id, caps=(CAP,))
            self.callers.append(me)
            await self._cap(me)
            await self._spend(me, len(self.callers))

    async def audit(self, **asked: Any) -> AuditReport:
        return await AuditLedger(self.reader, self.desks.unit_of_work)(**asked)

    async def audit_books(self, **asked: Any) -> AuditReport:
        """The audit with usage."""
        unit_of_work = self.desks.unit_of_work
        audit = AuditBooks(AuditLedger(self.reader, unit_of_work), self.reader, unit_of_work, cost_again)
        return await audit(**asked)

    async def call(self, me: Caller, name: str) -> None:
        """A call that nobody recorded the usage of: one finding."""
        await self.desks.ledger.apply(replace(me.hold(name, 5), price_id=PriceId(me.wallet_id), rates={}))
        await self.desks.ledger.apply(me.capture(f"taken {name}", name, 5))

    async def tamper(self, table: str, change: Callable[[Table], None]) -> None:
        """Changes a table behind the ledger's back."""
        async with self.desks.unit_of_work() as tx:
            change(table_of(tx, table))
            await tx.commit()

    async def _cap(self, me: Caller) -> None:
        now = self.desks.clock.now()
        budget = Budget(me.org_id, me.wallet_id, CAP, BudgetWindow.TOTAL, 1_000, EPOCH, now)
        async with self.desks.unit_of_work() as tx:
            line = line_of(budget, now, used_nanos=0, reserved_nanos=0)
            await MemoryBudgets().put_budget(tx, budget, line=line)
            await tx.commit()

    async def _spend(self, me: Caller, number: int) -> None:
        ledger = self.desks.ledger
        await ledger.apply(me.top_up(f"paid {number}", 100))
        await ledger.apply_many([me.hold(f"{name} {number}", 10) for name in HOLDS])
        self.desks.clock.advance(seconds=1)
        await ledger.apply(me.capture(f"taken {number}", f"a {number}", 4))
        await ledger.apply(me.release(f"freed {number}", f"b {number}"))


def _bounded(where: dict[str, Any]) -> dict[str, Any]:
    assert where["limit"] > 0
    return where
