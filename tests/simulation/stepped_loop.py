"""An event loop without a world: no sockets, no threads, no time but its own, and chance decides who goes next.

asyncio promises to run what is ready first come, first served. Nothing may depend on that, so this loop picks among all
that is ready, by the seed. When nobody is ready it jumps to the next timer; when there is none, everybody waits for
ever, which is a deadlock and said so.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Coroutine
from random import Random
from typing import Any, TypeVar

Result = TypeVar("Result")

STEPS_MAX = 2_000_000


class Stuck(Exception):
    """Everybody waits for somebody, or nobody ever comes to an end."""


class SteppedLoop(asyncio.BaseEventLoop):
    """Runs one handle a step. The same chance and the same program are the same run."""

    _ready: "deque[asyncio.Handle]"
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.steps = 0
        self._chance = chance
        self._moment = 0.0

    def time(self) -> float:
        return self._moment

    def _run_once(self) -> None:
        """What BaseEventLoop asks of a loop: to run something, or to wait."""
        self.steps += 1
        if not self._ready:
            self._wait()
        if not self._ready:
            raise Stuck("everybody waits for somebody else")
        if self.steps > STEPS_MAX:
            raise Stuck(f"no end after {STEPS_MAX} steps")
        place = self._chance.randrange(len(self._ready))
        handle = self._ready[place]
        del self._ready[place]
        if not handle.cancelled():
            handle._run()

    def _wait(self) -> None:
        """Jumps to the next timer; all that are due at that moment become ready together."""
        while self._scheduled and (not self._ready or self._scheduled[0].when() <= self._moment):
            timer = heapq.heappop(self._scheduled)
            if not timer.cancelled():
                self._moment = max(self._moment, timer.when())
                self._ready.append(timer)

    def _write_to_self(self) -> None:
        """Wakes a loop that waits for the outside; this one never does."""


def run_stepped(work: Coroutine[Any, Any, Result], chance: Random) -> Result:
    """Runs `work` to its end on a loop of its own. Raises Stuck."""
    with asyncio.Runner(loop_factory=lambda: SteppedLoop(chance)) as runner:
        return runner.run(work)
