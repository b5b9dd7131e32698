"""What makes two commands the same command: the fields its caller supplied that decide what it does.

Not part of it: who asked, in which trace, and what was told beside (description, reason, rates). A retry may come
through another request and is a retry all the same.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeAlias, get_args
from uuid import UUID

from deepspace_core.ledger.command import CallersCommand
from deepspace_core.ledger.outcome import OutcomeCode
from deepspace_core.ledger.transaction import TransactionType

Fingerprint: TypeAlias = tuple[str | int | bool | UUID | None, ...]
"""The values of the deciding fields that commands of a kind have, in order of precedence: the kind is the first, the
wallet the second. None for what wasn't supplied."""

DIFFERENCES = (
    ("type", OutcomeCode.EXISTS_WITH_DIFFERENT_TYPE),
    ("wallet_id", OutcomeCode.EXISTS_WITH_DIFFERENT_WALLET),
    ("hold_ref", OutcomeCode.EXISTS_WITH_DIFFERENT_HOLD),
    ("hold_id", OutcomeCode.EXISTS_WITH_DIFFERENT_HOLD),
    ("capture_ref", OutcomeCode.EXISTS_WITH_DIFFERENT_CAPTURE),
    ("amount_nanos", OutcomeCode.EXISTS_WITH_DIFFERENT_AMOUNT),
    ("final", OutcomeCode.EXISTS_WITH_DIFFERENT_FINAL),
    ("lifetime_seconds", OutcomeCode.EXISTS_WITH_DIFFERENT_LIFETIME),
    ("currency", OutcomeCode.EXISTS_WITH_DIFFERENT_CURRENCY),
)
"""The deciding fields, and the code that names a difference in each, in order of precedence."""


def fingerprint_of(command: CallersCommand) -> Fingerprint:
    """The deciding fields of `command`."""
    found: Fingerprint = _VALUES[command.type](command)
    return found


def read_fingerprint(stored: Sequence[Any] | Mapping[str, Any]) -> Fingerprint:
    """From JSON: the list of its values, or those that were supplied with their names, as all were stored once."""
    kind = stored["type"] if isinstance(stored, Mapping) else stored[0]
    fields = _FIELDS[TransactionType(kind)]
    values = [stored.get(field) for field in fields] if isinstance(stored, Mapping) else stored
    return tuple(
        [UUID(value) if field in _IDS and value else value for field, value in zip(fields, values, strict=True)]
    )


def difference(stored: Fingerprint, given: Fingerprint) -> OutcomeCode | None:
    """The first difference in order of precedence, or None when it is the same command again."""
    if stored == given:
        return None
    codes = dict(DIFFERENCES)
    # Of two kinds the fields are others, but then the first difference is the kind.
    named = zip(_FIELDS[TransactionType(str(given[0]))], stored, given, strict=False)
    return next(codes[field] for field, before, now in named if before != now)


_FIELDS: Mapping[TransactionType, Sequence[str]] = {
    kind.type: [field for field, _ in DIFFERENCES if hasattr(kind, field)] for kind in get_args(CallersCommand)
}
"""The deciding fields that commands of a kind have."""
_VALUES = {kind: attrgetter(*fields) for kind, fields in _FIELDS.items()}
_IDS = frozenset({"wallet_id", "hold_id"})
