"""Sliding windows and slots in this process's own memory: the twin of the Redis window, and its stand-in.

Several gateways that count each for themselves admit up to as many times the cap as there are gateways; that is what
`degraded` warns of, and why this is a stand-in and not a choice for production.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.policy import (
    NOTHING_TO_ADMIT,
    Charge,
    LimitMetric,
    Reservation,
    SlotCount,
    Verdict,
    WindowCount,
    decide,
    fits,
    milliseconds_of,
    rolled,
)

COUNTERS_MAX = 100_000
"""Counters kept at once. At the limit dead ones are swept; when all are alive, the longest unused go."""


@dataclass(slots=True)
class _Counter:
    """One window's count or one set of slots (reservation -> when the slot is given up for lost)."""

    dead_at_ms: int = 0
    count: WindowCount | None = None
    slots: dict[str, int] = field(default_factory=dict)


class MemoryRateWindow:
    """The `RateWindow` port."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids
        self._counters: dict[str, _Counter] = {}

    @property
    def degraded(self) -> bool:
        return False

    async def admit(self, charges: Sequence[Charge], now: datetime) -> Verdict:
        if not charges:
            return NOTHING_TO_ADMIT
        now_ms = milliseconds_of(now)
        counts = [self._counted(charge, now_ms) for charge in charges]
        if not all(fits(charge, count, now_ms) for charge, count in zip(charges, counts, strict=True)):
            return decide(charges, counts, now_ms=now_ms, reservation=None)
        made = Reservation(id=self._ids.uuid().hex, charges=tuple(charges), charged_at_ms=now_ms)
        counts = [self._charged(charge, made, count) for charge, count in zip(charges, counts, strict=True)]
        self._sweep(now_ms)
        return decide(charges, counts, now_ms=now_ms, reservation=made)

    async def settle(self, reservation: Reservation, *, tokens_used: int, now: datetime) -> None:
        for charge in reservation.charges:
            counter = self._counters.get(charge.counter)
            if counter is None:
                continue
            counter.slots.pop(reservation.id, None)
            if charge.limit.metric is LimitMetric.TOKENS and counter.count is not None:
                index = reservation.charged_at_ms // charge.window_ms
                counter.count = _adjusted(counter.count, index, tokens_used - charge.amount)

    def _counted(self, charge: Charge, now_ms: int) -> WindowCount | SlotCount:
        counter = self._counters.get(charge.counter, _Counter())
        if not charge.is_slot:
            return rolled(counter.count, now_ms // charge.window_ms)
        for lost in [holder for holder, expires_ms in counter.slots.items() if expires_ms <= now_ms]:
            del counter.slots[lost]
        return SlotCount(len(counter.slots))

    def _charged(
        self, charge: Charge, reservation: Reservation, count: WindowCount | SlotCount
    ) -> WindowCount | SlotCount:
        # Taken out and put back in, so that the dictionary's order is the order of last use.
        counter = self._counters.pop(charge.counter, _Counter())
        self._counters[charge.counter] = counter
        now_ms = reservation.charged_at_ms
        if isinstance(count, SlotCount):
            counter.slots[reservation.id] = now_ms + charge.window_ms
            counter.dead_at_ms = now_ms + charge.window_ms
            return SlotCount(len(counter.slots))
        counter.count = WindowCount(count.index, count.previous, count.current + charge.amount)
        counter.dead_at_ms = now_ms + 2 * charge.window_ms
        return counter.count

    def _sweep(self, now_ms: int) -> None:
        if len(self._counters) <= COUNTERS_MAX:
            return
        self._keep(lambda counter: counter.dead_at_ms > now_ms)
        for oldest in list(self._counters)[: max(0, len(self._counters) - COUNTERS_MAX // 2)]:
            del self._counters[oldest]

    def _keep(self, alive: Callable[[_Counter], bool]) -> None:
        self._counters = {name: counter for name, counter in self._counters.items() if alive(counter)}


def _adjusted(count: WindowCount, index: int, delta: int) -> WindowCount:
    if index == count.index:
        return WindowCount(count.index, count.previous, max(0, count.current + delta))
    if index == count.index - 1:
        return WindowCount(count.index, max(0, count.previous + delta), count.current)
    return count
