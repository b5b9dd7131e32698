"""One connection to one origin: writes a request, reads its answer, keeps the time, goes back to the pool.

One timer a connection keeps all times: a wait notes until when it may last, and the timer, which is set once in such a
span, looks whether anybody has waited too long. A request therefore pays for no timer of its own.
"""

import asyncio
import select
from dataclasses import dataclass
from typing import Protocol, cast

import httpx

from deepspace_adapters.newapi.transport.answer import BUFFERED_BYTES_MAX, Answer
from deepspace_adapters.newapi.transport.wire import WireRequest, framed

JOINED_BYTES_MAX = 16 * 1024
"""A body up to here is copied behind its head, so that both are one write; a larger one is handed over as it is."""
CLOCK_SECONDS = 0.002
"""How much the event loop's clock may be behind."""


class StaleConnection(httpx.RemoteProtocolError):
    """A kept connection was closed before the first byte of an answer. The server may have closed it while the request
    was on its way, which is likely, or after it had begun to work on it: only the caller knows whether to ask again."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; None is no limit. `first_byte` is from the request's end to the answer's head, `read` between pieces."""

    connect: float | None
    first_byte: float | None
    read: float | None
    write: float | None
    pool: float | None

    @classmethod
    def of(cls, request: httpx.Request) -> "Timeouts":
        """httpx's own four, and `first_byte` beside them, which is `read` where it is not given."""
        given = request.extensions.get("timeout") or {}
        read = given.get("read")
        return cls(
            connect=given.get("connect"),
            first_byte=given.get("first_byte", read),
            read=read,
            write=given.get("write"),
            pool=given.get("pool"),
        )


NO_LIMITS = Timeouts(connect=None, first_byte=None, read=None, write=None, pool=None)


class Owner(Protocol):
    """Whoever keeps connections."""

    def released(self, connection: "Connection") -> None:
        """It is free for another request."""
        ...

    def gone(self, connection: "Connection") -> None:
        """It is closed. Told once."""
        ...


