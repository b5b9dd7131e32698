"""Time limits that cost next to nothing: what `asyncio.timeout` does, without a timer for each block.

A call is under half a dozen limits, and hardly ever does one of them strike; a timer of the event loop for each costs
more than the block inside. So all blocks under limits of the same length share a timer. They end in the order in which
they began: the timer waits for the first that is left.
"""

import asyncio
from types import TracebackType
from typing import Any, TypeAlias

SLACK_SECONDS = 0.02
"""How much longer than its limit a block may run, never shorter; those that end meanwhile are struck with it."""

Lane: TypeAlias = "dict[Deadline, float]"
"""The blocks under limits of one length, the first to end first, and until when each may run, in the loop's time."""


class Deadlines:
    """The limits of one event loop; another loop's are forgotten when it is used there."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lanes: dict[float, Lane] = {}
        """By their seconds; each has a timer as long as it is here."""

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
                self._loop, self._lanes = loop, {}
        return loop, task

    def add(self, deadline: "Deadline", seconds: float, loop: asyncio.AbstractEventLoop) -> Lane:
        """From now on, in the loop that is `here`; it leaves the lane by itself when its block is over."""
        lane = self._lanes.get(seconds)
        until = loop.time() + seconds
        if lane is None:
            lane = self._lanes[seconds] = {}
            loop.call_at(until + SLACK_SECONDS, self._look, seconds, lane, loop)
        lane[deadline] = until
        return lane

    def _look(self, seconds: float, lane: Lane, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for deadline, until in list(lane.items()):
            if until > now:
                loop.call_at(until + SLACK_SECONDS, self._look, seconds, lane, loop)
                return
            del lane[deadline]
            deadline.strike()
        if self._lanes.get(seconds) is lane:
            del self._lanes[seconds]


class Deadline:
    """One block. Like `asyncio.timeout`, it takes back the cancellation that it has asked for, and no other."""

    __slots__ = ("_cancelling", "_deadlines", "_is_late", "_lane", "_seconds", "_task")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._is_late = False

    def __enter__(self) -> None:
        loop, task = self._deadlines.here()
        self._task, self._cancelling = task, task.cancelling()
        self._lane = self._deadlines.add(self, self._seconds, loop)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lane.pop(self, None)
        if self._is_late and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from fault

    def strike(self) -> None:
        """The block has taken too long."""
        self._is_late = True
        self._task.cancel()
