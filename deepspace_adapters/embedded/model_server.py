"""The process that stands where NewAPI stands: one OpenAI-compatible address before the two llama.cpp servers.

Run as `python -m deepspace_adapters.embedded.model_server --socket FD`, with the key in DEEPSPACE_NEWAPI_API_KEY (an
argument could be read in the list of processes). A process of its own, so that a crash in C++ takes nothing with it.

It does what the gateway can notice of NewAPI: bearer key, routing by `model`, NewAPI's error shape and request id,
unbuffered streams, and the end of a generation whose client has gone.
"""

import argparse
import asyncio
import contextlib
import hmac
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import msgspec
import uvicorn

from deepspace_adapters.embedded.llama import EMBEDDING_MODEL, TEXT_MODEL, LlamaServers, start_llama_servers

KEY_VARIABLE = "DEEPSPACE_NEWAPI_API_KEY"
BODY_BYTES_MAX = 4 * 1024 * 1024
REQUESTS_MAX = 32
CONNECT_TIMEOUT_SECONDS = 5
SILENCE_TIMEOUT_SECONDS = 300
"""The longest wait for a next piece: a long prompt behind three others takes minutes on two cores."""

SHUTDOWN_TIMEOUT_SECONDS = 2
BACKLOG = 128
PATHS = {
    "/v1/chat/completions": TEXT_MODEL,
    "/v1/completions": TEXT_MODEL,
    "/v1/responses": TEXT_MODEL,
    "/v1/messages": TEXT_MODEL,
    "/v1/messages/count_tokens": TEXT_MODEL,
    "/v1/embeddings": EMBEDDING_MODEL,
}
"""From what is asked to the one model that can do it."""

ANTHROPIC = "/v1/messages"
"""What begins like this speaks Anthropic's protocol: key and errors too."""

INPUT_TOO_LARGE = "too large to process"
"""What llama.cpp says, with status 500, of an input to be embedded that doesn't fit: the caller's fault, so a 400."""

Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]


class Wanted(msgspec.Struct):
    """The only field that routing needs; the body goes on as it came."""

    model: str = ""


@dataclass(eq=False)
class Refusal(Exception):
    """An answer in NewAPI's error shape."""

    status: int
    message: str
    code: str
    type: str = "new_api_error"


@dataclass(slots=True)
class Call:
    """One request: what came, where its answer goes, and whether that has begun."""

    method: str
    path: str
    headers: Mapping[str, str]
    request_id: str
    send: Send
    begun: bool = False

    @property
    def is_anthropic(self) -> bool:
        return self.path.startswith(ANTHROPIC)

    async def begin(self, status: int, content_type: str) -> None:
        self.begun = True
        headers = {
            "content-type": content_type,
            "x-request-id": self.request_id,
            "x-oneapi-request-id": self.request_id,
        }
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": encoded})

    async def body(self, content: bytes, *, more: bool) -> None:
        await self.send({"type": "http.response.body", "body": content, "more_body": more})

    async def json(self, status: int, content: object) -> None:
        await self.begin(status, "application/json")
        await self.body(msgspec.json.encode(content), more=False)


