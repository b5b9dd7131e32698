"""The machine's own ports: its clock, its randomness, its event loop."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, SafeUUID

from uuid_utils import uuid7

from deepspace_adapters.deadlines import Deadlines
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import TraceId

DETACHED_TASKS_MAX = 1_000
SECRET_BYTES = 32

_new_object = object.__new__
_SAFETY_UNKNOWN = SafeUUID.unknown
"""Found once: a look-up in an enum runs code of Python's own."""
_OpenUUID: Any = type(
    "_OpenUUID", (UUID,), {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
)
"""What an id is while it is made: one whose fields can be set, as in deepspace_core/kernel/making.py."""

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class SystemClock:
    """The `Clock` port on the operating system's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_nanos(self) -> int:
        return time.monotonic_ns()


class SystemIds:
    """The `IdSource` port on UUIDv7 and the operating system's randomness."""

    def uuid(self) -> UUID:
        # As `uuid_utils.compat` makes one, in half of its time: a call needs eight.
        made = _new_object(_OpenUUID)
        made.int = uuid7().int
        made.is_safe = _SAFETY_UNKNOWN
        made.__class__ = UUID
        done: UUID = made
        return done

    def trace_id(self) -> TraceId:
        return TraceId(secrets.token_hex(16))

    def secret(self) -> str:
        return secrets.token_urlsafe(SECRET_BYTES)


class AsyncioTasks:
    """The `Tasks` port on asyncio. `drain` awaits what was detached or shielded; call it at shutdown."""

    def __init__(self) -> None:
        self._detached: set[asyncio.Task[None]] = set()
        self._shielded: set[asyncio.Future[Any]] = set()
        self._deadlines = Deadlines()

    async def shield(self, work: Coroutine[Any, Any, Result]) -> Result:
        loop, _ = self._deadlines.here()
        task, waiter = loop.create_task(work), loop.create_future()
        # Remembered, because a server that cancels its requests at shutdown doesn't wait for what they still settle.
        self._shielded.add(task)

        def finished(done: asyncio.Task[Result]) -> None:
            self._shielded.discard(done)
            if not waiter.done():
                waiter.set_result(None)

        task.add_done_callback(finished)
        try:
            await waiter  # `asyncio.shield` does the same with twice as many futures and callbacks, at every call
        except asyncio.CancelledError:
            if not task.done():
                await asyncio.wait([task])
            raise
        return task.result()

    async def gather(self, *work: Awaitable[Result]) -> list[Result]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(one)) for one in work]
        return [task.result() for task in tasks]

    async def within(self, seconds: float, work: Awaitable[Result]) -> Result:
        with self._deadlines.within(seconds):
            return await work

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def detach(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._detached) >= DETACHED_TASKS_MAX:
            work.close()
            raise Unavailable(f"{DETACHED_TASKS_MAX} background tasks are under way already", retry_after_seconds=1)
        task = asyncio.create_task(work)
        self._detached.add(task)
        task.add_done_callback(self._finished)

    async def drain(self, timeout_seconds: float) -> None:
        """Awaits what was detached or shielded, and what that detaches in turn; what is late is cancelled."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_seconds
        while (running := {*self._detached, *self._shielded}) and (left := until - loop.time()) > 0:
            await asyncio.wait(running, timeout=left)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._detached.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            log.error("a detached task failed", exc_info=fault)


async def _awaited(work: Awaitable[Result]) -> Result:
    return await work
