"""Event streams in Redis: a stream a running answer, so that any gateway process can serve whoever comes back for it.

The number of an event is its id in Redis, so writing one twice does no harm and a hole is seen. The process that writes
an answer reads its events from its own memory: a running stream neither waits for Redis nor ends without it. While
Redis is away, events wait in a bounded queue; what is lost beyond it, a follower elsewhere gets from the stored answer.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from deepspace_adapters.deadlines import Deadlines
from deepspace_core.chat import EventStreams, KeptEvent
from deepspace_core.chat.event_stream import KEPT_SECONDS, READ_MAX
from deepspace_core.kernel.ids import MessageId

KEY_PREFIX = "deepspace:answer:"
DATA, LAST = b"d", b"e"
SENT_MAX = 200
"""Events of one round trip."""
WAITING_MAX = 20_000
"""Events of this process that wait for Redis; of more the oldest are dropped."""
CALL_SECONDS_MAX = 1.0
COOLDOWN_SECONDS = 1.0
POLL_SECONDS = 0.15
"""How often a follower in another process looks for news. A blocking read would take a connection a follower."""
AWAY = (RedisError, OSError, TimeoutError)


class LocalEventStreams(EventStreams, Protocol):
    """Event streams in this process's memory."""

    def holds(self, answer_id: MessageId) -> bool: ...

    def oldest(self, answer_id: MessageId) -> int: ...


class RedisEventStreams:
    """The `EventStreams` port; `local` holds what this process writes."""

    def __init__(self, client: Redis, *, local: LocalEventStreams) -> None:
        self._client = client
        self._local = local
        self._deadlines = Deadlines()
        self._waiting: deque[tuple[MessageId, KeptEvent]] = deque(maxlen=WAITING_MAX)
        self._sender: asyncio.Task[None] | None = None
        self.failures = 0

    def append(self, answer_id: MessageId, event: KeptEvent) -> None:
        self._local.append(answer_id, event)
        self._waiting.append((answer_id, event))
        if self._sender is None:
            self._sender = asyncio.get_running_loop().create_task(self._send_all(), name="redis-events")

    async def read(self, answer_id: MessageId, *, after: int, wait_seconds: float) -> Sequence[KeptEvent]:
        if self._local.holds(answer_id):
            return await self._local.read(answer_id, after=after, wait_seconds=wait_seconds)
        until = asyncio.get_running_loop().time() + wait_seconds
        while True:
            found = await self._behind(answer_id, after)
            left = until - asyncio.get_running_loop().time()
            if found or left <= 0:
                return found
            await asyncio.sleep(min(POLL_SECONDS, left))

    async def close(self, seconds: float) -> None:
        """Sends what waits, for as long as that takes or may take."""
        if self._sender is not None:
            await asyncio.wait([self._sender], timeout=seconds)
        if self._sender is not None:
            self._sender.cancel()

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(SENT_MAX, len(self._waiting)))]
                try:
                    await self._sent(taken)
                except AWAY:
                    self.failures += 1
                    self._waiting.extendleft(reversed(taken[: WAITING_MAX - len(self._waiting)]))
                    await asyncio.sleep(COOLDOWN_SECONDS)
        finally:
            self._sender = None

    async def _sent(self, events: Sequence[tuple[MessageId, KeptEvent]]) -> None:
        """One round trip. An event that is there already is refused by Redis, which is as good."""
        async with self._client.pipeline(transaction=False) as pipe:
            for answer_id, event in events:
                pipe.xadd(_key(answer_id), {DATA: event.data, LAST: int(event.is_last)}, id=f"{event.number}-0")
            for answer_id in {answer_id for answer_id, _ in events}:
                pipe.xtrim(_key(answer_id), minid=f"{self._local.oldest(answer_id)}-0", approximate=False)
                pipe.expire(_key(answer_id), KEPT_SECONDS)
            with self._deadlines.within(CALL_SECONDS_MAX):
                replies = await pipe.execute(raise_on_error=False)
        for reply in replies:
            if isinstance(reply, Exception) and not isinstance(reply, ResponseError):
                raise reply

    async def _behind(self, answer_id: MessageId, after: int) -> Sequence[KeptEvent]:
        try:
            with self._deadlines.within(CALL_SECONDS_MAX):
                found = cast(
                    Sequence[tuple[bytes, dict[bytes, bytes]]],
                    await self._client.xrange(_key(answer_id), min=f"{after + 1}-0", count=READ_MAX),
                )
        except AWAY:
            self.failures += 1
            return ()
        return [
            KeptEvent(int(name.partition(b"-")[0]), fields[DATA], is_last=fields[LAST] == b"1")
            for name, fields in found
        ]


def _key(answer_id: MessageId) -> str:
    return KEY_PREFIX + answer_id.hex
