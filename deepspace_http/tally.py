"""Counts that cost a call an addition each, and are handed to Prometheus's client together.

The client takes a lock and makes half a dozen calls for every observation, some fifteen of them a request. Here they
are added up in plain numbers, and go over when somebody reads /metrics. Of several processes any may be read, so there
they go over at the end of each turn of the event loop. One event loop, so no lock.
"""

import asyncio
from bisect import bisect_right

from prometheus_client import Counter, Gauge, Histogram

AMOUNTS_MAX = 1_000
"""What a histogram keeps unsorted."""


class TalliedCounter:
    """One labelled count."""

    __slots__ = ("_child", "_pending")

    def __init__(self, child: Counter) -> None:
        self._child = child
        self._pending = 0.0
        _tallies.append(self)

    def inc(self, amount: float = 1) -> None:
        """Adds, which nobody sees before `hand_over`."""
        self._pending += amount

    def hand_over(self) -> None:
        pending, self._pending = self._pending, 0.0
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

    __slots__ = ("_bounds", "_child", "_seen")

    def __init__(self, child: Histogram) -> None:
        self._child = child
        self._bounds: list[float] = child._upper_bounds  # noqa: SLF001 - the client has no way to add several at once
        self._seen: list[float] = []
        _tallies.append(self)

    def observe(self, amount: float) -> None:
        """Adds, which nobody sees before `hand_over`."""
        self._seen.append(amount)
        if len(self._seen) >= AMOUNTS_MAX:
            self.hand_over()

    def hand_over(self) -> None:
        seen, self._seen = self._seen, []
        if not seen:
            return
        seen.sort()
        counted = 0
        for bucket, bound in zip(self._child._buckets, self._bounds, strict=True):  # noqa: SLF001
            below = bisect_right(seen, bound)
            if below > counted:
                bucket.inc(below - counted)
                counted = below
        self._child._sum.inc(sum(seen))  # noqa: SLF001


_tallies: list[TalliedCounter | TalliedGauge | TalliedHistogram] = []
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
