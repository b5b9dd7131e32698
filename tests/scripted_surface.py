"""What the scripted upstream answers beyond chat: embeddings, responses, messages, images, audio, moderations, ranking.

The shapes are those of OpenAI's and Anthropic's API references. The name of the model is the script, as everywhere:
`ok`, `no-usage`, `error-mid-stream`, `failed-mid-stream`, `cut`, `slow-N`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

TOOL_CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"place":"Köln"}'}}
TOOL_DELTAS: list[dict[str, Any]] = [
    {
        "tool_calls": [
            {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
        ]
    },
    {"tool_calls": [{"index": 0, "function": {"arguments": '{"pla'}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": 'ce":"Kö'}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": 'ln"}'}}]},
]
"""A call of a tool, whole and in the fragments of a stream."""
OWNED = frozenset({"model", "stream", "stream_options"})
"""The fields of a chat request that a gateway may write."""

Event: TypeAlias = tuple[str, dict[str, Any]]

INPUT_TOKENS, CACHED_TOKENS, OUTPUT_TOKENS, REASONING_TOKENS = 20, 5, 7, 2
CACHE_WRITE_TOKENS = 3
AUDIO_SECONDS = 9
SOUND = bytes(range(256)) * 64
WORDS = ["word0 ", "word1 ", "word2 "]
OWN = {"kept": [1.50, "é"]}


def words_of(body: Mapping[str, Any]) -> list[str] | None:
    """What chat answers by scripts of its own: `json` an object, `mirror` what the upstream was asked."""
    if body["model"] == "json":
        return ['{"a": ', "[1, 2]}"]
    if body["model"] == "mirror":
        return [json.dumps({name: value for name, value in body.items() if name not in OWNED}, sort_keys=True)]
    return None


def answer_of(path: str, body: Mapping[str, Any]) -> dict[str, Any] | bytes | str | None:
    """What the upstream answers in one piece; None for a path that it does not know."""
    make = ANSWERS.get(path.rsplit("/v1/", maxsplit=1)[-1])
    return None if make is None else make(body)


def events_of(path: str, body: Mapping[str, Any]) -> list[bytes] | None:
    """The events of a streamed answer; None for a path that has none of its own."""
    make = EVENTS.get(path.rsplit("/v1/", maxsplit=1)[-1])
    return None if make is None else [_wire(event) for event in make(body)]


def _response(body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": body["model"],
        "output": [
            {
                "type": "message",
                "id": "msg_1",
                "status": "completed",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "".join(WORDS), "annotations": []}],
            }
        ],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": _io_usage(),
        "x_own": OWN,
    }
    return _without_usage(body, {**answer, **more})


def _io_usage() -> dict[str, Any]:
    return {
        "input_tokens": INPUT_TOKENS,
        "input_tokens_details": {"cached_tokens": CACHED_TOKENS},
        "output_tokens": OUTPUT_TOKENS,
        "output_tokens_details": {"reasoning_tokens": REASONING_TOKENS},
        "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
    }


def _response_events(body: Mapping[str, Any]) -> Iterable[Event]:
    started = _response(body, status="in_progress", output=[], usage=None)
    item = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    yield "response.created", {"response": started, "sequence_number": 0}
    yield "response.in_progress", {"response": started, "sequence_number": 1}
    for number, word in enumerate(WORDS, start=2):
        yield "response.output_text.delta", {**item, "delta": word, "logprobs": [], "sequence_number": number}
    if body["model"] == "failed-mid-stream":
        error = {"code": "server_error", "message": "it broke"}
        failed = _response(body, status="failed", error=error, output=[], usage=None)
        yield "response.failed", {"response": failed, "sequence_number": 5}
        return
    if body["model"] == "error-mid-stream":
        yield "error", {"code": "secret", "message": "channel 7 is out of quota", "param": None, "sequence_number": 5}
        return
    text = "".join(WORDS)
    yield "response.output_text.done", {**item, "text": text, "logprobs": [], "sequence_number": 5}
    yield "response.completed", {"response": _response(body), "sequence_number": 6}


def _message(body: Mapping[str, Any]) -> dict[str, Any]:
    if body.get("tools"):
        call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"place": "Köln"}}
        return {**_message({**body, "tools": None}), "content": [call], "stop_reason": "tool_use"}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": "".join(words_of(body) or WORDS)}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {**_message_start_usage(), "output_tokens": OUTPUT_TOKENS},
        "x_own": OWN,
    }


def _message_start_usage() -> dict[str, Any]:
    return {
        "input_tokens": INPUT_TOKENS,
        "cache_creation_input_tokens": CACHE_WRITE_TOKENS,
        "cache_read_input_tokens": CACHED_TOKENS,
        "output_tokens": 1,
    }


def _message_events(body: Mapping[str, Any]) -> Iterable[Event]:
    begun = {**_message(body), "content": [], "stop_reason": None, "usage": _message_start_usage()}
    yield "message_start", {"message": begun}
    if body.get("tools"):
        call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in ("", '{"place":', ' "Köln"}')]
    else:
        call = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": word} for word in WORDS]
    yield "content_block_start", {"index": 0, "content_block": call}
    yield "ping", {}
    for delta in deltas:
        yield "content_block_delta", {"index": 0, "delta": delta}
    if body["model"] == "error-mid-stream":
        yield "error", {"error": {"type": "overloaded_error", "message": "channel 7 is overloaded"}}
        return
    yield "content_block_stop", {"index": 0}
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    yield "message_delta", {"delta": stop, "usage": {"output_tokens": OUTPUT_TOKENS}}
    yield "message_stop", {}


def _images(body: Mapping[str, Any]) -> dict[str, Any]:
    answer = {"created": 1, "data": [{"b64_json": "AAAA"} for _ in range(int(body.get("n") or 1))], "x_own": OWN}
    usage = {
        "input_tokens": INPUT_TOKENS,
        "input_tokens_details": {"text_tokens": 12, "image_tokens": 8},
        "output_tokens": 272,
        "total_tokens": INPUT_TOKENS + 272,
    }
    return _without_usage(body, {**answer, "usage": usage})


def _image_events(body: Mapping[str, Any]) -> Iterable[Event]:
    usage = _images({**body, "model": "ok"})["usage"]
    yield "image_generation.partial_image", {"b64_json": "AA", "partial_image_index": 0}
    yield "image_generation.completed", {"b64_json": "AAAA", "usage": usage}


def _transcript(body: Mapping[str, Any]) -> dict[str, Any] | str:
    if body.get("response_format") in {"text", "srt", "vtt"}:
        return "".join(WORDS) + "\n"
    usage = {"type": "duration", "seconds": AUDIO_SECONDS}
    if body["model"].startswith("ok-tokens"):
        details = {"text_tokens": 2, "audio_tokens": 18}
        usage = {"type": "tokens", "input_tokens": 20, "input_token_details": details, "output_tokens": 7}
    return _without_usage(body, {"text": "".join(WORDS), "usage": usage, "x_own": OWN})


def _transcript_events(body: Mapping[str, Any]) -> Iterable[Event]:
    for word in WORDS:
        yield "transcript.text.delta", {"delta": word}
    done = _transcript({**body, "model": "ok-tokens", "response_format": "json"})
    assert isinstance(done, dict)
    yield "transcript.text.done", {"text": "".join(WORDS), "usage": done["usage"]}


def _speech_events(body: Mapping[str, Any]) -> Iterable[Event]:
    yield "speech.audio.delta", {"audio": "AAAA"}
    yield "speech.audio.done", {"usage": {"input_tokens": 14, "output_tokens": 101, "total_tokens": 115}}


def _embeddings(_: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}],
        "model": "ok",
        "usage": {"prompt_tokens": 4, "total_tokens": 4},
    }


def _moderation(body: Mapping[str, Any]) -> dict[str, Any]:
    result = {"flagged": False, "categories": {}, "category_scores": {}, "category_applied_input_types": {}}
    return {"id": "modr-1", "model": body["model"], "results": [result], "x_own": OWN}


def _ranking(body: Mapping[str, Any]) -> dict[str, Any]:
    results = [{"index": 0, "relevance_score": 0.75}]
    return {"results": results, "usage": {"prompt_tokens": 0, "total_tokens": INPUT_TOKENS}, "x_own": OWN}


def _without_usage(body: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in answer.items() if name != "usage"} if body["model"] == "no-usage" else answer


ANSWERS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any] | bytes | str]] = {
    "embeddings": _embeddings,
    "responses": _response,
    "messages": _message,
    "messages/count_tokens": lambda _: {"input_tokens": INPUT_TOKENS},
    "images/generations": _images,
    "images/edits": _images,
    "images/variations": _images,
    "audio/speech": lambda _: SOUND,
    "audio/transcriptions": _transcript,
    "audio/translations": _transcript,
    "moderations": _moderation,
    "rerank": _ranking,
}
EVENTS: Mapping[str, Callable[[Mapping[str, Any]], Iterable[Event]]] = {
    "responses": _response_events,
    "messages": _message_events,
    "images/generations": _image_events,
    "images/edits": _image_events,
    "audio/transcriptions": _transcript_events,
    "audio/speech": _speech_events,
}


def _wire(event: Event) -> bytes:
    kind, data = event
    body = json.dumps({"type": kind, **data}, separators=(",", ":"))
    return f"event: {kind}\ndata: {body}\n\n".encode()
