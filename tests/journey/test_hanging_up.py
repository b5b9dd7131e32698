"""Answers that one side leaves in the middle: billed once, by what is known of them, and nothing stays frozen."""

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from tests.journey.books import Books
from tests.journey.conftest import OwnServers
from tests.journey.stack import Stack

pytestmark = pytest.mark.usefixtures("audited", "own_audited")

CHAT = "smollm2-135m-instruct"
TOKENS_MAX = 60


def test_a_stream_that_is_closed_early_is_billed_once_by_the_upstreams_usage(stack: Stack, books: Books) -> None:
    with stack.openai(stack.welcome.api_key) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=CHAT,
            messages=[{"role": "user", "content": "Tell me a long story about a telescope."}],
            max_tokens=TOKENS_MAX,
            temperature=0,
            stream=True,
        )
        stream = raw.parse()
        next(iter(stream))
        stream.close()
    bill = books.bill(raw.headers["x-trace-id"])
    assert bill.usage is not None
    assert (bill.usage["ending"], bill.usage["usage_source"]) == ("client_aborted", "upstream")
    tokens = bill.usage["tokens"]
    assert tokens["output_total"] > 2, "the answer was read on after the client had gone"
    assert bill.cost_nanos == books.cost_of(CHAT, tokens_in=tokens["input_total"], tokens_out=tokens["output_total"])
    books.nothing_stays_frozen()


def test_an_organization_that_cancels_pays_for_what_was_delivered(own: OwnServers, own_books: Books) -> None:
    own.stack.run("org", "update", own_books.wallet()["org_id"], "--on-abort", "cancel")
    try:
        with own.stack.openai(own.stack.welcome.api_key) as client:
            raw = client.chat.completions.with_raw_response.create(
                model="slow", messages=[{"role": "user", "content": "Go on"}], stream=True
            )
            stream = raw.parse()
            chunks = iter(stream)
            while not next(chunks).choices[0].delta.content:
                pass
            stream.close()
        bill = own_books.bill(raw.headers["x-trace-id"])
    finally:
        own.stack.run("org", "update", own_books.wallet()["org_id"], "--on-abort", "drain")
    assert bill.usage is not None
    assert (bill.usage["ending"], bill.usage["usage_source"]) == ("client_aborted", "estimated")
    assert bill.cost_nanos > 0
    own_books.nothing_stays_frozen()


def test_an_upstream_that_breaks_off_is_told_in_the_stream_and_billed_as_delivered(
    own: OwnServers, own_books: Books
) -> None:
    heard: list[ChatCompletionChunk] = []
    with own.stack.openai(own.stack.welcome.api_key) as client:
        raw = client.chat.completions.with_raw_response.create(
            model="breaking", messages=[{"role": "user", "content": "Go on"}], stream=True
        )
        with pytest.raises(openai.APIError) as raised:
            heard.extend(raw.parse())
    assert raised.value.code == "upstream_cut"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in heard)
    bill = own_books.bill(raw.headers["x-trace-id"])
    assert bill.usage is not None
    assert (bill.usage["ending"], bill.usage["usage_source"]) == ("truncated", "estimated")
    assert bill.cost_nanos > 0
    own_books.nothing_stays_frozen()
