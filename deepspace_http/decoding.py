"""How a request's parts become values: strictly, once, and with errors that name the field.

Litestar would take `"5"` for a number in a JSON body. Here a body is decoded by msgspec to the handler's own type, by
the rules of JSON; query parameters, which are text anyway, are converted, and a name that the route does not know is
refused: a misspelt filter must not quietly mean "no filter".
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import HTTPException, InternalServerException
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from deepspace_core.kernel.errors import InvalidInput
from deepspace_http.errors import QUERY_NAMES, UnsupportedMediaType, field_and_problem

JSON_MEDIA_TYPES: Final = ("application/json",)
ANY_BODY: Final = "any_body"
"""The key in `opt` of a route whose body may be of any type: a file. What it is, is not decoded but stored."""

METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


class JsonRequest(Request[object, object, State]):
    """A request whose JSON body is decoded straight to the type of the handler's `data`."""

    async def body(self) -> bytes:
        try:
            return await super().body()
        except InternalServerException as fault:
            # Litestar's word for a client that hung up in the middle of its body, which is no fault of ours.
            raise HTTPException("the body did not come to its end", status_code=HTTPStatus.REQUEST_TIMEOUT) from fault

    async def json(self) -> Any:
        wanted = self.route_handler.parsed_data_field
        body = await self.body()
        try:
            return msgspec.json.decode(body, type=object if wanted is None else wanted.annotation)
        except msgspec.ValidationError as fault:
            name, problem = field_and_problem(fault)
            raise InvalidInput(f"{name or 'the body'}: {problem}", param=name or None) from fault
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise InvalidInput(f"the body is not valid JSON: {fault}") from fault


async def require_json(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard: a body must say that it is JSON. Plain forms, which any web page may post, end here."""
    if handler.opt.get(ANY_BODY):
        return
    if connection.scope.get("method") not in METHODS_WITH_BODY or not _has_body(connection.headers):
        return
    media_type = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in JSON_MEDIA_TYPES:
        raise UnsupportedMediaType(f"content-type must be application/json, not {media_type or 'absent'!r}")


async def refuse_unknown_query(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard: every query parameter must be one that the route takes."""
    if QUERY_NAMES not in handler.opt:
        return
    known = set(handler.opt[QUERY_NAMES].values())
    for name in connection.query_params:
        if name not in known:
            takes = ", ".join(sorted(known)) or "none"
            raise InvalidInput(f"unknown query parameter {name[:64]!r}; this route takes: {takes}", param=name[:64])


def learn_query_names(routes: Iterable[HTTPRoute]) -> None:
    """Notes on every handler which query parameters it and its dependencies take, by the names of their arguments."""
    for route in routes:
        for handler, model in route.route_handler_map.values():
            handler.opt[QUERY_NAMES] = {one.field_name: one.field_alias for one in model.expected_query_params}


def _has_body(headers: Mapping[str, str]) -> bool:
    """RFC 9112 section 6.3: without either header a request has none."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
