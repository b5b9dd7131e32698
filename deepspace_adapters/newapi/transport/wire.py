"""A request as it goes over the wire: its head, and the pieces of a body that is streamed.

Rules (RFC 9112, sections 6 and 11.2): a body is framed by exactly what its head says, so that no byte of it can be
taken for another request; a line break in a header is refused, never sent.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import httpx

CHUNKED: Final = -1
"""The `length` of a body that is framed in chunks."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """`body` is None where it is streamed; `length` is its length in bytes, or CHUNKED."""

    head: bytes
    body: bytes | None
    length: int
    has_bodyless_answer: bool
    """Whether the answer has no body, whatever its head says of one (HEAD)."""
    is_idempotent: bool
    """Whether sending it twice does what sending it once does (RFC 9110, section 9.2.2)."""


IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


def on_the_wire(request: httpx.Request) -> WireRequest:
    """Raises httpx.LocalProtocolError for a request that can't be sent without being taken for another."""
    lines = [b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), request.url.raw_path)]
    declared: bytes | None = None
    is_chunked = False
    for name, value in request.headers.raw:
        lines.append(b"%s: %s\r\n" % (name, value))
        match name.lower():
            case b"content-length":
                _require(declared is None, "content-length is given twice")
                declared = value
            case b"transfer-encoding":
                _require(value.strip().lower() == b"chunked", "the only transfer-encoding is chunked")
                is_chunked = True
    lines.append(b"\r\n")
    head = b"".join(lines)
    _require_clean(head, lines)
    body = _body_of(request)
    return WireRequest(
        head=head,
        body=None if is_chunked else body,
        length=_length(declared, is_chunked=is_chunked, body=body),
        has_bodyless_answer=request.method == "HEAD",
        is_idempotent=request.method in IDEMPOTENT,
    )


async def framed(stream: httpx.AsyncByteStream, length: int) -> AsyncIterator[bytes]:
    """The pieces of a streamed body as they are sent. Raises httpx.LocalProtocolError when they are not `length`."""
    if length == CHUNKED:
        async for piece in stream:
            if piece:  # an empty chunk would be the end
                yield b"%x\r\n%s\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"
        return
    left = length
    async for piece in stream:
        left -= len(piece)
        _require(left >= 0, "the body is longer than its content-length")
        yield piece
    _require(left == 0, "the body is shorter than its content-length")


def _body_of(request: httpx.Request) -> bytes | None:
    try:
        return request.content
    except httpx.RequestNotRead:
        return None


def _length(declared: bytes | None, *, is_chunked: bool, body: bytes | None) -> int:
    if is_chunked:
        _require(declared is None, "content-length and transfer-encoding exclude each other")
        return CHUNKED
    _require(declared is None or declared.isdigit(), "content-length must be a number")
    length = int(declared or 0)
    _require(body is None or len(body) == length, "the body is not as long as its content-length says")
    return length


def _require_clean(head: bytes, lines: list[bytes]) -> None:
    breaks = len(lines)
    is_clean = head.count(b"\r") == breaks and head.count(b"\n") == breaks and b"\0" not in head
    _require(is_clean and lines[0].count(b" ") == 2, "a header or the request line has a forbidden character")  # noqa: PLR2004


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise httpx.LocalProtocolError(message)
