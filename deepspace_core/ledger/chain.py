"""The chain of roots: each row of a wallet seals all rows before it, so that nobody changes the past unnoticed.

root(n) = SHA-256(root(n - 1) ‖ row n), from GENESIS; the wallet carries the last one, and so does the last row that a
batch adds to the wallet. So the stored roots are one a batch and wallet, and the same however commands are cut into
batches.

The chain is a wallet's, not the database's: a batch holds the lock of each wallet it writes to anyway, while one head
for everybody would let no two gateways commit at the same time. What that costs: the order of rows of different wallets
isn't sealed. It decides nothing, because disjoint wallets commute.

What it can't show: that somebody with all rights recomputed a whole chain. A root kept elsewhere shows that.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from deepspace_core.ledger.transaction import LedgerTransaction

GENESIS = bytes(32)
"""The root of no rows."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def link(root: bytes, row: LedgerTransaction) -> bytes:
    """The root after `row`, given the one before it."""
    return sha256(root + written(row).encode()).digest()


def written(row: LedgerTransaction) -> str:
    """All of a row in one way only: each text is preceded by its length, so that no two rows are written alike."""
    return (
        f"{row.id.hex}|{row.org_id.hex}|{row.wallet_id.hex}|{row.seq}|{row.type.value}|{_text(row.ref)}"
        f"|{row.amount_nanos}|{row.balance_delta_nanos}|{row.frozen_delta_nanos}|{row.receivable_delta_nanos}"
        f"|{row.released_nanos}|{row.balance_after_nanos}|{row.frozen_after_nanos}|{row.receivable_after_nanos}"
        f"|{row.currency}|{row.hold_id.hex if row.hold_id else '-'}|{_text(row.capture_ref)}"
        f"|{row.late:d}|{row.ends_hold:d}|{_text(row.trace_id)}|{_text(row.actor)}|{_text(row.description)}"
        f"|{(row.at - _EPOCH) // _MICROSECOND}"
    )


def _text(text: str | None) -> str:
    return "-" if text is None else f"{len(text)}:{text}"
