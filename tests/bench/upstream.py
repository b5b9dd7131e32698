"""A scripted upstream that costs next to nothing, so that what is measured is the gateway.

The model's name is the script: `bench-answer` is one JSON body, `bench-stream-N` is N chunks, one write each,
CHUNK_SECONDS apart, then the finish chunk, the usage chunk and the end mark; `bench-flood` is FLOOD_EVENTS large ones,
as fast as they are taken.
"""

import asyncio
import json
import re
import sys
from typing import cast

import httptools
import uvloop

CHUNK_SECONDS = 0.01
ANSWER_TEXT = "A gateway earns its keep by what it does not add to the time and the cost of an answer. " * 8
USAGE = {"prompt_tokens": 21, "completion_tokens": 96, "total_tokens": 117}

FLOOD_EVENTS, FLOOD_EVENT_BYTES = 1_000, 16 * 1024
HEAD_OF_BODY_BYTES = 1_024
"""Where the model is named; the rest of a body is of no interest here."""

_SCRIPT = re.compile(rb'"model":\s*"bench-(answer|flood|stream-(\d+))"')
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _object(**fields: object) -> bytes:
    common = {"id": "chatcmpl-bench", "created": 1_760_000_000, "model": "bench", "system_fingerprint": "fp_bench"}
    return json.dumps({**common, **fields}, separators=(",", ":")).encode()


def _event(data: bytes) -> bytes:
    event = b"data: " + data + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(event), event)


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event(_object(object="chat.completion.chunk", choices=[choice], usage=None))


def _answer() -> bytes:
    message = {"role": "assistant", "content": ANSWER_TEXT, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    body = _object(object="chat.completion", choices=[choice], usage=USAGE)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    return head + body


ANSWER = _answer()
CHUNKS = [_chunk({"content": f" word{number:02}"}) for number in range(64)]
"""In turn, as LiteLLM ends an answer that says the same again and again."""
FLOOD = _chunk({"content": "x" * FLOOD_EVENT_BYTES})
ENDING = (
    _chunk({}, "stop")
    + _event(_object(object="chat.completion.chunk", choices=[], usage=USAGE))
    + _event(b"[DONE]")
    + b"0\r\n\r\n"
)


class Upstream(asyncio.Protocol):
    """One connection; a client sends its next request after the last answer."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._chunks_left = self._flood_left = 0
        self._is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class, which does not say so
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, piece: bytes) -> None:
        self._body += piece[: HEAD_OF_BODY_BYTES - len(self._body)]

    def on_message_complete(self) -> None:
        script, self._body = _SCRIPT.search(self._body), b""
        if script is None or script[1] == b"answer":
            self._transport.write(ANSWER)
            return
        self._transport.write(_STREAM_HEAD)
        if script[1] == b"flood":
            self._flood_left = FLOOD_EVENTS
            self._send_flood()
        else:
            self._chunks_left = int(script[2])
            self._send_chunk()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self._send_flood()

    def _send_flood(self) -> None:
        while self._flood_left and not self._is_paused:
            self._flood_left -= 1
            self._transport.write(FLOOD if self._flood_left else FLOOD + ENDING)

    def _send_chunk(self) -> None:
        if self._chunks_left == 0:
            self._transport.write(ENDING)
            return
        self._chunks_left -= 1
        self._transport.write(CHUNKS[self._chunks_left % len(CHUNKS)])
        self._timer = self._loop.call_later(CHUNK_SECONDS, self._send_chunk)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
