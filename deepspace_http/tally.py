"""Counts that cost a call an addition each, and are handed to Prometheus's client together.

The client takes a lock and makes half a dozen calls for every observation, some fifteen of them a request. Here they
are added up in plain numbers, and go over when somebody reads /metrics. Of several processes any may be read, so there
they go over at the end of each turn of the event loop. One event loop, so no lock.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from deepspace_core.audit import StageTiming

AMOUNTS_MAX = 1_000
"""What a histogram keeps unsorted."""
MICROS_PER_SECOND = 1_000_000


class TalliedCounter:
    """One labelled count. Whoever counts adds to `pending`, which nobody sees before `hand_over`."""

    __slots__ = ("_child", "pending")

    def __init__(self, child: Counter) -> None:
        self._child = child
        self.pending = 0.0
        _tallies.append(self)

    def hand_over(self) -> None:
        pending, self.pending = self.pending, 0.0
        if pending:
            self._child.inc(pending)


class TalliedGauge:
    """One number that goes up and down."""

    __slots__ = ("_child", "value")

    def __init__(self, child: Gauge) -> None:
        self._child = child
        self.value = 0.0
        _tallies.append(self)

    def hand_over(self) -> None:
        self._child.set(self.value)


class TalliedHistogram:
    """One labelled histogram. What was observed is only kept, and sorted into its buckets by AMOUNTS_MAX together."""

    __slots__ = ("_child", "_seen")

    def __init__(self, child: Histogram) -> None:
        self._child = child
        self._seen: list[float] = []
        _tallies.append(self)

    def observe(self, amount: float) -> None:
        """Adds, which nobody sees before `hand_over`."""
        self._seen.append(amount)
        if len(self._seen) >= AMOUNTS_MAX:
            self.hand_over()

    def hand_over(self) -> None:
        seen, self._seen = self._seen, []
        if seen:
            _add_all(self._child, seen)


class TalliedTimings:
    """A histogram for each stage of the pipeline; a call observes all of its timings together."""

    __slots__ = ("_calls", "_child_of", "_seen")

    def __init__(self, family: Histogram) -> None:
        self._child_of: Callable[[str], Histogram] = cache(family.labels)
        self._seen: defaultdict[str, list[int]] = defaultdict(list)
        self._calls = 0
        _tallies.append(self)

    def observe(self, timeline: Iterable[StageTiming]) -> None:
        """Adds, which nobody sees before `hand_over`."""
        seen = self._seen
        for stage, _, took_micros, _ in timeline:
            seen[stage].append(took_micros)
        self._calls += 1
        if self._calls >= AMOUNTS_MAX:
            self.hand_over()

    def hand_over(self) -> None:
        seen, self._seen, self._calls = self._seen, defaultdict(list), 0
        for stage, took_micros in seen.items():
            _add_all(self._child_of(stage), [micros / MICROS_PER_SECOND for micros in took_micros])


def _add_all(histogram: Histogram, amounts: list[float]) -> None:
    """What `observe` of each would do. By the client's own parts, as it has no way to add several at once."""
    amounts.sort()
    counted = 0
    for bucket, bound in zip(histogram._buckets, histogram._upper_bounds, strict=True):  # noqa: SLF001
        below = bisect_right(amounts, bound)
        if below > counted:
            bucket.inc(below - counted)
            counted = below
    histogram._sum.inc(sum(amounts))  # noqa: SLF001


_tallies: list[TalliedCounter | TalliedGauge | TalliedHistogram | TalliedTimings] = []
"""Bounded, as their labels are."""
_turns: set[asyncio.AbstractEventLoop] = set()
"""Where a turn ends with handing over."""


def hand_over_soon() -> None:
    """At the end of this turn of the event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _turns:
        _turns.add(loop)
        loop.call_soon(_end_of_turn, loop)


def _end_of_turn(loop: asyncio.AbstractEventLoop) -> None:
    _turns.discard(loop)
    hand_over()


def hand_over() -> None:
    """Gives the client everything that has been counted since the last time."""
    for tally in _tallies:
        tally.hand_over()
