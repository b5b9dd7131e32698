"""A row of the books: immutable, numbered without gaps per wallet, carrying the state it led to.

Rules: rows are only ever added. `seq` is the wallet's version after the row: 1, 2, 3 … without a gap. `at` never goes
back within a wallet, whatever the clock does, so that "balance as of t" is a prefix of the rows. Each row moves
value between accounts so that the moves sum to zero (`moves_of`); the database checks the same by constraint.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from deepspace_core.kernel.ids import HoldId, OrgId, TraceId, TransactionId, WalletId


class TransactionType(StrEnum):
    """What kind of event a row tells of."""

    TOP_UP = "top_up"
    HOLD = "hold"
    EXTEND = "extend"
    CAPTURE = "capture"
    RELEASE = "release"
    EXPIRE = "expire"
    REFUND = "refund"
    ADJUST = "adjust"


class Account(StrEnum):
    """The accounts that value moves between. Per currency they sum to zero: that is the trial balance."""

    WORLD = "world"
    AVAILABLE = "available"
    FROZEN = "frozen"
    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    ADJUSTMENT = "adjustment"


class LedgerTransaction(NamedTuple):
    """One event. Amounts in nano-units of the wallet's currency.

    `amount_nanos` is what the command asked for (negative only for an adjust that takes); the deltas are what that did
    to the wallet. A final capture frees the rest of its hold in the same row: `released_nanos`. `late` marks a
    capture that came after its hold had expired; `ends_hold` the one row that brought its hold to a terminal state.
    `capture_ref` is set on refunds.

    A tuple, because one is made for every command, and a tuple is made in a quarter of a data class's time and is a
    database's row as it stands.
    """

    id: TransactionId
    org_id: OrgId
    wallet_id: WalletId
    seq: int
    type: TransactionType
    ref: str
    amount_nanos: int
    balance_delta_nanos: int
    frozen_delta_nanos: int
    receivable_delta_nanos: int
    released_nanos: int
    balance_after_nanos: int
    frozen_after_nanos: int
    receivable_after_nanos: int
    currency: str
    hold_id: HoldId | None
    capture_ref: str | None
    late: bool
    ends_hold: bool
    trace_id: TraceId
    actor: str
    description: str
    at: datetime


COUNTERPARTS: Mapping[TransactionType, Account | None] = {
    TransactionType.TOP_UP: Account.WORLD,
    TransactionType.HOLD: None,
    TransactionType.EXTEND: None,
    TransactionType.CAPTURE: Account.REVENUE,
    TransactionType.RELEASE: None,
    TransactionType.EXPIRE: None,
    TransactionType.REFUND: Account.REVENUE,
    TransactionType.ADJUST: Account.ADJUSTMENT,
}
"""The account outside the wallet that a row of each type moves value from or to; None where it stays inside."""


def moves_of(row: LedgerTransaction) -> Mapping[Account, int]:
    """The change of each account in nano-units; sums to zero for a sound row."""
    moves = {
        Account.AVAILABLE: row.balance_delta_nanos - row.frozen_delta_nanos,
        Account.FROZEN: row.frozen_delta_nanos,
        Account.RECEIVABLE: -row.receivable_delta_nanos,
    }
    counterpart = COUNTERPARTS[row.type]
    if counterpart is not None:
        moves[counterpart] = row.amount_nanos if row.type is TransactionType.CAPTURE else -row.amount_nanos
    return moves
