"""The identity of one request: its trace_id and its own span in it.

Accepts and continues W3C Trace Context (level 1, section 3.2); a malformed traceparent is ignored, as the
recommendation asks, and a new trace begins.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from deepspace_adapters.logging import TRACE_ID
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.making import maker_of

_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
VERSION_00_LENGTH = 55
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
    chance = os.urandom(24).hex()  # asked once: each question is a system call
    span_id = chance[:16]
    for name, value in headers:
        if name == b"traceparent" and (match := _TRACEPARENT.fullmatch(value)) and not _overlong(value):
            return _new_trace(TraceId(match[1].decode()), span_id, match[3].decode(), match[2].decode())
    return _new_trace(TraceId(chance[16:]), span_id)


def _overlong(traceparent: bytes) -> bool:
    """Version 00 has exactly four fields; only later versions may append to them."""
    return traceparent.startswith(b"00") and len(traceparent) > VERSION_00_LENGTH
