"""What a period came to by one dimension, beside the stretch of the same length right before it.

The dearest values stand first, PARTS_MAX of them; what the others come to is told in one sum, and the totals are over
everything, so that no reader has to add up a page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from deepspace_core.usage.rollup import Sums, UsageSummaryRow

PARTS_MAX = 100

Place = tuple[str | None, str]
"""A value of the dimension, and a currency."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The sums of now and of before, in one currency."""

    currency: str
    now: Sums
    before: Sums


@dataclass(frozen=True, slots=True)
class Part:
    """What one value of the dimension came to (None: calls that have none)."""

    value: str | None
    compared: Compared


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Parts, dearest first; `others`: what the parts that are not shown come to; `totals`: all of it."""

    parts: Sequence[Part]
    others: Sequence[Compared]
    totals: Sequence[Compared]


def break_down(now: Iterable[UsageSummaryRow], before: Iterable[UsageSummaryRow]) -> Breakdown:
    """From summaries of both stretches, in whatever buckets."""
    sums_now, sums_before = _by_place(now), _by_place(before)
    places = sorted(sums_now.keys() | sums_before.keys(), key=lambda place: (place[1], place[0] or ""))
    parts = [Part(place[0], _compared(place, sums_now, sums_before)) for place in places]
    parts.sort(key=lambda part: (-part.compared.now.cost_nanos, -part.compared.now.requests))
    return Breakdown(parts[:PARTS_MAX], others=_added_up(parts[PARTS_MAX:]), totals=_added_up(parts))


def _by_place(rows: Iterable[UsageSummaryRow]) -> Mapping[Place, Sums]:
    summed: dict[Place, Sums] = {}
    for row in rows:
        place = (row.value, row.currency)
        summed[place] = summed.get(place, Sums()) + row.sums
    return summed


def _compared(place: Place, now: Mapping[Place, Sums], before: Mapping[Place, Sums]) -> Compared:
    return Compared(place[1], now=now.get(place, Sums()), before=before.get(place, Sums()))


def _added_up(parts: Iterable[Part]) -> list[Compared]:
    totals: dict[str, Compared] = {}
    for compared in (part.compared for part in parts):
        seen = totals.get(compared.currency, Compared(compared.currency, Sums(), Sums()))
        totals[compared.currency] = Compared(
            compared.currency, now=seen.now + compared.now, before=seen.before + compared.before
        )
    return [totals[currency] for currency in sorted(totals)]
