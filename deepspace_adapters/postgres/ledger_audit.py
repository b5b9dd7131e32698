"""All books of all organizations on PostgreSQL, read page by page from one snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.budgets import budgets_of_wallet
from deepspace_adapters.postgres.ledger_reader import fetch, trial_balance
from deepspace_adapters.postgres.ledger_rows import hold_from, transaction_from, wallet_from
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import HoldId, OrgId, WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.kernel.units import read_units
from deepspace_core.ledger.budget import Budget, BudgetLine
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.metering import MeteredCapture, MeteredUsage
from deepspace_core.ledger.ports import AccountBalance
from deepspace_core.ledger.transaction import LedgerTransaction
from deepspace_core.ledger.wallet import Wallet


@dataclass(frozen=True, slots=True)
class _Statements:
    freeze: sql.Statement
    take_time: sql.Statement
    wallets_after: sql.Statement
    rows_of_wallet: sql.Statement
    roots_of_wallet: sql.Statement
    sealed_row: sql.Statement
    holds_of_wallet: sql.Statement
    rows_of_holds: sql.Statement
    orphans: sql.Statement
    metered_captures: sql.Statement
    stray_usage: sql.Statement


SQL = sql.load(__file__, _Statements)
STATEMENT_MILLISECONDS_MAX = 60 * 60 * 1_000
"""A statement of the audit may look at every row there is. Nobody waits for it, because it locks nobody."""
ROW_COLUMNS: Final = 23
"""A line of `metered_captures` is a row of the books, then the hold's ref, price and rates, then the usage, if any."""
USAGE_AT: Final = ROW_COLUMNS + 3
LEAVES_AT: Final = USAGE_AT + 7


class PostgresLedgerAuditReader:
    """The `LedgerAuditReader` port."""

    async def freeze(self, tx: Transaction) -> None:
        connection = connection_of(tx)
        await connection.execute(SQL.freeze)
        await connection.execute(SQL.take_time, {"milliseconds": STATEMENT_MILLISECONDS_MAX})

    async def wallets_after(
        self, tx: Transaction, *, after: WalletId | None, limit: int, org_id: OrgId | None = None
    ) -> Sequence[Wallet]:
        rows = await fetch(tx, SQL.wallets_after, after=after, limit=limit, org_id=org_id)
        return [wallet_from(row) for row in rows]

    async def rows_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, limit: int
    ) -> Sequence[LedgerTransaction]:
        rows = await fetch(tx, SQL.rows_of_wallet, wallet_id=wallet_id, after_seq=after_seq, limit=limit)
        return [transaction_from(row) for row in rows]

    async def roots_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, to_seq: int
    ) -> Mapping[int, bytes]:
        return dict(await fetch(tx, SQL.roots_of_wallet, wallet_id=wallet_id, after_seq=after_seq, to_seq=to_seq))

    async def sealed_row(
        self, tx: Transaction, *, wallet_id: WalletId, seq: int
    ) -> tuple[LedgerTransaction, bytes] | None:
        rows = await fetch(tx, SQL.sealed_row, wallet_id=wallet_id, seq=seq)
        return (transaction_from(rows[0][:-1]), rows[0][-1]) if rows else None

    async def holds_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId, after: str | None, limit: int
    ) -> Sequence[HoldAccount]:
        rows = await fetch(tx, SQL.holds_of_wallet, wallet_id=wallet_id, after=after, limit=limit)
        return [hold_from(row) for row in rows]

    async def rows_of_holds(self, tx: Transaction, *, hold_ids: Sequence[HoldId]) -> Sequence[LedgerTransaction]:
        rows = await fetch(tx, SQL.rows_of_holds, hold_ids=[*hold_ids])
        return [transaction_from(row) for row in rows]

    async def budgets_of_wallet(
        self, tx: Transaction, *, wallet_id: WalletId
    ) -> tuple[Sequence[Budget], Sequence[BudgetLine]]:
        return await budgets_of_wallet(tx, wallet_id)

    async def orphans(self, tx: Transaction, *, limit: int) -> Sequence[str]:
        return [line for (line,) in await fetch(tx, SQL.orphans, limit=limit)]

    async def metered_captures(
        self, tx: Transaction, *, wallet_id: WalletId, after_seq: int, limit: int
    ) -> Sequence[MeteredCapture]:
        lines = await fetch(tx, SQL.metered_captures, wallet_id=wallet_id, after_seq=after_seq, limit=limit)
        return [_capture_from([*group]) for _, group in groupby(lines, key=lambda line: line[3])]

    async def stray_usage(
        self, tx: Transaction, *, org_id: OrgId | None, since: datetime | None, limit: int
    ) -> Sequence[str]:
        return [line for (line,) in await fetch(tx, SQL.stray_usage, org_id=org_id, since=since, limit=limit)]

    async def trial_balance(self, tx: Transaction) -> Sequence[AccountBalance]:
        return await trial_balance(tx)


def _capture_from(lines: Sequence[tuple[Any, ...]]) -> MeteredCapture:
    first = lines[0]
    hold_ref, price_id, rates = first[ROW_COLUMNS:USAGE_AT]
    return MeteredCapture(
        row=transaction_from(first[:ROW_COLUMNS]),
        hold_ref=hold_ref,
        price_id=price_id,
        rates=rates,
        usages=[
            MeteredUsage(*[*line[USAGE_AT:LEAVES_AT], TokenLeaves(*line[LEAVES_AT:-1]), read_units(line[-1])])
            for line in lines
            if line[USAGE_AT] is not None
        ],
    )
