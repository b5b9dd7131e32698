"""One answer as it arrives: httptools calls it for each part it has read, and it is the response's body.

Rules: its head and its framing are bounded (`FRUITLESS_BYTES_MAX`), its buffer is (`BUFFERED_BYTES_MAX`: reading pauses
until somebody takes what is there), its length is the reader's business. An answer is whole only when its framing
says so; a connection that ends earlier cuts it.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import httptools
import httpx

FRUITLESS_BYTES_MAX = 64 * 1024
"""Bytes in a row that are no body: a head with its interim answers, the extensions of chunks, trailers."""
BUFFERED_BYTES_MAX = 256 * 1024
"""How much of a body waits for its reader, one read of the socket more at most."""

INFORMATIONAL_BELOW = 200
VERSIONS = frozenset({"1.0", "1.1"})
_LENGTHS_OF_FRAMING = frozenset({len(b"content-length"), len(b"transfer-encoding")})
"""Spares the other headers a look."""


class Reading(Protocol):
    """What an answer needs of its connection."""

    def expect_body(self) -> None:
        """Somebody waits for the next piece: time runs."""
        ...

    def expect_nothing(self) -> None:
        """Nobody waits for the moment."""
        ...

    def resume(self) -> None:
        """There is room again."""
        ...

    def abandon(self) -> None:
        """Nobody will read the rest."""
        ...


class Answer(httpx.AsyncByteStream):
    """Head and body of one answer. `connection` lets go of it when it is whole or has failed."""

    def __init__(self, connection: Reading, loop: asyncio.AbstractEventLoop, *, has_no_body: bool) -> None:
        self._connection: Reading | None = connection
        self._loop = loop
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._has_no_body = has_no_body
        self._pieces: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._take: Callable[[bytes], bool] | None = None
        self._fault: Exception | type[Exception] | None = None
        self._interim = False
        self._is_framed = self._is_foreign = self._is_kept = False
        self.buffered_bytes = self.fruitless_bytes = 0
        self.status = 0
        self.reason = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_heard = self.is_begun = self.is_whole = self.is_surplus = False

    # What the connection does with it

    def feed(self, data: bytes) -> None:
        """Takes what has arrived. Raises httpx.RemoteProtocolError for what is no HTTP/1.1."""
        self.is_heard = True
        self.fruitless_bytes += len(data)
        try:
            self._reads().feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as fault:
            if not self.is_whole:
                raise httpx.RemoteProtocolError(f"the answer is not HTTP/1.1: {fault!r}") from fault
            self.is_surplus = True
        if self.fruitless_bytes > FRUITLESS_BYTES_MAX and not self.is_whole:
            raise httpx.RemoteProtocolError(f"the answer has over {FRUITLESS_BYTES_MAX} bytes in a row but no body")

    def ended(self) -> bool:
        """The connection has ended properly: whether the answer has too, because nothing else was to end it."""
        if self.is_begun and not self._is_framed:
            self.is_whole = True
        return self.is_whole

    @property
    def keeps_alive(self) -> bool:
        """Whether another request may follow on the same connection, as far as the answer tells."""
        return self.is_whole and not self.is_surplus and self._is_kept

    def let_go(self, fault: Exception | type[Exception] | None = None) -> None:
        """Nothing more will come: it is whole, or `fault` is why not."""
        self._connection = self._parser = None  # which hold it in their turn: only the cycle collector would free them
        self._fault = fault
        self.wake()

    def wake(self) -> None:
        """Whoever waits looks again."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def wait(self) -> None:
        """Until something has changed."""
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def raise_fault(self) -> None:
        """Raises why the answer broke off, if it did."""
        if self._fault is not None:
            raise self._fault

    # What httptools has read

    def on_message_begin(self) -> None:
        if self.is_whole:
            self.is_surplus = True  # a second answer, to a question that nobody has asked

    def on_status(self, reason: bytes) -> None:
        if not self.is_begun:
            self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.is_begun:
            return  # trailers: nobody asked for them
        value = value.rstrip(b" \t")  # RFC 9112, 5.1; llhttp leaves it
        self.headers.append((name, value))
        if len(name) in _LENGTHS_OF_FRAMING:
            self._learn_framing(name.lower(), value)

    def on_headers_complete(self) -> None:
        if self.is_begun:
            return
        parser = self._reads()
        status = parser.get_status_code()
        if status < INFORMATIONAL_BELOW:
            self._interim, self.headers, self.reason, self._is_framed = True, [], b"", False
            return
        # Asked here, because the parser has forgotten it once the answer is whole.
        self._is_kept = parser.should_keep_alive()
        if self._is_foreign or not (self._is_kept or parser.get_http_version() in VERSIONS):
            raise httpx.RemoteProtocolError("of a version or a transfer-encoding that was not asked for")
        self.status, self.is_begun = status, True
        self.is_whole = self._has_no_body
        self.wake()

    def on_body(self, piece: bytes) -> None:
        if self.is_whole:
            self.is_surplus = True
            return
        self.fruitless_bytes = 0
        self._pieces.append(piece)
        self.buffered_bytes += len(piece)
        if self._waiter is not None and self._take is None:
            self.wake()

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim = False
        else:
            self.is_whole = True

    def _reads(self) -> httptools.HttpResponseParser:
        if self._parser is None:
            raise RuntimeError("the answer was let go of")
        return self._parser

    def _learn_framing(self, name: bytes, value: bytes) -> None:
        if name == b"content-length":
            self._is_framed = True
        elif name == b"transfer-encoding":
            self._is_framed = True
            self._is_foreign = value.lower() != b"chunked"

    # What a reader does with it

    def __aiter__(self) -> "Answer":
        return self

    async def __anext__(self) -> bytes:
        """What has come since the last one, in one piece."""
        while not self._pieces:
            self.raise_fault()
            if self._connection is None:
                raise StopAsyncIteration
            self._connection.expect_body()
            await self.wait()
        return self.taken()

    async def flow(self, take: Callable[[bytes], bool]) -> bool:
        """Hands what comes to `take` at once, in the event loop's own turn: True at the end, False as soon as `take`
        wants no more. Raises what `take` raises, and why the answer broke off."""
        while True:
            if self._pieces and not take(self.taken()):
                return False
            self.raise_fault()
            if self._connection is None:
                return True
            self._connection.expect_body()
            self._take = take
            try:
                await self.wait()
            finally:
                is_held, self._take = self._take is None, None
            if is_held:
                return False

    def deliver(self) -> None:
        """What has just come, to whoever takes it at once."""
        take, waiter, connection = self._take, self._waiter, self._connection
        if take is None or waiter is None or connection is None or waiter.done() or not self._pieces:
            return
        try:
            goes_on = take(self.taken())
        except Exception as fault:  # noqa: BLE001 - it is for whoever waits, and no business of the connection's
            connection.expect_nothing()
            waiter.set_exception(fault)
            return
        if goes_on:
            connection.expect_body()
        else:
            connection.expect_nothing()
            self._take = None
            self.wake()

    def taken(self) -> bytes:
        """What has come since the last time, which may be nothing."""
        pieces, self._pieces = self._pieces, []
        was_full, self.buffered_bytes = self.buffered_bytes > BUFFERED_BYTES_MAX, 0
        if was_full and self._connection is not None:
            self._connection.resume()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def aclose(self) -> None:
        """Closes the connection too, unless the answer has come whole."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abandon()
        self._pieces.clear()
        self.let_go(httpx.StreamClosed)
