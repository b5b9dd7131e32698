"""A request as it goes over the wire: its head, and the pieces of a body that is streamed.

Rules (RFC 9112, sections 6 and 11.2): a body is framed by exactly what its head says, so that no byte of it can be
taken for another request; a line break in a header is refused, never sent.
"""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import httpx

CHUNKED: Final = -1
"""The `length` of a body that is framed in chunks."""

Header: TypeAlias = tuple[bytes, bytes]
_CR, _LF, _NUL = b"\r\n\0"  # as numbers, which bytes are looked through for at once


@dataclass(slots=True)
class WireRequest:
    """A head, and a body either at once or as a `stream`; `length` is its length in bytes, or CHUNKED."""

    method: str
    head: bytes
    body: bytes | None
    length: int
    stream: AsyncIterable[bytes] | None = None

    @property
    def has_bodyless_answer(self) -> bool:
        """Whether the answer has no body, whatever its head says of one."""
        return self.method == "HEAD"

    @property
    def is_idempotent(self) -> bool:
        """Whether sending it twice does what sending it once does (RFC 9110, section 9.2.2)."""
        return self.method in IDEMPOTENT


IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


def opening_of(method: str, target: bytes, headers: Sequence[Header]) -> bytes:
    """Request line and first headers, for `closed` to add the others to. Raises httpx.LocalProtocolError."""
    line = b"%s %s HTTP/1.1" % (method.encode("ascii"), target)
    _require(line.count(b" ") == 2, "the request line has a forbidden character")  # noqa: PLR2004
    _require_clean(line)
    return line + b"\r\n" + _lines_of(headers)


def closed(opening: bytes, headers: Sequence[Header]) -> bytes:
    """A whole head. Raises httpx.LocalProtocolError for a header that would be taken for two."""
    return opening + _lines_of(headers) + b"\r\n"


def on_the_wire(request: httpx.Request) -> WireRequest:
    """Raises httpx.LocalProtocolError for a request that can't be sent without being taken for another."""
    declared: bytes | None = None
    is_chunked = False
    for name, value in request.headers.raw:
        match name.lower():
            case b"content-length":
                _require(declared is None, "content-length is given twice")
                declared = value
            case b"transfer-encoding":
                _require(value.strip().lower() == b"chunked", "the only transfer-encoding is chunked")
                is_chunked = True
    body = None if is_chunked else _body_of(request)
    return WireRequest(
        method=request.method,
        head=closed(opening_of(request.method, request.url.raw_path, request.headers.raw), ()),
        body=body,
        length=_length(declared, is_chunked=is_chunked, body=body),
        stream=_stream_of(request) if body is None else None,
    )


async def framed(stream: AsyncIterable[bytes], length: int) -> AsyncIterator[bytes]:
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


def _stream_of(request: httpx.Request) -> AsyncIterable[bytes]:
    if not isinstance(request.stream, httpx.AsyncByteStream):
        raise httpx.LocalProtocolError("the body can't be read asynchronously")
    return request.stream


def _length(declared: bytes | None, *, is_chunked: bool, body: bytes | None) -> int:
    if is_chunked:
        _require(declared is None, "content-length and transfer-encoding exclude each other")
        return CHUNKED
    _require(declared is None or declared.isdigit(), "content-length must be a number")
    length = int(declared or 0)
    _require(body is None or len(body) == length, "the body is not as long as its content-length says")
    return length


def _lines_of(headers: Sequence[Header]) -> bytes:
    lines = [*map(b": ".join, headers), b""]
    _require_clean(b"".join(lines))
    return b"\r\n".join(lines)


def _require_clean(told: bytes) -> None:
    is_clean = _CR not in told and _LF not in told and _NUL not in told
    _require(is_clean, "a header or the request line has a forbidden character")


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise httpx.LocalProtocolError(message)
