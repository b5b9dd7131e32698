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
from functools import lru_cache
from hashlib import sha256

from deepspace_core.ledger.transaction import LedgerTransaction

GENESIS = bytes(32)
"""The root of no rows."""

MOMENTS_REMEMBERED = 1_024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def link(root: bytes, row: LedgerTransaction) -> bytes:
    """The root after `row`, given the one before it."""
    return sha256(root + written(row).encode()).digest()


def written(row: LedgerTransaction) -> str:
    """All of a row in one way only: each text is preceded by its length, so that no two rows are written alike."""
    # Taken apart at once and written by one format, because this is done for every row there will ever be.
    row_id, org_id, wallet_id, seq, kind, ref = row[:6]
    hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at = row[15:]
    return _FORM % (
        *(row_id.int, org_id.int, wallet_id.int, seq, kind, len(ref), ref),
        *row[6:15],  # the amounts and the currency
        "-" if hold_id is None else hold_id.hex,
        "-" if capture_ref is None else f"{len(capture_ref)}:{capture_ref}",
        *(late, ends_hold, len(trace_id), trace_id, len(actor), actor, len(description), description, _micros(at)),
    )


_FORM = "|".join(
    [
        *("%032x", "%032x", "%032x", "%d", "%s", "%d:%s"),
        *("%d", "%d", "%d", "%d", "%d", "%d", "%d", "%d", "%s"),
        *("%s", "%s", "%d", "%d", "%d:%s", "%d:%s", "%d:%s", "%d"),
    ]
)


@lru_cache(maxsize=MOMENTS_REMEMBERED)
def _micros(at: datetime) -> int:
    """Since 1970. All rows that a batch adds to a wallet have the same moment."""
    return (at - _EPOCH) // _MICROSECOND
