"""One NewAPI over HTTP: a call, sent once, and its reply.

This is the hot path: what is sent is written out here and handed to the transport as bytes, without an httpx object
between (docs/decisions/0014-a-transport-of-our-own.md tells what those cost).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import httpx
import msgspec

from deepspace_adapters.newapi.errors import UNREADABLE, error_inside, error_of_answer, raise_transport_fault
from deepspace_adapters.newapi.transport import (
    CHUNKED,
    Answer,
    Header,
    Http1Transport,
    Origin,
    Timeouts,
    WireRequest,
    closed,
    opening_of,
    origin_of,
)
from deepspace_core.channels import Channel
from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_core.pipeline import Take, UpstreamCut, UpstreamFailed, UpstreamReply, UpstreamRequest, UpstreamSilent

PROBE_SECONDS_MAX = 10.0
MODELS_BYTES_MAX = 4 * 1024 * 1024
ERROR_BYTES_MAX = 64 * 1024
ANSWER_BYTES_MAX = 64 * 1024 * 1024
TARGETS_MAX = 64
"""How many paths are remembered with what goes before every call of theirs; those of routes that are passed through
have no number."""
PEEKED_BYTES_MAX = 64 * 1024
"""How much of a stream is read in search of its first event before it is believed to be none."""

_OK = 200
_SUCCESS = range(200, 300)
_EVENT_STREAM = "text/event-stream"
_JSON = "application/json"
_LENGTHS_HEARD = frozenset(map(len, (b"content-type", b"x-oneapi-request-id", b"x-request-id", b"retry-after")))
"""Spares the other headers a look."""
Bytes = TypeVar("Bytes", bytes, bytearray)


class _Listed(msgspec.Struct):
    data: list[msgspec.Raw] | None = None


_list_decoder = msgspec.json.Decoder(_Listed)


@dataclass(frozen=True, slots=True)
class NewApiSettings:
    """Where NewAPI is, and how long it may take. Seconds."""

    base_url: str
    """Up to and with `/v1`."""
    api_key: str
    connect_timeout_seconds: float
    first_byte_timeout_seconds: float
    idle_timeout_seconds: float

    def __repr__(self) -> str:
        return f"NewApiSettings(base_url={self.base_url!r}, api_key=…)"


@dataclass(frozen=True, slots=True)
class _Target:
    """Where calls of one method and path go, and how their heads begin."""

    origin: Origin
    opening: bytes


def make_transport() -> Http1Transport:
    """One transport for a whole process; close it with `aclose`. Keeps no cookies (they would be shared by tenants)
    and reads no proxy from the environment."""
    return Http1Transport()


class NewApiClient:
    """Sends calls to one NewAPI, each once; whether it is tried again is decided by whoever knows the others."""

    def __init__(self, settings: NewApiSettings, transport: Http1Transport) -> None:
        self._transport = transport
        self._targets: dict[tuple[str, str], _Target] = {}
        self._base = settings.base_url.rstrip("/")
        self._headers = (
            (b"host", httpx.URL(self._base).netloc),
            (b"authorization", b"Bearer " + settings.api_key.encode()),
            (b"accept-encoding", b"identity"),
            (b"user-agent", b"deepspace-gateway"),
        )
        self._timeouts = Timeouts(
            connect=settings.connect_timeout_seconds,
            write=settings.first_byte_timeout_seconds,
            first_byte=settings.first_byte_timeout_seconds,
            read=max(settings.idle_timeout_seconds, settings.first_byte_timeout_seconds),
            pool=settings.connect_timeout_seconds,
        )

    async def send(
        self, request: UpstreamRequest, *, channel: Channel | None = None, attempt: int = 1
    ) -> UpstreamReply:
        """Raises what the `Upstream` port says; `channel` and `attempt` are what the reply tells of itself."""
        try:
            target = self._target(request.method, request.path)
            answer = await self._transport.ask(_wire(request, target), target.origin, self._timeouts)
        except httpx.HTTPError as fault:
            raise_transport_fault(fault)
        reply = await _accepted(answer, request)
        reply.channel, reply.attempts = channel, attempt
        return reply

    async def count_models(self) -> int | None:
        """Asks for the upstream's list of models: how many it names, None where it names none.

        Raises what `send` raises when it is away or refuses us.
        """
        try:
            target = self._target("GET", "models")
            request = WireRequest("GET", closed(target.opening, ()), b"", 0)
            async with asyncio.timeout(PROBE_SECONDS_MAX):
                answer = await self._transport.ask(request, target.origin, self._timeouts)
                try:
                    body = await _read(answer, bytes_max=MODELS_BYTES_MAX)
                finally:
                    await answer.aclose()
        except TimeoutError as fault:
            raise_transport_fault(httpx.ReadTimeout(f"no answer within {PROBE_SECONDS_MAX} s: {fault}"))
        except httpx.HTTPError as fault:
            raise_transport_fault(fault)
        if answer.status != _OK:
            raise error_of_answer(answer.status, body)
        return _models_in(body)

    def _target(self, method: str, path: str) -> _Target:
        target = self._targets.get((method, path))
        if target is None:
            url = httpx.URL(f"{self._base}/{path}")
            target = _Target(origin_of(url), opening_of(method, url.raw_path, self._headers))
            if len(self._targets) < TARGETS_MAX:
                self._targets[method, path] = target
        return target


def _wire(request: UpstreamRequest, target: _Target) -> WireRequest:
    headers: list[Header] = [
        (b"content-type", request.content_type.encode("latin-1")),
        (b"x-request-id", request.request_id.encode()),
        (b"traceparent", request.traceparent.encode()),
        *request.headers,
    ]
    if request.upload is None:
        headers.append((b"content-length", b"%d" % len(request.body)))
        return WireRequest(request.method, closed(target.opening, headers), request.body, len(request.body))
    upload = request.upload.body(model=request.upstream_model)
    if upload.length is None:
        headers.append((b"transfer-encoding", b"chunked"))
    else:
        headers.append((b"content-length", b"%d" % upload.length))
    length = CHUNKED if upload.length is None else upload.length
    return WireRequest(request.method, closed(target.opening, headers), None, length, upload.pieces)


class NewApiReply:
    """The `UpstreamReply` port: what was peeked at comes first, then the rest as it arrives."""

    def __init__(
        self,
        answer: Answer,
        headers: "_Told",
        request: UpstreamRequest,
        *,
        peeked: bytes,
        rest: Answer | None,
    ) -> None:
        self._answer = answer
        self._peeked = peeked
        self._rest = rest
        self.attempts = 1
        self.channel: Channel | None = None
        self.model = request.model
        self.upstream_model = request.upstream_model
        self.status = answer.status
        self.content_type = headers.content_type or _JSON
        self.upstream_request_id = headers.request_id

    def chunks(self) -> AsyncIterator[bytes]:
        # Once only: whoever stopped listening and comes back for the usage goes on where the answer was left.
        peeked, self._peeked = self._peeked, b""
        return _Once(peeked) if self._rest is None else _and_rest(peeked, self._rest)

    async def flow(self, take: Take) -> bool:
        peeked, self._peeked = self._peeked, b""
        if peeked and not take(peeked):
            return False
        try:
            return self._rest is None or await self._rest.flow(take)
        except httpx.HTTPError as fault:
            raise _break_of(fault) from fault

    async def close(self) -> None:
        await self._answer.aclose()


class _Once:
    """A whole answer as an iterator of it: the event loop keeps a register of generators, which most answers can do
    without."""

    __slots__ = ("_piece",)

    def __init__(self, piece: bytes) -> None:
        self._piece = piece

    def __aiter__(self) -> "_Once":
        return self

    async def __anext__(self) -> bytes:
        piece, self._piece = self._piece, b""
        if not piece:
            raise StopAsyncIteration
        return piece


async def _and_rest(peeked: bytes, rest: Answer) -> AsyncIterator[bytes]:
    if peeked:
        yield peeked
    try:
        async for piece in rest:
            yield piece
    except httpx.HTTPError as fault:
        raise _break_of(fault) from fault


def _break_of(fault: httpx.HTTPError) -> DeepSpaceError:
    if isinstance(fault, httpx.TimeoutException):
        return UpstreamSilent("the model provider stopped sending")
    return UpstreamCut("the model provider broke off in the middle of the answer")


@dataclass(slots=True)
class _Told:
    """What an answer's head says that we listen to."""

    content_type: str = ""
    request_id: str | None = None
    retry_after: str | None = None

    @classmethod
    def by(cls, headers: Sequence[Header]) -> "_Told":
        told = cls()
        for name, value in headers:
            if len(name) not in _LENGTHS_HEARD:
                continue
            match name.lower():
                case b"content-type":
                    told.content_type = _text(value)
                case b"x-oneapi-request-id":
                    told.request_id = _text(value)
                case b"x-request-id":
                    told.request_id = told.request_id or _text(value)
                case b"retry-after":
                    told.retry_after = _text(value)
        return told


