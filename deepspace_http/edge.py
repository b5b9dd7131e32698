"""The outermost layer: every request gets a trace, every response its headers, every answer a metric and a log line.

Pure ASGI and one wrapper of `send`, since the hot path passes through here once a chunk. It stands outside Litestar's
own middleware because those don't see a request that no route matches.
"""

import logging
import time
from collections.abc import Awaitable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from deepspace_adapters.logging import TRACE_ID, log_access
from deepspace_http.errors import INTERNAL_MESSAGE, SERVER, ErrorAnswer
from deepspace_http.headers import by_name
from deepspace_http.metrics import UNMATCHED, observe_request
from deepspace_http.trace import RequestTrace, trace_of

log = logging.getLogger(__name__)

_HTTP = ScopeType.HTTP  # found once, as kernel/making.py says
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CONTENT_SECURITY_POLICY = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
POLICY = (b"content-security-policy", CONTENT_SECURITY_POLICY)
STRICT_TRANSPORT = b"max-age=63072000; includeSubDomains"
FIXED_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
DIRECT: Final = "direct"
"""The `opt` of a raw handler of a fixed path: what answers it, without the framework and its coroutine."""
CLIENT_GONE_STATUS = 499
"""What the log and the metrics call an answer that never began because the client left first (nginx's number)."""


class Edge:
    """Wraps the application. `secure` adds HSTS: only where the public address is https.

    `direct` are the raw handlers of fixed paths, which are called from here: the framework's way to them would change
    nothing for them but what they cost.
    """

    def __init__(self, app: ASGIApp, *, secure: bool, direct: Mapping[str, ASGIApp] = MappingProxyType({})) -> None:
        self._app = app
        self._direct = direct
        self._fixed = (*FIXED_HEADERS, (b"strict-transport-security", STRICT_TRANSPORT)) if secure else FIXED_HEADERS
        self._fixed_direct = (POLICY, *self._fixed)

    def is_direct(self, scope: Scope) -> bool:
        """Whether the request is for a direct route, so that nobody has to stand before this layer either."""
        return scope["type"] == _HTTP and scope["path"] in self._direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != _HTTP:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = by_name(scope["headers"])
        trace = trace_of(headers)
        state = scope["state"]
        state["headers"], state["trace"] = headers, trace
        token = TRACE_ID.set(trace.trace_id)
        answered = 0  # the status, once the head has been sent
        handler = self._direct.get(scope["path"])
        fixed = self._fixed if handler is None else self._fixed_direct

        def send_with_headers(message: Message) -> Awaitable[None]:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
                message["headers"] = _headers(message, fixed, trace)
            return send(message)  # no coroutine of its own: a stream passes here once a chunk

        try:
            if handler is None:
                await self._app(scope, receive, send_with_headers)
            else:
                scope["path_template"] = scope["path"]
                await handler(scope, receive, send_with_headers)
        except Exception:
            log.exception("an answer broke off", extra={"response_started": bool(answered)})
            if answered:
                raise  # the server closes the connection, which is all that can be said after the head
            await _send_internal_error(send_with_headers, trace)
        finally:
            _record(scope, answered or CLIENT_GONE_STATUS, time.perf_counter() - began)
            TRACE_ID.reset(token)


def _headers(
    start: HTTPResponseStartEvent, fixed: Sequence[tuple[bytes, bytes]], trace: RequestTrace
) -> list[tuple[bytes, bytes]]:
    headers = [
        *start.get("headers", ()),
        *fixed,
        (b"x-trace-id", trace.trace_id.encode()),
        (b"x-request-id", trace.request_id.encode()),
    ]
    # A page may bring a policy of its own; the direct routes, which are no pages, have theirs among the fixed ones.
    if fixed[0] is not POLICY and POLICY[0] not in [name for name, _ in headers]:
        headers.append(POLICY)
    return headers


async def _send_internal_error(send: Send, trace: RequestTrace) -> None:
    body = ErrorAnswer(500, SERVER, "internal_error", INTERNAL_MESSAGE).encode(trace.trace_id)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _record(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else "OTHER"  # type: ignore[typeddict-item]
    route = scope.get("path_template") or UNMATCHED
    observe_request(method=method, route=route, status=status, seconds=seconds)
    log_access(method, route, status, took_ms=int(seconds * 1e6) / 1e3)
