"""Bodies that are not JSON: streamed to whoever stores them, never held in memory, never waited for for ever."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus

from litestar.exceptions import HTTPException, InternalServerException
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from deepspace_http.decoding import ANY_BODY
from deepspace_http.parameters import HttpRequest

IDLE_SECONDS_MAX = 60.0
"""The longest silence inside a body. A client that goes on sending may take as long as it needs."""

RAW_BODY = {ANY_BODY: True}
"""The `opt` of a route whose body is the file itself."""


@dataclass
class UploadOperation(Operation):
    """How the OpenAPI document tells of such a body, which no handler's argument shows."""

    def __post_init__(self) -> None:
        binary = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description="The file itself.")
        media = OpenAPIMediaType(schema=binary, example="…")
        self.request_body = RequestBody(content={"application/octet-stream": media}, required=True)


async def body_chunks(request: HttpRequest, *, idle_seconds: float = IDLE_SECONDS_MAX) -> AsyncIterator[bytes]:
    """The body as it comes. Raises HTTPException 408 when the client stops sending, or hangs up in the middle."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(idle_seconds):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except (TimeoutError, InternalServerException) as fault:
            raise HTTPException("the body did not come to its end", status_code=HTTPStatus.REQUEST_TIMEOUT) from fault
        yield chunk
