"""Sliding windows and slots in Redis: all limits of a call, and of all calls that wait, in one round trip.

Redis may be away. A call then never waits for it twice: the first failure opens a circuit, and for COOLDOWN_SECONDS
every call is decided by the in-process window at once; after that one call at a time tries Redis again. What was
counted in one place is not carried to the other: windows are short, and a limit is not money. Slots are given back all
the same, as soon as Redis answers again: they last as long as the longest stream, and a moment without Redis must not
keep a key's callers out for an hour.

One Redis, not a cluster: the counters of a call belong to several owners and must be decided on together.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from deepspace_adapters.redis.shared_calls import Call, SharedCalls
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.policy import (
    NOTHING_TO_ADMIT,
    Charge,
    LimitMetric,
    RateWindow,
    Reservation,
    SlotCount,
    Verdict,
    WindowCount,
    decide,
    milliseconds_of,
)

KEY_PREFIX = "deepspace:rate:"
_SLOTS, _TOKENS = LimitMetric.CONCURRENCY, LimitMetric.TOKENS
"""Looked up once: a member of an enum is found by code of Python's own."""
_KINDS = {metric: "slot" if metric is _SLOTS else "window" for metric in LimitMetric}
CALL_SECONDS_MAX = 0.25
"""How long a call may wait for Redis, once; some two hundred times what Redis needs."""
COOLDOWN_SECONDS = 1.0
OWED_MAX = 10_000
"""Calls whose slots wait to be given back; of more the oldest are left to the end of their lease."""
NANOS_PER_SECOND = 1_000_000_000
AWAY = (RedisError, OSError, TimeoutError)
"""Every way of Redis to be away; a wrong answer of our own script is a RedisError too and shows in `failures`."""

_HERE = Path(__file__).parent
SCRIPT = (_HERE / "rate_window.lua").read_text(encoding="utf-8")

_new_reservation, _new_slots, _new_window = maker_of(Reservation), maker_of(SlotCount), maker_of(WindowCount)


class RedisRateWindow:
    """The `RateWindow` port; `fallback` decides while Redis is away."""

    def __init__(self, client: Redis, *, fallback: RateWindow, ids: IdSource, clock: Clock) -> None:
        self._calls = SharedCalls(client, SCRIPT, seconds_max=CALL_SECONDS_MAX)
        self._fallback = fallback
        self._ids = ids
        self._clock = clock
        self._retry_at_nanos: int | None = None
        self._owed: deque[Reservation] = deque(maxlen=OWED_MAX)
        self._giving_back: asyncio.Task[None] | None = None
        self.failures = 0
        """How often Redis failed to answer since the start; for metrics."""

    @property
    def degraded(self) -> bool:
        return self._retry_at_nanos is not None

    async def admit(self, charges: Sequence[Charge], now: datetime) -> Verdict:
        if not charges:
            return NOTHING_TO_ADMIT
        if self._may_try():
            made = _new_reservation(id=self._ids.uuid().hex, charges=tuple(charges), charged_at_ms=milliseconds_of(now))
            try:
                verdict = await self._admit_shared(made)
            except AWAY:
                self._open(made)  # it may have been admitted and only the answer be late
            else:
                self._close()
                return verdict
        verdict = await self._fallback.admit(charges, now)
        if verdict.reservation is None:
            return verdict
        return replace(verdict, reservation=replace(verdict.reservation, degraded=True))

    async def settle(self, reservation: Reservation, *, tokens_used: int, now: datetime) -> None:
        if reservation.degraded:
            await self._fallback.settle(reservation, tokens_used=tokens_used, now=now)
        elif self._may_try():
            try:
                await self._settle_shared(reservation, tokens_used)
            except AWAY:
                self._open(reservation)  # the estimate stays charged until its window has passed
            else:
                self._close()
        else:
            self._owe(reservation)

    async def _admit_shared(self, made: Reservation) -> Verdict:
        charges = made.charges
        asked: Call = ["admit", made.charged_at_ms, made.id]
        for limit, counter, amount in charges:
            asked += KEY_PREFIX + counter, _KINDS[limit.metric], limit.window_seconds * 1_000, limit.cap, amount
        reply = await self._calls.call(asked)
        admitted, counts = reply[0] == 1, _counts(charges, reply)
        return decide(charges, counts, now_ms=made.charged_at_ms, reservation=made if admitted else None)

    async def _settle_shared(self, reservation: Reservation, tokens_used: int) -> None:
        asked: Call = ["settle", reservation.charged_at_ms, reservation.id]
        for limit, counter, amount in reservation.charges:
            wrong_by = tokens_used - amount if limit.metric is _TOKENS else 0
            asked += KEY_PREFIX + counter, _KINDS[limit.metric], limit.window_seconds * 1_000, limit.cap, wrong_by
        await self._calls.call(asked)

    def _may_try(self) -> bool:
        """Whether Redis is believed to be there, or it is this call's turn to find out."""
        if self._retry_at_nanos is None:
            return True
        if self._clock.monotonic_nanos() < self._retry_at_nanos:
            return False
        # Others go on without Redis while this one tries.
        self._retry_at_nanos = self._next_try_nanos()
        return True

    def _open(self, unanswered: Reservation) -> None:
        self.failures += 1
        self._retry_at_nanos = self._next_try_nanos()
        self._owe(unanswered)

    def _close(self) -> None:
        self._retry_at_nanos = None
        if self._owed and (self._giving_back is None or self._giving_back.done()):
            self._giving_back = asyncio.create_task(self._give_back(), name="redis-slots")

    def _owe(self, reservation: Reservation) -> None:
        """Slots only: giving one back twice does no harm, mending a window twice would."""
        if slots := tuple(charge for charge in reservation.charges if charge.is_slot):
            self._owed.append(replace(reservation, charges=slots))

    async def _give_back(self) -> None:
        while self._owed:
            reservation = self._owed.popleft()
            try:
                await self._settle_shared(reservation, tokens_used=0)
            except AWAY:
                self._open(reservation)
                return

    def _next_try_nanos(self) -> int:
        return self._clock.monotonic_nanos() + int(COOLDOWN_SECONDS * NANOS_PER_SECOND)


def _counts(charges: Sequence[Charge], reply: Sequence[int]) -> list[WindowCount | SlotCount]:
    each = iter(reply[1:])
    triples = zip(charges, each, each, each, strict=True)  # three numbers a charge
    return [
        _new_slots(current) if charge.limit.metric is _SLOTS else _new_window(index, previous, current)
        for charge, index, previous, current in triples
    ]
