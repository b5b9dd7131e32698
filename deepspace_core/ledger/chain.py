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

REMEMBERED = 1_024
"""How many of the parts that rows have in common are kept as they are written, of each kind."""
_AMOUNTS = "|".join(["%d"] * 8)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def link(root: bytes, row: LedgerTransaction) -> bytes:
    """The root after `row`, given the one before it."""
    return sha256(root + written(row).encode()).digest()


def written(row: LedgerTransaction) -> str:
    """All of a row in one way only: each text is preceded by its length, so that no two rows are written alike."""
    # Taken apart at once and written in few formats, because this is done for every row there will ever be.
    row_id, org_id, wallet_id, seq, kind, ref = row[:6]
    currency, hold_id, capture_ref, late, ends_hold, trace_id, actor, description, at = row[14:]
    return "|".join(
        (
            row_id.int.to_bytes(16).hex(),  # in two thirds of the time of "%032x"
            _whose(org_id.int, wallet_id.int),
            "%d|%s|%d:%s" % (seq, kind, len(ref), ref),  # noqa: UP031 - numbers in two thirds of the time, too
            _AMOUNTS % row[6:14],
            currency,
            "-" if hold_id is None else hold_id.int.to_bytes(16).hex(),
            "-" if capture_ref is None else f"{len(capture_ref)}:{capture_ref}",
            "%d|%d|%d:%s" % (late, ends_hold, len(trace_id), trace_id),  # noqa: UP031
            _told(actor, description),
            _moment(at),
        )
    )


@lru_cache(maxsize=REMEMBERED)
def _whose(org_id: int, wallet_id: int) -> str:
    return f"{org_id:032x}|{wallet_id:032x}"


@lru_cache(maxsize=REMEMBERED)
def _told(actor: str, description: str) -> str:
    return f"{len(actor)}:{actor}|{len(description)}:{description}"


@lru_cache(maxsize=REMEMBERED)
def _moment(at: datetime) -> str:
    """In microseconds since 1970. All rows that a batch adds to a wallet have the same."""
    return str((at - _EPOCH) // _MICROSECOND)
