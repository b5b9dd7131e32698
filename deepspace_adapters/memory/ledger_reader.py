"""The books in memory, read."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from deepspace_adapters.memory.budgets import budgets_of_wallet
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import HoldId, OrgId, TraceId, WalletId
from deepspace_core.kernel.page import PAGE_SIZE_MAX, Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger.budget import Budget, BudgetLine
from deepspace_core.ledger.command import Expire
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.metering import MeteredCapture, MeteredUsage
from deepspace_core.ledger.ports import (
    AccountBalance,
    OpenHolds,
    OrgWallet,
    TransactionFilter,
    TransactionTotal,
    WalletFilter,
    WalletSort,
    WalletTotal,
)
from deepspace_core.ledger.transaction import Account, LedgerTransaction, TransactionType, moves_of
from deepspace_core.ledger.wallet import BalanceAt, Wallet
from deepspace_core.usage import UsageRecord

ANY = TransactionFilter()
CLOCKS_DIFFER = timedelta(hours=1)
"""More than the store's clock may differ from the one that the books tell time by."""


class MemoryLedgerReader:
    """The `LedgerReader` port."""

    async def get_wallet(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId) -> Wallet:
        wallet: Wallet | None = table_of(tx, "wallets").get(wallet_id)
        if wallet is None or wallet.org_id != org_id:
            raise NotFound("there is no such wallet in this organization", param="wallet_id")
        return wallet

    async def find_wallet_of_org(self, tx: Transaction, *, org_id: OrgId) -> Wallet | None:
        return min((one for one in _wallets(tx) if one.org_id == org_id), key=lambda one: one.id, default=None)

    async def balance_at(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId, at: datetime) -> BalanceAt:
        wallet = await self.get_wallet(tx, org_id=org_id, wallet_id=wallet_id)
        rows = [row for row in _rows(tx) if row.wallet_id == wallet_id and row.at <= at]
        last = max(rows, key=lambda row: row.seq, default=None)
        if last is None:
            return BalanceAt(wallet_id, wallet.currency, at, 0, 0, 0, 0)
        numbers = last.balance_after_nanos, last.frozen_after_nanos, last.receivable_after_nanos
        return BalanceAt(wallet_id, wallet.currency, at, last.seq, *numbers)

    async def list_transactions(
        self, tx: Transaction, *, org_id: OrgId | None, page: PageRequest, where: TransactionFilter = ANY
    ) -> Page[LedgerTransaction]:
        found = [row for row in _rows(tx) if org_id in (None, row.org_id) and _matches(row, where)]
        rows = sorted(found, key=lambda row: row.id, reverse=True)
        rows = [row for row in rows if page.after is None or row.id < page.after][: page.limit + 1]
        return page_of(rows, [row.id for row in rows], limit=page.limit)

    async def total_transactions(
        self, tx: Transaction, *, org_id: OrgId | None, where: TransactionFilter
    ) -> Sequence[TransactionTotal]:
        found = [row for row in _rows(tx) if org_id in (None, row.org_id) and _matches(row, where)]
        kinds = sorted({(row.currency, row.type) for row in found})
        return [_total(currency, kind, found) for currency, kind in kinds]

    async def list_wallets(
        self, tx: Transaction, *, page: PageRequest, where: WalletFilter, sort: WalletSort
    ) -> Page[OrgWallet]:
        places = {one.wallet.id: (_place(one.wallet, sort), one.wallet.id) for one in all_wallets(tx)}
        found = [one for one in all_wallets(tx) if _wanted(one, where)]
        found.sort(key=lambda one: places[one.wallet.id], reverse=True)
        if page.after is not None:
            last = places.get(WalletId(page.after))
            found = [one for one in found if last is not None and places[one.wallet.id] < last]
        found = found[: page.limit + 1]
        return page_of(found, [one.wallet.id for one in found], limit=page.limit)

    async def total_wallets(self, tx: Transaction, *, where: WalletFilter) -> Sequence[WalletTotal]:
        found = [one.wallet for one in all_wallets(tx) if _wanted(one, where)]
        return [
            WalletTotal(
                currency,
                len(wallets),
                sum(one.balance_nanos for one in wallets),
                sum(one.frozen_nanos for one in wallets),
                sum(one.receivable_nanos for one in wallets),
                sum(one.credit_limit_nanos for one in wallets),
            )
            for currency in sorted({one.currency for one in found})
            for wallets in [[one for one in found if one.currency == currency]]
        ]

    async def get_hold(self, tx: Transaction, *, org_id: OrgId, hold_id: HoldId) -> HoldAccount:
        hold: HoldAccount | None = table_of(tx, "holds").get(hold_id)
        if hold is None or hold.org_id != org_id:
            raise NotFound("there is no such hold in this organization", param="hold_id")
        return hold

    async def find_hold_by_ref(self, tx: Transaction, *, org_id: OrgId, ref: str) -> HoldAccount | None:
        return next((hold for hold in _holds(tx) if (hold.org_id, hold.ref) == (org_id, ref)), None)

    async def list_holds(
        self, tx: Transaction, *, org_id: OrgId, page: PageRequest, open_only: bool = False
    ) -> Page[HoldAccount]:
        found = [hold for hold in _holds(tx) if hold.org_id == org_id and (hold.state.open or not open_only)]
        found.sort(key=lambda hold: (hold.state.open, hold.id), reverse=True)
        if page.after is not None:
            last = table_of(tx, "holds").get(page.after)
            place = (last is not None and last.state.open, page.after)
            found = [hold for hold in found if (hold.state.open, hold.id) < place]
        found = found[: page.limit + 1]
        return page_of(found, [hold.id for hold in found], limit=page.limit)

    async def transactions_of_trace(
        self, tx: Transaction, *, org_id: OrgId | None, trace_id: TraceId
    ) -> Sequence[LedgerTransaction]:
        found = [row for row in _rows(tx) if row.trace_id == trace_id and org_id in (None, row.org_id)]
        return sorted(found, key=lambda row: row.id)[:PAGE_SIZE_MAX]

    async def holds_of_trace(
        self, tx: Transaction, *, org_id: OrgId | None, trace_id: TraceId
    ) -> Sequence[HoldAccount]:
        found = [hold for hold in _holds(tx) if hold.trace_id == trace_id and org_id in (None, hold.org_id)]
        return sorted(found, key=lambda hold: hold.id)[:PAGE_SIZE_MAX]

    async def traces_of(
        self, tx: Transaction, *, ref: str, hold_id: UUID | None, transaction_id: UUID | None, limit: int
    ) -> Sequence[TraceId]:
        found = [row for row in _rows(tx) if row.ref == ref or row.id == transaction_id]
        found += [row for row in _rows(tx) if hold_id is not None and row.hold_id == hold_id]
        return list(dict.fromkeys(row.trace_id for row in found))[:limit]

    async def due_holds(self, tx: Transaction, *, now: datetime, limit: int) -> Sequence[Expire]:
        due = sorted((hold for hold in _holds(tx) if hold.due(now)), key=lambda hold: (hold.expires_at, hold.id))
        return [Expire(org_id=one.org_id, wallet_id=one.wallet_id, hold_id=one.id) for one in due[:limit]]

    async def count_holds(self, tx: Transaction, *, now: datetime) -> OpenHolds:
        due = [hold.expires_at for hold in _holds(tx) if hold.due(now)]
        return OpenHolds(sum(hold.state.open for hold in _holds(tx)), len(due), min(due, default=None))

    async def trial_balance(self, tx: Transaction) -> Sequence[AccountBalance]:
        sums: dict[tuple[str, Account], int] = {}
        for row in _rows(tx):
            for account, nanos in moves_of(row).items():
                sums[row.currency, account] = sums.get((row.currency, account), 0) + nanos
        currencies = sorted({currency for currency, _ in sums})
        return [AccountBalance(one, account, sums.get((one, account), 0)) for one in currencies for account in Account]


