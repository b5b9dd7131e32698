"""The wire types of the OpenAI surface that we write ourselves, and the document of what passes through untouched.

The bodies of calls are OpenAI's own and are forwarded as they come, so the document shows their shape by the fields
that matter here and says that others pass. Source: the OpenAI API reference.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from deepspace_core.catalogue import Model
from deepspace_core.pipeline.idempotency import KEY_CHARS_MAX
from deepspace_http.schemas.wire import ResponseBody

OWNER = "deepspace"
ANTHROPIC = "Anthropic"
"""The tag of the operations that speak Anthropic's protocol, errors included."""


class ModelBody(ResponseBody, frozen=True, kw_only=True):
    """A model that can be called."""

    id: Annotated[str, Meta(examples=["smollm2-135m-instruct"])]
    created: Annotated[int, Meta(examples=[1_767_225_600])]
    object: Literal["model"] = "model"
    owned_by: Annotated[str, Meta(examples=[OWNER])] = OWNER


class ModelListBody(ResponseBody, frozen=True, kw_only=True):
    """The models that the caller can call; no pages, as OpenAI has none here."""

    data: list[ModelBody]
    object: Literal["list"] = "list"


def show_model(model: Model) -> ModelBody:
    """A model as OpenAI's clients know it."""
    return ModelBody(id=model.name, created=int(model.created_at.timestamp()))


_USAGE: dict[str, Any] = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13, "cost": 0.00000375}
_CHAT_REQUEST = {
    "model": "smollm2-135m-instruct",
    "messages": [{"role": "user", "content": "What is a wallet ledger?"}],
    "max_tokens": 64,
    "stream": False,
}
_CHAT_ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_767_225_600,
    "model": "smollm2-135m-instruct",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "An append-only book."}, "finish_reason": "stop"}
    ],
    "usage": _USAGE,
}
_COMPLETION_REQUEST = {"model": "smollm2-135m-instruct", "prompt": "Once upon a time", "max_tokens": 16}
_COMPLETION_ANSWER = {
    "id": "cmpl-1",
    "object": "text_completion",
    "created": 1_767_225_600,
    "model": "smollm2-135m-instruct",
    "choices": [{"index": 0, "text": " there was a ledger.", "finish_reason": "stop"}],
    "usage": _USAGE,
}
_EMBEDDING_REQUEST = {"model": "smollm2-135m-embedding", "input": ["a text"]}
_EMBEDDING_ANSWER = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.1, -0.2]}],
    "model": "smollm2-135m-embedding",
    "usage": {"prompt_tokens": 3, "total_tokens": 3, "cost": 0.00000006},
}
IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A name of your own for this call, such as a UUID. The same key and body again is answered with the "
    "first answer, streams too, and not charged again (header `x-idempotent-replayed: true`).",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX, "pattern": "^[!-~]+$"},
}
COLLISION = ("invalid_request_error", "idempotent_call_running")
_CHUNKS = 'data: {"choices":[{"index":0,"delta":{"content":"An"}}]}\n\ndata: [DONE]\n\n'
STREAMED = "An SSE stream when the request says `stream: true`: server-sent events, `: ping` comments between them."


def call_path_item(
    *,
    summary: str,
    required: list[str],
    request: Mapping[str, Any],
    answer: Mapping[str, Any],
    events: str | None = None,
    described: str = STREAMED,
    anthropic: bool = False,
    file: str | None = None,
    sound: bool = False,
) -> dict[str, Any]:
    """The OpenAPI path item of one call; `events` is the beginning of a streamed answer, where it can be one.

    `file` names the field of a form that is the file, where the body is a form; a `sound` is answered as such.
    """
    content: dict[str, Any] = {"application/json": {"schema": {"type": "object"}, "example": dict(answer)}}
    if events is not None:
        content["text/event-stream"] = {"schema": {"type": "string", "description": described}, "example": events}
    if sound:
        content = {"audio/mpeg": {"schema": {"type": "string", "format": "binary"}, "example": "…"}, **content}
        del content["application/json"]
    properties = {name: _property(value) for name, value in request.items()}
    example = dict(request)
    if file is not None:
        properties[file] = {"type": "string", "format": "binary"}
        required = [*required, file]
        example[file] = "…"
    kind = "application/json" if file is None else "multipart/form-data"
    return {
        "post": {
            "tags": [ANTHROPIC if anthropic else "OpenAI"],
            "summary": summary,
            "description": "Held, metered and billed. Unknown fields pass through both ways; `usage.cost` is in USD.",
            "security": [{"bearer": []}, {"x-api-key": []}],
            "parameters": [IDEMPOTENCY_KEY],
            "requestBody": {
                "required": True,
                "content": {
                    kind: {
                        "schema": {
                            "type": "object",
                            "required": required,
                            "properties": properties,
                            "additionalProperties": True,
                        },
                        "example": example,
                    }
                },
            },
            "responses": {
                "200": {"description": "The model's answer", "content": content},
                "409": _failure("The Idempotency-Key stands for another body, or its call is still running", COLLISION),
                "502": _failure("The model provider failed"),
                "504": _failure("The model provider took too long"),
            },
        }
    }


def _property(value: object) -> dict[str, Any]:
    kinds = {str: "string", bool: "boolean", int: "integer", list: "array"}
    shape: dict[str, Any] = {"type": kinds[type(value)], "examples": [value]}
    return {**shape, "items": {}} if isinstance(value, list) else shape


def _failure(description: str, what: tuple[str, str] = ("server_error", "upstream_error")) -> dict[str, Any]:
    error = {"message": description, "type": what[0], "code": what[1], "param": None, "trace_id": "…"}
    schema = {"$ref": "#/components/schemas/Error"}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "example": {"error": error}}},
    }


FRAGMENTS: Mapping[str, Mapping[str, Any]] = {
    "/v1/chat/completions": call_path_item(
        summary="Chat with a model",
        required=["model", "messages"],
        request=_CHAT_REQUEST,
        answer=_CHAT_ANSWER,
        events=_CHUNKS,
    ),
    "/v1/completions": call_path_item(
        summary="Complete a text",
        required=["model", "prompt"],
        request=_COMPLETION_REQUEST,
        answer=_COMPLETION_ANSWER,
        events=_CHUNKS,
    ),
    "/v1/embeddings": call_path_item(
        summary="Embed texts",
        required=["model", "input"],
        request=_EMBEDDING_REQUEST,
        answer=_EMBEDDING_ANSWER,
    ),
}
"""The path items of the raw routes, for the document."""
