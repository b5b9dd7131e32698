"""A server that says byte for byte what a test tells it to, so that a transport can be shown every ugly answer."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

SECONDS_MAX = 5.0
"""How long a script may wait for the client; only a broken client lets it."""


@dataclass
class Line:
    """One connection as the server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    received: list[bytes]

    async def request(self) -> bytes:
        """The next request, head and body as they came. Raises IncompleteReadError when the client has closed."""
        async with asyncio.timeout(SECONDS_MAX):
            head = await self.reader.readuntil(b"\r\n\r\n")
            self.received.append(head + await self._body(head.lower()))
        return self.received[-1]

    async def answer(self, *pieces: bytes) -> None:
        """Reads a request and sends `pieces`, each a packet of its own as far as the system lets it."""
        await self.request()
        await self.send(*pieces)

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    def reset(self) -> None:
        """Closes with RST, as a server does that crashes."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Until the client has closed."""
        async with asyncio.timeout(SECONDS_MAX):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(65_536):
                    pass

    async def _body(self, head: bytes) -> bytes:
        if b"transfer-encoding: chunked" in head:
            return await self.reader.readuntil(b"0\r\n\r\n")
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return await self.reader.readexactly(int(length or 0))


Script: TypeAlias = Callable[[Line], Awaitable[None]]


@dataclass
class RawServer:
    """`script` runs once a connection, which closes when it ends."""

    script: Script
    url: str = ""
    connections: int = 0
    received: list[bytes] = field(default_factory=list)
    lines: set["asyncio.Task[None]"] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.lines.add(task)
        try:
            await self.script(Line(reader, writer, self.received))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, TimeoutError):
            pass  # the client has closed, or the test is over; what it made of that is the test's question
        finally:
            self.lines.discard(task)
            writer.close()


@contextlib.asynccontextmanager
async def raw_server(script: Script, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Serves on a free loopback port until the block ends."""
    raw = RawServer(script)
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    raw.url = f"{scheme}://localhost:{server.sockets[0].getsockname()[1]}/v1/chat"
    if not tls:
        raw.url = raw.url.replace("localhost", "127.0.0.1")
    try:
        yield raw
    finally:
        server.close()
        for task in [*raw.lines]:
            task.cancel()
        await asyncio.gather(*raw.lines, return_exceptions=True)


def answering(*pieces: bytes, keep: bool = True) -> Script:
    """A script that gives the same answer to every request; closes after the first unless `keep`."""

    async def script(line: Line) -> None:
        await line.answer(*pieces)
        while keep:
            await line.answer(*pieces)

    return script


def closing_after(count: int, whole: bytes) -> Script:
    """Answers so often on each connection, reads one request more, and closes without a word."""

    async def script(line: Line) -> None:
        for _ in range(count):
            await line.answer(whole)
        await line.request()

    return script


def bytewise(whole: bytes) -> list[bytes]:
    """Every byte by itself."""
    return [whole[at : at + 1] for at in range(len(whole))]
