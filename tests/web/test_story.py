"""The whole way in a real browser, held against the books: what people see of money is what the ledger says."""

from decimal import Decimal
from typing import Any

import pytest

from deepspace_core.kernel.money import nanos_from_decimal
from tests.journey.books import Books
from tests.journey.people import log_in
from tests.journey.stack import Stack
from tests.web.drive import travel
from tests.web.life import MODEL, QUESTION

EMAIL = "grace@example.com"
PASSWORD = "a compiler is a library"
DRAINED_SECONDS_MAX = 300.0
"""A stopped answer is read to its end, to bill what it cost: two long stories by a small model, on two busy cores."""

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def admin_account(stack: Stack) -> dict[str, str]:
    """How the operator logs in."""
    return {"email": stack.welcome.email, "password": stack.welcome.password}


@pytest.fixture(scope="module")
def story(stack: Stack, admin_account: dict[str, str]) -> Seen:
    """Register, top up, ask, stop, reload, pay, make a key."""
    seen: Seen = travel(stack, "story", email=EMAIL, password=PASSWORD, model=MODEL, admin=admin_account)
    return seen


@pytest.fixture(scope="module")
def books(stack: Stack, story: Seen) -> Books:
    """The books of the organization that registration made, once every answer of the story is settled."""
    settled = log_in(stack, email=EMAIL, password=PASSWORD).books
    settled.nothing_stays_frozen(seconds=DRAINED_SECONDS_MAX)
    return settled


@pytest.fixture(scope="module")
def called_trace(stack: Stack, story: Seen, books: Books) -> str:
    """The trace of a call that OpenAI's SDK made with the key of the page."""
    answer = stack.openai(story["secret"]).chat.completions.with_raw_response.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], max_tokens=8
    )
    assert answer.parse().choices[0].message.content is not None
    trace = str(answer.headers["x-trace-id"])
    assert books.bill(trace).cost_nanos > 0
    return trace


@pytest.fixture(scope="module")
def aftermath(stack: Stack, story: Seen, called_trace: str, admin_account: dict[str, str]) -> Seen:
    """Look at the balance, find the trace, set a budget, be refused."""
    seen: Seen = travel(stack, "aftermath", state=story["state"], trace=called_trace, admin=admin_account)
    return seen


def test_a_stopped_answer_keeps_what_had_come(story: Seen, books: Books) -> None:
    stopped = story["stopped"]
    assert len(stopped["kept"]) > 20
    assert stopped["afterReload"].startswith(stopped["kept"])
    assert books.bill(stopped["trace"]).cost_nanos > 0


def test_a_reload_in_the_middle_loses_nothing_and_the_answer_goes_on(story: Seen) -> None:
    resumed = story["resumed"]
    assert resumed["again"].startswith(resumed["before"])
    assert resumed["after"].startswith(resumed["again"])
    assert len(resumed["after"]) > len(resumed["again"])


def test_the_cost_that_is_shown_is_the_ledgers(story: Seen, books: Books) -> None:
    paid = story["paid"]
    bill = books.bill(paid["trace"])
    assert nanos_from_decimal(paid["cost"].removeprefix("$")) == bill.cost_nanos
    assert Decimal(paid["exact"].split()[0]) > 0


def test_a_key_of_the_page_works_for_the_openai_sdk(called_trace: str, books: Books) -> None:
    assert books.bill(called_trace).cost_nanos > 0


def test_the_balance_that_is_shown_has_moved_to_what_the_ledger_says(
    story: Seen, aftermath: Seen, books: Books
) -> None:
    balance = books.wallet()["balance"]
    assert f"${balance}" in aftermath["balance"]
    assert f"${balance}" not in story["balance"]


def test_an_administrator_finds_the_call_by_its_trace(aftermath: Seen, called_trace: str) -> None:
    assert called_trace in aftermath["trace"]
    assert MODEL in aftermath["trace"]


def test_a_question_beyond_a_cap_is_refused_in_words_that_help(aftermath: Seen) -> None:
    assert "budget" in aftermath["refusal"]
    assert "has 0 left" in aftermath["refusal"]
    assert "internal" not in aftermath["refusal"].lower()
