"""The OpenAPI document, finished: what Litestar generates, the raw routes it can't see, errors and examples.

Litestar knows a handler's types, and nothing of the guards in front of it or of a raw ASGI handler. So the document is
completed in one place: each operation gets the error answers that its guards can give, each body an example composed
from the examples of its fields, and each raw route the static fragment its author supplies.
"""

import re
from collections.abc import Mapping, Set
from copy import deepcopy
from functools import cached_property
from typing import Any, TypeAlias

import msgspec
from litestar import Litestar
from litestar._openapi.plugin import OpenAPIPlugin
from litestar.routes import HTTPRoute

from deepspace_http.error_shapes import ANTHROPIC_TYPES, API_ERROR
from deepspace_http.schemas.openai import ANTHROPIC
from deepspace_http.told import webhook_requests

Json: TypeAlias = dict[str, Any]
Fragments: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Path items of raw routes, by path. `components.schemas` of theirs go under the key "#/components/schemas"."""

SCHEMAS_KEY = "#/components/schemas"
_PAGE = re.compile(r"PageBody_(?:\w+\.)*(\w+)_\b")
METHODS = ("get", "put", "post", "delete", "patch")
DEPTH_MAX = 12
"""How deep an example goes; no wire type of ours nests deeper, and none refers to itself."""

ERROR_SCHEMA: Json = {
    "type": "object",
    "description": "Every error, of every route.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "code", "param", "trace_id"],
            "properties": {
                "message": {"type": "string", "description": "What is wrong and what would help; for people."},
                "type": {"type": "string", "description": "The class that OpenAI's clients know."},
                "code": {"type": "string", "description": "Stable; what a program switches on."},
                "param": {"type": ["string", "null"], "description": "The field at fault."},
                "trace_id": {"type": "string", "description": "Finds the whole story of the request."},
            },
        }
    },
}

ANTHROPIC_ERROR_SCHEMA: Json = {
    "type": "object",
    "description": "Every error of the routes that speak Anthropic's protocol.",
    "required": ["type", "error", "request_id"],
    "properties": {
        "type": {"const": "error"},
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {
                "type": {"type": "string", "description": "The class that Anthropic's clients know."},
                "message": {"type": "string"},
                "code": {"type": "string", "description": "Stable; what a program switches on."},
                "param": {"type": ["string", "null"], "description": "The field at fault."},
            },
        },
        "request_id": {
            "type": "string",
            "description": "The trace id: finds the whole story of the request.",
            "examples": ["4bf92f3577b34da6a3ce929d0e0e4736"],
        },
    },
}

ERRORS: Mapping[str, tuple[str, str, str, str | None]] = {
    "400": ("invalid_request_error", "invalid_input", "limit must be between 1 and 200, not 0", "limit"),
    "401": ("authentication_error", "unauthenticated", "send an access token or an API key as a Bearer token", None),
    "402": ("insufficient_quota", "insufficient_quota", "the wallet does not cover the estimate", None),
    "403": ("permission_error", "forbidden", "your role in this organization does not allow members:manage", None),
    "404": ("invalid_request_error", "not_found", "there is no such project", "project_id"),
    "409": ("invalid_request_error", "conflict", "the name is taken", "name"),
    "413": ("invalid_request_error", "body_too_large", "the body is larger than this server takes", None),
    "415": ("invalid_request_error", "unsupported_media_type", "content-type must be application/json", None),
    "429": ("rate_limit_error", "rate_limited", "too many attempts; try again in 30 seconds", None),
    "500": (
        "server_error",
        "internal_error",
        "something went wrong on our side; it is logged under this trace_id",
        None,
    ),
    "503": ("server_error", "unavailable", "the database can't be reached just now; try again in a moment", None),
}
"""From a status to the example of its answer: (type, code, message, param)."""

_MORE_STATUSES: Mapping[re.Pattern[str], Set[str]] = {
    re.compile(r"^(?!get ).*/auth/"): {"401", "403", "429"},  # by passwords and origins, a few attempts a while
    re.compile(r"/content$"): {"409"},  # what is still being written
    re.compile(r"/adjustments$"): {"402"},
    re.compile(r"^\w+ /v1/"): {"402", "404", "429"},
}
"""By method and path."""

TITLES = {
    "400": "The request can't be understood; `param` names the field",
    "401": "Credentials missing, wrong, expired or revoked",
    "402": "The wallet or a budget does not cover it",
    "403": "Known, but not allowed",
    "404": "No such thing within reach",
    "409": "It collides with what is there",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "429": "Too many requests; Retry-After says when",
    "500": "A fault of ours",
    "503": "A dependency is away; Retry-After says when",
}


class ApiDocument:
    """The document, made when it is first wanted: it takes a third of a second, which no test should pay in vain.

    A serving process makes it before it takes requests, so that no stream ever waits for it. What it is made of takes
    thirteen times its own size, so only the encoded document is kept.
    """

    def __init__(self, app: Litestar, fragments: Fragments) -> None:
        self._app = app
        self._fragments = fragments

    @property
    def content(self) -> Json:
        """As JSON-safe values, read anew each time."""
        content: Json = msgspec.json.decode(self.encoded)
        return content

    @cached_property
    def encoded(self) -> bytes:
        """As JSON."""
        encoded = msgspec.json.encode(complete_document(self._app, self._fragments))
        self._app.plugins.get(OpenAPIPlugin)._openapi = None  # noqa: SLF001 - Litestar would keep it for ever
        return encoded


def complete_document(app: Litestar, fragments: Fragments) -> Json:
    """The whole document as JSON-safe values."""
    document: Json = _renamed(app.openapi_schema.to_schema())
    schemas: Json = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"], schemas["AnthropicError"] = ERROR_SCHEMA, ANTHROPIC_ERROR_SCHEMA
    for path, item in fragments.items():
        target = schemas if path == SCHEMAS_KEY else document["paths"].setdefault(path, {})
        target.update(deepcopy(dict(item)))
    document["webhooks"] = webhook_requests()
    open_operations = _open_operations(app)
    for path, item in document["paths"].items():
        for method in item.keys() & set(METHODS):
            if (method, path) in open_operations:
                item[method]["security"] = []
            _complete_operation(item[method], path=path, method=method, schemas=schemas)
    for schema in schemas.values():
        if "example" not in schema and "examples" not in schema:
            schema["examples"] = [example_of(schema, schemas)]
    return document


def _renamed(value: Any) -> Any:
    """Gives pages of things readable names (`PageBody_deepspace_http.schemas.ledger.HoldBody_` -> `HoldBodyPage`).

    Clients are generated from the document, and these become the names of their types.
    """
    if isinstance(value, dict):
        return {_PAGE.sub(r"\1Page", key): _renamed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one) for one in value]
    return _PAGE.sub(r"\1Page", value) if isinstance(value, str) else value


def example_of(schema: Json, schemas: Json, *, depth: int = 0) -> Any:
    """Composes an example from those of the fields; where a field gives none, from its literals or its type."""
    if depth > DEPTH_MAX:
        return None
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth=depth + 1)
    for key, pick in (("example", None), ("default", None), ("const", None), ("examples", 0), ("enum", 0)):
        if schema.get(key) is not None:
            return _picked(schema[key], pick)
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            return example_of(_first_not_null(schema[key]), schemas, depth=depth + 1)
    return _example_of_type(schema, schemas, depth)


def _picked(value: Any, index: int | None) -> Any:
    if index is None:
        return value
    first = next(iter(value.values())) if isinstance(value, dict) else value[index]
    return first.get("value", first) if isinstance(first, dict) and "value" in first else first


def _first_not_null(choices: list[Json]) -> Json:
    return next((one for one in choices if one.get("type") != "null"), choices[0])


def _example_of_type(schema: Json, schemas: Json, depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    match kind:
        case "object":
            properties = schema.get("properties", {})
            return {name: example_of(one, schemas, depth=depth + 1) for name, one in properties.items()}
        case "array":
            return [example_of(schema.get("items", {}), schemas, depth=depth + 1)]
        case "boolean":
            return True
        case "integer":
            return schema.get("minimum", 1)
        case "string":
            return "text"
        case _:
            return None


def _open_operations(app: Litestar) -> set[tuple[str, str]]:
    """Method and path of each operation that asks for no credentials, whatever the routers around it say."""
    return {
        (method.lower(), route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if handler.opt.get("public") and handler.resolve_include_in_schema()
    }


def _complete_operation(operation: Json, *, path: str, method: str, schemas: Json) -> None:
    operation.setdefault("operationId", method.title() + "".join(re.findall(r"[A-Za-z0-9]+", path.title())))
    responses: Json = operation.setdefault("responses", {})
    responses.get("204", {}).pop("content", None)
    for status in sorted(_error_statuses(operation, path=path, method=method)):
        example = _error(status)
        responses[status] = {
            "description": TITLES[status],
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}, "example": example}},
        }
    if ANTHROPIC in operation.get("tags", ()):
        _speak_as_anthropic(responses)
    bodies = [operation.get("requestBody", {}), *responses.values()]
    for media in (media for body in bodies for media in body.get("content", {}).values()):
        if "example" not in media and "examples" not in media and "schema" in media:
            media["example"] = example_of(media["schema"], schemas)


def _speak_as_anthropic(responses: Json) -> None:
    """The errors of such an operation in the shape of its protocol."""
    for status, answer in responses.items():
        if not status.startswith("2"):
            media = answer["content"]["application/json"]
            told = media["example"]["error"]
            kind = ANTHROPIC_TYPES.get(int(status), API_ERROR)
            error = {"type": kind, "message": told["message"], "code": told["code"], "param": told["param"]}
            media["schema"] = {"$ref": "#/components/schemas/AnthropicError"}
            media["example"] = {"type": "error", "error": error, "request_id": told["trace_id"]}


def _error_statuses(operation: Json, *, path: str, method: str) -> set[str]:
    statuses = {"400", "500", "503"}
    if operation.get("security"):
        statuses |= {"401", "403"}
    if "{" in path:
        statuses.add("404")
    if "requestBody" in operation:
        statuses |= {"413", "415"}
    if method != "get":
        statuses |= {"404", "409"}  # a body, or a query, may name a thing that is not there
    for place, more in _MORE_STATUSES.items():
        if place.search(f"{method} {path}"):
            statuses |= more
    return statuses | {status for status in operation["responses"] if status in ERRORS}


def _error(status: str) -> Json:
    error_type, code, message, param = ERRORS[status]
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    return {"error": {"message": message, "type": error_type, "code": code, "param": param, "trace_id": trace_id}}
