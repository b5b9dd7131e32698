"""Watching wallets: each threshold told once, and again only when there is reason to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger import (
    BudgetKey,
    BudgetLine,
    BudgetRepository,
    BudgetScope,
    BudgetWindow,
    LedgerReader,
    Wallet,
)
from deepspace_core.webhooks.use_cases import WatchWallets
from tests.core.webhooks.world import ORG, World
from tests.fakes import NOON

WALLET = WalletId(UUID(int=3))
LINE = BudgetLine(
    WALLET,
    BudgetKey(BudgetScope.PROJECT, UUID(int=4)),
    BudgetWindow.MONTH,
    date(2030, 1, 1),
    cap_nanos=1_000,
    used_nanos=0,
    reserved_nanos=0,
)


@dataclass
class Books:
    """As much of the ledger's reader and of its budgets as the watch asks."""

    balance_nanos: int = 1_000
    lines: list[BudgetLine] = field(default_factory=list)

    async def find_wallet_of_org(self, tx: Transaction, *, org_id: OrgId) -> Wallet | None:
        return Wallet(
            id=WALLET,
            org_id=ORG,
            currency="USD",
            balance_nanos=self.balance_nanos,
            frozen_nanos=0,
            receivable_nanos=0,
            credit_limit_nanos=0,
            version=1,
            opened_at=NOON,
            updated_at=NOON,
        )

    async def list_lines(self, tx: Transaction, *, org_id: OrgId, at: datetime, limit: int) -> Sequence[BudgetLine]:
        return self.lines


@dataclass
class Watch:
    """A world with books, and the watch over them."""

    world: World = field(default_factory=World)
    books: Books = field(default_factory=Books)

    async def look(self) -> list[Any]:
        """What was told at this look: percents of caps, thresholds of balances."""
        before = len(self.world.told)
        watch = WatchWallets(
            self.world.unit_of_work,
            self.world.endpoints,
            cast(LedgerReader, self.books),
            cast(BudgetRepository, self.books),
            self.world.events,
            self.world.clock,
            self.world.ids,
        )
        await watch()
        stored = list(self.world.database.tables["audit_logs"].values())[before:]
        return [one.event.payload.get("percent", one.event.payload.get("threshold_nanos")) for one in stored]


@pytest.fixture
async def watch() -> Watch:
    made = Watch()
    await made.world.endpoint(balance_low_nanos=500)
    return made


async def test_a_cap_is_told_at_each_level_once(watch: Watch) -> None:
    told = []
    for used in (499, 500, 501, 799, 800, 999, 1_000, 1_001):
        watch.books.lines = [replace(LINE, used_nanos=used)]
        told.append(await watch.look())
    assert told == [[], [50], [], [], [80], [], [100], []]


async def test_a_jump_over_several_levels_is_told_as_the_highest(watch: Watch) -> None:
    watch.books.lines = [replace(LINE, used_nanos=900, reserved_nanos=100)]
    assert await watch.look() == [100]
    watch.books.lines = [replace(LINE, used_nanos=600)]
    assert await watch.look() == []


async def test_a_new_period_or_another_cap_is_told_anew(watch: Watch) -> None:
    watch.books.lines = [replace(LINE, used_nanos=500)]
    assert await watch.look() == [50]
    watch.books.lines = [replace(LINE, used_nanos=500, starts_on=date(2030, 2, 1))]
    assert await watch.look() == [50]
    watch.books.lines = [replace(LINE, used_nanos=900, cap_nanos=1_100)]
    assert await watch.look() == [80]


async def test_a_cap_of_nothing_is_no_alarm(watch: Watch) -> None:
    watch.books.lines = [replace(LINE, cap_nanos=0)]
    assert await watch.look() == []


async def test_a_low_balance_is_told_once_until_it_has_risen(watch: Watch) -> None:
    told = []
    for balance in (500, 499, 1, 500, 499):
        watch.books.balance_nanos = balance
        told.append(await watch.look())
    assert told == [[], [500], [], [], [500]]
