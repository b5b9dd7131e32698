"""Requests to the outside, and to nowhere else.

A name is resolved once, every address it has is judged, and the connection goes to an address that was judged: nobody
can answer the check with one address and the connection with another (DNS rebinding). The URL keeps the name, so Host,
SNI and the certificate's check are what they would be without a guard. One refused address refuses the name.

Redirects are followed only when asked for, each through the same gate. No proxy of the environment is used, no cookie
kept, no connection shared between two requests, nothing decompressed (so nothing can swell), and all of it is bounded.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
from httpcore import SOCKET_OPTION, AsyncConnectionPool, AsyncNetworkBackend, AsyncNetworkStream

from deepspace_adapters.outgoing.addresses import Address, Network, is_in, is_outside, read_address
from deepspace_core.kernel.errors import OutgoingFailed, OutgoingRefused
from deepspace_core.kernel.ports.outgoing import OutgoingAnswer, OutgoingRequest

PORTS_DEFAULT = frozenset({80, 443, 8080, 8443})
DEFAULT_PORTS = {"http": 80, "https": 443}
URL_CHARACTERS_MAX = 2_000
ADDRESSES_MAX = 8
"""More addresses than any honest name has are not judged one by one: the name is refused."""
CONNECTIONS_TRIED_MAX = 2
CONNECT_SECONDS_MAX = 5.0
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SAFE_METHODS = frozenset({"GET", "HEAD"})
OWN_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""What is said to one host is not said to the next that it points to."""

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[Address]]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OutgoingRules:
    """What a deployment allows. In `allowed` networks any port and plain http may be used; elsewhere https, `ports`."""

    allowed: Sequence[Network] = ()
    ports: frozenset[int] = PORTS_DEFAULT
    plain_http: bool = False


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Every address of a name, as the system resolves it. Raises OSError when it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(read_address(str(one[4][0])) for one in found))


@dataclass(frozen=True, slots=True)
class GuardedOutgoing:
    """The `Outgoing` port."""

    rules: OutgoingRules = field(default_factory=OutgoingRules)
    resolve: Resolve = resolve
    tls: ssl.SSLContext | None = None

    def check(self, url: str) -> None:
        _split(url)

    async def send(self, request: OutgoingRequest) -> OutgoingAnswer:
        try:
            async with asyncio.timeout(request.seconds_max):
                return await self._follow(request)
        except TimeoutError as fault:
            raise OutgoingFailed(f"no whole answer within {request.seconds_max:g} seconds", reason="timeout") from fault

    async def _follow(self, request: OutgoingRequest) -> OutgoingAnswer:
        url, method, headers, body = request.url, request.method, dict(request.headers), request.body
        for _ in range(request.redirects_max + 1):
            answer = await self._ask(url, method, headers, body, bytes_max=request.answer_bytes_max)
            target = answer.headers.get("location")
            if answer.status not in REDIRECTS or target is None or request.redirects_max == 0:
                return answer
            following = urljoin(url, target)
            if _origin(following) != _origin(url):
                headers = {name: value for name, value in headers.items() if name.lower() not in OWN_HEADERS}
            if answer.status in {301, 302, 303} and method not in SAFE_METHODS:
                method, body = "GET", b""
            url = following
        raise OutgoingFailed(f"more than {request.redirects_max} redirects", reason="redirects")

    async def _ask(
        self, url: str, method: str, headers: dict[str, str], body: bytes, *, bytes_max: int
    ) -> OutgoingAnswer:
        parts = _split(url)
        backend = _GuardedBackend(self.rules, self.resolve, scheme=parts.scheme)
        limits = {"connect": CONNECT_SECONDS_MAX}
        given = [(name.encode(), value.encode()) for name, value in _headers(parts, headers, body).items()]
        pool = AsyncConnectionPool(
            ssl_context=self.tls,
            max_keepalive_connections=0,
            network_backend=backend,
            retries=0,
        )
        try:
            async with (
                pool,
                pool.stream(method, url, headers=given, content=body or None, extensions={"timeout": limits}) as answer,
            ):
                found, is_cut = await _read(answer.aiter_stream(), bytes_max=bytes_max)
                told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                return OutgoingAnswer(answer.status, told, found, is_cut)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as fault:
            raise OutgoingFailed(
                f"no answer: {str(fault) or type(fault).__name__}", reason=type(fault).__name__
            ) from fault


class _GuardedBackend(AsyncNetworkBackend):
    """Connects to addresses that were judged, never to names."""

    def __init__(self, rules: OutgoingRules, resolve_name: Resolve, *, scheme: str) -> None:
        self._rules = rules
        self._resolve = resolve_name
        self._scheme = scheme
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        addresses = await self._judged(host, port)
        fault: Exception | None = None
        for address in addresses[:CONNECTIONS_TRIED_MAX]:
            try:
                return await self._inner.connect_tcp(
                    str(address),
                    port,
                    timeout=timeout,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                fault = failed
        raise fault or httpcore.ConnectError("the name has no address")

    async def _judged(self, host: str, port: int) -> Sequence[Address]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as fault:
            raise httpcore.ConnectError("the name can't be resolved") from fault
        if len(addresses) > ADDRESSES_MAX:
            raise OutgoingRefused(f"the name has more than {ADDRESSES_MAX} addresses", param="url")
        for address in addresses:
            self._judge(host, address, port)
        return addresses

    def _judge(self, host: str, address: Address, port: int) -> None:
        if is_in(address, self._rules.allowed):
            return
        if not is_outside(address):
            # The address itself is not told: who may name a host must not learn what our resolver sees.
            log.warning("an outgoing request to %s was refused: %s is inside", host, address)
            raise OutgoingRefused(
                "the address lies in a network that requests may not go to; an operator can open it with "
                "DEEPSPACE_OUTGOING_ALLOWED_NETWORKS",
                param="url",
            )
        # Outside, a request goes to a web server and to nothing else, and nobody reads along.
        if port not in self._rules.ports:
            raise OutgoingRefused(
                f"port {port} is not one of those that requests may go to ({_listed(self._rules.ports)})", param="url"
            )
        if self._scheme != "https" and not self._rules.plain_http:
            raise OutgoingRefused("the URL must begin with https://", param="url")


def _split(url: str) -> SplitResult:
    """The URL's parts. Raises OutgoingRefused for one that can't be asked for."""
    if len(url) > URL_CHARACTERS_MAX or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise OutgoingRefused(
            f"the URL must be at most {URL_CHARACTERS_MAX} ASCII characters without spaces or backslashes", param="url"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OutgoingRefused("the URL's host or port can't be read", param="url") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise OutgoingRefused("the URL must begin with https:// and name a host", param="url")
    if "@" in parts.netloc:
        raise OutgoingRefused("the URL must not carry credentials; send them in a header", param="url")
    return parts


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = _split(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]


def _headers(parts: SplitResult, headers: dict[str, str], body: bytes) -> dict[str, str]:
    given = {name.lower(): value for name, value in headers.items()}
    return {
        **given,
        "host": parts.netloc,
        "accept-encoding": "identity",
        "connection": "close",
        **({"content-length": str(len(body))} if body else {}),
    }


async def _read(chunks: AsyncIterable[bytes], *, bytes_max: int) -> tuple[bytes, bool]:
    found = bytearray()
    async for chunk in chunks:
        found += chunk
        if len(found) > bytes_max:
            return bytes(found[:bytes_max]), True
    return bytes(found), False


def _listed(ports: frozenset[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))
