"""One NewAPI over HTTP: a call, sent once, and its reply.

`httpx.Request` goes straight to a shared transport: `AsyncClient` costs 150-200 µs a request over a free transport
and httpcore scans its whole pool at each (docs/decisions/0014-a-transport-of-our-own.md), and this is the hot path.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import msgspec

from deepspace_adapters.newapi.errors import UNREADABLE, error_inside, error_of_answer, raise_transport_fault
from deepspace_adapters.newapi.transport import Http1Transport
from deepspace_core.channels import Channel
from deepspace_core.pipeline import UpstreamCut, UpstreamFailed, UpstreamReply, UpstreamRequest, UpstreamSilent

PROBE_SECONDS_MAX = 10.0
MODELS_BYTES_MAX = 4 * 1024 * 1024
ERROR_BYTES_MAX = 64 * 1024
ANSWER_BYTES_MAX = 64 * 1024 * 1024
URLS_MAX = 64
"""How many paths are remembered as URLs; those of routes that are passed through have no number."""
PEEKED_BYTES_MAX = 64 * 1024
"""How much of a stream is read in search of its first event before it is believed to be none."""

_OK = 200
_EVENT_STREAM = "text/event-stream"
_JSON = "application/json"


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


def make_transport() -> httpx.AsyncBaseTransport:
    """One transport for a whole process; close it with `aclose`. Keeps no cookies (they would be shared by tenants)
    and reads no proxy from the environment."""
    return Http1Transport()


class NewApiClient:
    """Sends calls to one NewAPI, each once; whether it is tried again is decided by whoever knows the others."""

    def __init__(self, settings: NewApiSettings, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self._urls: dict[str, httpx.URL] = {}
        self._base = settings.base_url.rstrip("/")
        self._headers = (
            (b"host", httpx.URL(self._base).netloc),
            (b"authorization", b"Bearer " + settings.api_key.encode()),
            (b"accept-encoding", b"identity"),
            (b"user-agent", b"deepspace-gateway"),
        )
        self._extensions = {
            "timeout": {
                "connect": settings.connect_timeout_seconds,
                "write": settings.first_byte_timeout_seconds,
                "first_byte": settings.first_byte_timeout_seconds,
                "read": max(settings.idle_timeout_seconds, settings.first_byte_timeout_seconds),
                "pool": settings.connect_timeout_seconds,
            }
        }

    async def send(
        self, request: UpstreamRequest, *, channel: Channel | None = None, attempt: int = 1
    ) -> UpstreamReply:
        """Raises what the `Upstream` port says; `channel` and `attempt` are what the reply tells of itself."""
        try:
            response = await self._transport.handle_async_request(self._wire(request))
        except httpx.HTTPError as fault:
            raise_transport_fault(fault)
        reply = await _accepted(response, request)
        reply.channel, reply.attempts = channel, attempt
        return reply

    async def count_models(self) -> int | None:
        """Asks for the upstream's list of models: how many it names, None where it names none.

        Raises what `send` raises when it is away or refuses us.
        """
        request = httpx.Request("GET", self._url("models"), headers=[*self._headers], extensions=self._extensions)
        try:
            async with asyncio.timeout(PROBE_SECONDS_MAX):
                response = await self._transport.handle_async_request(request)
                try:
                    body = await _read(response, bytes_max=MODELS_BYTES_MAX)
                finally:
                    await response.aclose()
        except TimeoutError as fault:
            raise_transport_fault(httpx.ReadTimeout(f"no answer within {PROBE_SECONDS_MAX} s: {fault}"))
        except httpx.HTTPError as fault:
            raise_transport_fault(fault)
        if response.status_code != _OK:
            raise error_of_answer(response.status_code, body)
        return _models_in(body)

    def _wire(self, request: UpstreamRequest) -> httpx.Request:
        headers = [
            *self._headers,
            (b"content-type", request.content_type.encode("latin-1")),
            (b"x-request-id", request.request_id.encode()),
            (b"traceparent", request.traceparent.encode()),
            *request.headers,
        ]
        content: bytes | AsyncIterator[bytes] = request.body
        length: int | None = len(request.body)
        if request.upload is not None:
            upload = request.upload.body(model=request.upstream_model)
            content, length = upload.pieces, upload.length
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        url = self._url(request.path)
        return httpx.Request(request.method, url, headers=headers, content=content, extensions=self._extensions)

    def _url(self, path: str) -> httpx.URL:
        url = self._urls.get(path)
        if url is None:
            url = httpx.URL(f"{self._base}/{path}")
            if len(self._urls) < URLS_MAX:
                self._urls[path] = url
        return url


class NewApiReply:
    """The `UpstreamReply` port: what was peeked at comes first, then the rest as it arrives."""

    def __init__(
        self,
        response: httpx.Response,
        request: UpstreamRequest,
        *,
        peeked: bytes,
        rest: AsyncIterator[bytes] | None,
    ) -> None:
        self._response = response
        self._peeked = peeked
        self._rest = rest
        self.attempts = 1
        self.channel: Channel | None = None
        self.model = request.model
        self.upstream_model = request.upstream_model
        self.status = response.status_code
        self.content_type = response.headers.get("content-type", "application/json")
        self.upstream_request_id = response.headers.get("x-oneapi-request-id") or response.headers.get("x-request-id")

    async def chunks(self) -> AsyncIterator[bytes]:
        # Once only: whoever stopped listening and comes back for the usage goes on where the answer was left.
        peeked, self._peeked = self._peeked, b""
        if peeked:
            yield peeked
        if self._rest is None:
            return
        try:
            async for piece in self._rest:
                yield piece
        except httpx.TimeoutException as fault:
            raise UpstreamSilent("the model provider stopped sending") from fault
        except httpx.HTTPError as fault:
            raise UpstreamCut("the model provider broke off in the middle of the answer") from fault

    async def close(self) -> None:
        try:
            await self._response.aclose()
        except httpx.HTTPError:
            return


async def _accepted(response: httpx.Response, request: UpstreamRequest) -> NewApiReply:
    """Looks at the status and at the first event, so that an error inside a 200 becomes a real one."""
    try:
        if not response.is_success:
            body = await _read(response, bytes_max=ERROR_BYTES_MAX)
            wait = response.headers.get("retry-after")
            raise error_of_answer(response.status_code, body, retry_after=wait)  # noqa: TRY301
        kind = response.headers.get("content-type", "")
        may_be_other = request.any_answer or request.upload is not None
        if (request.stream or may_be_other) and kind.startswith(_EVENT_STREAM):
            return await _peeked_stream(response, request)
        if request.any_answer and not kind.startswith(_JSON):
            _refuse_page(kind)
            return NewApiReply(response, request, peeked=b"", rest=aiter(_body_of(response)))
        body = await _read(response, bytes_max=ANSWER_BYTES_MAX)
        if error_inside(body) is not None:
            raise error_of_answer(_OK, body)  # noqa: TRY301 - the block closes the response
        if not request.any_answer:
            _require_kind(body, request)
        return NewApiReply(response, request, peeked=body, rest=None)
    except httpx.HTTPError as fault:
        await response.aclose()
        raise_transport_fault(fault)
    except BaseException:
        await response.aclose()
        raise


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


async def _peeked_stream(response: httpx.Response, request: UpstreamRequest) -> NewApiReply:
    rest = aiter(_body_of(response))
    head = b""
    while len(head) < PEEKED_BYTES_MAX:
        piece = await anext(rest, None)
        if piece is None:
            break
        head += piece
        event = _first_event(head)
        if event is not None:
            if error_inside(event) is not None:
                raise error_of_answer(_OK, event)
            return NewApiReply(response, request, peeked=head, rest=rest)
    if not head.strip():
        raise UpstreamFailed("the model provider ended the stream before it began; try again", retry_after_seconds=1)
    return NewApiReply(response, request, peeked=head, rest=rest)


def _first_event(head: bytes) -> bytes | None:
    """The data of the first event that has any, or None while it isn't whole. Comments don't count."""
    for line in head.splitlines(keepends=True):
        if line.startswith(b"data:") and line.endswith(b"\n"):
            return line[5:].strip()
    return None


async def _read(response: httpx.Response, *, bytes_max: int) -> bytes:
    body = bytearray()
    async for piece in _body_of(response):
        body += piece
        if len(body) > bytes_max:
            raise UpstreamFailed(f"the model provider's answer is larger than {bytes_max} bytes")
    return bytes(body)


def _body_of(response: httpx.Response) -> AsyncIterator[bytes]:
    """The bytes as the transport gives them: `aiter_raw` would count and re-chunk them."""
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("the transport gave a response that can't be read asynchronously")
    return aiter(stream)


def _models_in(body: bytes) -> int | None:
    try:
        listed = _list_decoder.decode(body).data
    except UNREADABLE:
        return None
    return None if listed is None else len(listed)
