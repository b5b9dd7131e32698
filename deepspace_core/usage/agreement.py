"""Whether our own books agree: captures with usage records, usage records with roll-ups, roll-ups with sums.

Each of the four is made of the one before it, so a difference is never a matter of opinion: something was lost, written
twice or changed by hand. `ledger audit` proves the ledger from its first row and makes every cost again; this looks at
the last few days, each night, and at what is derived for reports, which the ledger knows nothing of.

Records that the roll-up has not seen yet are no difference: the hours they fall in are left out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

OWN_BOOKS = "own_books"
"""The kind of reconciliation that this is."""
DISAGREEMENTS_MAX = 200
"""Of a report, of each kind; an operator who sees two hundred knows what there is to know."""


class DisagreementKind(StrEnum):
    """Which two books differ, and how."""

    CAPTURE_WITHOUT_USAGE = "capture_without_usage"
    USAGE_WITHOUT_CAPTURE = "usage_without_capture"
    AMOUNT_DIFFERS = "amount_differs"
    ROLLUP_DIFFERS = "rollup_differs"
    SUM_DIFFERS = "sum_differs"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One difference: what it is about (JSON-safe), and the same number in the two books; None where one has nothing.

    The number is the cost in nano-units; for roll-ups and sums, requests and cost as "requests/cost".
    """

    kind: DisagreementKind
    about: Mapping[str, object]
    here: str | None
    there: str | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a comparison came to: how many records it looked at, and what does not agree."""

    records: int
    disagreements: Sequence[Disagreement]


def show_agreement(agreement: Agreement, *, since: datetime, until: datetime) -> dict[str, object]:
    """As JSON-safe values."""
    counts = Counter(one.kind.value for one in agreement.disagreements)
    return {
        "records": agreement.records,
        **{kind.value: counts[kind.value] for kind in DisagreementKind},
        "since": since.isoformat(),
        "until": until.isoformat(),
        "disagreements": [
            {"kind": one.kind.value, "about": dict(one.about), "here": one.here, "there": one.there}
            for one in agreement.disagreements
        ],
    }
