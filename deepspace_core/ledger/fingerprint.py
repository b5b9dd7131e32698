"""What makes two commands the same command: the fields its caller supplied that decide what it does.

Not part of it: who asked, in which trace, and what was told beside (description, reason, rates). A retry may come
through another request and is a retry all the same.
"""

from collections.abc import Mapping
from typing import TypeAlias, get_args
from uuid import UUID

from deepspace_core.ledger.command import CallersCommand
from deepspace_core.ledger.outcome import OutcomeCode

Fingerprint: TypeAlias = Mapping[str, str | int | bool]
"""JSON-safe; a field that wasn't supplied is left out."""

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
    """The deciding fields of `command` that its caller supplied."""
    found: dict[str, str | int | bool] = {}
    for field in _FIELDS[type(command)]:
        value = getattr(command, field)
        if value is not None:
            found[field] = value.hex if isinstance(value, UUID) else value
    return found


def difference(stored: Fingerprint, given: Fingerprint) -> OutcomeCode | None:
    """The first difference in order of precedence, or None when it is the same command again."""
    for field, code in DIFFERENCES:
        if stored.get(field) != given.get(field):
            return code
    return None


_FIELDS = {kind: tuple(field for field, _ in DIFFERENCES if hasattr(kind, field)) for kind in get_args(CallersCommand)}
"""The deciding fields that commands of a kind have."""
