"""The one seam between the errors of the core and the answers of HTTP, and the one shape that every error has.

Rules: `{"error": {"message", "type", "code", "param", "trace_id"}}`, always, the framework's own refusals included.
The table from code to status is total: tests/http/test_errors.py walks every DeepSpaceError there is. What we did not
raise on purpose is a bare 500 with a trace_id; its text goes to the log and never to the client.
"""

import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from deepspace_core.kernel.errors import DeepSpaceError
from deepspace_http.error_codes import (
    ANSWERS,
    FRAMEWORK_CODES,
    FRAMEWORK_TYPES,
    INVALID,
    RETRIED_STATUSES,
    SERVER,
)
from deepspace_http.trace import current_trace_id

__all__ = [
    "INVALID",
    "QUERY_NAMES",
    "SERVER",
    "ErrorAnswer",
    "UnsupportedMediaType",
    "describe",
    "exception_response",
    "field_and_problem",
]

log = logging.getLogger(__name__)

QUERY_NAMES = "query_names"
"""The key of a handler's `opt` with its query parameters: from the name of the argument to the name on the wire."""

RETRY_SECONDS_MAX = 60
"""Beyond it the SDKs don't wait for Retry-After but for seconds of their own, and would only be refused again."""
REFUSED_UPSTREAM = "upstream_refused"
REFUSALS = frozenset({400, 404, 409, 413, 415, 422})
"""The statuses by which a provider says that the request is at fault, and which a client is told as they are."""
INTERNAL_MESSAGE = "something went wrong on our side; it is logged under this trace_id"
_FIELD = re.compile(r"^(?P<told>.*?)(?: - at `\$\.?(?P<path>.*?)`)?$", re.DOTALL)
_NAMED_FIELD = re.compile(r"^Object (?:contains )?(?P<told>unknown|missing required) field `(?P<name>.*)`$", re.DOTALL)


class UnsupportedMediaType(HTTPException):
    """A body that says it is something other than JSON."""

    status_code = 415


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error, ready for the wire: what the body says, the status and the headers that go with them."""

    status: int
    type: str
    code: str
    message: str
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self, trace_id: str) -> bytes:
        """The JSON body."""
        return msgspec.json.encode(
            {
                "error": {
                    "message": self.message,
                    "type": self.type,
                    "code": self.code,
                    "param": self.param,
                    "trace_id": trace_id,
                }
            }
        )


def describe(fault: Exception, *, request_line: str = "") -> ErrorAnswer:
    """What to answer to any exception. `request_line` ("GET /v1/x") makes a 404 or 405 readable."""
    match fault:
        case DeepSpaceError():
            return _from_core(fault)
        case HTTPException() if fault.status_code in FRAMEWORK_CODES:
            return _from_framework(fault, request_line)
        case _:
            return ErrorAnswer(500, SERVER, "internal_error", INTERNAL_MESSAGE)


def field_and_problem(fault: msgspec.ValidationError) -> tuple[str, str]:
    """Splits msgspec's "Expected `str`, got `int` - at `$.name`" into the field ("" for the whole) and the problem."""
    match = _FIELD.match(str(fault))
    if match is None:
        return "", str(fault)
    path, told = match["path"] or "", match["told"]
    named = _NAMED_FIELD.match(told)
    if named is None:
        return path, told
    return ".".join(filter(None, (path, named["name"]))), f"{named['told']} field"


def exception_response(request: Request[object, object, State], fault: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    if isinstance(fault, ValidationException):
        _rename(fault, request)
    answer = describe(fault, request_line=f"{request.method} {request.url.path}")
    if answer.code == "internal_error":
        log.error("unhandled error in %s %s", request.method, request.scope.get("path_template"), exc_info=fault)
    return Response(
        content=answer.encode(current_trace_id()),
        status_code=answer.status,
        media_type="application/json",
        headers=dict(answer.headers),
    )


def _from_core(fault: DeepSpaceError) -> ErrorAnswer:
    status, error_type = ANSWERS.get(fault.code, (500, SERVER))
    code = fault.code
    if code == REFUSED_UPSTREAM:
        status, error_type, code = _as_the_provider_says(fault)
    headers: dict[str, str] = {}
    wait_seconds = fault.fields.get("retry_after_seconds")
    if isinstance(wait_seconds, int | float):
        headers["retry-after"] = str(max(1, math.ceil(wait_seconds)))
    if status in RETRIED_STATUSES:
        is_soon = not isinstance(wait_seconds, int | float) or wait_seconds <= RETRY_SECONDS_MAX
        headers["x-should-retry"] = "true" if fault.retryable and is_soon else "false"
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return ErrorAnswer(status, error_type, code, fault.message, fault.param, headers)


def _as_the_provider_says(fault: DeepSpaceError) -> tuple[int, str, str]:
    """Status, type and code of a refusal that concerns the request itself: clients act on the provider's own."""
    told = fault.fields
    status, kind, code = told.get("upstream_status"), told.get("upstream_type"), told.get("upstream_code")
    return (
        status if isinstance(status, int) and status in REFUSALS else HTTPStatus.BAD_REQUEST,
        kind if isinstance(kind, str) else INVALID,
        code if isinstance(code, str) else fault.code,
    )


def _from_framework(fault: HTTPException, request_line: str) -> ErrorAnswer:
    status = 400 if fault.status_code == HTTPStatus.UNPROCESSABLE_ENTITY else fault.status_code
    message, param = _told(fault, request_line)
    return ErrorAnswer(
        status, FRAMEWORK_TYPES.get(status, INVALID), FRAMEWORK_CODES[status], message, param, fault.headers or {}
    )


def _told(fault: HTTPException, request_line: str) -> tuple[str, str | None]:
    match fault:
        case ValidationException():
            return _first_invalid(fault)
        case NotFoundException():
            return f"there is no {request_line or 'such route'}; /openapi.json lists what there is", None
        case MethodNotAllowedException():
            allowed = (fault.headers or {}).get("allow", "")
            return f"{request_line} is not allowed; this path takes {allowed}", None
        case RequestEntityTooLarge():
            return "the body is larger than this server takes; send less, or raise DEEPSPACE_BODY_BYTES_MAX", None
        case _:
            return fault.detail, None


def _rename(fault: ValidationException, request: Request[object, object, State]) -> None:
    """Litestar tells the name of a handler's argument, the client knows the one in the query."""
    handler = request.scope.get("route_handler")
    names = {} if handler is None else handler.opt.get(QUERY_NAMES, {})
    for one in fault.extra or []:
        if isinstance(one, dict) and one.get("key") in names:
            one["key"] = names[one["key"]]


def _first_invalid(fault: ValidationException) -> tuple[str, str | None]:
    """Litestar lists what it could not convert: the first named one is enough to go on with."""
    found = [one for one in fault.extra or [] if isinstance(one, dict)]
    if not found:
        return fault.detail, None
    name, problem = str(found[0].get("key", "")), str(found[0].get("message", fault.detail))
    if name == "data":
        return "the request needs a JSON body; send one with content-type: application/json", None
    return (f"{name}: {problem}", name) if name else (problem, None)