class Connection(asyncio.Protocol):
    """A socket that carries one request at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._owner: Owner | None = None
        self._answer: Answer | None = None
        self._timeouts = NO_LIMITS
        self._is_request_sent = False
        self._is_used = False
        self._is_writing_paused = False
        self._deadline: float | None = None
        self._late: type[httpx.TimeoutException] = httpx.ReadTimeout
        self._timer: asyncio.TimerHandle | None = None
        self.is_closed = False
        self.idle_since = 0.0

    # The pool's side

    def adopt(self, owner: Owner) -> None:
        """From now on `owner` is told what becomes of it. Raises httpx.ConnectError when it is closed already."""
        if self.is_closed:
            raise httpx.ConnectError("the server closed the connection at once")
        self._owner = owner

    def is_fit(self, *, idle_seconds_max: float) -> bool:
        """Whether a request may be written: nothing has come since the last answer, not even the end of it all."""
        is_young = self._loop.time() - self.idle_since < idle_seconds_max
        return is_young and not self.is_closed and not self._transport.is_closing() and not self._poll.poll(0)

    def close(self) -> None:
        """At once, whatever is under way."""
        self._shut(httpx.ReadError("the connection was closed"))

    async def ask(self, wire: WireRequest, timeouts: Timeouts) -> Answer:
        """The answer, its head read and its body to come. Raises httpx.TransportError; then it is closed already."""
        answer = self._answer = Answer(self, self._loop, has_no_body=wire.has_bodyless_answer)
        self._timeouts, self._is_request_sent = timeouts, False
        try:
            if wire.body is None:
                await self._write_stream(wire, answer)
            else:
                self._write(wire.head, wire.body)
            if self._is_writing_paused:
                await self._drained(answer)
            while not answer.is_begun:
                await self._wait(answer, timeouts.first_byte, httpx.ReadTimeout)
        except BaseException:
            self.close()
            raise
        return answer

    def _write(self, head: bytes, body: bytes) -> None:
        if len(body) <= JOINED_BYTES_MAX:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        self._is_request_sent = True

    async def _write_stream(self, wire: WireRequest, answer: Answer) -> None:
        if wire.stream is None:
            raise httpx.LocalProtocolError("the body is neither given nor streamed")
        self._transport.write(wire.head)
        async for piece in framed(wire.stream, wire.length):
            answer.raise_fault()
            if answer.is_begun:
                return  # it is refused before it is whole; what is left need not be sent
            self._transport.write(piece)
            await self._drained(answer)
        self._is_request_sent = True

    async def _drained(self, answer: Answer) -> None:
        """Until there is room for more, or an answer that has not waited for it."""
        while self._is_writing_paused and not answer.is_begun:
            await self._wait(answer, self._timeouts.write, httpx.WriteTimeout)

    async def _wait(self, answer: Answer, seconds: float | None, late: type[httpx.TimeoutException]) -> None:
        answer.raise_fault()
        self._expect(seconds, late)
        await answer.wait()
        answer.raise_fault()

    # The answer's side

    def expect_body(self) -> None:
        self._expect(self._timeouts.read, httpx.ReadTimeout)

    def expect_nothing(self) -> None:
        self._deadline = None

    def resume(self) -> None:
        self._transport.resume_reading()

    def abandon(self) -> None:
        self.close()

    # The event loop's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class, which does not say so
        self._poll = select.poll()
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:
            self.close()  # nobody has asked anything
            return
        was_begun, had = answer.is_begun, answer.buffered_bytes
        try:
            answer.feed(data)
        except httpx.RemoteProtocolError as fault:
            self._shut(fault)
            return
        answer.deliver()
        if answer.is_whole:
            self._finish(answer)
        elif answer.buffered_bytes > had or answer.is_begun > was_begun:
            self._deadline = None  # time runs again from when somebody waits for more
            if answer.buffered_bytes > BUFFERED_BYTES_MAX:
                self._transport.pause_reading()

    def eof_received(self) -> None:
        if self._answer is not None and self._answer.ended():
            self._finish(self._answer)
        else:
            self._shut(self._cut(None))

    def connection_lost(self, exc: Exception | None) -> None:
        self._shut(self._cut(exc))

    def pause_writing(self) -> None:
        self._is_writing_paused = True

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        if self._answer is not None:
            self._answer.wake()

    # Time

    def _expect(self, seconds: float | None, late: type[httpx.TimeoutException]) -> None:
        if seconds is None:
            self._deadline = None
            return
        self._late = late
        deadline = self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > deadline:
            self._set_timer(deadline)

    def _set_timer(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline + CLOCK_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._set_timer(self._deadline)
        else:
            self._shut(self._late("the model provider took too long"))

    # Its end

    def _finish(self, answer: Answer) -> None:
        """The answer is whole. Whoever reads it has what it needs; the connection may go on."""
        was_full = answer.buffered_bytes > BUFFERED_BYTES_MAX
        self._answer, self._deadline = None, None
        answer.let_go()
        is_sent = self._is_request_sent and not self._transport.get_write_buffer_size()
        if self._owner is None or not (is_sent and answer.keeps_alive) or self._transport.is_closing():
            self.close()
            return
        if was_full:
            self._transport.resume_reading()
        self._is_used, self.idle_since = True, self._loop.time()
        self._owner.released(self)

    def _shut(self, fault: Exception) -> None:
        if self.is_closed:
            return
        self.is_closed, self._deadline = True, None
        if self._timer is not None:
            self._timer.cancel()
        self._transport.abort()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.let_go(fault)
        if self._owner is not None:
            self._owner.gone(self)

    def _cut(self, exc: Exception | None) -> Exception:
        """What it means for the request under way that the connection is lost."""
        answer = self._answer
        if answer is None or answer.is_begun:
            return httpx.RemoteProtocolError("the server closed the connection before its answer was whole")
        if self._is_used and not answer.is_heard:
            return StaleConnection("the server closed a kept connection instead of answering")
        if exc is not None and not self._is_request_sent:
            return httpx.WriteError(f"the connection broke while the request was being sent: {exc}")
        return httpx.RemoteProtocolError("the server closed the connection without an answer")
