"""HTTP/1.1 on the wire: uvicorn's httptools protocol, with the bounds and the error shape that it lacks.

A head may be HEAD_BYTES_MAX long (one read of the socket more, at most) and take HEAD_SECONDS_MAX to arrive; a body may
take BODY_SECONDS_MAX and what its length adds; and a client must take its answer. llhttp and uvicorn bound none of
these, so that a patient stranger could hold connections and memory for nothing. What can't be parsed, or comes too
slowly, is answered in the one shape, like every other error. All times are kept by one timer a connection, which looks
every LOOK_SECONDS: no request pays for them, and none is cut off early.
"""

import asyncio
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from deepspace_adapters.logging import traced
from deepspace_http.cycle import Cycle, JoinedHead
from deepspace_http.errors import INVALID, ErrorAnswer
from deepspace_http.trace import begin_trace

HEAD_BYTES_MAX = 64 * 1024
HEAD_SECONDS_MAX = 20.0
BODY_SECONDS_MAX = 60.0
BODY_BYTES_A_SECOND_MIN = 16 * 1024
"""A body gets a second more for each of these that has come: large ones arrive over slow lines, dripped ones don't."""
WRITE_SECONDS_MAX = 60.0
"""How long a client may leave a full buffer of its answer unread before it counts as gone."""
LOOK_SECONDS = 20.0

REASONS = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class BoundedProtocol(HttpToolsProtocol):
    """One connection. The head is open from the connection, or a request's first byte, to its empty line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False  # deepspace_http/edge.py writes the access log, with the route and the trace
        self._head_open = True
        self._head_bytes = 0
        self._head_began = self._idle_since = self.loop.time()
        self._body_began: float | None = None
        self._body_bytes = 0
        self._write_paused_at: float | None = None
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its parent does
        super().connection_made(transport)
        self._watch = self.loop.call_later(LOOK_SECONDS, self._look)
        self._joined = JoinedHead(transport, self.loop)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_open:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
                self._refuse(431, "header_too_large", f"the request's head is longer than {HEAD_BYTES_MAX} bytes")

    def on_message_begin(self) -> None:
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._head_open, self._head_bytes, self._head_began = True, 0, self.loop.time()

    def on_headers_complete(self) -> None:
        """As uvicorn has it, but that the scope is made when all of it is known, and the cycle is ours. What isn't here
        is never configured: WebSockets, a root path, uvicorn's own limit of connections."""
        self._head_open = False
        self._body_began, self._body_bytes = self.loop.time(), 0
        version, before = self.parser.get_http_version(), self.cycle
        cycle = self.cycle = Cycle(self, self._joined, self._scope(version), version != "1.0")
        self._joined.expect_head()
        if before is None or before.response_complete:
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def _scope(self, version: str) -> HTTPScope:
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme or "http",
            "method": self.parser.get_method().decode("ascii"),
            "root_path": "",
            "path": unquote(path) if "%" in path else path,
            "raw_path": url.path,
            "query_string": url.query or b"",
            "headers": self.headers,
            "state": self.app_state.copy(),
        }

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._body_began = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """As uvicorn has it, but for its timer: whoever asks again at once pays for none (`_check_idle`)."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        else:
            self._idle_since = self.loop.time()

    def pause_writing(self) -> None:
        self._write_paused_at = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._write_paused_at = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "invalid_http", f"this is not HTTP/1.1 that can be read: {msg}")

    def _look(self) -> None:
        """One timer a connection, not one a request: it looks again as long as the connection lasts."""
        self._check_idle()
        self._check_head()
        self._check_body()
        self._check_writing()
        if not self.transport.is_closing():
            self._watch = self.loop.call_later(LOOK_SECONDS, self._look)

    def _check_idle(self) -> None:
        is_idle = self.cycle is not None and self.cycle.response_complete and not self._head_open
        if is_idle and self.loop.time() - self._idle_since >= self.timeout_keep_alive:
            self.transport.close()

    def _check_head(self) -> None:
        if not self._head_open or self.loop.time() - self._head_began < HEAD_SECONDS_MAX:
            return
        if self._head_bytes == 0:
            self.transport.close()  # nobody has asked anything
        else:
            self._refuse(408, "request_timeout", f"the request's head took longer than {HEAD_SECONDS_MAX:g} s")

    def _check_body(self) -> None:
        if self._body_began is None:
            return
        if self.flow.read_paused:
            self._body_began = self.loop.time()  # we don't read, so the client is not to blame
        elif self.loop.time() - self._body_began >= BODY_SECONDS_MAX + self._body_bytes / BODY_BYTES_A_SECOND_MIN:
            self._refuse(
                408, "request_timeout", f"the request's body took longer than {BODY_SECONDS_MAX:g} s to arrive"
            )

    def _check_writing(self) -> None:
        if self._write_paused_at is not None and self.loop.time() - self._write_paused_at >= WRITE_SECONDS_MAX:
            self.transport.abort()

    def _refuse(self, status: int, code: str, message: str) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is not None and self.cycle.response_started and not self._head_open:
            self.transport.close()  # it has its answer, or a part of it
            return
        trace = begin_trace(())
        with traced(trace.trace_id):
            self.logger.warning("refused a connection: %s", message)
        body = ErrorAnswer(status, INVALID, code, message).encode(trace.trace_id)
        head = (
            b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n"
            b"x-trace-id: %s\r\nx-request-id: %s\r\n\r\n"
            % (status, REASONS[status], len(body), trace.trace_id.encode(), trace.request_id.encode())
        )
        self.transport.write(head + body)
        self.transport.close()
