"""Anthropic's Python SDK."""

from typing import Any

from anthropic import Anthropic

from tests.fidelity.clients.observed import BRIEF, HELLO, named, show, told

base_url, api_key = told()
client: Any = Anthropic(base_url=base_url.removesuffix("/v1"), api_key=api_key, max_retries=0)
retrying: Any = Anthropic(base_url=base_url.removesuffix("/v1"), api_key=api_key, max_retries=2)
BOUNDED: dict[str, Any] = {"max_tokens": 64}
if BRIEF:
    BOUNDED = {"max_tokens": BRIEF["max_tokens"], "extra_body": {"temperature": BRIEF["temperature"]}}
TOOL = {"name": "weather", "description": "x", "input_schema": {"type": "object", "properties": {}}}


def message(model: str = "ok", by: Any = client, **more: Any) -> Any:
    return by.messages.create(model=named(model), messages=HELLO, **BOUNDED, **more).model_dump()


def events(model: str = "ok", **more: Any) -> Any:
    return [
        event.model_dump()
        for event in client.messages.create(model=named(model), messages=HELLO, stream=True, **BOUNDED, **more)
    ]


def gathered(**more: Any) -> Any:
    with client.messages.stream(model=named("ok"), messages=HELLO, **BOUNDED, **more) as stream:
        return [list(stream.text_stream), stream.get_final_message().model_dump()]


def abort() -> Any:
    stream = client.messages.create(model=named("slow-20"), messages=HELLO, stream=True, **BOUNDED)
    first = [next(iter(stream)).model_dump()]
    stream.close()
    return [first, message()]


def look() -> Any:
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    asked = [{"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": "what?"}]}]
    return client.messages.create(model="mirror", messages=asked, **BOUNDED).model_dump()


def counted() -> Any:
    return client.messages.count_tokens(model=named("ok"), messages=HELLO).model_dump()


show(
    {
        "message": message,
        "events": events,
        "gathered": gathered,
        "vision": look,
        "tools": lambda: message(tools=[TOOL]),
        "tools_streamed": lambda: events(tools=[TOOL]),
        "count_tokens": counted,
        "refused": lambda: message("status-400"),
        "provider_down": lambda: message("status-500"),
        "retried": lambda: message("flaky-503", by=retrying),
        "abort": abort,
    }
)
