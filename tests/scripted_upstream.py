"""An OpenAI-compatible upstream that does as it is told: the name of the model is the script.

A real HTTP server on loopback, because what is tested is what happens on a wire. Scripts: `ok`, `ok-N` (N words),
`no-usage`, `null-usage`, `error-in-200`, `status-CODE`, `status-CODE-N` (with Retry-After N), `flaky-CODE` (once, then
ok), `hang`, `cut` (in the middle of an event), `cut-silent`, `error-mid-stream`, `empty`, `page` (of HTML),
`unstreamed` (JSON, even where a stream was asked for), `split` (every byte its own packet), `slow-N` (a word every N
ms; `slow-N-M` M of them), `stall` (two words, then nothing), `huge-N` (a word of N KiB in one line), `sinic` (three
bytes a letter; also `split-sinic`).
It keeps a log as NewAPI does, which an administrator of it reads under /api/log/ (tests/newapi_log.py).
"""

import asyncio
import contextlib
import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from multipart import MultipartParser

from tests.newapi_log import NewApiLog
from tests.scripted_surface import ANSWERS, TOOL_CALL, TOOL_DELTAS, answer_of, events_of, words_of

REQUEST_ID: ContextVar[str] = ContextVar("REQUEST_ID", default="up-0")
PROMPT_TOKENS = 11
ODD_BODIES = {"empty": b"", "page": b"<html>502 Bad Gateway</html>", "unstreamed": b'{"choices":[]}'}
WORDS_USUAL = 5
HANG_SECONDS = 30.0


