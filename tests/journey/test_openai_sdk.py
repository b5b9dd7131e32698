"""OpenAI's own SDK against the real model, and every answer found again in the books to the nano-dollar."""

from collections.abc import Iterator

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from tests.journey.books import Bill, Books, nanos
from tests.journey.stack import Stack

pytestmark = pytest.mark.usefixtures("audited")

CHAT = "smollm2-135m-instruct"
EMBEDDING = "smollm2-135m-embedding"
QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Name three colours of a nebula."}]
TOKENS_MAX = 24


@pytest.fixture
def sdk(stack: Stack) -> Iterator[OpenAI]:
    with stack.openai(stack.welcome.api_key) as client:
        yield client


def test_a_chat_answer_is_billed_what_its_usage_says(sdk: OpenAI, books: Books) -> None:
    before = books.wallet()["balance_nanos"]
    raw = sdk.chat.completions.with_raw_response.create(model=CHAT, messages=QUESTION, max_tokens=TOKENS_MAX)
    answer = raw.parse()
    assert answer.choices[0].message.content
    assert answer.usage is not None
    bill = books.bill(raw.headers["x-trace-id"])
    _agrees(books, bill, CHAT, answer.usage.prompt_tokens, answer.usage.completion_tokens)
    assert nanos(answer.usage.model_dump()["cost"]) == bill.cost_nanos
    assert books.wallet()["balance_nanos"] == before - bill.cost_nanos
    assert bill.usage is not None
    assert (bill.usage["ending"], bill.usage["usage_source"]) == ("completed", "upstream")


def test_a_stream_ends_without_usage_unless_it_was_asked_for(sdk: OpenAI, books: Books) -> None:
    raw = sdk.chat.completions.with_raw_response.create(
        model=CHAT, messages=QUESTION, max_tokens=TOKENS_MAX, stream=True
    )
    chunks = list(raw.parse())
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks).strip()
    assert chunks[-1].choices[0].finish_reason in {"stop", "length"}
    bill = books.bill(raw.headers["x-trace-id"])
    assert bill.usage is not None
    assert bill.usage["stream"] is True
    tokens = bill.usage["tokens"]
    _agrees(books, bill, CHAT, tokens["input_total"], tokens["output_total"])


def test_a_stream_that_asks_for_usage_is_told_its_cost(sdk: OpenAI, books: Books) -> None:
    raw = sdk.chat.completions.with_raw_response.create(
        model=CHAT,
        messages=QUESTION,
        max_tokens=TOKENS_MAX,
        stream=True,
        stream_options={"include_usage": True},
    )
    *_, last = raw.parse()
    assert last.choices == []
    assert last.usage is not None
    bill = books.bill(raw.headers["x-trace-id"])
    _agrees(books, bill, CHAT, last.usage.prompt_tokens, last.usage.completion_tokens)
    assert nanos(last.usage.model_dump()["cost"]) == bill.cost_nanos


def test_a_completion_is_billed_like_a_chat(sdk: OpenAI, books: Books) -> None:
    raw = sdk.completions.with_raw_response.create(model=CHAT, prompt="Once upon a time", max_tokens=8)
    answer = raw.parse()
    assert answer.choices[0].text
    assert answer.usage is not None
    bill = books.bill(raw.headers["x-trace-id"])
    _agrees(books, bill, CHAT, answer.usage.prompt_tokens, answer.usage.completion_tokens)


def test_embeddings_are_billed_by_their_input(sdk: OpenAI, books: Books) -> None:
    raw = sdk.embeddings.with_raw_response.create(model=EMBEDDING, input=["a wallet", "a ledger"])
    answer = raw.parse()
    assert [len(one.embedding) for one in answer.data] == [len(answer.data[0].embedding)] * 2
    bill = books.bill(raw.headers["x-trace-id"])
    _agrees(books, bill, EMBEDDING, answer.usage.prompt_tokens, 0)
    assert nanos(answer.usage.model_dump()["cost"]) == bill.cost_nanos


def test_the_list_of_models_names_what_can_be_called(sdk: OpenAI) -> None:
    assert {model.id for model in sdk.models.list()} == {CHAT, EMBEDDING}
    assert sdk.models.retrieve(CHAT).id == CHAT


def test_the_command_line_tells_the_whole_story_of_a_call(sdk: OpenAI, stack: Stack, books: Books) -> None:
    raw = sdk.chat.completions.with_raw_response.create(model=CHAT, messages=QUESTION, max_tokens=4)
    trace_id = raw.headers["x-trace-id"]
    bill = books.bill(trace_id)
    told = stack.read("trace", trace_id)
    by_kind = {entry["kind"]: entry["details"] for entry in told["entries"]}
    assert by_kind["ledger.hold"]["amount_nanos"] == bill.hold["amount_nanos"]
    assert by_kind["ledger.hold"]["price"]["tiers"], "the price that the call was quoted"
    assert by_kind["ledger.capture"]["amount_nanos"] == bill.cost_nanos
    assert by_kind["ledger.capture"]["released_nanos"] == bill.hold["amount_nanos"] - bill.cost_nanos
    request = by_kind["request"]
    assert [stage["name"] for stage in request["stages"]][:4] == ["auth", "rate_limit", "policy", "budget_hold"]
    assert (request["status"], request["upstream_status"]) == (200, 200)
    assert by_kind["usage"]["cost_nanos"] == bill.cost_nanos
    assert sum(by_kind["usage"]["tokens"].values()) > 0
    assert by_kind["event.call.metered"]["payload"]["ending"] == "completed"


def test_the_command_line_shows_the_wallet_that_http_shows(stack: Stack, books: Books) -> None:
    shown, served = stack.read("wallet", "show"), books.wallet()
    names = ("id", "balance_nanos", "frozen_nanos", "available_nanos", "version")
    assert {name: shown[name] for name in names} == {name: served[name] for name in names}


def _agrees(books: Books, bill: Bill, model: str, tokens_in: int, tokens_out: int) -> None:
    """The capture is prices times the tokens that the answer told, and so is the usage record."""
    assert bill.cost_nanos == books.cost_of(model, tokens_in=tokens_in, tokens_out=tokens_out)
    assert bill.usage is not None
    assert bill.usage["tokens"]["input_total"] == tokens_in
    assert bill.usage["tokens"]["output_total"] == tokens_out