class ModelServer:
    """The ASGI application."""

    def __init__(self, servers: LlamaServers, *, key: str) -> None:
        self._servers = servers  # they end when nobody holds them
        self._addresses = {
            TEXT_MODEL: servers.text.listening_address,
            EMBEDDING_MODEL: servers.embedding.listening_address,
        }
        self._authorization = f"Bearer {key}"
        self._under_way = 0
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(SILENCE_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
            # llama.cpp keeps a thread for each idle connection, and drops it when httpx may be about to use it again.
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = headers.get("x-request-id") or secrets.token_hex(16)
        call = Call(scope["method"], scope["path"], headers, request_id, send)
        try:
            await self._answer(call, receive)
        except Refusal as refusal:
            await call.json(refusal.status, _error(refusal, call))

    async def _answer(self, call: Call, receive: Receive) -> None:
        if call.path == "/health":
            return await call.json(200, {"status": "ok"})
        if not self._knows(call):
            raise Refusal(401, "Invalid token", "invalid_token")
        if call.path.startswith("/v1/models"):
            return await self._show_models(call)
        if call.path not in PATHS or call.method != "POST":
            raise Refusal(404, f"Invalid URL ({call.method} {call.path})", "", type="invalid_request_error")
        body = await _read(receive)
        request = self._request(call, body)
        if self._under_way >= REQUESTS_MAX:
            raise Refusal(429, f"{REQUESTS_MAX} requests are under way already; try again", "rate_limit_exceeded")
        self._under_way += 1
        try:
            await self._while_connected(receive, self._forward(call, request))
        finally:
            self._under_way -= 1

    def _knows(self, call: Call) -> bool:
        told = call.headers.get("authorization", "")
        if call.is_anthropic and not told:
            told = f"Bearer {call.headers.get('x-api-key', '')}"
        return hmac.compare_digest(told.encode(), self._authorization.encode())

    async def _show_models(self, call: Call) -> None:
        models = {name: {"id": name, "object": "model", "created": 0, "owned_by": "local"} for name in self._addresses}
        name = call.path.removeprefix("/v1/models").strip("/")
        if not name:
            return await call.json(200, {"object": "list", "data": list(models.values())})
        if name not in models:
            raise Refusal(404, f"The model '{name}' does not exist", "model_not_found", type="invalid_request_error")
        return await call.json(200, models[name])

    def _request(self, call: Call, body: bytes) -> httpx.Request:
        try:
            model = msgspec.json.decode(body, type=Wanted).model
        except msgspec.MsgspecError as fault:
            raise Refusal(400, f"Invalid request body: {fault}", "invalid_request") from fault
        if model not in self._addresses:
            # NewAPI's status and words for a model that no channel of its has.
            message = f"No available channel for model {model} under group default (distributor)"
            raise Refusal(503, message, "model_not_found")
        if model != PATHS[call.path]:
            message = f"The model {model} can't do {call.path}; {PATHS[call.path]} can"
            raise Refusal(400, message, "invalid_request", type="invalid_request_error")
        headers = {"content-type": "application/json"}
        return self._client.build_request("POST", self._addresses[model] + call.path, content=body, headers=headers)

    @staticmethod
    async def _while_connected(receive: Receive, work: Awaitable[None]) -> None:
        """Cancels `work` when the client goes; closing llama.cpp's connection frees its slot."""
        working = asyncio.ensure_future(work)
        leaving = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working

    async def _forward(self, call: Call, request: httpx.Request) -> None:
        try:
            answer = await self._client.send(request, stream=True)
            try:
                await self._relay(call, answer)
            finally:
                await answer.aclose()
        except httpx.HTTPError as fault:
            if call.begun:
                raise  # the connection breaks, which is what a client must see of half an answer
            raise Refusal(502, f"The model broke off: {type(fault).__name__}", "do_request_failed") from fault

    @staticmethod
    async def _relay(call: Call, answer: httpx.Response) -> None:
        if answer.is_error:
            raise _refusal_of(answer.status_code, await answer.aread())
        await call.begin(answer.status_code, answer.headers.get("content-type", "application/json"))
        async for piece in answer.aiter_raw():
            await call.body(piece, more=True)
        await call.body(b"", more=False)


async def _read(receive: Receive) -> bytes:
    pieces = bytearray()
    more = True
    while more:
        message = await receive()
        pieces += message.get("body", b"")
        if len(pieces) > BODY_BYTES_MAX:
            raise Refusal(413, f"The body is over {BODY_BYTES_MAX} bytes", "request_body_too_large")
        more = message["type"] == "http.request" and message.get("more_body", False)
    return bytes(pieces)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refusal_of(status: int, body: bytes) -> Refusal:
    """llama.cpp's error in the shape that NewAPI gives an upstream's: `code` is a text there."""
    try:
        error = msgspec.json.decode(body)["error"]
        message, kind = str(error["message"]), str(error["type"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return Refusal(502, "The model answered with something that is no JSON", "bad_response")
    if INPUT_TOO_LARGE in message:
        return Refusal(400, message, "context_length_exceeded", type="invalid_request_error")
    if kind == "exceed_context_size_error":
        return Refusal(status, message, "context_length_exceeded", type="invalid_request_error")
    return Refusal(status, message, kind, type=kind)


def _error(refusal: Refusal, call: Call) -> object:
    message = f"{refusal.message} (request id: {call.request_id})"
    if call.is_anthropic:
        return {"type": "error", "error": {"type": refusal.type, "message": message}}
    return {"error": {"message": message, "type": refusal.type, "param": None, "code": refusal.code}}


def main() -> None:
    """Loads the model and serves on the inherited socket until SIGTERM."""
    parser = argparse.ArgumentParser(description="Serve the small local model where NewAPI would stand.")
    parser.add_argument("--socket", type=int, required=True, help="the file descriptor of a listening socket")
    descriptor = parser.parse_args().socket
    application = ModelServer(start_llama_servers(), key=os.environ[KEY_VARIABLE])
    config = uvicorn.Config(
        application,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])
    # Without Python's and llama.cpp's own tidying: the kernel frees it all, and sooner.
    os._exit(0)


if __name__ == "__main__":
    main()