class MemoryLedgerAuditReader:
    """The `LedgerAuditReader` port. A memory transaction is a snapshot already."""

    async def freeze(self, tx: Transaction) -> None:
        table_of(tx, "wallets")

    async def wallets_after(
        self, tx: Transaction, *, after: WalletId | None, limit: int, org_id: OrgId | None = None
    ) -> Sequence[Wallet]:
        found = [one for one in _wallets(tx) if (after is None or one.id > after) and org_id in (None, one.org_id)]
        return sorted(found, key=lambda wallet: wallet.id)[:limit]

    async def rows_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, limit: int
    ) -> Sequence[LedgerTransaction]:
        found = [row for row in _rows(tx) if row.wallet_id == wallet_id and row.seq > after_seq]
        return sorted(found, key=lambda row: row.seq)[:limit]

    async def roots_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, to_seq: int
    ) -> Mapping[int, bytes]:
        roots = table_of(tx, "roots").items()
        return {seq: root for (wallet, seq), root in roots if wallet == wallet_id and after_seq < seq <= to_seq}

    async def sealed_row(
        self, tx: Transaction, *, wallet_id: WalletId, seq: int
    ) -> tuple[LedgerTransaction, bytes] | None:
        roots = await self.roots_of_wallet(tx, wallet_id=wallet_id, after_seq=0, to_seq=seq)
        found = [row for row in _rows(tx) if row.wallet_id == wallet_id and row.seq in roots]
        row = max(found, key=lambda row: row.seq, default=None)
        return (row, roots[row.seq]) if row else None

    async def holds_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after: str | None, limit: int
    ) -> Sequence[HoldAccount]:
        found = [hold for hold in _holds(tx) if hold.wallet_id == wallet_id and (after is None or hold.ref > after)]
        return sorted(found, key=lambda hold: hold.ref)[:limit]

    async def rows_of_holds(self, tx: Transaction, *, hold_ids: Sequence[HoldId]) -> Sequence[LedgerTransaction]:
        wanted = set(hold_ids)
        return sorted((row for row in _rows(tx) if row.hold_id in wanted), key=lambda row: (row.wallet_id, row.seq))

    async def budgets_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId
    ) -> tuple[Sequence[Budget], Sequence[BudgetLine]]:
        return budgets_of_wallet(tx, wallet_id)

    async def orphans(self, tx: Transaction, *, limit: int) -> Sequence[str]:
        wallets, holds = table_of(tx, "wallets"), table_of(tx, "holds")
        lost = [f"transaction {row.id} has no wallet" for row in _rows(tx) if row.wallet_id not in wallets]
        lost += [f"transaction {row.id} has no hold" for row in _rows(tx) if row.hold_id and row.hold_id not in holds]
        lost += [f"hold {hold.id} has no wallet" for hold in _holds(tx) if hold.wallet_id not in wallets]
        refs = table_of(tx, "ledger_refs")
        written = {row.id for row in _rows(tx)}
        lost += [
            f"ref {ref} of organization {org_id} has no transaction"
            for (org_id, ref), stored in refs.items()
            if stored.outcome.transaction is not None and stored.outcome.transaction.id not in written
        ]
        lost += [
            f"transaction {row.id} has no stored answer"
            for row in _rows(tx)
            if row.type is not TransactionType.EXPIRE and (row.org_id, row.ref) not in refs
        ]
        return lost[:limit]

    async def metered_captures(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, limit: int
    ) -> Sequence[MeteredCapture]:
        rows = await self.rows_of_wallet(tx, wallet_id=wallet_id, after_seq=after_seq, limit=sys.maxsize)
        return [call for row in rows if (call := _metered(tx, row)) is not None][:limit]

    async def stray_usage(
        self, tx: Transaction, *, org_id: OrgId | None, since: datetime | None, limit: int
    ) -> Sequence[str]:
        metered = {(row.org_id, row.ref) for row in _rows(tx) if _metered(tx, row) is not None}
        return [
            f"record {one.id} names capture {one.capture_ref} of organization {one.org_id}, which is no final capture "
            "of a priced hold"
            for stored in table_of(tx, "usage_records").values()
            for one in [stored.record]
            if (one.org_id, one.capture_ref) not in metered
            and org_id in (None, one.org_id)
            and (since is None or stored.stored_at >= since - CLOCKS_DIFFER)
        ][:limit]

    async def trial_balance(self, tx: Transaction) -> Sequence[AccountBalance]:
        return await MemoryLedgerReader().trial_balance(tx)


