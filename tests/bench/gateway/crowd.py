"""What one process does to its normal callers while others are slow or huge.

Slow readers ask for a long answer and take it a few bytes at a time; huge callers send bodies of HUGE_BODY_BYTES, one
after another. Normal calls go on beside them, and the question is what happens to the slowest of those.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass

from tests.bench.gateway.phases import Server, loaded
from tests.bench.load import Observed

NORMAL_CONNECTIONS = 8
SLOW_READERS = 16
HUGE_BODY_BYTES = 20_000_000
PAUSE_SECONDS = 0.05
BEGINNING_SECONDS = 0.3
"""What the others have to get going."""
SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Crowd:
    """Normal calls by themselves, beside slow readers, and beside huge bodies."""

    alone: Observed
    beside_slow: Observed
    beside_huge: Observed
    huge_calls: int


async def crowded(server: Server, *, scale: float) -> Crowd:
    """Three loads, one after another."""

    async def normal() -> Observed:
        return await loaded(
            server, "bench-answer", seconds=SECONDS * scale, connections=NORMAL_CONNECTIONS, body_bytes=1_000
        )

    alone = await normal()
    async with _beside(*(_slow_reader(server) for _ in range(SLOW_READERS))):
        beside_slow = await normal()
    over = asyncio.Event()
    huge = asyncio.create_task(_huge_calls(server, over))
    await asyncio.sleep(BEGINNING_SECONDS)
    beside_huge = await normal()
    over.set()
    return Crowd(alone, beside_slow, beside_huge, await huge)


@contextlib.asynccontextmanager
async def _beside(*work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in work]
    await asyncio.sleep(BEGINNING_SECONDS)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _slow_reader(server: Server) -> None:
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, ("127.0.0.1", server.port))
        await loop.sock_sendall(raw, _request(server, "bench-flood", b'"hello"', stream=True))
        while await loop.sock_recv(raw, 256):  # noqa: ASYNC110 - a slow reader is slow
            await asyncio.sleep(PAUSE_SECONDS)


async def _huge_calls(server: Server, over: asyncio.Event) -> int:
    """One after another until it is over; how many were answered with success."""
    text = json.dumps("word " * (HUGE_BODY_BYTES // 5)).encode()
    request = _request(server, "bench-answer", text, stream=False)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    answered = 0
    while not over.is_set():
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        answered += head.startswith(b"HTTP/1.1 200")
        await asyncio.sleep(PAUSE_SECONDS)
    writer.close()
    return answered


def _request(server: Server, model: str, content: bytes, *, stream: bool) -> bytes:
    asked = b'"stream":true,' if stream else b""
    body = b'{"model":"%s",%s"messages":[{"role":"user","content":%s}]}' % (model.encode(), asked, content)
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\nauthorization: Bearer {server.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
