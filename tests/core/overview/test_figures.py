"""Figures add up, whatever the steps of time that they come in."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.overview import (
    CallSums,
    CallTally,
    Latencies,
    LatencyMeasure,
    LatencySums,
    RequestKind,
    RequestSums,
    errors_of,
    figures_of,
    kind_of,
    trend_of,
)
from tests.fakes import NOON

HOURS = [NOON + timedelta(hours=number) for number in range(4)]
TALLIES = st.builds(CallTally, calls=st.integers(0, 9), price_picos=st.integers(0, 10**12), completed=st.integers(0, 9))
CALLS = st.lists(
    st.builds(CallSums, st.sampled_from(HOURS), st.none(), st.sampled_from(["USD", "EUR"]), TALLIES), max_size=12
)
REQUESTS = st.lists(
    st.builds(
        RequestSums,
        st.sampled_from(HOURS),
        st.just(""),
        st.sampled_from([200, 402, 429, 500, 503]),
        st.sampled_from([None, "upstream_cut", "rate_limited"]),
        st.integers(1, 9),
    ),
    max_size=12,
)
TIMES = st.lists(
    st.builds(
        LatencySums,
        st.sampled_from(HOURS),
        st.sampled_from(LatencyMeasure),
        st.lists(st.integers(0, 900)).map(Latencies.of),
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("status", "error_code", "kind"),
    [
        (200, None, RequestKind.ANSWERED),
        (200, "upstream_cut", RequestKind.FAILED),
        (402, "insufficient_quota", RequestKind.REFUSED),
        (429, "rate_limited", RequestKind.REFUSED),
        (404, None, RequestKind.REFUSED),
        (503, "upstream_unreachable", RequestKind.FAILED),
        (500, None, RequestKind.FAILED),
    ],
)
def test_an_operator_is_alarmed_by_failures_only(status: int, error_code: str | None, kind: RequestKind) -> None:
    assert kind_of(status, error_code) is kind


@given(CALLS, REQUESTS, TIMES)
def test_the_steps_of_a_trend_add_up_to_the_whole(
    calls: list[CallSums], requests: list[RequestSums], times: list[LatencySums]
) -> None:
    whole, steps = figures_of(calls, requests, times), trend_of(HOURS, calls, requests, times)
    assert [step.bucket_start for step in steps] == HOURS
    assert sum(step.figures.requests for step in steps) == whole.requests == sum(one.requests for one in requests)
    assert sum(step.figures.failed for step in steps) == whole.failed
    for currency in ("USD", "EUR"):
        of_steps = [step.figures.money.get(currency, CallTally()) for step in steps]
        assert sum(of_steps, CallTally()) == whole.money.get(currency, CallTally())
    assert sum((step.figures.answer for step in steps), Latencies()).calls == whole.answer.calls


@given(REQUESTS, REQUESTS)
def test_every_error_of_either_period_is_counted_once(now: list[RequestSums], before: list[RequestSums]) -> None:
    errors = errors_of(now, before)
    assert sum(one.requests for one in errors) == figures_of([], now, []).refused + figures_of([], now, []).failed
    assert sum(one.before for one in errors) == figures_of([], before, []).refused + figures_of([], before, []).failed
    assert len({(one.error_code, one.kind) for one in errors}) == len(errors)


def test_a_margin_is_of_calls_whose_cost_is_known() -> None:
    tally = CallTally(calls=2, price_picos=300, costed_calls=1, costed_price_picos=200, cost_picos=50)
    assert (tally.margin_picos, tally.margin_permille) == (150, 750)
    assert (CallTally(calls=1, price_picos=9).margin_picos, CallTally().margin_permille) == (None, None)


def test_the_share_of_failures_leaves_out_what_was_refused() -> None:
    rows = [
        RequestSums(NOON, "", 200, None, 90),
        RequestSums(NOON, "", 503, "x", 10),
        RequestSums(NOON, "", 429, "y", 900),
    ]
    assert figures_of([], rows, []).failed_permille == 100
    assert figures_of([], [], []).failed_permille is None
