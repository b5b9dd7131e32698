"""One request and its response on the wire: uvicorn's cycle, with a head that costs less to write.

uvicorn looks at every header of every answer with two patterns, a fifth of what it does for a call. All headers here
are the application's own, so it is enough that none can be taken for two, which is told by looking for line breaks.
"""

import asyncio
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

STATUS_LINES: Final = {
    status.value: b"HTTP/1.1 %d %s\r\n" % (status.value, status.phrase.encode()) for status in HTTPStatus
}
PROMPT: Final = "deepspace.prompt"
"""The ASGI extension under which a scope holds its cycle: who knows of it can send without waiting (`offer`)."""
FOLLOWED: Final = "deepspace.followed"
"""In the message that starts a response: the length of its body, which is sent at once and in one piece. So its head
need be neither looked after nor looked through, though it tells that length as any other. It closes no connection."""
BODYLESS: Final = frozenset({204, 304})
_CR, _LF, _NUL = b"\r\n\0"  # as numbers, which bytes are looked through for at once
_LENGTHS_OF_FRAMING = frozenset(map(len, (b"connection", b"content-length", b"transfer-encoding")))
"""Spares the other headers a look."""


class Pieces:
    """A body as uvicorn collects it, each piece as it came: joined once, where a bytearray copies every byte twice."""

    __slots__ = ("_bytes", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._bytes = 0

    def __iadd__(self, piece: bytes) -> "Pieces":
        self._pieces.append(piece)
        self._bytes += len(piece)
        return self

    def __len__(self) -> int:
        return self._bytes

    def __bytes__(self) -> bytes:
        return b"".join(self._pieces)


class JoinedHead:
    """The transport as a response sees it: its head waits for the first piece of its body, so that both are one write.

    It waits to the end of this turn of the event loop, no longer: a stream may begin with silence.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._is_head = False
        self._head = b""

    def expect_head(self) -> None:
        """The next write is a head."""
        self._is_head = True

    def hold(self, head: bytes) -> None:
        """A head whose body is written next, whatever happens: nobody has to look after it meanwhile."""
        self._is_head, self._head = False, self._head + head

    def write(self, data: bytes) -> None:
        """What the server writes; order is kept."""
        if self._is_head:
            self._is_head, self._head = False, self._head + data
            self._loop.call_soon(self._flush)
        elif self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """After what waits has been written."""
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head and not self._transport.is_closing():
            self._transport.write(head)


class Cycle(RequestResponseCycle):
    """Sends what uvicorn's would send; receiving, pipelining and what goes wrong are uvicorn's."""

    def __init__(self, connection: HttpToolsProtocol, joined: JoinedHead, scope: HTTPScope, may_last: bool) -> None:
        super().__init__(
            scope=scope,
            transport=joined,  # type: ignore[arg-type] # it does what a response asks of a transport
            flow=connection.flow,
            logger=connection.logger,
            access_logger=connection.access_logger,
            access_log=False,  # deepspace_http/edge.py writes it, with the route and the trace
            default_headers=connection.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=connection.expect_100_continue,
            keep_alive=may_last and connection.parser.should_keep_alive(),
            on_response=connection.on_response_complete,
        )
        self.joined = joined
        self.body = Pieces()  # type: ignore[assignment] # it does what uvicorn asks of a bytearray
        scope["extensions"] = {PROMPT: self}  # type: ignore[dict-item] # of any kind, says ASGI

    async def send(self, message: Any) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.body" and self.response_started and not self.response_complete:
            self._send_body(message.get("body", b""), more=message.get("more_body", False))
        elif kind == "http.response.start" and not self.response_started:
            self._start(message)
        else:
            raise RuntimeError(f"an unexpected message: {kind!r}")

    def offer(self, piece: bytes) -> bool:
        """Sends a piece of a body that has begun, without waiting; whether there is room for another."""
        if not self.disconnected:
            if not self.response_started or self.response_complete:
                raise RuntimeError("a piece of no answer")
            self._send_body(piece, more=True)
        return not self.flow.write_paused

    async def ready(self) -> None:
        """Until there is room, or nobody left who could take it."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()

    def _start(self, message: Any) -> None:
        self.response_started, self.waiting_for_100_continue = True, False
        status, told = message["status"], [*self.default_headers, *message.get("headers", ())]
        length = None if self.scope["method"] == "HEAD" else message.get(FOLLOWED)
        if length is None:
            is_closing_told = self._learn_framings(told)
        else:
            is_closing_told, self.chunked_encoding, self.expected_content_length = False, False, length
        if not self.keep_alive and not is_closing_told:
            told.append((b"connection", b"close"))
        if self.chunked_encoding is None and self.scope["method"] != "HEAD" and status not in BODYLESS:
            self.chunked_encoding = True
            told.append((b"transfer-encoding", b"chunked"))
        if length is None:
            self.transport.write(_head(status, told))
        else:
            self.joined.hold(_head(status, told))

    def _learn_framings(self, told: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether any tells that the connection will be closed."""
        is_closing_told = False
        for name, value in told:
            if len(name) in _LENGTHS_OF_FRAMING:
                is_closing_told = self._learn_framing(name.lower(), value) or is_closing_told
        return is_closing_told

    def _learn_framing(self, name: bytes, value: bytes) -> bool:
        """Whether it tells that the connection will be closed."""
        match name:
            case b"content-length" if self.chunked_encoding is None:
                self.chunked_encoding, self.expected_content_length = False, int(value)
            case b"transfer-encoding" if value.lower() == b"chunked":
                self.chunked_encoding, self.expected_content_length = True, 0
            case b"connection" if b"close" in [token.strip() for token in value.lower().split(b",")]:
                self.keep_alive = False
                return True
        return False

    def _send_body(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
        elif self.chunked_encoding:
            if body:
                self.transport.write(b"%x\r\n%b\r\n" % (len(body), body) if more else _last(body))
            elif not more:
                self.transport.write(b"0\r\n\r\n")
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("the answer is longer than its content-length")
            self.transport.write(body)
        if not more:
            self._complete()

    def _complete(self) -> None:
        if self.expected_content_length:
            raise RuntimeError("the answer is shorter than its content-length")
        self.response_complete = True
        self.scope["extensions"] = {}  # held the cycle (PROMPT): only the collector would free what holds itself
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def _head(status: int, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    lines = list(map(b": ".join, headers))
    told = b"".join(lines)
    if _CR in told or _LF in told or _NUL in told:
        raise RuntimeError("a header of the answer has a forbidden character")
    return STATUS_LINES[status] + b"\r\n".join(lines) + b"\r\n\r\n"


def _last(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
