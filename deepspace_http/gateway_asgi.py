"""The hot path: raw ASGI handlers that turn a request into an exchange and run it through the pipeline.

They stand under Litestar's routing but outside its handler machinery, which costs a hundred microseconds a request.
Whatever goes wrong is answered here in the one error shape: with a status while nothing has been sent, inside the
stream afterwards.
"""

from collections.abc import Coroutine, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, TypeAlias

from litestar.types import HTTPScope, Receive, Send

from deepspace_adapters.newapi.form import FormScanner, boundary_of, read_form
from deepspace_core.audit import RequestLogWriter
from deepspace_core.identity import Secret
from deepspace_core.kernel.errors import DeepSpaceError, Unavailable
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.pipeline import (
    TRAITS,
    CallLog,
    ClientGone,
    Exchange,
    ModelRequest,
    PassedRoute,
    Pipeline,
    RequestReader,
    Route,
    methods_of,
    passed_route,
    read_key,
)
from deepspace_http.address import Network, client_address_text
from deepspace_http.body import BodyTooLarge, ContentTypeRefused, content_type, declared_length, require_json
from deepspace_http.call_traces import TellCall
from deepspace_http.cycle import PROMPT, Cycle
from deepspace_http.error_shapes import ErrorShape, shape_of
from deepspace_http.errors import INVALID, ErrorAnswer, describe
from deepspace_http.gateway_client import AsgiClient, limit_headers
from deepspace_http.gateway_metrics import observe_call, observe_under_way
from deepspace_http.headers import SEVERAL, Headers
from deepspace_http.trace import RequestTrace
from deepspace_http.upload import FormUpload

UNREAD = ModelRequest(model="", stream=False, usage_wanted=False, output_tokens_max=None, choices=1)
"""Stands for the request of a body that could not be read, so that its refusal is logged like any other."""
BODIES_BYTES_MAX = 512 * 1024 * 1024
"""Of all bodies that one process holds at once. Who calls is found out after the body has been read, and a thousand
strangers with the largest body each would need more memory than there is."""
FORWARDED = frozenset({b"anthropic-version", b"anthropic-beta", b"openai-beta"})
"""The headers of clients that mean something to a provider; all others end here."""
Forwarded: TypeAlias = tuple[tuple[bytes, bytes], ...]
_new_secret = maker_of(Secret)
_BEARER = b"bearer "
_PASSTHROUGH = Route.PASSTHROUGH  # found once, as kernel/making.py says


class AnswerCut(Exception):
    """An answer that has no events broke off after it had begun: all that can be done is to cut the connection."""


