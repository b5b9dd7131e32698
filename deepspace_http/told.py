"""The requests that webhooks send, as the OpenAPI document describes them (OpenAPI 3.1, "webhooks")."""

from typing import Any

from deepspace_core.webhooks import KINDS, HappeningKind

_HEADERS = (
    ("webhook-id", "The message: the same at every attempt and replay.", "whdel_0198c0ffee007abc8def0123456789ab"),
    ("webhook-timestamp", "When this attempt was made, in seconds since 1970.", "1893499200"),
    ("webhook-signature", "One or two signatures, `v1,` and base64, parted by a space.", "v1,K5oZfzN95Z9UVu1EsfQm=="),
)


def webhook_requests() -> dict[str, Any]:
    """One request for each type of happening."""
    return {kind.type.value: {"post": _request(kind)} for kind in KINDS.values()}


def _request(kind: HappeningKind) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": kind.type.value},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "data": kind.schema,
        },
    }
    return {
        "tags": ["Webhooks"],
        "operationId": "Told" + "".join(part.title() for part in kind.type.value.replace(".", "_").split("_")),
        "summary": f"{kind.type.value}: {kind.when}",
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": told,
                "schema": {"type": "string"},
                "example": one,
            }
            for name, told, one in _HEADERS
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": kind.example}}},
        "responses": {"2XX": {"description": "Taken. Anything else is a failure, and tried again."}},
    }
