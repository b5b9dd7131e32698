"""What a file is, judged by its first bytes: a client's word is taken only where the bytes can't say better.

Source of the signatures: WHATWG MIME Sniffing, section 6 ("Matching a MIME type pattern"), and for the last few, which
the web platform has no use for, the formats' own specifications. A file is never served in a way that lets a browser
run it (deepspace_http/downloads.py), so the worst that a wrong guess does is a wrong icon.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass

SNIFFED_BYTES = 1_024
BINARY = "application/octet-stream"
PLAIN = "text/plain"
CONTENT_TYPE_CHARACTERS_MAX = 127

_SHAPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text holds: WHATWG MIME Sniffing, section 3 ("binary data byte"), without the escape."""

TEXTUAL = frozenset(
    {"application/json", "application/x-ndjson", "application/jsonl", "application/xml", "application/yaml"}
    | {"application/x-tex", "application/sql", "application/toml", "image/svg+xml"}
)
ZIPPED = ("application/vnd.openxmlformats-", "application/vnd.oasis.opendocument.", "application/epub+zip")
"""Formats that are ZIP archives by their bytes: here the client's word says which."""


@dataclass(frozen=True, slots=True)
class Signature:
    """`pattern` at `offset` means `content_type`."""

    pattern: bytes
    content_type: str
    offset: int = 0

    def fits(self, head: bytes) -> bool:
        """Whether a file that starts with `head` is of this type."""
        return head.startswith(self.pattern, self.offset)


SIGNATURES: Sequence[Signature] = (
    Signature(b"%PDF-", "application/pdf"),
    Signature(b"%!PS-Adobe-", "application/postscript"),
    Signature(b"\x89PNG\r\n\x1a\n", "image/png"),
    Signature(b"GIF87a", "image/gif"),
    Signature(b"GIF89a", "image/gif"),
    Signature(b"\xff\xd8\xff", "image/jpeg"),
    Signature(b"WEBPVP", "image/webp", offset=8),
    Signature(b"II*\x00", "image/tiff"),
    Signature(b"MM\x00*", "image/tiff"),
    Signature(b"WAVE", "audio/wave", offset=8),
    Signature(b"ID3", "audio/mpeg"),
    Signature(b"OggS\x00", "application/ogg"),
    Signature(b"fLaC", "audio/flac"),
    Signature(b"ftyp", "video/mp4", offset=4),
    Signature(b"\x1a\x45\xdf\xa3", "video/webm"),
    Signature(b"PK\x03\x04", "application/zip"),
    Signature(b"\x1f\x8b\x08", "application/gzip"),
    Signature(b"\x28\xb5\x2f\xfd", "application/zstd"),
    Signature(b"\xfd7zXZ\x00", "application/x-xz"),
    Signature(b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    Signature(b"PAR1", "application/vnd.apache.parquet"),
    Signature(b"ARROW1", "application/vnd.apache.arrow.file"),
    Signature(b"SQLite format 3\x00", "application/vnd.sqlite3"),
    Signature(b"\x89HDF\r\n\x1a\n", "application/x-hdf5"),
)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A stream whose first SNIFFED_BYTES or more, or all of a shorter one, have been looked at; the rest is to come."""

    head: bytes
    rest: AsyncIterator[bytes]

    @classmethod
    async def of(cls, chunks: AsyncIterable[bytes]) -> "Beginning":
        """Reads as many chunks as it takes."""
        rest, head = aiter(chunks), b""
        while len(head) < SNIFFED_BYTES:
            try:
                head += await anext(rest)
            except StopAsyncIteration:
                break
        return cls(head, rest)

    async def whole(self) -> AsyncIterator[bytes]:
        """The stream from its first byte on. Once."""
        if self.head:
            yield self.head
        async for chunk in self.rest:
            yield chunk


def content_type_of(head: bytes, *, declared: str | None) -> str:
    """The type of a file whose first SNIFFED_BYTES are `head` and of which the client said `declared`."""
    told = _plain(declared)
    found = next((one.content_type for one in SIGNATURES if one.fits(head)), None)
    if found is not None:
        return told if found == "application/zip" and told.startswith(ZIPPED) else found
    if _is_text(head):
        return told if told.startswith("text/") or told in TEXTUAL else PLAIN
    # Binary without a signature we know: the client's word, unless it claims one that the bytes would have shown.
    shown = {one.content_type for one in SIGNATURES} | TEXTUAL
    return BINARY if not told or told.startswith("text/") or told in shown else told


def _plain(declared: str | None) -> str:
    """The type without parameters; empty when it isn't one."""
    essence = (declared or "").partition(";")[0].strip().lower()
    return essence if len(essence) <= CONTENT_TYPE_CHARACTERS_MAX and _SHAPE.fullmatch(essence) else ""


def _is_text(head: bytes) -> bool:
    if _CONTROLS.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as fault:
        return fault.start >= len(head) - 3 and fault.reason == "unexpected end of data"
    return True
