"""The embedded model, with real tokens, through the real OpenAI client."""

import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from deepspace_adapters.embedded.errors import EmbeddedFailure
from deepspace_adapters.embedded.llama import TEXT_SLOTS
from deepspace_adapters.embedded.model import EMBEDDING_MODEL, TEXT_MODEL, EmbeddedModel

EMBEDDING_DIMENSIONS = 576
ANSWER_TIMEOUT_SECONDS = 60
HELLO = [{"role": "user", "content": "hello"}]
STORY_TOKENS = 3_000
"""Longer than any of these tests would wait for."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedModel]:
    made = EmbeddedModel(tmp_path_factory.mktemp("model"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client(model: EmbeddedModel) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=model.url, api_key=model.key, max_retries=0, timeout=ANSWER_TIMEOUT_SECONDS) as opened:
        yield opened


def ask(client: openai.OpenAI, text: str, *, tokens_max: int = 5) -> openai.types.chat.ChatCompletion:
    return client.chat.completions.create(
        model=TEXT_MODEL, messages=[{"role": "user", "content": text}], max_tokens=tokens_max
    )


def test_it_chats_and_counts(client: openai.OpenAI) -> None:
    answer = ask(client, "Say hello.")
    assert answer.model == TEXT_MODEL
    assert answer.choices[0].message.content
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 0
    assert 0 < answer.usage.completion_tokens <= 5


def test_a_stream_ends_with_the_usage_that_was_asked_for(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model=TEXT_MODEL,
            messages=[{"role": "user", "content": "Say hello."}],
            max_tokens=4,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 4
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)


def test_a_stream_comes_piece_by_piece(model: EmbeddedModel) -> None:
    body = {"model": TEXT_MODEL, "messages": [{"role": "user", "content": "Tell."}], "max_tokens": 8, "stream": True}
    headers = {"authorization": f"Bearer {model.key}"}
    with httpx.stream("POST", model.url + CHAT, json=body, headers=headers, timeout=ANSWER_TIMEOUT_SECONDS) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        pieces = list(answer.iter_raw())
    assert len(pieces) > 4
    assert pieces[-1].endswith(b"data: [DONE]\n\n")


def test_it_completes_a_text(client: openai.OpenAI) -> None:
    answer = client.completions.create(model=TEXT_MODEL, prompt="One, two,", max_tokens=3)
    assert answer.choices[0].text
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


def test_it_embeds_several_texts_at_once(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model=EMBEDDING_MODEL, input=["a cat", "a kitten"])
    assert [len(one.embedding) for one in answer.data] == [EMBEDDING_DIMENSIONS] * 2
    assert sum(number**2 for number in answer.data[0].embedding) == pytest.approx(1, abs=1e-3)
    assert answer.usage.prompt_tokens > 0


def test_it_speaks_anthropics_protocol(model: EmbeddedModel) -> None:
    body = {"model": TEXT_MODEL, "max_tokens": 4, "messages": HELLO}
    asked: dict[str, Any] = {"headers": {"x-api-key": model.key}, "timeout": ANSWER_TIMEOUT_SECONDS}
    answer = httpx.post(f"{model.url}/messages", json=body, **asked).json()
    assert (answer["type"], answer["usage"]["output_tokens"]) == ("message", 4)
    assert answer["content"][0]["text"]
    counted = httpx.post(f"{model.url}/messages/count_tokens", json=body, **asked).json()
    assert counted["input_tokens"] > 0
    refused = httpx.post(f"{model.url}/messages", json=body | {"model": "claude-9"}, **asked)
    assert (refused.status_code, refused.json()["type"]) == (503, "error")
    assert "claude-9" in refused.json()["error"]["message"]


def test_it_gives_responses(client: openai.OpenAI) -> None:
    answer = client.responses.create(model=TEXT_MODEL, input="Say hello.", max_output_tokens=4)
    assert answer.output_text
    assert answer.usage is not None
    assert answer.usage.output_tokens == 4


def test_it_lists_its_models(client: openai.OpenAI) -> None:
    assert {one.id for one in client.models.list()} == {TEXT_MODEL, EMBEDDING_MODEL}
    assert client.models.retrieve(TEXT_MODEL).id == TEXT_MODEL


def test_a_request_id_comes_back(model: EmbeddedModel) -> None:
    headers = {"authorization": f"Bearer {model.key}", "x-request-id": "trace-1"}
    answer = httpx.get(f"{model.url}/models", headers=headers)
    assert answer.headers["x-request-id"] == "trace-1"


CHAT = "/chat/completions"
BAD_REQUESTS = {
    "unknown model": (CHAT, {"model": "gpt-9", "messages": HELLO}, 503, "model_not_found", "gpt-9"),
    "no model": (CHAT, {"messages": HELLO}, 503, "model_not_found", "No available channel"),
    "not JSON": (CHAT, b"{", 400, "invalid_request", "Invalid request body"),
    "no messages": (CHAT, {"model": TEXT_MODEL}, 400, "invalid_request_error", "messages"),
    "too long": (CHAT, {"model": TEXT_MODEL, "messages": [{"role": "user", "content": "hi " * 9_000}]}, 400,
                 "context_length_exceeded", "context size"),
    "too long to embed": ("/embeddings", {"model": EMBEDDING_MODEL, "input": "hi " * 9_000}, 400,
                          "context_length_exceeded", "too large"),
    "text model for embeddings": ("/embeddings", {"model": TEXT_MODEL, "input": "x"}, 400, "invalid_request",
                                  EMBEDDING_MODEL),
    "embedding model for chat": (CHAT, {"model": EMBEDDING_MODEL, "messages": HELLO}, 400, "invalid_request",
                                 TEXT_MODEL),
    "unknown path": ("/images/generations", {"model": TEXT_MODEL}, 404, "", "Invalid URL"),
    "too large": (CHAT, b" " * (5 * 1024 * 1024), 413, "request_body_too_large", "bytes"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_REQUESTS)
def test_a_bad_request_gets_an_error_in_newapis_shape(model: EmbeddedModel, case: str) -> None:
    path, body, status, code, words = BAD_REQUESTS[case]
    headers = {"authorization": f"Bearer {model.key}", "x-request-id": "trace-2"}
    content = body if isinstance(body, bytes) else httpx.Request("POST", "http://x", json=body).content
    answer = httpx.post(model.url + path, content=content, headers=headers, timeout=ANSWER_TIMEOUT_SECONDS)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert words in error["message"]
    assert "trace-2" in error["message"]
    assert error["type"]


def test_a_wrong_key_is_refused(model: EmbeddedModel) -> None:
    keys: Sequence[Mapping[str, str]] = (
        {}, {"x-api-key": "wrong"}, {"x-api-key": model.key, "authorization": "Bearer wrong"},
    )  # fmt: skip
    for headers in keys:
        assert httpx.post(f"{model.url}/messages", json={}, headers=headers).status_code == 401
    assert httpx.get(f"{model.url}/models", headers={"x-api-key": model.key}).status_code == 401
    stranger = openai.OpenAI(base_url=model.url, api_key="wrong", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError):
        stranger.models.list()


def test_streams_that_are_left_free_their_slots(client: openai.OpenAI) -> None:
    for _ in range(TEXT_SLOTS):
        stream = client.chat.completions.create(
            model=TEXT_MODEL,
            messages=[{"role": "user", "content": "Write a very long story."}],
            max_tokens=STORY_TOKENS,
            stream=True,
        )
        next(iter(stream))
        stream.close()
    # Were the slots still writing their stories, this would wait for minutes.
    assert ask(client, "Say hello.").choices[0].message.content


def test_answers_that_nobody_waits_for_free_their_slots(client: openai.OpenAI) -> None:
    for _ in range(TEXT_SLOTS):
        with pytest.raises(openai.APITimeoutError):
            ask(client.with_options(timeout=0.5), "Write a very long story.", tokens_max=STORY_TOKENS)
    assert ask(client, "Say hello.").choices[0].message.content


def test_the_key_is_not_in_the_list_of_processes(model: EmbeddedModel) -> None:
    assert model.key.encode() not in Path(f"/proc/{model.pid}/cmdline").read_bytes()


def test_it_starts_again_at_the_same_address_after_a_crash(tmp_path: Path) -> None:
    model = EmbeddedModel(tmp_path)
    try:
        url = model.start()
        assert model.pid is not None
        os.kill(model.pid, signal.SIGSEGV)
        while model.alive:
            time.sleep(0.01)
        assert model.start() == url
        with openai.OpenAI(base_url=url, api_key=model.key) as client:
            assert ask(client, "Say hello.").choices
    finally:
        model.stop()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedFailure, match=str(port)):
            EmbeddedModel(tmp_path, port=port).start()
