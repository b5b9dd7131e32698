"""One round trip for many callers: what is asked while Redis answers goes out together as soon as it has.

A command costs the driver some 70 µs of CPU, and more for each of its arguments; every call of the gateway needs two.
So calls queue for one script that takes any number of them in one argument; an idle queue sends at once, so that
nobody waits for a timer (the ledger's commits are grouped by the same rule). And as there is never more than one
command under way, its connection is kept: two thirds of a command are the driver's way to a connection and back.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from typing import TypeAlias, cast

import msgspec
from hiredis import pack_command
from redis.asyncio import Connection, Redis
from redis.exceptions import NoScriptError

from deepspace_adapters.deadlines import Deadlines

CALLS_MAX = 64
"""Calls of one round trip; Redis serves nobody else meanwhile, some 20 µs a call."""

Call: TypeAlias = list[str | int]
Reply: TypeAlias = list[int]
Answer: TypeAlias = "asyncio.Future[Reply]"

_encode = msgspec.msgpack.Encoder().encode


class SharedCalls:
    """Runs `script`, which takes a list of calls in MessagePack and gives a list of replies.

    A round trip may take `seconds_max`, and a call with its wait for one before it as long: one timer watches them all.
    A call whose time is up, or whose caller has given up, before it was sent is not sent.
    """

    def __init__(self, client: Redis, script: str, *, seconds_max: float) -> None:
        self._pool = client.connection_pool
        self._connection: Connection | None = None
        self._script = script
        self._sha = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()  # Redis's own name for it
        self._deadlines = Deadlines()
        self._seconds_max = seconds_max
        self._queue: deque[tuple[Call, Answer]] = deque()
        self._unanswered: deque[tuple[float, Answer]] = deque()
        """Until when, in the event loop's time, and in that order; those that are answered leave at the next look."""
        self._timer: asyncio.TimerHandle | None = None
        self._sender: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def call(self, asked: Call) -> Reply:
        """The reply to this one call. Raises what the driver raises, and TimeoutError."""
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        answer: Answer = loop.create_future()
        self._queue.append((asked, answer))
        self._unanswered.append((loop.time() + self._seconds_max, answer))
        if self._timer is None:
            self._timer = loop.call_later(self._seconds_max, self._look, loop)
        if self._sender is None:
            self._sender = loop.create_task(self._send_all(), name="redis-calls")
        return await answer

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tells those who have waited too long, and looks again when the next one will have."""
        unanswered, now = self._unanswered, loop.time()
        while unanswered:
            until, answer = unanswered[0]
            if not answer.done():
                if until > now:
                    break
                answer.set_exception(TimeoutError())
            unanswered.popleft()
        self._timer = loop.call_at(unanswered[0][0], self._look, loop) if unanswered else None

    async def _send_all(self) -> None:
        try:
            while self._queue:
                size = min(CALLS_MAX, len(self._queue))
                taken = [self._queue.popleft() for _ in range(size)]
                await self._sent([one for one in taken if not one[1].done()])
        finally:
            self._sender = None

    async def _sent(self, calls: Sequence[tuple[Call, Answer]]) -> None:
        """Answers everybody in `calls`; raises nothing but cancellation."""
        try:
            replies = await self._replies([asked for asked, _ in calls]) if calls else []
        except asyncio.CancelledError:
            for _, answer in calls:
                answer.cancel()
            raise
        except Exception as fault:  # noqa: BLE001 - whoever waits is told, whatever it was
            for answer in [answer for _, answer in calls if not answer.done()]:
                answer.set_exception(fault)
        else:
            _tell(calls, replies)

    async def _replies(self, calls: Sequence[Call]) -> list[Reply]:
        asked = _encode(calls)
        with self._deadlines.within(self._seconds_max):
            try:
                return await self._told("EVALSHA", self._sha, 0, asked)
            except NoScriptError:  # a Redis that has been started anew
                return await self._told("EVAL", self._script, 0, asked)

    async def _told(self, *command: str | int | bytes) -> list[Reply]:
        connection = await self._ready()
        await connection.send_packed_command(pack_command(command))  # type: ignore[arg-type] # told as of one part
        return cast(list[Reply], await connection.read_response())

    async def _ready(self) -> Connection:
        """The connection that is kept; the pool, of which it stays one, closes it with the others. Where it is not
        connected any more, it connects as soon as something is sent."""
        connection = self._connection
        if connection is None:
            connection = self._connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]
        elif connection.is_connected and (connection.should_reconnect() or await connection.can_read()):  # type: ignore[no-untyped-call]
            await connection.disconnect()  # what nobody has asked for is its end, or the announcement of it
        return connection


def _tell(calls: Sequence[tuple[Call, Answer]], replies: Sequence[Reply]) -> None:
    for (_, answer), reply in zip(calls, replies, strict=True):
        if not answer.done():
            answer.set_result(reply)
