"""Time limits that cost next to nothing: what `asyncio.timeout` does, without a timer for each block.

A call is under half a dozen limits, and hardly ever does one of them strike; a timer of the event loop for each costs
more than the block inside. So limits that end within the same TICK_SECONDS share one timer: a block may run that much
longer than its limit, and never shorter.
"""

import asyncio
from types import TracebackType
from typing import Any

TICK_SECONDS = 0.02


class Deadlines:
    """The limits of one event loop; another loop's are forgotten when it is used there."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due: dict[int, set[Deadline]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_tick = 0

    def within(self, seconds: float) -> "Deadline":
        """A block that raises TimeoutError when it takes longer: `with deadlines.within(2.0): await …`."""
        return Deadline(self, seconds)

    def here(self) -> tuple[asyncio.AbstractEventLoop, "asyncio.Task[Any]"]:
        """The running loop and task. Raises RuntimeError where there is none.

        Which loop runs is asked only where the last one doesn't: that question is a system call (getpid), and the
        question what an event loop is doing is none.
        """
        loop = self._loop
        task = None if loop is None else asyncio.current_task(loop)
        if loop is None or task is None:
            loop = asyncio.get_running_loop()
            task = asyncio.current_task(loop)
            if task is None:
                raise RuntimeError("only a task can be under a limit")
            if loop is not self._loop:
                self._loop, self._due, self._timer = loop, {}, None
        return loop, task

    def add(self, deadline: "Deadline", seconds: float, loop: asyncio.AbstractEventLoop) -> int:
        """From now on, in the loop that is `here`; the tick under which it is kept."""
        tick = int((loop.time() + seconds) / TICK_SECONDS) + 1
        due = self._due.get(tick)
        if due is None:
            due = self._due[tick] = set()
        due.add(deadline)
        if self._timer is None or tick < self._timer_tick:
            self._set_timer(loop, tick)
        return tick

    def remove(self, deadline: "Deadline", tick: int) -> None:
        """The block is over."""
        due = self._due.get(tick)
        if due is None:
            return
        due.discard(deadline)
        if not due:
            del self._due[tick]

    def _set_timer(self, loop: asyncio.AbstractEventLoop, tick: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_tick = tick
        self._timer = loop.call_at(tick * TICK_SECONDS, self._strike, loop)

    def _strike(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time() / TICK_SECONDS
        for tick in [tick for tick in self._due if tick <= now]:
            for deadline in self._due.pop(tick):
                deadline.strike()
        if self._due:
            self._set_timer(loop, min(self._due))


class Deadline:
    """One block. Like `asyncio.timeout`, it takes back the cancellation that it has asked for, and no other."""

    __slots__ = ("_cancelling", "_deadlines", "_is_late", "_seconds", "_task", "_tick")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._is_late = False

    def __enter__(self) -> None:
        loop, task = self._deadlines.here()
        self._task, self._cancelling = task, task.cancelling()
        self._tick = self._deadlines.add(self, self._seconds, loop)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._deadlines.remove(self, self._tick)
        if self._is_late and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from fault

    def strike(self) -> None:
        """The block has taken too long."""
        self._is_late = True
        self._task.cancel()
