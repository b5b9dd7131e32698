"""What a statement sums, in memory: the wallet's rows, beside the usage that their captures name."""

from collections.abc import Sequence
from datetime import datetime

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.kernel.ids import ProjectId, WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.ledger.statement import ENTRY_TYPES, Movement, Spending
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType

LAST = "\U0010ffff"
"""Sorts after every name."""


class MemoryStatementReader:
    """The `StatementReader` port. A memory transaction is a snapshot already."""

    async def freeze(self, tx: Transaction) -> None:
        table_of(tx, "transactions")

    async def movements(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime
    ) -> Sequence[Movement]:
        rows = _rows(tx, wallet_id, since, until)
        by_type = {kind: [row for row in rows if row.type is kind] for kind in sorted(TransactionType)}
        return [
            Movement(
                type=kind,
                rows=len(found),
                amount_nanos=sum(row.amount_nanos for row in found),
                balance_delta_nanos=sum(row.balance_delta_nanos for row in found),
                frozen_delta_nanos=sum(row.frozen_delta_nanos for row in found),
                receivable_delta_nanos=sum(row.receivable_delta_nanos for row in found),
            )
            for kind, found in by_type.items()
            if found
        ]

    async def entries(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime, limit: int
    ) -> Sequence[LedgerTransaction]:
        return [row for row in _rows(tx, wallet_id, since, until) if row.type in ENTRY_TYPES][:limit]

    async def spending(
        self, tx: Transaction, *, wallet_id: WalletId, since: datetime, until: datetime
    ) -> Sequence[Spending]:
        sums: dict[tuple[ProjectId | None, str | None], list[int]] = {}
        for row in _rows(tx, wallet_id, since, until):
            if row.type is TransactionType.CAPTURE:
                _add(sums, _subject(tx, row, row.ref), 1, row.amount_nanos, 0)
            elif row.type is TransactionType.REFUND:
                _add(sums, _subject(tx, row, row.capture_ref), 0, 0, row.amount_nanos)
        projects = table_of(tx, "projects")
        found = []
        for (project_id, model), (calls, charged, refunded) in sums.items():
            project = projects.get(project_id)
            name = None if project is None else project.name
            is_default = project is not None and project.is_default
            found.append(Spending(project_id, name, model, calls, charged, refunded, is_default))
        return sorted(found, key=lambda one: (one.project or LAST, str(one.project_id), one.model or LAST))

    async def root_of(self, tx: Transaction, *, wallet_id: WalletId, seq: int) -> bytes | None:
        root: bytes | None = table_of(tx, "roots").get((wallet_id, seq))
        return root


def _rows(tx: Transaction, wallet_id: WalletId, since: datetime, until: datetime) -> list[LedgerTransaction]:
    rows = [row for row in table_of(tx, "transactions").values() if row.wallet_id == wallet_id]
    return sorted((row for row in rows if since <= row.at < until), key=lambda row: row.seq)


def _subject(tx: Transaction, row: LedgerTransaction, capture_ref: str | None) -> tuple[ProjectId | None, str | None]:
    stored = table_of(tx, "usage_records").get((row.org_id, capture_ref))
    return (None, None) if stored is None else (stored.record.project_id, stored.record.model_name)


def _add(
    sums: dict[tuple[ProjectId | None, str | None], list[int]],
    subject: tuple[ProjectId | None, str | None],
    *counted: int,
) -> None:
    before = sums.get(subject, [0, 0, 0])
    sums[subject] = [old + new for old, new in zip(before, counted, strict=True)]
