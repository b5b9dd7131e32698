"""A circuit breaker: stops sending calls to what keeps failing, and finds out by single calls when it works again.

The lifecycle is the table TRANSITIONS. Theory (M. Nygard, Release It!, "Circuit Breaker"): a dead upstream costs every
caller its whole timeout, and a struggling one is kept down by the calls that it can't answer; failing at once helps
both. Rules:

- Closed: every call passes. Of the calls in the present window at least `calls_min`, and `failure_percent` of them
  failed: it trips.
- Open: no call passes until the rest is over. A call that was sent before may still end; that changes nothing.
- Half open: one call passes as a probe. It decides: closed again, or open for a longer rest. A probe that is given up
  (its caller left) decides nothing, and the next one may try.
  So does a call that was sent before the rest and ends only now, if it ends before the probe does.
- Counting begins at the first failure: what never failed is not counted at all, and costs nothing.

Pure: times are values passed in, nanoseconds of a clock that never goes back.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

NANOS_PER_SECOND = 1_000_000_000


class BreakerState(StrEnum):
    """Where a breaker is in its life."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class BreakerEvent(StrEnum):
    """What can happen to a breaker."""

    TRIP = "trip"
    COOL = "cool"
    RECOVER = "recover"
    RELAPSE = "relapse"


TRANSITIONS: Mapping[tuple[BreakerState, BreakerEvent], BreakerState] = {
    (BreakerState.CLOSED, BreakerEvent.TRIP): BreakerState.OPEN,
    (BreakerState.OPEN, BreakerEvent.COOL): BreakerState.HALF_OPEN,
    (BreakerState.HALF_OPEN, BreakerEvent.RECOVER): BreakerState.CLOSED,
    (BreakerState.HALF_OPEN, BreakerEvent.RELAPSE): BreakerState.OPEN,
}
"""From a state and an event to the next state; a pair that isn't here does not happen."""


@dataclass(frozen=True, slots=True)
class BreakerTerms:
    """When a breaker trips and how long it rests. The rest doubles with each relapse, up to `rest_seconds_max`."""

    window_seconds: int = 30
    calls_min: int = 10
    failure_percent: int = 50
    rest_seconds: int = 5
    rest_seconds_max: int = 60
    probe_seconds_max: int = 180
    """A probe that nobody has heard of for so long is taken for lost."""

    def rest_nanos(self, relapses: int) -> int:
        """The rest after so many relapses in a row."""
        return min(self.rest_seconds << min(relapses, 16), self.rest_seconds_max) * NANOS_PER_SECOND


TERMS = BreakerTerms()


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker as it stands. Replaced, never changed."""

    terms: BreakerTerms = TERMS
    state: BreakerState = BreakerState.CLOSED
    window_began_nanos: int = 0
    calls: int = 0
    failures: int = 0
    opened_nanos: int = 0
    relapses: int = 0
    probe_nanos: int | None = None
    """When the probe under way was sent."""

    def at(self, now_nanos: int) -> "Breaker":
        """As it is at a time: the window moves on, a rest ends, a lost probe is forgotten."""
        if self.state is BreakerState.CLOSED:
            if now_nanos - self.window_began_nanos < self.terms.window_seconds * NANOS_PER_SECOND:
                return self
            return replace(self, window_began_nanos=now_nanos, calls=0, failures=0)
        if self.state is BreakerState.OPEN:
            return self if now_nanos < self.rested_nanos else _after(self, BreakerEvent.COOL)
        if self.probe_nanos is None or now_nanos - self.probe_nanos < self.terms.probe_seconds_max * NANOS_PER_SECOND:
            return self
        return replace(self, probe_nanos=None)

    @property
    def rested_nanos(self) -> int:
        """When the present rest is over."""
        return self.opened_nanos + self.terms.rest_nanos(self.relapses)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to remember: a fresh one would do the same."""
        return self.state is BreakerState.CLOSED and self.failures == 0

    def admits(self, now_nanos: int) -> bool:
        """Whether a call may be sent now."""
        now = self.at(now_nanos)
        return now.state is BreakerState.CLOSED or (now.state is BreakerState.HALF_OPEN and now.probe_nanos is None)

    def sent(self, now_nanos: int) -> "Breaker":
        """A call that it admitted is on its way."""
        now = self.at(now_nanos)
        return now if now.state is BreakerState.CLOSED else replace(now, probe_nanos=now_nanos)

    def succeeded(self, now_nanos: int) -> "Breaker":
        """A call was answered."""
        now = self.at(now_nanos)
        match now.state:
            case BreakerState.CLOSED:
                return replace(now, calls=now.calls + 1)
            case BreakerState.HALF_OPEN if now.probe_nanos is not None:
                return replace(
                    _after(now, BreakerEvent.RECOVER),
                    window_began_nanos=now_nanos,
                    calls=0,
                    failures=0,
                    relapses=0,
                    probe_nanos=None,
                )
            case _:
                return now

    def failed(self, now_nanos: int) -> "Breaker":
        """A call failed in a way that is the upstream's fault."""
        now = self.at(now_nanos)
        match now.state:
            case BreakerState.CLOSED:
                counted = replace(now, calls=now.calls + 1, failures=now.failures + 1)
                if not counted.tripping:
                    return counted
                return replace(_after(counted, BreakerEvent.TRIP), opened_nanos=now_nanos)
            case BreakerState.HALF_OPEN if now.probe_nanos is not None:
                return replace(
                    _after(now, BreakerEvent.RELAPSE),
                    opened_nanos=now_nanos,
                    relapses=now.relapses + 1,
                    probe_nanos=None,
                )
            case _:
                return now

    def abandoned(self, now_nanos: int) -> "Breaker":
        """A call that was sent ended without telling anything: its caller left."""
        return replace(self.at(now_nanos), probe_nanos=None)

    @property
    def tripping(self) -> bool:
        """Whether the calls counted are enough, and enough of them failed."""
        return self.calls >= self.terms.calls_min and self.failures * 100 >= self.terms.failure_percent * self.calls


