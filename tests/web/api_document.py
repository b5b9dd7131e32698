"""The OpenAPI document as the front ends are generated from it: `python -m tests.web.api_document` writes it anew.

Without examples and without the answers that are errors, which have one shape that the client knows: a committed file
that changes only where the front ends could notice.
"""

from pathlib import Path
from typing import Any

import msgspec

from deepspace_http.app import create_app
from deepspace_http.schemas.openai import FRAGMENTS
from deepspace_http.schemas.surface import SURFACE
from tests.http.world import make_world

FILE = Path(__file__).parents[2] / "deepspace_http" / "web" / "src" / "api" / "openapi.json"
MANAGEMENT = "/api/"
CHAT = "/v1/"
Json = dict[str, Any]


def document() -> bytes:
    """What the app of this tree says of itself, as it is committed."""
    application = make_world().app.state.application
    told: Json = msgspec.json.decode(
        create_app(application, openapi_fragments={**FRAGMENTS, **SURFACE}).state.document.encoded
    )
    told["info"] = {"title": told["info"]["title"], "version": "1"}
    told["paths"] = {path: _shown(item) for path, item in sorted(told["paths"].items()) if _is_asked(path)}
    del told["webhooks"]  # what is sent to other people's servers is nothing that a page asks
    slim = _without_examples(told)
    encoded = msgspec.json.encode(slim, order="sorted")
    return msgspec.json.format(encoded, indent=1) + b"\n"


def _is_asked(path: str) -> bool:
    return path.startswith((MANAGEMENT, CHAT))


def _shown(item: Json) -> Json:
    for operation in item.values():
        if isinstance(operation, dict) and "responses" in operation:
            answers = operation["responses"]
            operation["responses"] = {status: answers[status] for status in answers if status.startswith("2")}
            for answer in operation["responses"].values():
                answer.pop("headers", None)
            operation.pop("security", None)
    return item


def _without_examples(value: Any) -> Any:
    """The value without what only people read; a field that is itself called `example` stays."""
    match value:
        case {"properties": dict(fields), **rest}:
            kept = {name: _without_examples(one) for name, one in fields.items()}
            return {"properties": kept, **_without_examples(rest)}
        case dict():
            return {name: _without_examples(one) for name, one in value.items() if name not in ("example", "examples")}
        case list():
            return [_without_examples(one) for one in value]
        case _:
            return value


if __name__ == "__main__":
    FILE.write_bytes(document())
