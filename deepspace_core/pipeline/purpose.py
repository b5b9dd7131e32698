"""What a call's movement was for: as words in the books, and read from them again.

The books keep words, for statements and exports are read by people. A front end wants the parts, to say the same in its
reader's language. Whoever changes how it is worded keeps reading what was written before: rows never change.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from deepspace_core.ledger import LedgerTransaction, TransactionType
from deepspace_core.pipeline.route import Route


class PurposeKind(StrEnum):
    """What the movement is about."""

    CALL = "call"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Purpose:
    """A call of a model by a route, or, without a route, that the model delivered nothing."""

    model: str
    route: Route | None = None

    @property
    def kind(self) -> PurposeKind:
        return PurposeKind.UNDELIVERED if self.route is None else PurposeKind.CALL


_CALL = re.compile(r"(?P<route>\S+) with (?P<model>.+)")
_UNDELIVERED = re.compile(r"nothing delivered by (?P<model>.+)")
_OF_CALLS = frozenset({TransactionType.HOLD, TransactionType.EXTEND, TransactionType.CAPTURE, TransactionType.RELEASE})
"""The types that calls book. The words of others are people's own."""


def worded_call(route: Route, model: str) -> str:
    """The description of a movement that a call booked."""
    return f"{route} with {model}"


def worded_undelivered(model: str) -> str:
    """The description of one that gives back what a model had no use for."""
    return f"nothing delivered by {model}"


def read_purpose(row: LedgerTransaction) -> Purpose | None:
    """What was written of a call; None where somebody else booked the row, or in other words."""
    if row.type not in _OF_CALLS:
        return None
    if told := _UNDELIVERED.fullmatch(row.description):
        return Purpose(told["model"])
    told = _CALL.fullmatch(row.description)
    if told is None or told["route"] not in frozenset(Route):
        return None
    return Purpose(told["model"], Route(told["route"]))
