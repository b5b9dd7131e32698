"""The identity of one request: its trace_id and its own span in it.

Accepts and continues W3C Trace Context (level 1, section 3.2); a malformed traceparent is ignored, as the
recommendation asks, and a new trace begins.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from deepspace_adapters.logging import TRACE_ID
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.making import maker_of
from deepspace_http.headers import Headers, by_name

_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
VERSION_00_LENGTH = 55
IDS_DRAWN = 128
NO_TRACE = TraceId("0" * 32)


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """`trace_id` may span many requests; `span_id` (16 hex digits) is this one's own, `parent_id` its caller's."""

    trace_id: TraceId
    span_id: str
    flags: str = "01"
    parent_id: str | None = None

    @property
    def request_id(self) -> str:
        """What the response's x-request-id says."""
        return f"req_{self.span_id}"

    @property
    def traceparent(self) -> str:
        """The header to send upstream, so that the upstream's span is a child of ours."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_new_trace = maker_of(RequestTrace)


def current_trace_id() -> TraceId:
    """The trace_id of the running request; all zeros outside any."""
    return TRACE_ID.get() or NO_TRACE


def begin_trace(headers: Iterable[tuple[bytes, bytes]]) -> RequestTrace:
    """The trace that the request's headers continue, or a new one."""
    return trace_of(by_name(headers))


def trace_of(headers: Headers) -> RequestTrace:
    """The same, for whoever has them by their names."""
    if not _drawn:
        _drawn.extend(_draw())
    span_id, trace_id = _drawn.pop()
    told = headers.get(b"traceparent")
    if told is not None and (match := _TRACEPARENT.fullmatch(told)) and not _overlong(told):
        return _new_trace(TraceId(match[1].decode()), span_id, match[3].decode(), match[2].decode())
    return _new_trace(trace_id, span_id)


_drawn: list[tuple[str, TraceId]] = []
"""Ids of spans and traces that nobody has yet. A child process draws its own."""
os.register_at_fork(after_in_child=_drawn.clear)


def _draw() -> list[tuple[str, TraceId]]:
    """As good as one by one; but each question to the operating system is a system call."""
    chance = os.urandom(IDS_DRAWN * 24).hex()
    drawn = [(chance[at : at + 16], chance[at + 16 : at + 48]) for at in range(0, len(chance), 48)]
    return cast(list[tuple[str, TraceId]], drawn)  # to name each a TraceId is a call of Python's own


def _overlong(traceparent: bytes) -> bool:
    """Version 00 has exactly four fields; only later versions may append to them."""
    return traceparent.startswith(b"00") and len(traceparent) > VERSION_00_LENGTH
