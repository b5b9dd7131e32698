"""The document of the calls beyond chat: responses, messages, images, audio, moderations, reranking."""

from collections.abc import Mapping
from typing import Any

from deepspace_http.schemas.openai import call_path_item

_USAGE = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13, "cost": 0.00000375}
_RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "model": "smollm2-135m-instruct",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "An append-only book.", "annotations": []}],
        }
    ],
    "usage": _USAGE,
}
_IMAGES = {"created": 1_767_225_600, "data": [{"b64_json": "iVBORw0…"}], "usage": _USAGE}
_NAMED_EVENTS = (
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"An"}\n\n'
    'event: response.completed\ndata: {"type":"response.completed","response":{"usage":{"cost":0.00000375}}}\n\n'
)
_MESSAGE_EVENTS = (
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta"}}\n\n'
    'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)
_PICTURE_EVENTS = (
    'event: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"iVBORw0…"}\n\n'
)

SURFACE: Mapping[str, Mapping[str, Any]] = {
    "/v1/responses": call_path_item(
        summary="Create a response",
        required=["model", "input"],
        request={"model": "smollm2-135m-instruct", "input": "What is a wallet ledger?", "stream": False},
        answer=_RESPONSE,
        events=_NAMED_EVENTS,
    ),
    "/v1/messages": call_path_item(
        summary="Create a message",
        required=["model", "max_tokens", "messages"],
        request={
            "model": "claude-sonnet-4-5",
            "max_tokens": 64,
            "messages": [{"role": "user", "content": "What is a wallet ledger?"}],
            "stream": False,
        },
        answer={
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5",
            "content": [{"type": "text", "text": "An append-only book."}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 9, "output_tokens": 4, "cost": 0.00000375},
        },
        events=_MESSAGE_EVENTS,
        anthropic=True,
    ),
    "/v1/messages/count_tokens": call_path_item(
        summary="Count the tokens of a message",
        required=["model", "messages"],
        request={"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "What is a ledger?"}]},
        answer={"input_tokens": 9},
        anthropic=True,
    ),
    "/v1/images/generations": call_path_item(
        summary="Make images",
        required=["prompt"],
        request={"model": "gpt-image-1", "prompt": "A ledger under the stars", "n": 1},
        answer=_IMAGES,
        events=_PICTURE_EVENTS,
    ),
    "/v1/images/edits": call_path_item(
        summary="Change an image",
        required=["model", "prompt"],
        request={"model": "gpt-image-1", "prompt": "Add a moon"},
        answer=_IMAGES,
        events=_PICTURE_EVENTS,
        file="image",
    ),
    "/v1/images/variations": call_path_item(
        summary="Vary an image", required=["model"], request={"model": "dall-e-2"}, answer=_IMAGES, file="image"
    ),
    "/v1/audio/speech": call_path_item(
        summary="Speak a text",
        required=["model", "input", "voice"],
        request={"model": "tts-1", "input": "Nothing is lost.", "voice": "alloy"},
        answer={},
        events='event: speech.audio.delta\ndata: {"type":"speech.audio.delta","audio":"//uQ…"}\n\n',
        sound=True,
    ),
    "/v1/audio/transcriptions": call_path_item(
        summary="Write a sound down",
        required=["model"],
        request={"model": "whisper-1"},
        answer={"text": "Nothing is lost.", "usage": {"type": "duration", "seconds": 2}},
        events='event: transcript.text.delta\ndata: {"type":"transcript.text.delta","delta":"Nothing"}\n\n',
        file="file",
    ),
    "/v1/audio/translations": call_path_item(
        summary="Write a sound down in English",
        required=["model"],
        request={"model": "whisper-1"},
        answer={"text": "Nothing is lost."},
        file="file",
    ),
    "/v1/moderations": call_path_item(
        summary="Classify content",
        required=["input"],
        request={"model": "omni-moderation-latest", "input": ["a text"]},
        answer={"id": "modr-1", "model": "omni-moderation-latest", "results": [{"flagged": False}]},
    ),
    "/v1/rerank": call_path_item(
        summary="Order documents by relevance",
        required=["model", "query", "documents"],
        request={"model": "bge-reranker-v2-m3", "query": "wallets", "documents": ["a text", "another"]},
        answer={"results": [{"index": 0, "relevance_score": 0.93}], "usage": {"total_tokens": 12, "cost": 0.000001}},
    ),
}
"""The path items of these raw routes."""
