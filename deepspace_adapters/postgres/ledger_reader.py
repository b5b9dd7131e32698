"""The books on PostgreSQL, read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.ledger_rows import Row, hold_from, transaction_from, wallet_from
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import HoldId, OrgId, TraceId, WalletId
from deepspace_core.kernel.page import PAGE_SIZE_MAX, Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger.command import Expire
from deepspace_core.ledger.hold import HoldAccount
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
from deepspace_core.ledger.transaction import Account, LedgerTransaction, TransactionType
from deepspace_core.ledger.wallet import BalanceAt, Wallet

ANY = TransactionFilter()


@dataclass(frozen=True, slots=True)
class _Statements:
    get_wallet: sql.Statement
    find_wallet_of_org: sql.Statement
    balance_at: sql.Statement
    list_transactions: sql.Statement
    total_transactions: sql.Statement
    list_wallets: sql.Statement
    total_wallets: sql.Statement
    get_hold: sql.Statement
    find_hold_by_ref: sql.Statement
    list_open_holds: sql.Statement
    list_holds: sql.Statement
    transactions_of_trace: sql.Statement
    holds_of_trace: sql.Statement
    traces_of: sql.Statement
    due_holds: sql.Statement
    count_holds: sql.Statement
    trial_balance: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresLedgerReader:
    """The `LedgerReader` port."""

    async def get_wallet(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId) -> Wallet:
        rows = await fetch(tx, SQL.get_wallet, org_id=org_id, wallet_id=wallet_id)
        if not rows:
            raise NotFound("there is no such wallet in this organization", param="wallet_id")
        return wallet_from(rows[0])

    async def find_wallet_of_org(self, tx: Transaction, *, org_id: OrgId) -> Wallet | None:
        rows = await fetch(tx, SQL.find_wallet_of_org, org_id=org_id)
        return wallet_from(rows[0]) if rows else None

    async def balance_at(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId, at: datetime) -> BalanceAt:
        rows = await fetch(tx, SQL.balance_at, org_id=org_id, wallet_id=wallet_id, at=at)
        if not rows:
            raise NotFound("there is no such wallet in this organization", param="wallet_id")
        currency, *numbers = rows[0]
        return BalanceAt(wallet_id, currency, at, *numbers)

    async def list_transactions(
        self, tx: Transaction, *, org_id: OrgId | None, page: PageRequest, where: TransactionFilter = ANY
    ) -> Page[LedgerTransaction]:
        rows = await fetch(
            tx, SQL.list_transactions, org_id=org_id, after=page.after, limit=page.limit, **_values(where)
        )
        found = [transaction_from(row) for row in rows]
        return page_of(found, [row.id for row in found], limit=page.limit)

    async def total_transactions(
        self, tx: Transaction, *, org_id: OrgId | None, where: TransactionFilter
    ) -> Sequence[TransactionTotal]:
        rows = await fetch(tx, SQL.total_transactions, org_id=org_id, **_values(where))
        return [TransactionTotal(currency, TransactionType(kind), *map(int, sums)) for currency, kind, *sums in rows]

    async def list_wallets(
        self, tx: Transaction, *, page: PageRequest, where: WalletFilter, sort: WalletSort
    ) -> Page[OrgWallet]:
        rows = await fetch(tx, SQL.list_wallets, after=page.after, limit=page.limit, sort=sort.value, **asdict(where))
        found = [OrgWallet(row[-2], row[-1], wallet_from(row[:-2])) for row in rows]
        return page_of(found, [one.wallet.id for one in found], limit=page.limit)

    async def total_wallets(self, tx: Transaction, *, where: WalletFilter) -> Sequence[WalletTotal]:
        rows = await fetch(tx, SQL.total_wallets, **asdict(where))
        return [WalletTotal(currency, *map(int, sums)) for currency, *sums in rows]

    async def get_hold(self, tx: Transaction, *, org_id: OrgId, hold_id: HoldId) -> HoldAccount:
        rows = await fetch(tx, SQL.get_hold, org_id=org_id, hold_id=hold_id)
        if not rows:
            raise NotFound("there is no such hold in this organization", param="hold_id")
        return hold_from(rows[0])

    async def find_hold_by_ref(self, tx: Transaction, *, org_id: OrgId, ref: str) -> HoldAccount | None:
        rows = await fetch(tx, SQL.find_hold_by_ref, org_id=org_id, ref=ref)
        return hold_from(rows[0]) if rows else None

    async def list_holds(
        self, tx: Transaction, *, org_id: OrgId, page: PageRequest, open_only: bool = False
    ) -> Page[HoldAccount]:
        statement = SQL.list_open_holds if open_only else SQL.list_holds
        rows = await fetch(tx, statement, org_id=org_id, after=page.after, limit=page.limit)
        found = [hold_from(row) for row in rows]
        return page_of(found, [hold.id for hold in found], limit=page.limit)

    async def transactions_of_trace(
        self, tx: Transaction, *, org_id: OrgId | None, trace_id: TraceId
    ) -> Sequence[LedgerTransaction]:
        rows = await fetch(tx, SQL.transactions_of_trace, org_id=org_id, trace_id=trace_id, limit=PAGE_SIZE_MAX)
        return [transaction_from(row) for row in rows]

    async def holds_of_trace(
        self, tx: Transaction, *, org_id: OrgId | None, trace_id: TraceId
    ) -> Sequence[HoldAccount]:
        rows = await fetch(tx, SQL.holds_of_trace, org_id=org_id, trace_id=trace_id, limit=PAGE_SIZE_MAX)
        return [hold_from(row) for row in rows]

    async def traces_of(
        self, tx: Transaction, *, ref: str, hold_id: UUID | None, transaction_id: UUID | None, limit: int
    ) -> Sequence[TraceId]:
        values = {"ref": ref, "hold_id": hold_id, "transaction_id": transaction_id, "limit": limit}
        return [TraceId(row[0]) for row in await fetch(tx, SQL.traces_of, **values)]

    async def due_holds(self, tx: Transaction, *, now: datetime, limit: int) -> Sequence[Expire]:
        rows = await fetch(tx, SQL.due_holds, now=now, limit=limit)
        return [Expire(org_id=org_id, wallet_id=wallet_id, hold_id=hold_id) for org_id, wallet_id, hold_id in rows]

    async def count_holds(self, tx: Transaction, *, now: datetime) -> OpenHolds:
        (row,) = await fetch(tx, SQL.count_holds, now=now)
        return OpenHolds(*row)

    async def trial_balance(self, tx: Transaction) -> Sequence[AccountBalance]:
        return await trial_balance(tx)


def _values(where: TransactionFilter) -> dict[str, object]:
    return {
        "wallet_id": where.wallet_id,
        "types": None if where.types is None else [kind.value for kind in where.types],
        "hold_id": where.hold_id,
        "trace_id": where.trace_id,
        "since": where.since,
        "until": where.until,
        "ref": where.ref,
    }


async def fetch(tx: Transaction, statement: sql.Statement, **parameters: object) -> Sequence[Row]:
    """All rows; the statement bounds them."""
    async with connection_of(tx).cursor() as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchall()


async def trial_balance(tx: Transaction) -> Sequence[AccountBalance]:
    """Every account per currency, summed by the database."""
    return [
        AccountBalance(currency, account, int(nanos))
        for currency, *sums in await fetch(tx, SQL.trial_balance)
        for account, nanos in zip(Account, sums, strict=True)
    ]
