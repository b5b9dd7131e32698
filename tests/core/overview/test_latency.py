"""Latencies by step: quantiles near the true ones, whatever hours they are added up from."""

from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.overview import EDGES, Latencies, step_of

LATENCIES = st.lists(st.integers(0, 5_000_000), min_size=1, max_size=200)


def _true(latencies_ms: list[int], permille: int) -> int:
    rank = max(1, -(-permille * len(latencies_ms) // 1_000))
    return sorted(latencies_ms)[rank - 1]


@given(LATENCIES, st.integers(1, 1_000))
def test_a_quantile_is_within_five_percent_of_the_true_one(latencies_ms: list[int], permille: int) -> None:
    told = Latencies.of(latencies_ms).quantile_ms(permille)
    true = min(_true(latencies_ms, permille), EDGES[-1])
    assert told is not None
    assert abs(told - true) <= max(1, true * 0.051)


@given(LATENCIES, LATENCIES)
def test_adding_hours_up_is_the_same_as_counting_them_together(one: list[int], other: list[int]) -> None:
    assert Latencies.of(one) + Latencies.of(other) == Latencies.of(one + other)


def test_up_to_ten_milliseconds_nothing_is_lost() -> None:
    for latency_ms in range(11):
        assert Latencies.of([latency_ms]).quantile_ms(500) == latency_ms


def test_nothing_timed_has_no_quantile() -> None:
    assert Latencies().quantile_ms(950) is None


def test_steps_ascend_and_hold_what_lies_between_their_edges() -> None:
    assert list(EDGES) == sorted(set(EDGES))
    for number, edge in enumerate(EDGES):
        assert step_of(edge - 1) == number
        assert step_of(edge) == number + 1
