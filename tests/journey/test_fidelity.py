"""The small model, asked straight and through the gateway: the same words, tokens and vectors."""

import json
import re
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.fidelity.differences import unexplained, without_drawn
from tests.journey.stack import Stack

pytestmark = pytest.mark.usefixtures("audited")

CHAT, EMBEDDING = "smollm2-135m-instruct", "smollm2-135m-embedding"
REQUEST_ID = re.compile(r" \(request id: [^)]*\)")
"""What NewAPI, and the small model's server in its place, puts behind an error's message."""
ASKED: dict[str, Any] = {
    "model": CHAT,
    "messages": [{"role": "user", "content": "Name three colours of a nebula."}],
    "max_tokens": 24,
    "temperature": 0,
    "seed": 7,
}


def test_the_small_model_says_the_same_through_the_gateway(stack: Stack) -> None:
    running = stack.running
    with OpenAI(base_url=running["newapi_base_url"], api_key=running["newapi_api_key"], max_retries=0) as direct:
        direct.chat.completions.create(**ASKED)  # from now on the model has read the question, whoever asks
        straight = _seen(direct)
    with stack.openai(stack.welcome.api_key) as client:
        through = _seen(client)
    assert straight["chat"]["choices"][0]["message"]["content"].strip()
    assert len(straight["stream"]) > 3
    assert straight["too_long"]["raised"] == "BadRequestError"
    found = unexplained(straight, through)
    assert not found, "\n".join(found)


def _seen(client: Any) -> dict[str, Any]:
    create = client.chat.completions.create
    cases = {
        "chat": lambda: create(**ASKED).model_dump(),
        "json_mode": lambda: create(**ASKED, response_format={"type": "json_object"}).model_dump(),
        "stream": lambda: [chunk.model_dump() for chunk in create(**ASKED, stream=True)],
        "stream_with_usage": lambda: [
            chunk.model_dump() for chunk in create(**ASKED, stream=True, stream_options={"include_usage": True})
        ],
        "embeddings": lambda: client.embeddings.create(model=EMBEDDING, input=["a text"]).model_dump(),
        "too_long": lambda: client.embeddings.create(model=EMBEDDING, input="word " * 20_000).model_dump(),
    }
    return {name: without_drawn(_tried(case)) for name, case in cases.items()}


def _tried(case: Any) -> Any:
    try:
        return case()
    except openai.APIStatusError as fault:
        told = REQUEST_ID.sub("", json.dumps(fault.body))
        return {"raised": type(fault).__name__, "status": fault.status_code, "body": json.loads(told)}
