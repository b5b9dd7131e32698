"""What the month will come to, and when the balance will be gone: told from the days behind us.

The method, in full, because somebody will plan money by it:

- Only whole local days count, the HISTORY_DAYS before today, from the first of them that cost anything: what came
  before the first use says nothing about habits.
- A day to come costs what its weekday has cost, since work has weekends: the mean of those days, after the dearest and
  the cheapest of them were set to the next one inward (a winsorized mean), so that one runaway job does not become a
  habit. Where a weekday was seen less than WEEKDAY_SEEN_MIN times, all days stand in for it.
- The range is no confidence interval: it is what came if every day left were like the second cheapest, or the second
  dearest, of its kind.
- Today costs at least what it has cost already.

Money stays in integers; the one division rounds down to a nano a day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

HISTORY_DAYS = 56
WEEKDAY_SEEN_MIN = 3
HORIZON_DAYS = 366
"""How far ahead the end of a balance is looked for."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayRate:
    """What a day of some kind costs, in nanos: low <= expected <= high."""

    low_nanos: int
    expected_nanos: int
    high_nanos: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of the local month that is now. `history_days` 0: there is nothing to tell from, and the sums are to date."""

    month_starts_on: date
    today: date
    month_ends_on: date
    to_date_nanos: int
    low_nanos: int
    expected_nanos: int
    high_nanos: int
    history_days: int
    empty_on: date | None = None
    """The day on which what can be spent ends, as expected; None: not within HORIZON_DAYS."""
    empty_on_earliest: date | None = None


def forecast(costs: Mapping[date, int], *, today: date, spendable_nanos: int | None) -> Forecast:
    """Of costs by local day, today's so far among them; days without any may be absent.

    `spendable_nanos` None: nobody asks when it ends.
    """
    history = _history(costs, today)
    rates = [_rate_of(weekday, history) for weekday in range(7)]
    first, last = today.replace(day=1), _month_end(today)
    to_date = sum(cost for day, cost in costs.items() if first <= day <= today)
    spent_today = costs.get(today, 0)

    def month_nanos(part: Callable[[DayRate], int]) -> int:
        return to_date + sum(_costs_ahead(rates, part, today, (last - today).days + 1, spent_today))

    def empty_on(part: Callable[[DayRate], int]) -> date | None:
        if spendable_nanos is None or not history:
            return None
        return _end_of(spendable_nanos, _costs_ahead(rates, part, today, HORIZON_DAYS, spent_today), today)

    return Forecast(
        month_starts_on=first,
        today=today,
        month_ends_on=last,
        to_date_nanos=to_date,
        low_nanos=month_nanos(lambda rate: rate.low_nanos),
        expected_nanos=month_nanos(lambda rate: rate.expected_nanos),
        high_nanos=month_nanos(lambda rate: rate.high_nanos),
        history_days=len(history),
        empty_on=empty_on(lambda rate: rate.expected_nanos),
        empty_on_earliest=empty_on(lambda rate: rate.high_nanos),
    )


def history_begins(today: date) -> date:
    """The first day whose cost a forecast wants to know: of the history, or of the month."""
    return min(today - HISTORY_DAYS * ONE_DAY, today.replace(day=1))


def _history(costs: Mapping[date, int], today: date) -> list[tuple[date, int]]:
    """Each whole day since the first one that cost anything, those without cost too."""
    days = [today - back * ONE_DAY for back in range(HISTORY_DAYS, 0, -1)]
    used = [day for day in days if costs.get(day, 0) > 0]
    return [(day, costs.get(day, 0)) for day in days if used and day >= used[0]]


def _rate_of(weekday: int, history: Sequence[tuple[date, int]]) -> DayRate:
    alike = sorted(cost for day, cost in history if day.weekday() == weekday)
    if len(alike) < WEEKDAY_SEEN_MIN:
        alike = sorted(cost for _, cost in history)
    if not alike:
        return DayRate(0, 0, 0)
    if len(alike) >= WEEKDAY_SEEN_MIN:
        alike = [alike[1], *alike[1:-1], alike[-2]]
    return DayRate(low_nanos=alike[0], expected_nanos=sum(alike) // len(alike), high_nanos=alike[-1])


def _costs_ahead(
    rates: Sequence[DayRate], part: Callable[[DayRate], int], today: date, days: int, spent_today: int
) -> Iterator[int]:
    """What each of `days` days from today on is still to cost."""
    yield max(0, part(rates[today.weekday()]) - spent_today)
    for ahead in range(1, days):
        yield part(rates[(today + ahead * ONE_DAY).weekday()])


def _end_of(spendable_nanos: int, costs_ahead: Iterator[int], today: date) -> date | None:
    left = spendable_nanos
    for ahead, cost in enumerate(costs_ahead):
        left -= cost
        if left <= 0:
            return today + ahead * ONE_DAY
    return None


def _month_end(day: date) -> date:
    return (day.replace(day=1) + 32 * ONE_DAY).replace(day=1) - ONE_DAY
