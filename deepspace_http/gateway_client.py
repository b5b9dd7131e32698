"""The client of one call as the pipeline sees it: an ASGI connection.

Rules: only whole events are sent into a stream, so a comment may be put between any two. A client that hangs up is
noticed by a watcher on `receive`, not by the failing of a write, since a server swallows writes to a closed socket.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from functools import lru_cache
from time import monotonic
from typing import Any, TypeAlias

from litestar.types import Receive, Send

from deepspace_core.pipeline import AnswerHead, ClientGone, PromptClient
from deepspace_core.policy import LimitMetric, LimitState
from deepspace_http.cycle import FOLLOWED

PING_SECONDS = 15.0
"""How long a stream may be silent before a comment keeps proxies from cutting it. From then on its status is 200:
a failure after it is told inside the stream."""
PING = b": ping\n\n"
GONE_STATUS = 499
"""What the log calls an answer whose client left before it began (nginx's number)."""
NANOS_PER_MILLISECOND = 1_000_000

LIMITS_WRITTEN_MAX = 4_096
"""Limits, each with the seconds until it is whole again, whose headers are remembered."""

Header: TypeAlias = tuple[bytes, bytes]
_CONCURRENCY = LimitMetric.CONCURRENCY  # found once, as kernel/making.py says
_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


class AsgiClient:
    """The `Client` port on an ASGI connection."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        *,
        stream: bool = False,
        more_headers: Sequence[tuple[bytes, bytes]] = (),
        sender: PromptClient | None = None,
    ) -> None:
        self._sender = sender
        self._more_headers = more_headers
        self._asgi_send = send
        self._receive = receive
        self._stream = False
        self._watcher: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ping: asyncio.Task[None] | None = None
        self._sent_at = 0.0
        self._head: list[tuple[bytes, bytes]] = []
        self._whole = True
        self._answer_status = 200
        self.status = GONE_STATUS
        self.started = False
        if stream:
            self.become_stream()

    @property
    def takes_events(self) -> bool:
        """Whether an error can still be told after the answer has begun."""
        return self._stream

    def become_stream(self) -> None:
        """It waits for events: from now on it is watched, and told that it is not forgotten."""
        self._stream, self._whole, self._sent_at = True, False, monotonic()
        self._watcher = self._watcher or asyncio.create_task(self._watch())
        self._timer = asyncio.get_running_loop().call_later(PING_SECONDS, self._ping_if_silent)

    async def is_gone(self) -> bool:
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())
            await asyncio.sleep(0)  # the watcher's first look: a server tells at once of a socket that is closed
        return self._watcher.done()

    async def start(self, answer: AnswerHead) -> None:
        if self.started:
            return
        if answer.stream and not self._stream:
            self.become_stream()
        self._whole, self._answer_status = answer.whole and not self._stream, answer.status
        headers = [*_STREAM_HEADERS] if self._stream else [(b"content-type", answer.content_type.encode("latin-1"))]
        headers.append((b"openai-processing-ms", str(answer.elapsed_nanos // NANOS_PER_MILLISECOND).encode()))
        if answer.verdict is not None:
            headers += limit_headers(answer.verdict.states)
        if answer.cost is not None:
            headers.append((b"x-deepspace-cost", answer.cost.encode()))
        if answer.replay_of is not None:
            headers += [(b"x-idempotent-replayed", b"true"), (b"x-original-trace-id", answer.replay_of.encode())]
        if self._whole:
            self._head = headers
            return
        self._watcher = self._watcher or asyncio.create_task(self._watch())
        await self._begin(headers)

    @property
    def prompt(self) -> PromptClient | None:
        return None if self._sender is None or self._whole else self

    def offer(self, piece: bytes) -> bool:
        if self._watcher is not None and self._watcher.done():
            raise ClientGone
        self._sent_at = monotonic()
        return self._sender is not None and self._sender.offer(piece)

    async def ready(self) -> None:
        if self._sender is not None:
            await self._sender.ready()

    async def send(self, piece: bytes) -> None:
        if self._whole:
            # An answer in one piece: its head has waited for it, so that it can tell its length.
            self._head.append((b"content-length", b"%d" % len(piece)))
            await self._begin(self._head, length=len(piece))
        elif self._watcher is not None and self._watcher.done():
            raise ClientGone
        else:
            self._sent_at = monotonic()
        await self._asgi_send({"type": "http.response.body", "body": piece, "more_body": not self._whole})

    async def finish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()  # what is settled after the end may take longer than a ping's pause
        if self.started and not self._whole:
            await self._asgi_send({"type": "http.response.body", "body": b"", "more_body": False})

    def close(self) -> None:
        """Stops watching and pinging. Call it once, whatever happened."""
        if self._timer is not None:
            self._timer.cancel()
        for task in (self._watcher, self._ping):
            if task is not None:
                task.cancel()

    def _begin(self, headers: list[tuple[bytes, bytes]], *, length: int | None = None) -> Awaitable[None]:
        self.started, self.status = True, self._answer_status
        headers += self._more_headers
        message: Any = {"type": "http.response.start", "status": self.status, "headers": headers}
        if length is not None:
            message[FOLLOWED] = length
        return self._asgi_send(message)

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _ping_if_silent(self) -> None:
        silent_seconds = monotonic() - self._sent_at
        if silent_seconds >= PING_SECONDS:
            self._ping = asyncio.create_task(self._send_ping())
            silent_seconds = 0.0
        self._timer = asyncio.get_running_loop().call_later(PING_SECONDS - silent_seconds, self._ping_if_silent)

    async def _send_ping(self) -> None:
        if not self.started:
            await self._begin([*_STREAM_HEADERS])
        try:
            await self.send(PING)
        except ClientGone:
            return


def limit_headers(states: Iterable[LimitState]) -> list[tuple[bytes, bytes]]:
    """`x-ratelimit-{limit,remaining,reset}-{requests,tokens}` of the tightest limit of each metric, as OpenAI names
    them; `reset` in seconds with its unit ("6s")."""
    tightest: dict[LimitMetric, tuple[int, int, int]] = {}
    for limit, remaining, reset_seconds in states:
        metric = limit.metric
        if metric is not _CONCURRENCY and (metric not in tightest or remaining < tightest[metric][1]):
            tightest[metric] = limit.cap, remaining, reset_seconds
    headers: list[tuple[bytes, bytes]] = []
    for metric, (cap, remaining, reset_seconds) in tightest.items():
        told_cap, left_name, told_reset = _fixed_parts(metric, cap, reset_seconds)
        headers += told_cap, (left_name, b"%d" % remaining), told_reset
    return headers


@lru_cache(maxsize=LIMITS_WRITTEN_MAX)
def _fixed_parts(metric: LimitMetric, cap: int, reset_seconds: int) -> tuple[Header, bytes, Header]:
    """Of the three headers what many calls have in common: all but what is left."""
    cap_name, left_name, reset_name = (
        f"x-ratelimit-{part}-{metric}".encode() for part in ("limit", "remaining", "reset")
    )
    return (cap_name, b"%d" % cap), left_name, (reset_name, b"%ds" % reset_seconds)