def _after(breaker: Breaker, event: BreakerEvent) -> Breaker:
    return replace(breaker, state=TRANSITIONS[breaker.state, event])


@dataclass(frozen=True, slots=True)
class RestingPart:
    """What a breaker stands for, as it is now: a channel, or a model on it. `rests_seconds`: 0 once it may be tried."""

    channel: str
    model_name: str | None
    state: BreakerState
    calls: int
    failures: int
    rests_seconds: int


Change: TypeAlias = Callable[[Breaker], Breaker]


@dataclass(slots=True)
class BreakerBoard:
    """The breakers of one process, by whatever they stand for. Only those that have something to remember are kept."""

    terms: BreakerTerms = TERMS
    breakers_max: int = 10_000
    _breakers: dict[Hashable, Breaker] = field(default_factory=dict, init=False)

    def __bool__(self) -> bool:
        """Whether anything is remembered at all: nothing has failed where this is false."""
        return bool(self._breakers)

    def __iter__(self) -> Iterator[tuple[Hashable, Breaker]]:
        return iter(list(self._breakers.items()))

    def admits(self, key: Hashable, now_nanos: int) -> bool:
        """Whether a call may be sent there now."""
        known = self._breakers.get(key)
        return known is None or known.admits(now_nanos)

    def rested_nanos(self, key: Hashable, now_nanos: int) -> int:
        """When a call may be sent there again, as far as can be told."""
        known = self._breakers.get(key)
        return now_nanos if known is None else max(now_nanos, known.rested_nanos)

    def sent(self, key: Hashable, now_nanos: int) -> None:
        """A call is on its way there."""
        self._keep(key, lambda breaker: breaker.sent(now_nanos))

    def succeeded(self, key: Hashable, now_nanos: int) -> None:
        """A call was answered there."""
        self._keep(key, lambda breaker: breaker.succeeded(now_nanos))

    def abandoned(self, key: Hashable, now_nanos: int) -> None:
        """A call there ended without telling anything."""
        self._keep(key, lambda breaker: breaker.abandoned(now_nanos))

    def failed(self, key: Hashable, now_nanos: int) -> None:
        """A call failed there. Beyond `breakers_max` keys nothing new is remembered."""
        if key not in self._breakers and len(self._breakers) < self.breakers_max:
            self._breakers[key] = Breaker(terms=self.terms, window_began_nanos=now_nanos)
        self._keep(key, lambda breaker: breaker.failed(now_nanos))

    def forget(self, keep: Callable[[Hashable], bool]) -> None:
        """Drops what `keep` doesn't want: breakers of channels that are no more."""
        for key in [key for key in self._breakers if not keep(key)]:
            del self._breakers[key]

    def _keep(self, key: Hashable, change: Change) -> None:
        known = self._breakers.get(key)
        if known is None:
            return
        changed = change(known)
        if changed.idle:
            del self._breakers[key]
        else:
            self._breakers[key] = changed
