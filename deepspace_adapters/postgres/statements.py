"""What a statement sums, on PostgreSQL: the wallet's rows, beside the usage that their captures name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.ledger_reader import fetch
from deepspace_adapters.postgres.ledger_rows import transaction_from
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger.statement import Movement, Spending
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType


@dataclass(frozen=True, slots=True)
class _Statements:
    freeze: sql.Statement
    movements: sql.Statement
    entries: sql.Statement
    spending: sql.Statement
    root_of: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresStatementReader:
    """The `StatementReader` port."""

    async def freeze(self, tx: Transaction) -> None:
        await connection_of(tx).execute(SQL.freeze)

    async def movements(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime
    ) -> Sequence[Movement]:
        rows = await fetch(tx, SQL.movements, wallet_id=wallet_id, since=since, until=until)
        return [Movement(TransactionType(kind), *sums) for kind, *sums in rows]

    async def entries(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime, limit: int
    ) -> Sequence[LedgerTransaction]:
        rows = await fetch(tx, SQL.entries, wallet_id=wallet_id, since=since, until=until, limit=limit)
        return [transaction_from(row) for row in rows]

    async def spending(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime
    ) -> Sequence[Spending]:
        return [Spending(*row) for row in await fetch(tx, SQL.spending, wallet_id=wallet_id, since=since, until=until)]

    async def root_of(self, tx: Transaction, *, wallet_id: WalletId, seq: int) -> bytes | None:
        rows = await fetch(tx, SQL.root_of, wallet_id=wallet_id, seq=seq)
        root: bytes | None = rows[0][0] if rows else None
        return root
