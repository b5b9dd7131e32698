"""A chat as the browser has it: cookies, server-sent events, stored messages, and a cost that is the ledger's."""

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx
import pytest

from tests.journey.books import nanos
from tests.journey.people import PASSWORD, Person, newcomer
from tests.journey.stack import Json, Stack

pytestmark = pytest.mark.usefixtures("audited")

CHAT = "smollm2-135m-instruct"
CREDIT_NANOS = 50_000_000
TOKENS_MAX = 24
DONE = "[DONE]"


@dataclass(frozen=True)
class Event:
    """A server-sent event; chunks of the model have no name."""

    name: str
    data: str

    @property
    def body(self) -> Json:
        read: Json = json.loads(self.data)
        return read


@pytest.fixture
def person(stack: Stack) -> Person:
    """Somebody who has just registered."""
    return newcomer(stack)


@pytest.fixture
def browser(stack: Stack, person: Person) -> Iterator[httpx.Client]:
    """The person's browser: logged in by cookies, which it sends with the origin of our own pages."""
    with stack.http() as http:
        http.headers["origin"] = stack.welcome.url
        answer = http.post(
            "/api/v1/auth/login",
            json={"email": person.user["email"], "password": PASSWORD, "delivery": "cookie"},
        )
        assert answer.status_code == 200, answer.text
        assert answer.json().get("access_token") is None, "a script must not be able to read it"
        yield http


def test_a_chat_streams_is_stored_and_shows_the_cost_of_the_ledger(
    browser: httpx.Client, person: Person, admin: Person
) -> None:
    admin.top_up(person, CREDIT_NANOS)
    conversation = _begun(browser)
    started, *chunks, completed, end = _sent(browser, conversation, "What is a nebula?")
    assert (started.name, completed.name, end.data) == ("message.started", "message.completed", DONE)
    heard = "".join(_delta(chunk) for chunk in chunks)
    answer = completed.body
    assert heard.strip()
    assert answer["content"] == heard
    bill = person.books.bill(started.body["trace_id"])
    assert answer["answer"]["cost_nanos"] == bill.cost_nanos > 0
    assert nanos(chunks[-1].body["usage"]["cost"]) == bill.cost_nanos
    assert person.books.wallet()["balance_nanos"] == CREDIT_NANOS - bill.cost_nanos
    stored = _messages(browser, conversation)
    assert [message["role"] for message in stored] == ["user", "assistant"]
    assert stored[0]["content"] == "What is a nebula?"
    assert {name: fact for name, fact in stored[1].items() if name != "siblings"} == answer


def test_the_next_message_knows_what_was_said_before(browser: httpx.Client, person: Person, admin: Person) -> None:
    admin.top_up(person, CREDIT_NANOS)
    conversation = _begun(browser)
    first = _sent(browser, conversation, "My telescope is called Rosebud.")[0].body["trace_id"]
    second = _sent(browser, conversation, "What is it called?")[0].body["trace_id"]
    bills = [person.books.bill(trace_id) for trace_id in (first, second)]
    read = [bill.usage["tokens"]["input_total"] for bill in bills if bill.usage is not None]
    assert read[1] > read[0], "the second question was asked with the first exchange before it"
    assert len(_messages(browser, conversation)) == 4


def test_a_browser_that_is_reloaded_mid_answer_hears_the_rest_and_pays_once(
    browser: httpx.Client, person: Person, admin: Person
) -> None:
    admin.top_up(person, CREDIT_NANOS)
    conversation = _begun(browser)
    with _asked(browser, conversation, "Tell me a long story about a telescope.", tokens_max=60) as answer:
        trace_id = answer.headers["x-trace-id"]
        number, heard = next(
            (number, text) for number, event in enumerate(_events(answer.iter_lines()), 1) if (text := _delta(event))
        )
    running = _messages(browser, conversation)[1]
    assert running["state"] == "running"
    path = f"/api/v1/conversations/{conversation}/messages/{running['id']}/events"
    with browser.stream("GET", path, headers={"last-event-id": str(number)}) as again:
        *chunks, completed, end = _events(again.iter_lines())
    assert (completed.name, end.data) == ("message.completed", DONE)
    assert completed.body["content"] == heard + "".join(_delta(chunk) for chunk in chunks)
    bill = person.books.bill(trace_id)
    assert bill.usage is not None
    assert bill.usage["ending"] == "completed"
    assert completed.body["answer"]["cost_nanos"] == bill.cost_nanos > 0
    assert person.books.wallet()["balance_nanos"] == CREDIT_NANOS - bill.cost_nanos
    person.books.nothing_stays_frozen()