async def _accepted(answer: Answer, request: UpstreamRequest) -> NewApiReply:
    """Looks at the status and at the first event, so that an error inside a 200 becomes a real one."""
    try:
        told = _Told.by(answer.headers)
        if answer.status not in _SUCCESS:
            body = await _read(answer, bytes_max=ERROR_BYTES_MAX)
            raise error_of_answer(answer.status, body, retry_after=told.retry_after)  # noqa: TRY301
        kind = told.content_type
        may_be_other = request.any_answer or request.upload is not None
        if (request.stream or may_be_other) and kind.startswith(_EVENT_STREAM):
            return await _peeked_stream(answer, told, request)
        if request.any_answer and not kind.startswith(_JSON):
            _refuse_page(kind)
            return NewApiReply(answer, told, request, peeked=b"", rest=answer)
        body = await _read(answer, bytes_max=ANSWER_BYTES_MAX)
        if error_inside(body) is not None:
            raise error_of_answer(_OK, body)  # noqa: TRY301 - the block closes the answer
        if not request.any_answer:
            _require_kind(body, request)
        return NewApiReply(answer, told, request, peeked=body, rest=None)
    except httpx.HTTPError as fault:
        await answer.aclose()
        raise_transport_fault(fault)
    except BaseException:
        await answer.aclose()
        raise


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _require_kind(body: bytes, request: UpstreamRequest) -> None:
    """An answer of another kind than was asked for has no usage that a meter could find: it must not go out free, nor
    must a proxy's page of HTML be billed as an answer."""
    if request.stream or not body.lstrip().startswith(b"{"):
        raise UpstreamFailed(
            "the model provider's answer is not of the kind that was asked for; try again", retry_after_seconds=1
        )