def _metered(tx: Transaction, row: LedgerTransaction) -> MeteredCapture | None:
    hold: HoldAccount | None = table_of(tx, "holds").get(row.hold_id)
    if row.type is not TransactionType.CAPTURE or hold is None or hold.price_id is None:
        return None
    captures = [one for one in _rows(tx) if one.hold_id == hold.id and one.type is TransactionType.CAPTURE]
    last = row.late and hold.settled_late and row.seq == max(one.seq for one in captures)
    if not (row.ends_hold or last):
        return None
    stored = table_of(tx, "usage_records").get((row.org_id, row.ref))
    usages = [] if stored is None else [_usage(stored.record)]
    return MeteredCapture(row=row, hold_ref=hold.ref, price_id=hold.price_id, rates=hold.rates, usages=usages)


def _usage(record: UsageRecord) -> MeteredUsage:
    return MeteredUsage(
        id=record.id,
        currency=record.currency,
        cost_picos=record.cost_picos,
        cost_nanos=record.cost_nanos,
        price_id=record.price_id,
        hold_ref=record.hold_ref,
        trace_id=record.trace_id,
        leaves=record.leaves,
        units=record.units,
    )


def _wallets(tx: Transaction) -> Iterable[Wallet]:
    return table_of(tx, "wallets").values()


