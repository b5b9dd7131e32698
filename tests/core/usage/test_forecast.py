"""A forecast keeps what its method promises, for whatever was spent."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.usage.forecast import HISTORY_DAYS, HORIZON_DAYS, forecast, history_begins

MONDAY = date(2030, 4, 15)
DAY = timedelta(days=1)

days = st.dates(date(2028, 1, 1), date(2032, 12, 31))
amounts = st.integers(0, 10**12)
pasts = st.lists(amounts, max_size=HISTORY_DAYS + 10)


def costs_until(today: date, past: list[int], spent_today: int = 0) -> dict[date, int]:
    """`past` oldest first, ending yesterday."""
    return {today - (len(past) - n) * DAY: cost for n, cost in enumerate(past)} | {today: spent_today}


@given(days, pasts, amounts, amounts)
def test_the_range_holds_the_expected_and_nothing_is_below_what_was_spent(
    today: date, past: list[int], spent_today: int, spendable: int
) -> None:
    told = forecast(costs_until(today, past, spent_today), today=today, spendable_nanos=spendable)
    assert told.to_date_nanos <= told.low_nanos <= told.expected_nanos <= told.high_nanos
    assert told.month_starts_on <= today <= told.month_ends_on
    if told.empty_on is not None:
        assert told.empty_on_earliest is not None
        assert today <= told.empty_on_earliest <= told.empty_on < today + HORIZON_DAYS * DAY


@given(days, amounts)
def test_what_is_the_same_every_day_stays_so(today: date, cost: int) -> None:
    told = forecast(costs_until(today, [cost] * HISTORY_DAYS), today=today, spendable_nanos=None)
    month_days = (told.month_ends_on - told.month_starts_on).days + 1
    assert told.low_nanos == told.expected_nanos == told.high_nanos == cost * month_days


@given(days, pasts, st.integers(1, 1_000))
def test_a_thousand_times_the_cost_is_a_thousand_times_the_forecast(today: date, past: list[int], times: int) -> None:
    once = forecast(costs_until(today, past), today=today, spendable_nanos=None)
    more = forecast(costs_until(today, [cost * times for cost in past]), today=today, spendable_nanos=None)
    # Each day ahead is rounded down by less than a nano, and there are at most 31.
    assert 0 <= more.expected_nanos - once.expected_nanos * times < 31 * times
    assert more.high_nanos == once.high_nanos * times


@given(days, pasts, amounts, amounts)
def test_more_money_lasts_no_shorter(today: date, past: list[int], one: int, other: int) -> None:
    less, more = (
        forecast(costs_until(today, past), today=today, spendable_nanos=amount).empty_on
        for amount in sorted((one, other))
    )
    assert more is None or (less is not None and less <= more)


@given(days, amounts, st.integers(0, 10**15))
def test_one_runaway_day_does_not_become_a_habit(today: date, cost: int, runaway: int) -> None:
    past = [cost] * HISTORY_DAYS
    past[10] = runaway
    told = forecast(costs_until(today, past), today=today, spendable_nanos=None)
    ahead = (told.month_ends_on - today).days + 1
    assert told.expected_nanos - told.to_date_nanos == cost * ahead


def test_weekends_are_told_from_weekends() -> None:
    past = [0 if (MONDAY - back * DAY).weekday() >= 5 else 100 for back in range(28, 0, -1)]
    told = forecast(costs_until(MONDAY, past), today=MONDAY, spendable_nanos=500)
    # The 15th to the 30th of April 2030: twelve working days and four of weekends.
    assert told.expected_nanos - told.to_date_nanos == 12 * 100
    assert told.empty_on == MONDAY + 4 * DAY


def test_today_costs_at_least_what_it_has_cost() -> None:
    told = forecast(costs_until(MONDAY, [10] * 14, spent_today=25), today=MONDAY, spendable_nanos=10)
    assert told.expected_nanos == told.to_date_nanos + 15 * 10
    assert told.empty_on == MONDAY + DAY


def test_before_the_first_use_there_is_nothing_to_tell_from() -> None:
    told = forecast({MONDAY: 70}, today=MONDAY, spendable_nanos=5)
    assert (told.history_days, told.empty_on, told.expected_nanos) == (0, None, 70)


def test_days_before_the_first_use_do_not_dilute_it() -> None:
    told = forecast(costs_until(MONDAY, [0] * 50 + [30, 30]), today=MONDAY, spendable_nanos=None)
    assert told.history_days == 2
    assert told.expected_nanos == told.to_date_nanos + 16 * 30


def test_an_end_beyond_the_horizon_is_not_told() -> None:
    told = forecast(costs_until(MONDAY, [1] * 56), today=MONDAY, spendable_nanos=10**9)
    assert told.empty_on is None


@pytest.mark.parametrize(("today", "begins"), [(MONDAY, date(2030, 2, 18)), (date(2030, 1, 31), date(2029, 12, 6))])
def test_history_reaches_back_eight_weeks(today: date, begins: date) -> None:
    assert history_begins(today) == begins
