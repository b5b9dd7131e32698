"""LiteLLM's SDK as a client of an OpenAI-compatible server."""

import os
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # its list of prices is in its wheel; nothing is fetched

import litellm

from tests.fidelity.clients.observed import BRIEF, HELLO, LOOK, WEATHER, named, show, told

base_url, api_key = told()
litellm.telemetry = False


def call(model: str = "ok", *, retries: int = 0, **more: Any) -> Any:
    given: dict[str, Any] = {"messages": HELLO, **BRIEF, **more}
    return litellm.completion(
        model=f"openai/{named(model)}", api_base=base_url, api_key=api_key, max_retries=0, num_retries=retries, **given
    )


def chat(model: str = "ok", **more: Any) -> Any:
    return plain(call(model, **more).model_dump())


def stream(model: str = "ok", **more: Any) -> Any:
    return [plain(chunk.model_dump()) for chunk in call(model, stream=True, **more)]


def abort() -> Any:
    chunks = call("slow-20", stream=True)
    first = [plain(next(chunks).model_dump()) for _ in range(2)]
    chunks.completion_stream.close()
    return [first, chat()]


def plain(facts: dict[str, Any]) -> Any:
    """Without what LiteLLM draws for itself."""
    return {name: value for name, value in facts.items() if name not in {"id", "created"}}


def embedded() -> Any:
    model = f"openai/{named('ok', embeds=True)}"
    answer = litellm.embedding(model=model, input=["a"], api_base=base_url, api_key=api_key, max_retries=0)
    return plain(answer.model_dump())


show(
    {
        "chat": chat,
        "stream": stream,
        "stream_with_usage": lambda: stream(stream_options={"include_usage": True}),
        "tools": lambda: chat("tools", tools=[WEATHER]),
        "tools_streamed": lambda: stream("tools", tools=[WEATHER]),
        "json_mode": lambda: chat("json", response_format={"type": "json_object"}),
        "vision": lambda: chat("mirror", messages=LOOK),
        "embeddings": embedded,
        "refused": lambda: chat("status-400"),
        "provider_down": lambda: chat("status-500"),
        "retried": lambda: chat("flaky-503", retries=2),
        "abort": abort,
    }
)
