"""A closed loop of clients in a process of its own: each sends its next request when its last answer is whole.

`python -m tests.bench.load` takes a `Load` as JSON on standard input and gives an `Observed` on standard output.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import cast

import httptools
import msgspec
import uvloop

STRAGGLER_SECONDS = 15.0
"""How long after the end an answer may take before it counts as an error."""

STREAMS_APART_SECONDS = 0.001
"""Between the first requests of two connections that stream: clients don't begin as one, and chunks of streams that did
would all come at the same moment."""

BODY_BYTES_AROUND = 250
"""What a body holds beside its prompt."""


class Load(msgspec.Struct, kw_only=True):
    """What to send, from how many connections, for how long. `body_bytes` is about the body's size."""

    port: int
    key: str
    model: str
    connections: int
    seconds: float
    stream: bool = False
    body_bytes: int = 1_000
    more_keys: list[str] = []
    """Connections take turns with these and `key`."""

    def key_of(self, connection: int) -> str:
        """Whose calls a connection makes."""
        return [self.key, *self.more_keys][connection % (1 + len(self.more_keys))]

    def request(self, key: str | None = None) -> bytes:
        """The request as it goes over the wire."""
        prompt = "Say what a gateway is for. " + "word " * ((self.body_bytes - BODY_BYTES_AROUND) // 5)
        body: dict[str, object] = {
            "model": self.model,
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": prompt}],
            "temperature": 0.2,
            "max_tokens": 128,
        }
        if self.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        payload = json.dumps(body).encode()
        return (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\n"
            f"authorization: Bearer {key or self.key}\r\n"
            f"content-type: application/json\r\nuser-agent: bench\r\ncontent-length: {len(payload)}\r\n\r\n"
        ).encode() + payload


class Observed(msgspec.Struct, kw_only=True):
    """What came back. Milliseconds; `first_*` is the first byte of the body."""

    answers: int
    events: int
    wall_seconds: float
    p50_ms: float
    p99_ms: float
    first_p50_ms: float
    cpu_seconds: float
    """Of the load itself."""
    errors: dict[str, int]


class Run:
    """What all connections of one load share."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.ends_at = time.perf_counter() + load.seconds
        self.whole_seconds: list[float] = []
        self.first_seconds: list[float] = []
        self.events = 0
        self.errors: Counter[str] = Counter()
        self.open = load.connections
        self.done = asyncio.get_running_loop().create_future()

    def closed(self) -> None:
        self.open -= 1
        if self.open == 0 and not self.done.done():
            self.done.set_result(None)


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: Run, request: bytes) -> None:
        self._run = run
        self._request = request
        self._idle = True
        self._events = 0
        self._tail = b""
        self._asked_at = 0.0
        self._first_at: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class, which does not say so
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._idle:
            self._run.errors["connection lost"] += 1
        self._run.closed()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, piece: bytes) -> None:
        if self._first_at is None:
            self._first_at = time.perf_counter()
        self._events += piece.count(b"data: ")
        self._tail = (self._tail + piece)[-200:]

    def on_message_complete(self) -> None:
        now, run = time.perf_counter(), self._run
        status = self._parser.get_status_code()
        if status != 200 or (run.load.stream and b"[DONE]" not in self._tail):
            run.errors[f"status {status}: {self._tail.decode(errors='replace')}"] += 1
        else:
            run.whole_seconds.append(now - self._asked_at)
            run.first_seconds.append((self._first_at or now) - self._asked_at)
            run.events += self._events
        self._idle = True
        if now < run.ends_at:
            self._ask()
        else:
            self._transport.close()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._idle, self._events, self._tail, self._first_at = False, 0, b"", None
        self._asked_at = time.perf_counter()
        self._transport.write(self._request)


async def observe(load: Load) -> Observed:
    """Runs the load to its end."""
    run, loop, began = Run(load), asyncio.get_running_loop(), time.perf_counter()
    for number in range(load.connections):
        request = load.request(load.key_of(number))
        await loop.create_connection(partial(Client, run, request), "127.0.0.1", load.port)
        if load.stream:
            await asyncio.sleep(STREAMS_APART_SECONDS)
    try:
        await asyncio.wait_for(run.done, load.seconds + STRAGGLER_SECONDS)
    except TimeoutError:
        run.errors["unanswered at the end"] += run.open
    return Observed(
        answers=len(run.whole_seconds),
        events=run.events,
        wall_seconds=time.perf_counter() - began,
        p50_ms=_percentile(run.whole_seconds, 0.50),
        p99_ms=_percentile(run.whole_seconds, 0.99),
        first_p50_ms=_percentile(run.first_seconds, 0.50),
        cpu_seconds=time.process_time(),
        errors=dict(run.errors),
    )


def _percentile(seconds: Sequence[float], share: float) -> float:
    if not seconds:
        return 0.0
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))] * 1e3


if __name__ == "__main__":
    told = uvloop.run(observe(msgspec.json.decode(sys.stdin.buffer.read(), type=Load)))
    sys.stdout.buffer.write(msgspec.json.encode(told))
