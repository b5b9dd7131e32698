"""The transport: which connection a request gets.

At most `connections_max` connections, to however many origins. The one that was free last is taken first, so that
those which are not needed grow old and are closed. Where all are taken, requests wait in turn, `waiting_max` of them
and each no longer than its `pool` timeout; a connection to another origin that nobody uses makes room at once.
"""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from deepspace_adapters.newapi.transport.answer import Answer
from deepspace_adapters.newapi.transport.connection import Connection, StaleConnection, Timeouts
from deepspace_adapters.newapi.transport.wire import WireRequest, on_the_wire

CONNECTIONS_MAX = 2_000
WAITING_MAX = 10_000
KEEPALIVE_SECONDS = 60.0
"""How long a connection is kept that nobody uses; below the 75 s after which nginx closes it from the other side."""
PORTS = {"http": 80, "https": 443}

Origin: TypeAlias = tuple[str, bytes, int, str]
"""Scheme, host, port, and the name that its certificate must bear."""


@dataclass(slots=True, eq=False)
class _Waiting:
    origin: Origin
    granted: "asyncio.Future[Connection | None]"
    """A connection to the same origin, or None for the right to open one."""


class Http1Transport(httpx.AsyncBaseTransport):
    """An httpx transport; close it with `aclose`. Made and used in one event loop.

    Timeouts come with each request, in its extension `timeout`: httpx's four, and `first_byte`.
    """

    def __init__(
        self,
        *,
        connections_max: int = CONNECTIONS_MAX,
        waiting_max: int = WAITING_MAX,
        keepalive_seconds: float = KEEPALIVE_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._connections_max = connections_max
        self._waiting_max = waiting_max
        self._keepalive_seconds = keepalive_seconds
        self._ssl_context = ssl_context
        self._taken = 0
        """Connections that are open or being opened."""
        self._open: set[Connection] = set()
        self._idle: dict[Origin, list[Connection]] = {}
        self._origins: dict[Connection, Origin] = {}
        self._waiting: deque[_Waiting] = deque()
        self._sweeper: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends it and returns as soon as the answer's head is there. Raises httpx.TransportError."""
        name = request.extensions.get("sni_hostname")
        answer = await self.ask(on_the_wire(request), origin_of(request.url, name=name), Timeouts.of(request))
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=answer,
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": answer.reason},
        )

    async def ask(self, wire: WireRequest, origin: Origin, timeouts: Timeouts) -> Answer:
        """What `handle_async_request` does, without an httpx object for each thing: those cost as much as the call.

        Close the answer. Raises httpx.TransportError.
        """
        connection = self._idle_connection(origin) or await self._connection(origin, timeouts)
        try:
            return await connection.ask(wire, timeouts)
        except StaleConnection:
            if not wire.is_idempotent or wire.body is None:
                raise
        return await self._asked_anew(wire, origin, timeouts)

    async def aclose(self) -> None:
        """Closes every connection, also those that are in use; whoever waits for one is told."""
        self._is_closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._open):
            connection.close()
        while self._waiting:
            granted = self._waiting.popleft().granted
            if not granted.done():
                granted.set_exception(httpx.PoolTimeout("the transport was closed"))
        await asyncio.sleep(0)  # a turn of the event loop, in which the sockets are closed

    # What connections tell

    def released(self, connection: Connection) -> None:
        if self._is_closed:
            connection.close()
            return
        waiting = self._next_waiting() if self._waiting else None
        origin = self._origins[connection]
        if waiting is None:
            self._idle.setdefault(origin, []).append(connection)
            self._sweep_later()
        elif waiting.origin == origin:
            waiting.granted.set_result(connection)
        else:
            self._waiting.appendleft(waiting)
            connection.close()  # and its place goes to whoever waits

    def gone(self, connection: Connection) -> None:
        self._open.discard(connection)
        origin = self._origins.pop(connection)
        idle = self._idle.get(origin)
        if idle is not None and connection in idle:
            idle.remove(connection)
        self._give_back_place()

    # Who gets one

    def _idle_connection(self, origin: Origin) -> Connection | None:
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if connection.is_fit(idle_seconds_max=self._keepalive_seconds):
                return connection
            connection.close()
        return None

    async def _connection(self, origin: Origin, timeouts: Timeouts) -> Connection:
        if self._is_closed:
            raise RuntimeError("the transport is closed")
        if self._taken >= self._connections_max:
            self._close_one_idle()
        if self._taken < self._connections_max:
            self._taken += 1
            return await self._connected(origin, timeouts)
        granted = await self._granted(origin, timeouts)
        if granted is None:
            return await self._connected(origin, timeouts)
        if granted.is_fit(idle_seconds_max=self._keepalive_seconds):
            return granted
        granted.close()
        return await self._connection(origin, timeouts)

    async def _granted(self, origin: Origin, timeouts: Timeouts) -> Connection | None:
        if len(self._waiting) >= self._waiting_max:
            raise httpx.PoolTimeout(f"{self._waiting_max} requests wait for a connection already")
        waiting = _Waiting(origin, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(timeouts.pool):
                return await waiting.granted
        except BaseException as fault:
            self._decline(waiting)
            if isinstance(fault, TimeoutError):
                raise httpx.PoolTimeout("no connection was free in time") from fault
            raise

    def _decline(self, waiting: _Waiting) -> None:
        """Whoever gave up waiting may have been granted something at the same moment."""
        granted = waiting.granted
        if not granted.done():
            granted.cancel()
            self._waiting.remove(waiting)
        elif not granted.cancelled() and granted.exception() is None:
            connection = granted.result()
            if connection is None:
                self._give_back_place()
            elif not connection.is_closed:
                self.released(connection)

    async def _connected(self, origin: Origin, timeouts: Timeouts) -> Connection:
        """Opens one in a place that has been taken for it, which it gives back when that fails."""
        scheme, host, port, name = origin
        loop = asyncio.get_running_loop()
        context = self._tls() if scheme == "https" else None
        try:
            async with asyncio.timeout(timeouts.connect):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop),
                    host.decode("ascii").strip("[]"),
                    port,
                    ssl=context,
                    server_hostname=name if context else None,
                )
            connection.adopt(self)
        except BaseException as fault:
            self._give_back_place()
            _raise_connect_fault(fault)
            raise
        self._origins[connection] = origin
        self._open.add(connection)
        return connection

    async def _asked_anew(self, wire: WireRequest, origin: Origin, timeouts: Timeouts) -> Answer:
        """On a new connection, of which nobody can say that it has grown old."""
        for connection in list(self._idle.get(origin, ())):
            connection.close()  # they are as old as the one that was closed
        connection = await self._connection(origin, timeouts)
        return await connection.ask(wire, timeouts)

    # Places

    def _give_back_place(self) -> None:
        waiting = None if self._is_closed else self._next_waiting()
        if waiting is None:
            self._taken -= 1
        else:
            waiting.granted.set_result(None)

    def _next_waiting(self) -> _Waiting | None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.granted.done():
                return waiting
        return None

    def _close_one_idle(self) -> None:
        oldest = min((idle[0] for idle in self._idle.values() if idle), key=lambda one: one.idle_since, default=None)
        if oldest is not None:
            oldest.close()

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_later(self._keepalive_seconds / 2, self._sweep)

    def _sweep(self) -> None:
        self._sweeper = None
        too_old = asyncio.get_running_loop().time() - self._keepalive_seconds
        for connection in [one for idle in self._idle.values() for one in idle if one.idle_since <= too_old]:
            connection.close()
        self._idle = {origin: idle for origin, idle in self._idle.items() if idle}
        if self._idle:
            self._sweep_later()

    def _tls(self) -> ssl.SSLContext:
        if self._ssl_context is None:
            self._ssl_context = ssl.create_default_context()
            self._ssl_context.set_alpn_protocols(["http/1.1"])
        return self._ssl_context


def origin_of(url: httpx.URL, *, name: str | None = None) -> Origin:
    """Whom to connect to for `url`; `name` is the name its certificate must bear, where that is not the host's.

    Raises httpx.UnsupportedProtocol.
    """
    scheme, host = url.scheme, url.raw_host
    if scheme not in PORTS or not host:
        raise httpx.UnsupportedProtocol(f"the address must begin with http:// or https://, not {scheme!r}")
    return scheme, host, url.port or PORTS[scheme], name or host.decode("ascii")


def _raise_connect_fault(fault: BaseException) -> None:
    if isinstance(fault, TimeoutError):
        raise httpx.ConnectTimeout("no connection in time") from fault
    if isinstance(fault, OSError | UnicodeError):
        raise httpx.ConnectError(str(fault) or type(fault).__name__) from fault
