"""`deepspace up` beside a database and an upstream of one's own: it uses what is named, and starts what is not."""

import pytest

from tests.journey.books import Books
from tests.journey.conftest import UPSTREAM_KEY, OwnServers
from tests.scripted_upstream import PROMPT_TOKENS, WORDS_USUAL

pytestmark = pytest.mark.usefixtures("own_audited")


def test_what_the_settings_name_is_not_started(own: OwnServers) -> None:
    assert set(own.stack.pids) == {"redis", "gateway", "worker"}
    assert not (own.stack.directory / ".deepspace" / "postgres").exists()
    assert own.stack.running["newapi_base_url"] == own.upstream.url


def test_the_pasted_line_asks_for_a_model_and_says_how_to_add_one(own: OwnServers) -> None:
    printed = own.stack.printed
    assert "deepspace model create NAME" in printed
    assert "deepspace price set NAME" in printed
    assert all("YOUR_MODEL" in line for line in own.stack.welcome.pasted)


def test_a_model_made_by_the_command_line_is_called_by_its_upstream_name(own: OwnServers, own_books: Books) -> None:
    with own.stack.openai(own.stack.welcome.api_key) as client:
        raw = client.chat.completions.with_raw_response.create(
            model="obliging", messages=[{"role": "user", "content": "Hello"}]
        )
    bill = own_books.bill(raw.headers["x-trace-id"])
    assert bill.cost_nanos == own_books.cost_of("obliging", tokens_in=PROMPT_TOKENS, tokens_out=WORDS_USUAL)
    assert own.upstream.requests[-1]["model"] == "ok"
    headers = own.upstream.headers[-1]
    assert headers["authorization"] == f"Bearer {UPSTREAM_KEY}"
    assert raw.headers["x-trace-id"] in headers["traceparent"]