@dataclass
class ScriptedUpstream:
    """The running server and what it has seen."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set as soon as some of a body has come."""
    headers: list[dict[str, str]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    aborted: int = 0
    log: NewApiLog = field(default_factory=NewApiLog)
    down: bool = False
    """Answers nothing: every connection is closed at once."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if self.down:
            raise ConnectionError("down, as scripted")
        if scope["path"].startswith("/v1/things"):
            self.calls[f"{scope['method']} {scope['path']}"] += 1
            await _echoed(scope, await _read(receive, self.arrived), send)
            return
        if scope["method"] == "GET":
            await self._told(scope, send)
            return
        body = _read_body(scope, await _read(receive, self.arrived))
        self.requests.append(body)
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        self.calls[body["model"]] += 1
        REQUEST_ID.set(f"up-{len(self.requests)}")
        try:
            await self._act(body, scope["path"], send, receive)
        except asyncio.CancelledError:
            self.aborted += 1
            raise

    async def _told(self, scope: Any, send: Any) -> None:
        if scope["path"].endswith("/models"):
            await _answer(send, 200, {"object": "list", "data": [{"id": "ok"}, {"id": "slow"}]})
        elif scope["path"] == "/api/log/":
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            await _answer(send, *self.log.page(headers, scope["query_string"].decode()))
        else:
            await _answer(send, 404, _error(f"no {scope['path']}"))

    async def _act(self, body: dict[str, Any], path: str, send: Any, receive: Any) -> None:
        script, _, argument = body["model"].partition("-")
        match script, argument:
            case "status", code:
                code, _, wait = code.partition("-")
                more = [(b"retry-after", wait.encode())] if wait else []
                await _answer(send, int(code), _error(f"scripted {code}"), more)
            case "flaky", code if self.calls[body["model"]] == 1:
                await _answer(send, int(code), _error(f"scripted {code}"))
            case "error", "in-200":
                await self._error_in_200(body, send)
            case _ if script in ODD_BODIES:
                await _raw(send, 200, ODD_BODIES[script])
            case "hang", _:
                await asyncio.sleep(HANG_SECONDS)
            case _ if path.rsplit("/v1/", maxsplit=1)[-1] in ANSWERS:
                await self._surface(body, path, script, argument, send)
            case _ if body.get("stream"):
                await self._stream(body, script, argument, send)
            case _:
                await _answer(send, 200, _completion(body, script, argument))

    async def _surface(self, body: dict[str, Any], path: str, script: str, argument: str, send: Any) -> None:
        events = events_of(path, body) if _streams(body) else None
        if events is not None:
            await _begin(send, 200, "text/event-stream")
            if script == "cut":
                for event in events[:4]:
                    await _piece(send, event)
                raise ConnectionError("cut, as scripted")
            await self._sent(events, script, argument, send)
            return
        match answer_of(path, body):
            case dict(answer):
                await _answer(send, 200, answer)
            case bytes(sound):
                await _sounded(send, sound, cut=script == "cut")
            case str(text):
                await _begin(send, 200, "text/plain; charset=utf-8")
                await _piece(send, text.encode())
                await _end(send)

    async def _error_in_200(self, body: dict[str, Any], send: Any) -> None:
        if not body.get("stream"):
            await _answer(send, 200, _error("no channel has this model"))
            return
        await _begin(send, 200, "text/event-stream")
        await _piece(send, _event(_error("no channel has this model")))
        await _end(send)

    async def _stream(self, body: dict[str, Any], script: str, argument: str, send: Any) -> None:
        await _begin(send, 200, "text/event-stream")
        events = [_event(_chunk(body, {"role": "assistant", "content": ""}))]
        words = words_of(body) or _words(script, argument)
        deltas = TOOL_DELTAS if script == "tools" else [{"content": word} for word in words]
        events += [_event(_chunk(body, delta)) for delta in deltas]
        if script in {"cut", "error", "stall"}:
            await self._break_off(events, script, argument, send)
            return
        events.append(_event(_chunk(body, {}, finish="tool_calls" if script == "tools" else "stop")))
        if script != "no" and (body.get("stream_options") or {}).get("include_usage"):
            events.append(_event({**_head(body), "choices": [], "usage": _usage(len(words))}))
        events.append(b"data: [DONE]\n\n")
        if script == "null":
            events = [_with_null_usage(event) for event in events]
        await self._sent(events, script, argument, send)

    async def _break_off(self, events: list[bytes], script: str, argument: str, send: Any) -> None:
        for event in events[:3]:
            await _piece(send, event)
        match script, argument:
            case "error", _:
                await _piece(send, _event(_error("the channel broke")))
            case "stall", _:
                await asyncio.sleep(HANG_SECONDS)
            case "cut", "":
                await _piece(send, events[3][: len(events[3]) // 2])
                raise ConnectionError("cut, as scripted")
        await _end(send)

    async def _sent(self, events: list[bytes], script: str, argument: str, send: Any) -> None:
        for event in events:
            if script == "slow":
                await asyncio.sleep(int(argument.partition("-")[0]) / 1000)
            for piece in [event[i : i + 1] for i in range(len(event))] if script == "split" else [event]:
                await _piece(send, piece)
                if script == "split":
                    await asyncio.sleep(0)
        await _end(send)


@contextlib.asynccontextmanager
async def running_upstream() -> AsyncIterator[ScriptedUpstream]:
    """Serves on a free loopback port until the block ends."""
    upstream = ScriptedUpstream()
    config = uvicorn.Config(
        upstream, host="127.0.0.1", port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment]  # signals are the test runner's
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(0.005)
    upstream.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    try:
        yield upstream
    finally:
        server.should_exit = True
        server.force_exit = True
        await serving


def _words(script: str, argument: str) -> list[str]:
    if script == "huge":
        return ["x" * 1024 * int(argument)]
    if "sinic" in (script, argument):
        return ["\u79d1\u7814", "\u64cd\u4f5c", "\u7cfb\u7edf", "\U0001f680", "\u3002"]
    asked = {"ok": argument, "slow": argument.partition("-")[2]}.get(script, "")
    return [f"word{number} " for number in range(int(asked) if asked.isdigit() else WORDS_USUAL)]


def _read_body(scope: Any, body: bytes) -> dict[str, Any]:
    """JSON, or a form's fields with the number of bytes of its files."""
    kind = dict(scope["headers"]).get(b"content-type", b"").decode()
    if not kind.startswith("multipart/"):
        read: dict[str, Any] = json.loads(body or b"{}")
        return {"model": "ok", **read}
    fields: dict[str, Any] = {}
    for part in MultipartParser(io.BytesIO(body), kind.split("boundary=")[1].strip('"')):
        fields[part.name] = part.value if part.filename is None else len(part.raw)
    return fields


def _streams(body: dict[str, Any]) -> bool:
    return body.get("stream") in {True, "true"} or body.get("stream_format") == "sse"


async def _sounded(send: Any, sound: bytes, *, cut: bool) -> None:
    await _begin(send, 200, "audio/mpeg")
    for start in range(0, len(sound), 4_096):
        if cut and start:
            raise ConnectionError("cut, as scripted")
        await _piece(send, sound[start : start + 4_096])
    await _end(send)


async def _echoed(scope: Any, body: bytes, send: Any) -> None:
    """What a route that nobody knows was asked, as a kind of answer that nobody knows."""
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    kind = dict(scope["headers"]).get(b"content-type", b"")
    told = b" ".join([scope["method"].encode(), scope["raw_path"] + query, kind, body])
    await _begin(send, 201, "application/x-own")
    await _piece(send, told)
    await _end(send)


def _head(body: dict[str, Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"], "x_own": 1}


def _chunk(body: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {**_head(body), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _usage(words: int) -> dict[str, Any]:
    return {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": words,
        "total_tokens": PROMPT_TOKENS + words,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }


def _completion(body: dict[str, Any], script: str, argument: str) -> dict[str, Any]:
    words = words_of(body) or _words(script, argument)
    message: dict[str, Any] = {"role": "assistant", "content": "".join(words)}
    if script == "tools":
        message |= {"content": None, "tool_calls": [TOOL_CALL]}
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "x_own": {"kept": [1.50, "é"]},
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if script == "tools" else "stop"}],
    }
    return answer if script == "no" else {**answer, "usage": _usage(len(words))}


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "new_api_error", "code": "scripted", "param": None}}


def _event(body: dict[str, Any]) -> bytes:
    # Letters as they are, not escaped: what splits between two packets is then a letter.
    return b"data: " + json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode() + b"\n\n"


def _with_null_usage(event: bytes) -> bytes:
    return event if b'"usage"' in event or b"[DONE]" in event else event.replace(b"}\n\n", b',"usage":null}\n\n')


async def _read(receive: Any, arrived: asyncio.Event) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the gateway broke off")
        body += message.get("body", b"")
        if body:
            arrived.set()
        if not message.get("more_body"):
            return body


async def _answer(send: Any, status: int, body: dict[str, Any], headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    await _raw(send, status, json.dumps(body).encode(), headers)


async def _raw(send: Any, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    await _begin(send, status, "application/json", headers)
    await _piece(send, body)
    await _end(send)


async def _begin(send: Any, status: int, content_type: str, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    usual = [(b"content-type", content_type.encode()), (b"x-oneapi-request-id", REQUEST_ID.get().encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*usual, *headers]})


async def _piece(send: Any, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _end(send: Any) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})
