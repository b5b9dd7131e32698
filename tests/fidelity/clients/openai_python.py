"""OpenAI's Python SDK."""

from typing import Any

import openai
from openai import OpenAI

from tests.fidelity.clients.observed import BRIEF, HELLO, LOOK, WEATHER, named, show, told

base_url, api_key = told()
client: Any = OpenAI(base_url=base_url, api_key=api_key, max_retries=0)
retrying: Any = OpenAI(base_url=base_url, api_key=api_key, max_retries=2)


def chat(model: str = "ok", **more: Any) -> Any:
    return client.chat.completions.create(model=named(model), messages=HELLO, **BRIEF, **more).model_dump()


def stream(model: str = "ok", **more: Any) -> Any:
    chunks = client.chat.completions.create(model=named(model), messages=HELLO, stream=True, **BRIEF, **more)
    return [chunk.model_dump() for chunk in chunks]


def broken_stream() -> Any:
    seen: list[Any] = []
    chunks = client.chat.completions.create(model="error-mid-stream", messages=HELLO, stream=True)
    try:
        seen.extend(chunk.model_dump() for chunk in chunks)
    except openai.APIError as fault:
        seen.append({"raised": type(fault).__name__})
    return seen


def abort() -> Any:
    chunks = client.chat.completions.create(model=named("slow-20"), messages=HELLO, stream=True, **BRIEF)
    first = [next(chunks).model_dump() for _ in range(2)]
    chunks.close()
    return [first, chat()]


def respond(**more: Any) -> Any:
    brief = {"temperature": 0, "max_output_tokens": BRIEF["max_tokens"]} if BRIEF else {}
    return client.responses.create(model=named("ok"), input="hello", **brief, **more)


def embed(asked: Any, **more: Any) -> Any:
    return client.embeddings.create(model=named("ok", embeds=True), input=asked, **more).model_dump()


def sound() -> Any:
    return client.audio.speech.create(model="ok", voice="alloy", input="hello").read().hex()


def transcript(**more: Any) -> Any:
    answer = client.audio.transcriptions.create(model="ok", file=("a.wav", b"RIFF" + b"x" * 999), **more)
    return answer.model_dump() if hasattr(answer, "model_dump") else answer


show(
    {
        "chat": chat,
        "stream": stream,
        "stream_with_usage": lambda: stream(stream_options={"include_usage": True}),
        "tools": lambda: chat("tools", tools=[WEATHER]),
        "tools_streamed": lambda: stream("tools", tools=[WEATHER]),
        "json_mode": lambda: chat("json", response_format={"type": "json_object"}),
        "vision": lambda: client.chat.completions.create(model="mirror", messages=LOOK).model_dump(),
        "unknown_fields": lambda: chat("mirror", extra_body={"own": {"x": [1.5, None]}}, seed=7, temperature=0.25),
        "embeddings": lambda: embed(["a"], encoding_format="float"),
        "embeddings_as_usual": lambda: embed("a"),
        "completion": lambda: client.completions.create(model=named("ok"), prompt="once", **BRIEF).model_dump(),
        "responses": lambda: respond().model_dump(),
        "responses_streamed": lambda: [event.model_dump() for event in respond(stream=True)],
        "moderation": lambda: client.moderations.create(model="ok", input="hello").model_dump(),
        "images": lambda: client.images.generate(model="ok", prompt="x", n=2).model_dump(),
        "speech": sound,
        "transcript": transcript,
        "transcript_as_text": lambda: transcript(response_format="text"),
        "refused": lambda: chat("status-400"),
        "not_found": lambda: chat("status-404"),
        "unprocessable": lambda: chat("status-422"),
        "provider_down": lambda: chat("status-500"),
        "provider_over_its_limit": lambda: chat("status-429"),
        "provider_refuses_us": lambda: chat("status-401"),
        "error_in_200": lambda: chat("error-in-200"),
        "broken_stream": broken_stream,
        "retried": lambda: retrying.chat.completions.create(model="flaky-503", messages=HELLO).model_dump(),
        "abort": abort,
    }
)
