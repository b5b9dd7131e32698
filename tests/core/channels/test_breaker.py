"""The circuit breaker against a model of a few lines, in any order of calls, failures and pauses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from deepspace_core.channels import Breaker, BreakerBoard, BreakerState, BreakerTerms
from deepspace_core.channels.breaker import NANOS_PER_SECOND, TRANSITIONS, BreakerEvent

TERMS = BreakerTerms(
    window_seconds=10, calls_min=4, failure_percent=50, rest_seconds=5, rest_seconds_max=20, probe_seconds_max=30
)


class BreakerMachine(RuleBasedStateMachine):
    """Sends calls that end in any way at any time; the model keeps each call of the window by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1
        self.breaker = Breaker(terms=TERMS, window_began_nanos=self.now)
        self.window_began = self.now
        self.window: list[bool] = []
        self.open_until: int | None = None
        self.relapses = 0
        self.probe_at: int | None = None

    @rule(seconds=st.integers(0, 40))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * NANOS_PER_SECOND
        probing = self.probe_at is not None and self.now - self.probe_at < TERMS.probe_seconds_max * NANOS_PER_SECOND
        self.probe_at = self.probe_at if probing else None

    @precondition(lambda self: self.breaker.admits(self.now))
    @rule(ends=st.sampled_from(["well", "badly", "unknown", "later"]))
    def a_call_is_sent(self, ends: str) -> None:
        self.breaker = self.breaker.sent(self.now)
        if self.open_until is not None:
            self.probe_at = self.now
        match ends:
            case "well":
                self._succeeds()
            case "badly":
                self._fails()
            case "unknown":
                self.breaker = self.breaker.abandoned(self.now)
                self.probe_at = None

    @rule()
    def a_late_call_ends_well(self) -> None:
        self._succeeds()

    @rule()
    def a_late_call_fails(self) -> None:
        self._fails()

    @invariant()
    def it_admits_what_the_model_admits(self) -> None:
        resting = self.open_until is not None and self.now < self.open_until
        probing = self.open_until is not None and self.probe_at is not None
        assert self.breaker.admits(self.now) is not (resting or probing)

    def _counted(self, well: bool) -> None:
        if self.now - self.window_began >= TERMS.window_seconds * NANOS_PER_SECOND:
            self.window_began, self.window = self.now, []
        self.window.append(well)

    def _succeeds(self) -> None:
        self.breaker = self.breaker.succeeded(self.now)
        if self.open_until is None:
            self._counted(True)
        elif self.now >= self.open_until and self.probe_at is not None:
            self.open_until, self.probe_at, self.relapses = None, None, 0
            self.window_began, self.window = self.now, []

    def _fails(self) -> None:
        self.breaker = self.breaker.failed(self.now)
        if self.open_until is None:
            self._counted(False)
            if len(self.window) >= TERMS.calls_min and self.window.count(False) * 2 >= len(self.window):
                self.open_until = self.now + TERMS.rest_nanos(0)
        elif self.now >= self.open_until and self.probe_at is not None:
            self.relapses, self.probe_at = self.relapses + 1, None
            self.open_until = self.now + TERMS.rest_nanos(self.relapses)


BreakerMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestBreakerMachine = BreakerMachine.TestCase


def test_nothing_else_happens_than_the_table_says() -> None:
    assert set(TRANSITIONS) == {
        (BreakerState.CLOSED, BreakerEvent.TRIP),
        (BreakerState.OPEN, BreakerEvent.COOL),
        (BreakerState.HALF_OPEN, BreakerEvent.RECOVER),
        (BreakerState.HALF_OPEN, BreakerEvent.RELAPSE),
    }


@pytest.mark.parametrize(("relapses", "seconds"), [(0, 5), (1, 10), (2, 20), (3, 20), (10_000, 20)])
def test_the_rest_doubles_with_each_relapse_up_to_its_bound(relapses: int, seconds: int) -> None:
    assert TERMS.rest_nanos(relapses) == seconds * NANOS_PER_SECOND


def test_only_one_probe_passes_at_a_time() -> None:
    breaker = Breaker(terms=TERMS)
    for _ in range(TERMS.calls_min):
        breaker = breaker.failed(1)
    rested = breaker.rested_nanos
    assert not breaker.admits(rested - 1)
    assert breaker.admits(rested)
    assert not breaker.sent(rested).admits(rested)


def test_a_board_remembers_nothing_of_what_never_fails_and_forgets_what_has_mended() -> None:
    board = BreakerBoard(terms=TERMS)
    board.sent("a", 1)
    board.succeeded("a", 1)
    assert not board
    board.failed("a", 1)
    assert board
    board.succeeded("a", 1 + TERMS.window_seconds * NANOS_PER_SECOND)
    assert not board


def test_a_board_is_bounded_and_drops_what_is_no_more() -> None:
    board = BreakerBoard(terms=TERMS, breakers_max=2)
    for key in "abc":
        for _ in range(TERMS.calls_min):
            board.failed(key, 1)
    assert [key for key, _ in board] == ["a", "b"]
    assert [board.admits(key, 1) for key in "abc"] == [False, False, True]
    assert board.rested_nanos("a", 1) == 1 + TERMS.rest_nanos(0)
    board.forget(lambda key: key == "b")
    assert [key for key, _ in board] == ["b"]


@given(st.integers(0, 2**62))
def test_a_fresh_breaker_admits_at_any_time(now: int) -> None:
    assert Breaker().admits(now)