def test_stop_keeps_the_partial_answer_and_bills_it(browser: httpx.Client, person: Person, admin: Person) -> None:
    admin.top_up(person, CREDIT_NANOS)
    conversation = _begun(browser)
    with _asked(browser, conversation, "Tell me a long story about a telescope.", tokens_max=200) as answer:
        trace_id = answer.headers["x-trace-id"]
        events = _events(answer.iter_lines())
        heard = next(text for event in events if (text := _delta(event)))
        answer_id = _messages(browser, conversation)[1]["id"]
        stopped = browser.post(f"/api/v1/conversations/{conversation}/messages/{answer_id}/stop")
        names = [event.name for event in events if event.name]
    assert stopped.status_code == 200, stopped.text
    assert stopped.json()["answer"]["ending"] == "client_aborted"
    assert names == ["message.stopped", "message.completed"]
    bill = person.books.bill(trace_id)
    assert bill.usage is not None
    assert bill.usage["ending"] == "client_aborted"
    kept = _messages(browser, conversation)[1]
    assert kept["content"].startswith(heard)
    assert kept["content"] == stopped.json()["content"]
    assert (kept["state"], kept["answer"]["cost_nanos"]) == ("done", bill.cost_nanos)
    assert bill.cost_nanos > 0
    person.books.nothing_stays_frozen()


def test_a_chat_without_money_is_told_so_and_nothing_is_held(browser: httpx.Client, person: Person) -> None:
    answer = browser.post(f"/api/v1/conversations/{_begun(browser)}/messages", json={"content": "Hello"})
    assert answer.status_code == 402
    assert answer.json()["error"]["code"] == "insufficient_quota"
    assert person.books.movements(answer.headers["x-trace-id"]) == []


def test_nobody_else_finds_the_conversation(browser: httpx.Client, stack: Stack, admin: Person) -> None:
    conversation = _begun(browser)
    for other in (newcomer(stack), admin):
        assert other.http.get(f"/api/v1/conversations/{conversation}").status_code == 404
        assert other.http.get(f"/api/v1/conversations/{conversation}/messages").status_code == 404


def _begun(browser: httpx.Client) -> str:
    answer = browser.post("/api/v1/conversations", json={"model": CHAT, "system_prompt": "Answer shortly."})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _sent(browser: httpx.Client, conversation: str, text: str) -> list[Event]:
    """Sends a message and hears its answer to the end."""
    body = {"content": text, "max_tokens": TOKENS_MAX}
    with browser.stream("POST", f"/api/v1/conversations/{conversation}/messages", json=body) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(_events(answer.iter_lines()))


def _asked(
    browser: httpx.Client, conversation: str, text: str, *, tokens_max: int
) -> AbstractContextManager[httpx.Response]:
    """Sends a message; the answer is the caller's to hear."""
    body = {"content": text, "max_tokens": tokens_max}
    return browser.stream("POST", f"/api/v1/conversations/{conversation}/messages", json=body)


def _messages(browser: httpx.Client, conversation: str) -> list[Json]:
    """What is stored, oldest first."""
    answer = browser.get(f"/api/v1/conversations/{conversation}/messages")
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()["data"]
    return rows[::-1]


def _events(lines: Iterable[str]) -> Iterator[Event]:
    name, data = "", ""
    for line in lines:
        field, _, value = line.partition(": ")
        match field:
            case "event":
                name = value
            case "data":
                data = value
            case "" if data:
                yield Event(name, data)
                name, data = "", ""


def _delta(chunk: Event) -> str:
    """The text that an event adds to the answer; only the model's own chunks do."""
    if chunk.name or chunk.data == DONE:
        return ""
    return "".join(choice["delta"].get("content") or "" for choice in chunk.body["choices"])
