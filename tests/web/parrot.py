"""An upstream that says what it was taught, word by word: for what a small model would never say by itself."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHARACTERS_A_PIECE = 24


@contextmanager
def talking_parrot(says: Mapping[str, str]) -> Iterator[str]:
    """Serves on loopback until left; gives its address. `says` goes from a model's upstream name to the answer."""

    class Parrot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            text = says.get(body["model"], "I was not taught that.")
            self.send_response(200)
            self.send_header("content-type", "text/event-stream" if body.get("stream") else "application/json")
            self.end_headers()
            self.wfile.write(_streamed(body["model"], text) if body.get("stream") else _whole(body["model"], text))

        def do_GET(self) -> None:
            listed = json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in says]}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(listed)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """Says nothing: the gateway tells what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _usage(text: str) -> dict[str, int]:
    return {"prompt_tokens": 10, "completion_tokens": len(text) // 4 + 1, "total_tokens": 11 + len(text) // 4}


def _whole(model: str, text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}
    return json.dumps({**told, "usage": _usage(text)}).encode()


def _streamed(model: str, text: str) -> bytes:
    pieces = [text[at : at + CHARACTERS_A_PIECE] for at in range(0, len(text), CHARACTERS_A_PIECE)]
    deltas = [({"role": "assistant", "content": ""}, None), *(({"content": one}, None) for one in pieces), ({}, "stop")]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    events = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} for delta, reason in deltas]
    events.append({**head, "choices": [], "usage": _usage(text)})
    return "".join(f"data: {json.dumps(one)}\n\n" for one in events).encode() + b"data: [DONE]\n\n"
