"""How a stored file leaves: streamed, in ranges, and in a way that no browser runs it.

Rules: always an attachment, never sniffed, under the content security policy of every answer (deepspace_http/edge.py),
so that an HTML or SVG file of one tenant can't act as a page of this origin. Sources: RFC 9110, section 14 (ranges);
RFC 6266 and RFC 8187 (file names); RFC 9530 (Repr-Digest).
"""

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.response import Stream

from deepspace_core.files import ByteRange, FileContent
from deepspace_core.kernel.errors import InvalidInput
from deepspace_http.parameters import HttpRequest

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNSAFE_IN_QUOTES = re.compile(r'[^\x20-\x7e]|["\\%]')


@dataclass
class DownloadOperation(Operation):
    """How the OpenAPI document tells of an answer that is a file."""

    def __post_init__(self) -> None:
        binary = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description="The bytes.")
        media = OpenAPIMediaType(schema=binary, example="…")
        for status, description in (("200", "The whole"), ("206", "The range that was asked for")):
            content = {"*/*": media}  # whatever was uploaded, or exported as
            self.responses = {**(self.responses or {}), status: OpenAPIResponse(description, content=content)}


def wanted_range(request: HttpRequest) -> ByteRange | None:
    """The range that the request asks for; None: the whole.

    Several ranges at once, and units other than bytes, are answered with the whole, as RFC 9110, section 14.2 allows.
    So is a range with a condition (If-Range): what is stored never changes, but we would have to look at it first.
    """
    found = RANGE.fullmatch(request.headers.get("range", "").strip())
    if found is None or "if-range" in request.headers:
        return None
    first, last = (int(digits) if digits else None for digits in found.groups())
    if first is None and last is None:
        return None
    if first is not None and last is not None and last < first:
        raise InvalidInput("the range's end lies before its start", param="range")
    return ByteRange(first, last)


def file_answer(content: FileContent) -> Stream:
    """The bytes with the headers that tell what they are."""
    file = content.file
    headers = {
        "content-length": str(content.end - content.start),
        "content-disposition": attachment(file.name),
        "accept-ranges": "bytes",
    }
    if file.sha256 is not None:
        headers["etag"] = f'"{file.sha256.hex()}"'
        headers["repr-digest"] = f"sha-256=:{base64.b64encode(file.sha256).decode()}:"
    if content.is_part:
        headers["content-range"] = f"bytes {content.start}-{content.end - 1}/{file.size_bytes}"
    status = 206 if content.is_part else 200
    return Stream(content.chunks, headers=headers, media_type=file.content_type, status_code=status)


def attachment(name: str) -> str:
    """The Content-Disposition of a file that shall be saved under its name, whatever characters are in it."""
    plain = _UNSAFE_IN_QUOTES.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
