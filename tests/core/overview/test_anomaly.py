"""What is unlike its own past is found, and nothing else is."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.overview import Anomaly, AnomalyMeasure, Direction, PlaceKind, Series, find_anomalies, history_since
from tests.fakes import NOON

HOUR = timedelta(hours=1)
UNTIL = NOON
SINCE = UNTIL - 24 * HOUR
BEGUN = history_since(SINCE)
HOURS = [BEGUN + number * HOUR for number in range((UNTIL - BEGUN) // HOUR)]
WINDOW = [hour for hour in HOURS if hour >= SINCE]
MEASURES = st.sampled_from(AnomalyMeasure)
NOISE = st.lists(st.integers(-8, 8), min_size=len(HOURS), max_size=len(HOURS))


def _series(
    value: Callable[[datetime], int], measure: AnomalyMeasure = AnomalyMeasure.REQUESTS, place: str | None = None
) -> Series:
    return Series(measure, PlaceKind.INSTALLATION, place, {hour: value(hour) for hour in HOURS})


def _by_the_clock(hour: datetime) -> int:
    """A working week: busy by day, quiet by night and at weekends."""
    busy = hour.weekday() < 5 and 8 <= hour.hour < 18
    return 1_000 if busy else 120


def _found(*series: Series) -> list[Anomaly]:
    return find_anomalies(series, since=SINCE, until=UNTIL)


@given(MEASURES, st.integers(0, 10**12))
def test_what_never_changes_is_never_odd(measure: AnomalyMeasure, value: int) -> None:
    assert _found(_series(lambda _: value, measure)) == []


@given(NOISE)
def test_the_rhythm_of_a_week_and_a_little_noise_are_usual(noise: list[int]) -> None:
    noisy = dict(zip(HOURS, noise, strict=True))
    assert _found(_series(lambda hour: _by_the_clock(hour) + noisy[hour])) == []


@given(st.sampled_from(WINDOW), NOISE, st.integers(2_000, 10**9))
def test_a_spike_is_found_where_it_is(at: datetime, noise: list[int], height: int) -> None:
    noisy = dict(zip(HOURS, noise, strict=True))
    found = _found(_series(lambda hour: _by_the_clock(hour) + noisy[hour] + (height if hour == at else 0)))
    assert [(one.peak, one.since, one.until, one.direction) for one in found] == [(at, at, at + HOUR, Direction.ABOVE)]
    assert found[0].value == _by_the_clock(at) + noisy[at] + height
    assert found[0].score >= 6


@given(st.sampled_from(WINDOW), st.data())
def test_a_past_that_was_itself_odd_now_and_then_hides_nothing(at: datetime, data: st.DataObject) -> None:
    """A third of the weeks before may have been anything at all."""
    spoilt = data.draw(st.sets(st.sampled_from([1, 2, 3, 4, 5]), max_size=1))
    junk = data.draw(st.integers(0, 10**9))

    def value(hour: datetime) -> int:
        if hour == at:
            return _by_the_clock(hour) + 10**6
        weeks_back = math.ceil((SINCE - hour) / timedelta(weeks=1))
        return junk if hour < SINCE and weeks_back in spoilt else _by_the_clock(hour)

    assert at in {one.peak for one in _found(_series(value))}


@given(st.permutations([0, 1, 2]), st.sampled_from(WINDOW))
def test_the_order_of_series_does_not_matter(order: list[int], at: datetime) -> None:
    series = [
        _series(lambda hour, size=size: 100 + (size if hour == at else 0), place=f"m{size}")  # type: ignore[misc]
        for size in (500, 5_000, 50_000)
    ]
    found = _found(*(series[number] for number in order))
    assert [one.place for one in found] == ["m50000", "m5000", "m500"]


@given(st.integers(2, 1_000), st.sampled_from(WINDOW))
def test_a_score_does_not_depend_on_the_unit(scale: int, at: datetime) -> None:
    """Spending of twice as much everywhere is as odd as before, once it matters at all."""

    def spent(unit: int) -> Series:
        value = _series(lambda hour: unit * (10**9 + (10**10 if hour == at else 0)), AnomalyMeasure.SPENDING_NANOS)
        return replace(value, currency="USD")

    (one,), (other,) = _found(spent(1)), _found(spent(scale))
    assert one.score == pytest.approx(other.score)


def test_a_silence_is_an_anomaly_of_what_is_counted() -> None:
    dead = WINDOW[-3:]
    series = _series(lambda hour: 500)
    silent = replace(series, values={hour: value for hour, value in series.values.items() if hour not in dead})
    (found,) = _found(silent)
    assert (found.since, found.until, found.value, found.usual) == (dead[0], dead[-1] + HOUR, 0, 500)
    assert found.direction is Direction.BELOW


def test_fewer_failures_than_usual_alarm_nobody_and_hours_without_calls_say_nothing() -> None:
    better = _series(lambda hour: 0 if hour >= SINCE else 900, AnomalyMeasure.FAILED_PERMILLE)
    absent = replace(better, values={hour: value for hour, value in better.values.items() if hour < SINCE})
    assert _found(better, absent) == []


def test_what_has_no_past_is_not_judged() -> None:
    young = _series(lambda hour: 10**6)
    assert _found(replace(young, values={hour: value for hour, value in young.values.items() if hour >= SINCE})) == []


def test_a_young_installation_is_judged_by_the_days_before() -> None:
    begun = SINCE - timedelta(days=3)
    values = {hour: 9_000 if hour == WINDOW[5] else 100 for hour in HOURS if hour >= begun}
    (found,) = _found(Series(AnomalyMeasure.REQUESTS, PlaceKind.INSTALLATION, None, values))
    assert (found.peak, found.usual) == (WINDOW[5], 100)


def test_what_is_odd_and_too_small_to_matter_is_left_out() -> None:
    assert _found(_series(lambda hour: 15 if hour == WINDOW[0] else 0)) == []


def test_adjacent_hours_are_one_anomaly_told_by_the_farthest() -> None:
    heights = {WINDOW[3]: 5_000, WINDOW[4]: 9_000, WINDOW[5]: 4_000}
    (found,) = _found(_series(lambda hour: heights.get(hour, 100)))
    assert (found.since, found.until, found.peak, found.value) == (WINDOW[3], WINDOW[6], WINDOW[4], 9_000)
