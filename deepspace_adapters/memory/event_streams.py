"""Event streams in this process's own memory: the twin of those in Redis, and what the writer's process reads."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from deepspace_core.chat import KeptEvent
from deepspace_core.chat.event_stream import EVENT_BYTES_MAX, EVENTS_MAX, KEPT_SECONDS, READ_MAX
from deepspace_core.kernel.ids import MessageId

STREAMS_MAX = 2_000
ALL_BYTES_MAX = 64 * 1024 * 1024
"""Of all streams together; beyond either bound, the one that was appended to longest ago is forgotten."""


@dataclass(slots=True, eq=False)
class _Stream:
    events: deque[KeptEvent] = field(default_factory=deque)
    size_bytes: int = 0
    appended_at: float = 0.0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, event: KeptEvent) -> int:
        """By how many bytes it has grown; less than nothing when older events had to go."""
        before = self.size_bytes
        self.events.append(event)
        self.size_bytes += len(event.data)
        while len(self.events) > EVENTS_MAX or (self.size_bytes > EVENT_BYTES_MAX and len(self.events) > 1):
            self.size_bytes -= len(self.events.popleft().data)
        self.news.set()
        self.news = asyncio.Event()
        return self.size_bytes - before

    def behind(self, number: int) -> Sequence[KeptEvent]:
        """Numbers have no gap between the first and the last that is kept."""
        if not self.events:
            return ()
        skip = max(0, number + 1 - self.events[0].number)
        return [self.events[at] for at in range(skip, min(len(self.events), skip + READ_MAX))]


class MemoryEventStreams:
    """The `EventStreams` port."""

    def __init__(self, *, kept_seconds: float = KEPT_SECONDS) -> None:
        self._kept_seconds = kept_seconds
        self._streams: dict[MessageId, _Stream] = {}
        self._size_bytes = 0

    def append(self, answer_id: MessageId, event: KeptEvent) -> None:
        # Taken out and put back in, so that the dictionary's order is that of the last events.
        stream = self._streams.pop(answer_id, None) or _Stream()
        self._streams[answer_id] = stream
        self._size_bytes += stream.add(event)
        stream.appended_at = asyncio.get_running_loop().time()
        self._sweep(stream.appended_at)

    async def read(self, answer_id: MessageId, *, after: int, wait_seconds: float) -> Sequence[KeptEvent]:
        found = self._behind(answer_id, after)
        if found or not wait_seconds:
            return found
        stream = self._streams.get(answer_id)
        news = asyncio.Event() if stream is None else stream.news
        with suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), wait_seconds)
        return self._behind(answer_id, after)

    def holds(self, answer_id: MessageId) -> bool:
        """Whether there is anything of that answer."""
        return answer_id in self._streams

    def oldest(self, answer_id: MessageId) -> int:
        """The number of the first event that is kept; 0 when none is."""
        stream = self._streams.get(answer_id)
        return stream.events[0].number if stream and stream.events else 0

    def _behind(self, answer_id: MessageId, after: int) -> Sequence[KeptEvent]:
        stream = self._streams.get(answer_id)
        return () if stream is None else stream.behind(after)

    def _sweep(self, now: float) -> None:
        while self._streams:
            oldest = next(iter(self._streams))
            stream = self._streams[oldest]
            is_over = stream.appended_at + self._kept_seconds < now
            is_too_much = len(self._streams) > STREAMS_MAX or self._size_bytes > ALL_BYTES_MAX
            if not is_over and (not is_too_much or len(self._streams) == 1):
                return
            self._size_bytes -= stream.size_bytes
            del self._streams[oldest]