def _refuse_page(kind: str) -> None:
    if kind.startswith("text/html"):
        raise UpstreamFailed("the model provider answered with a page for people; try again", retry_after_seconds=1)


async def _peeked_stream(answer: Answer, told: _Told, request: UpstreamRequest) -> NewApiReply:
    head = b""
    while len(head) < PEEKED_BYTES_MAX:
        piece = await anext(answer, None)
        if piece is None:
            break
        head += piece
        event = _first_event(head)
        if event is not None:
            if error_inside(event) is not None:
                raise error_of_answer(_OK, event)
            return NewApiReply(answer, told, request, peeked=head, rest=answer)
    if not head.strip():
        raise UpstreamFailed("the model provider ended the stream before it began; try again", retry_after_seconds=1)
    return NewApiReply(answer, told, request, peeked=head, rest=answer)


def _first_event(head: bytes) -> bytes | None:
    """The data of the first event that has any, or None while it isn't whole. Comments don't count."""
    for line in head.splitlines(keepends=True):
        if line.startswith(b"data:") and line.endswith(b"\n"):
            return line[5:].strip()
    return None


async def _read(answer: Answer, *, bytes_max: int) -> bytes:
    if answer.is_whole:  # the usual: all of it came at once
        return _bounded(answer.taken(), bytes_max)
    body = bytearray()
    async for piece in answer:
        body += piece
        _bounded(body, bytes_max)
    return bytes(body)


def _bounded(body: Bytes, bytes_max: int) -> Bytes:
    if len(body) > bytes_max:
        raise UpstreamFailed(f"the model provider's answer is larger than {bytes_max} bytes")
    return body


def _models_in(body: bytes) -> int | None:
    try:
        listed = _list_decoder.decode(body).data
    except UNREADABLE:
        return None
    return None if listed is None else len(listed)