def _holds(tx: Transaction) -> Iterable[HoldAccount]:
    return table_of(tx, "holds").values()


def _rows(tx: Transaction) -> Iterable[LedgerTransaction]:
    return table_of(tx, "transactions").values()


def _matches(row: LedgerTransaction, where: TransactionFilter) -> bool:
    wanted = (
        where.wallet_id in (None, row.wallet_id),
        where.types is None or row.type in where.types,
        where.hold_id in (None, row.hold_id),
        where.trace_id in (None, row.trace_id),
        where.since is None or row.at >= where.since,
        where.until is None or row.at < where.until,
        where.ref is None or where.ref in (row.ref, row.capture_ref),
    )
    return all(wanted)


def all_wallets(tx: Transaction) -> Sequence[OrgWallet]:
    """Every wallet with its organization, as the SQL joins the tables of both."""
    orgs = table_of(tx, "orgs")
    return [
        OrgWallet(orgs[one.org_id].name, orgs[one.org_id].suspended_at, one)
        for one in _wallets(tx)
        if one.org_id in orgs
    ]


def _wanted(one: OrgWallet, where: WalletFilter) -> bool:
    wallet = one.wallet
    return (
        (where.search is None or where.search.lower() in one.org_name.lower())
        and where.currency in (None, wallet.currency)
        and (where.is_owing is None or where.is_owing == (wallet.receivable_nanos > 0))
        and (where.available_below_nanos is None or wallet.available_nanos < where.available_below_nanos)
    )


def _place(wallet: Wallet, sort: WalletSort) -> int:
    match sort:
        case WalletSort.NEWEST:
            return 0
        case WalletSort.HIGHEST_BALANCE:
            return wallet.balance_nanos
        case WalletSort.LOWEST_BALANCE:
            return -wallet.balance_nanos
        case WalletSort.MOST_FROZEN:
            return wallet.frozen_nanos
        case WalletSort.MOST_OWED:
            return wallet.receivable_nanos


def _total(currency: str, kind: TransactionType, rows: Sequence[LedgerTransaction]) -> TransactionTotal:
    alike = [row for row in rows if (row.currency, row.type) == (currency, kind)]
    return TransactionTotal(
        currency,
        kind,
        len(alike),
        sum(row.amount_nanos for row in alike),
        sum(row.balance_delta_nanos for row in alike),
        sum(row.frozen_delta_nanos for row in alike),
    )
