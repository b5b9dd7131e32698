"""Watching wallets: caps at 50, 80 and 100 percent, and balances below what an endpoint names.

A look a minute, not a check in the ledger's commit: nobody acts on such a message within the minute, and the hot path
stays as it is. That a threshold is told once is kept by its mark: of a cap once a period and cap, of a balance until it
has risen above the threshold again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from deepspace_core.identity import told
from deepspace_core.kernel.ids import OrgId, WalletId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.ledger import BudgetLine, BudgetRepository, LedgerReader, Wallet
from deepspace_core.webhooks.happening import HappeningType
from deepspace_core.webhooks.ports import Endpoints, Mark

PERCENTS = (100, 80, 50)
LINES_MAX = 500
ORGS_A_PAGE = 200
BALANCE = "balance"
NOWHERE, NEVER = UUID(int=0), date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class WatchWallets:
    """The worker's job: tells the trail of every threshold that was passed since the last look."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    ledger: LedgerReader
    budgets: BudgetRepository
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self) -> int:
        """How many were passed."""
        passed, after = 0, None
        while True:
            async with self.unit_of_work() as tx:
                orgs = await self.endpoints.orgs_with_enabled(tx, after=after, limit=ORGS_A_PAGE)
            for org_id in orgs:
                passed += await self._watch(org_id)
            if len(orgs) < ORGS_A_PAGE:
                return passed
            after = orgs[-1]

    async def _watch(self, org_id: OrgId) -> int:
        async with self.unit_of_work() as tx:
            wallet = await self.ledger.find_wallet_of_org(tx, org_id=org_id)
            if wallet is None:
                return 0
            lines = await self.budgets.list_lines(tx, org_id=org_id, at=self.clock.now(), limit=LINES_MAX)
            passed = sum([await self._watch_cap(tx, org_id, wallet, line) for line in lines])
            endpoints = await self.endpoints.list(tx, org_id)
            thresholds = sorted({one.balance_low_nanos for one in endpoints if one.balance_low_nanos is not None})
            passed += await self._watch_balance(tx, wallet, thresholds)
            await tx.commit()
        return passed

    async def _watch_cap(self, tx: Transaction, org_id: OrgId, wallet: Wallet, line: BudgetLine) -> int:
        """Only the highest level that is new is told; the ones below it are marked with it."""
        spent = line.used_nanos + line.reserved_nanos
        reached = [percent for percent in PERCENTS if line.cap_nanos > 0 and spent * 100 >= line.cap_nanos * percent]
        fresh = [percent for percent in reached if await self._mark(tx, _cap_mark(org_id, line, percent))]
        if not fresh or fresh[0] != reached[0]:
            return 0
        data = {
            "percent": fresh[0],
            "scope": line.key.scope.value,
            "scope_id": line.key.scope_id.hex,
            "window": line.window.value,
            "starts_on": line.starts_on.isoformat(),
            "cap_nanos": line.cap_nanos,
            "used_nanos": line.used_nanos,
            "reserved_nanos": line.reserved_nanos,
            "currency": wallet.currency,
        }
        await self._tell(tx, wallet, HappeningType.WALLET_CAP_REACHED, data)
        return 1

    async def _watch_balance(self, tx: Transaction, wallet: Wallet, thresholds: Sequence[int]) -> int:
        available = wallet.available_nanos
        passed = 0
        for threshold in thresholds:
            mark = _balance_mark(wallet.org_id, wallet.id, threshold)
            if available >= threshold:
                await self.endpoints.remove_mark(tx, mark)
            elif await self._mark(tx, mark):
                passed += 1
                data = {"threshold_nanos": threshold, "available_nanos": available, "currency": wallet.currency}
                await self._tell(tx, wallet, HappeningType.WALLET_BALANCE_LOW, data)
        return passed

    async def _mark(self, tx: Transaction, mark: Mark) -> bool:
        return await self.endpoints.add_mark(tx, mark, at=self.clock.now())

    async def _tell(
        self, tx: Transaction, wallet: Wallet, happening_type: HappeningType, data: Mapping[str, object]
    ) -> None:
        event = told(
            self.ids,
            now=self.clock.now(),
            event_type=happening_type.value,
            org_id=wallet.org_id,
            actor="system:webhooks",
            subject=show_id("wallet", wallet.id),
            trace_id=self.ids.trace_id(),
            payload=data,
        )
        await self.events.append(tx, event)


def _cap_mark(org_id: OrgId, line: BudgetLine, percent: int) -> Mark:
    kind = f"{line.key.scope.value}:{line.window.value}"
    return Mark(org_id, line.wallet_id, kind, line.key.scope_id, line.starts_on, line.cap_nanos, percent)


def _balance_mark(org_id: OrgId, wallet_id: WalletId, threshold_nanos: int) -> Mark:
    return Mark(org_id, wallet_id, BALANCE, NOWHERE, NEVER, threshold_nanos, 0)