@dataclass(slots=True)
class Gateway:
    """Everything that a call needs, and the count of calls under way."""

    pipeline: Pipeline
    read_request: RequestReader
    call_log: CallLog
    request_logs: RequestLogWriter
    clock: Clock
    ids: IdSource
    body_bytes_max: int
    upload_bytes_max: int
    calls_max: int
    trusted_proxies: Sequence[Network] = ()
    passed_routes: Sequence[PassedRoute] = ()
    tell_call: TellCall | None = None
    under_way: int = field(default=0, init=False)
    bodies_bytes: int = field(default=0, init=False)
    _keyless: Pipeline = field(init=False)
    """The way of a call without an idempotency key, which pays nothing for there being such a thing."""

    def __post_init__(self) -> None:
        self._keyless = self.pipeline.without("idempotency")

    def answer(self, route: Route, scope: HTTPScope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        """Answers one request, whatever happens."""
        # No coroutine of its own: each passes on every waking of all that it waits for.
        trace: RequestTrace = scope["state"]["trace"]
        shape = shape_of(route)
        if scope["method"] != "POST":
            return _refuse(send, trace.trace_id, _wrong_method(scope, ["POST"]), shape)
        client = AsgiClient(receive, send, more_headers=shape.headers(trace.trace_id), sender=_sender_of(scope))
        return self._answer(self._exchange(route, scope, trace, client), scope, receive, send)

    async def pass_through(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answers a request to a route that is on the list of those that are passed through."""
        trace: RequestTrace = scope["state"]["trace"]
        path, method = scope["raw_path"].decode("latin-1").removeprefix("/v1/"), scope["method"]
        route = passed_route(self.passed_routes, method=method, path=path)
        if route is None:
            methods = methods_of(self.passed_routes, path)
            refusal = _wrong_method(scope, methods) if methods else _no_such_route(scope)
            await _refuse(send, trace.trace_id, refusal, shape_of(_PASSTHROUGH))
            return
        client = AsgiClient(receive, send, sender=_sender_of(scope))
        exchange = self._exchange(_PASSTHROUGH, scope, trace, client)
        query = scope["query_string"].decode("latin-1")
        exchange.method, exchange.path = method, f"{path}?{query}" if query else path
        exchange.content_type = content_type(_headers_of(scope)) or exchange.content_type
        exchange.request = replace(UNREAD, model=route.model)
        await self._answer(exchange, scope, receive, send)

    async def _answer(self, exchange: Exchange, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers = _headers_of(scope)
        self.under_way += 1
        observe_under_way(self.under_way)
        try:
            self._require_room()
            exchange.idempotency_key = _idempotency_key(headers)
            if TRAITS[exchange.route].is_form:
                await self._run_form(exchange, headers, receive)
            else:
                await self._read(exchange, headers, receive)
                await self._through(exchange)
        except ClientGone:
            pass  # nobody is left to be told; what was held is settled, and the log says 499
        except DeepSpaceError as fault:
            await self._fail(exchange, fault, send)
        except Exception:
            _client_of(exchange).status = HTTPStatus.INTERNAL_SERVER_ERROR
            raise
        finally:
            self.under_way -= 1
            observe_under_way(self.under_way)
            self.bodies_bytes -= len(exchange.body)
            self._finished(exchange, scope["state"]["trace"])

    def _require_room(self) -> None:
        if self.under_way > self.calls_max:
            raise Unavailable(
                f"this gateway has {self.calls_max} calls under way, its maximum; try again", retry_after_seconds=1
            )

    async def _read(self, exchange: Exchange, headers: Headers, receive: Receive) -> None:
        """The body, and what is asked in it: all that has to be known before the call goes its way."""
        if exchange.route is _PASSTHROUGH:
            if exchange.method == "GET":
                exchange.idempotency_key = None  # asked again, it shall be answered anew
            exchange.body = await self._body(headers, receive)
            return
        require_json(headers)
        exchange.body = await self._body(headers, receive)
        exchange.request = self.read_request(exchange.route, exchange.body)
        if exchange.request.stream:
            _client_of(exchange).become_stream()

    def _through(self, exchange: Exchange) -> Coroutine[Any, Any, None]:
        pipeline = self._keyless if exchange.idempotency_key is None else self.pipeline
        return pipeline.run(exchange)

    async def _run_form(self, exchange: Exchange, headers: Headers, receive: Receive) -> None:
        kind = content_type(headers)
        boundary = boundary_of(kind)
        if boundary is None:
            told = kind[:100] or "absent"
            raise ContentTypeRefused(
                f"content-type must be multipart/form-data with a boundary, not {told!r}", param="content-type"
            )
        length = declared_length(headers)
        with closing(FormUpload(receive, FormScanner(boundary), self.upload_bytes_max, length)) as upload:
            upload.check_length()
            await upload.open(whole=exchange.idempotency_key is not None)
            exchange.request = read_form(exchange.route, upload.form, bytes_total=upload.bytes_total)
            exchange.upload, exchange.content_type = upload, kind
            await self._through(exchange)

    def _finished(self, exchange: Exchange, trace: RequestTrace) -> None:
        _client_of(exchange).close()
        observe_call(exchange)
        if not exchange.logged:
            status = exchange.client.status
            self.request_logs.write(self.call_log.log(exchange, status=status, error=exchange.fault))
        if self.tell_call is not None:
            took_nanos = self.clock.monotonic_nanos() - exchange.began_nanos
            self.tell_call(exchange, trace, exchange.client.status, took_nanos)

    def _exchange(self, route: Route, scope: HTTPScope, trace: RequestTrace, client: AsgiClient) -> Exchange:
        headers, peer = _headers_of(scope), scope.get("client")
        address = client_address_text(peer[0], scope["headers"], trusted=self.trusted_proxies) if peer else None
        agent = headers.get(b"user-agent")
        return Exchange(  # by place: a class takes each keyword through a dictionary
            self.ids.uuid(),
            trace.trace_id,
            trace.request_id,
            trace.traceparent,
            route,
            self.clock.now(),
            self.clock.monotonic_nanos(),
            b"",
            UNREAD,
            client,
            address,
            None if agent is None else agent.decode("latin-1"),
            _secret(headers),
            () if FORWARDED.isdisjoint(headers) else _forwarded(headers),
        )

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        if (declared_length(headers) or 0) > self.body_bytes_max:
            raise self._too_large()
        pieces: list[bytes] = []
        bytes_read, more = 0, True
        try:
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    raise ClientGone  # noqa: TRY301 - the block gives back what was counted
                bytes_read += len(message["body"])
                self.bodies_bytes += len(message["body"])
                self._check_size(bytes_read)
                pieces.append(message["body"])
                more = message.get("more_body", False)
        except BaseException:
            self.bodies_bytes -= bytes_read
            raise
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _check_size(self, bytes_read: int) -> None:
        if bytes_read > self.body_bytes_max:
            raise self._too_large()
        if self.bodies_bytes > BODIES_BYTES_MAX:
            raise Unavailable("this gateway holds as many requests as it can; try again", retry_after_seconds=1)

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"the request body is larger than {self.body_bytes_max} bytes; send less, or have the operator raise "
            "DEEPSPACE_BODY_BYTES_MAX"
        )

    async def _fail(self, exchange: Exchange, fault: DeepSpaceError, send: Send) -> None:
        exchange.fault = fault
        client, shape = _client_of(exchange), shape_of(exchange.route)
        answer = describe(fault)
        try:
            if client.started and not client.takes_events:
                raise AnswerCut(fault.message) from fault
            if client.started:
                await client.send(shape.event(answer, exchange.trace_id))
                await client.finish()
            else:
                client.status = answer.status
                limits = limit_headers(exchange.verdict.states) if exchange.verdict else []
                await _refuse(send, exchange.trace_id, answer, shape, limits)
        except ClientGone:
            return


def _sender_of(scope: HTTPScope) -> Cycle | None:
    """Our own server's side of the request, where it is our own server."""
    found = (scope.get("extensions") or {}).get(PROMPT)
    return found if isinstance(found, Cycle) else None


def _client_of(exchange: Exchange) -> AsgiClient:
    if not isinstance(exchange.client, AsgiClient):
        raise TypeError("the gateway runs exchanges over ASGI only")
    return exchange.client


async def _refuse(
    send: Send,
    trace_id: TraceId,
    answer: ErrorAnswer,
    shape: ErrorShape,
    more_headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    body = shape.encode(answer, trace_id)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers.items()),
        *shape.headers(trace_id),
        *more_headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _path_of(scope: HTTPScope) -> str:
    """As it came: below a mount, `path` is what is left of it."""
    return scope["raw_path"].decode("latin-1")[:200]


def _no_such_route(scope: HTTPScope) -> ErrorAnswer:
    told = f"there is no {scope['method']} {_path_of(scope)}; /openapi.json lists what there is"
    return ErrorAnswer(HTTPStatus.NOT_FOUND, INVALID, "not_found", told)


def _wrong_method(scope: HTTPScope, allowed: Sequence[str]) -> ErrorAnswer:
    return ErrorAnswer(
        HTTPStatus.METHOD_NOT_ALLOWED,
        INVALID,
        "method_not_allowed",
        f"{scope['method']} {_path_of(scope)} is not allowed; this path takes {', '.join(allowed)}",
        headers={"allow": ", ".join(allowed)},
    )


def _headers_of(scope: HTTPScope) -> Headers:
    headers: Headers = scope["state"]["headers"]
    return headers


def _secret(headers: Headers) -> Secret | None:
    """The API key of `Authorization: Bearer`, else of `x-api-key`."""
    told = headers.get(b"authorization", b"")
    if told[:7].lower() == _BEARER:
        return _new_secret(told[7:].strip().decode("latin-1"))
    other = headers.get(b"x-api-key")
    return None if other is None else _new_secret(other.strip().decode("latin-1"))


def _forwarded(headers: Headers) -> Forwarded:
    return tuple((name, value) for name, value in headers.items() if name in FORWARDED)


def _idempotency_key(headers: Headers) -> str | None:
    told = headers.get(b"idempotency-key")
    return None if told is None else read_key([key.decode("latin-1") for key in told.split(SEVERAL)])
