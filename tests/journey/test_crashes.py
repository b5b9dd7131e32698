"""Processes that are killed and servers that go away, in the middle of calls: what was promised in the books holds."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import openai
import pytest
from openai import OpenAI, Stream
from openai.types.chat import ChatCompletionChunk

from tests.journey.books import Books, assert_books_are_sound
from tests.journey.conftest import OwnServers
from tests.journey.jobs import SWEEP, jobs_of
from tests.journey.people import Person
from tests.journey.stack import Json, Stack, is_alive
from tests.journey.waiting import eventually

pytestmark = pytest.mark.usefixtures("own_audited")

CALLS_AT_ONCE = 4
CALLS_UNDER_REDIS = 60
RESTART_SECONDS = 40.0
LEASE_SECONDS = 60.0
"""Twice as long as the lease on an answer that is being written."""
EXPIRY_SECONDS = 40.0
"""The lifetime of a hold, and the ten seconds between two sweeps, on a machine with other things to do."""


@pytest.fixture
def sdk(own: OwnServers) -> Iterator[OpenAI]:
    with own.stack.openai(own.stack.welcome.api_key) as client:
        yield client


def test_a_hold_whose_gateway_was_killed_expires_and_gives_the_money_back(
    own: OwnServers, own_books: Books, sdk: OpenAI
) -> None:
    before = own_books.wallet()
    trace_id, stream = _slow_stream(sdk)
    assert own_books.wallet()["frozen_nanos"] > 0
    with _killed(own.stack, "gateway"), pytest.raises((openai.APIError, httpx.HTTPError)):
        list(stream)
    held = next(row for row in own.stack.read("wallet", "holds", "--open")["data"] if row["trace_id"] == trace_id)
    assert (held["state"], held["captured_nanos"]) == ("pending", 0)
    assert held["expires_at"] > held["created_at"]
    assert_books_are_sound(own.stack)
    _call(sdk)
    rows = eventually(
        lambda: found if (found := own_books.movements(trace_id))[1:] else None,
        seconds=EXPIRY_SECONDS,
        what="the worker to sweep the hold",
    )
    assert [row["type"] for row in rows] == ["hold", "expire"]
    assert own_books.usage(trace_id) == []
    own_books.nothing_stays_frozen()
    assert before["balance_nanos"] - own_books.wallet()["balance_nanos"] == _spent_since(own_books, before)
    assert_books_are_sound(own.stack)


def test_a_chat_answer_whose_gateway_was_killed_is_interrupted_and_can_be_asked_again(
    own: OwnServers, own_admin: Person, own_books: Books
) -> None:
    http = own_admin.http
    conversation = http.post("/api/v1/conversations", json={"model": "slow"}).json()["id"]
    path = f"/api/v1/conversations/{conversation}/messages"
    with http.stream("POST", path, json={"content": "Hello"}) as response:
        next(line for line in response.iter_lines() if '"content"' in line)
        with _killed(own.stack, "gateway"):
            pass

    def interrupted() -> Json | None:
        answer: Json = http.get(path).json()["data"][0]
        return answer if answer["state"] == "done" else None

    answer = eventually(interrupted, seconds=LEASE_SECONDS, what="the lease on the answer to run out")
    assert answer["answer"]["error"]["code"] == "answer_interrupted"
    told = http.get(f"{path}/{answer['id']}/events").text
    assert '"code":"answer_interrupted"' in told
    assert told.endswith("data: [DONE]\n\n")
    again = http.post(f"{path}/{answer['id']}/regenerate", json={"stream": False})
    assert again.json()["content"], again.text
    assert http.get(path).json()["data"][0]["siblings"]["count"] == 2
    own_books.nothing_stays_frozen(seconds=EXPIRY_SECONDS)


def test_calls_and_jobs_go_on_when_redis_is_killed(own: OwnServers, own_books: Books, sdk: OpenAI) -> None:
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        calls = [pool.submit(_call, sdk) for _ in range(CALLS_UNDER_REDIS // 2)]
        with _killed(own.stack, "redis"):
            calls += [pool.submit(_call, sdk) for _ in range(CALLS_UNDER_REDIS // 2)]
        traces = [call.result() for call in calls]
    assert all(own_books.bill(trace_id).settlement["type"] == "capture" for trace_id in traces)
    own_books.nothing_stays_frozen()
    with jobs_of(own.stack) as jobs:
        assert jobs.fire(SWEEP)["state"] == "succeeded"


def test_without_a_database_calls_are_refused_and_a_running_stream_settles_later(
    own: OwnServers, own_books: Books, sdk: OpenAI
) -> None:
    before = own_books.wallet()
    trace_id, stream = _slow_stream(sdk)
    own.postgres.stop()
    try:
        with pytest.raises(openai.InternalServerError) as raised:
            _call(sdk)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream), "a running answer goes on"
    finally:
        own.postgres.start()
    _is_unavailable(raised.value)
    assert own_books.bill(trace_id).settlement["type"] == "capture"
    eventually(lambda: _answers(sdk), what="calls to work again")
    own_books.nothing_stays_frozen()
    assert before["balance_nanos"] - own_books.wallet()["balance_nanos"] == _spent_since(own_books, before)
    assert_books_are_sound(own.stack)


def test_a_killed_database_and_a_killed_model_are_started_again(stack: Stack, books: Books) -> None:
    with _killed(stack, "postgres"), _killed(stack, "model"):
        pass
    with stack.openai(stack.welcome.api_key, retries=5) as client:
        raw = client.chat.completions.with_raw_response.create(
            model="smollm2-135m-instruct", messages=[{"role": "user", "content": "Hello"}], max_tokens=4
        )
    assert books.bill(raw.headers["x-trace-id"]).settlement["type"] == "capture"
    books.nothing_stays_frozen()
    assert_books_are_sound(stack)


@contextmanager
def _killed(stack: Stack, name: str) -> Iterator[None]:
    """Kills a process of the stack outright, and at the end waits until another one stands in its place."""
    killed = stack.pids[name]
    os.kill(killed, signal.SIGKILL)
    yield

    def another() -> bool:
        pid = stack.pids.get(name)
        return pid is not None and pid != killed and is_alive(pid)

    eventually(another, seconds=RESTART_SECONDS, what=f"the supervisor to start {name} again")


def _slow_stream(sdk: OpenAI) -> tuple[str, Stream[ChatCompletionChunk]]:
    """An answer that takes seconds, its first words read."""
    raw = sdk.chat.completions.with_raw_response.create(
        model="slow", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    stream = raw.parse()
    next(iter(stream))
    return raw.headers["x-trace-id"], stream


def _call(sdk: OpenAI) -> str:
    """A short call; gives its trace id."""
    raw = sdk.chat.completions.with_raw_response.create(
        model="obliging", messages=[{"role": "user", "content": "Hello"}]
    )
    return str(raw.headers["x-trace-id"])


def _answers(sdk: OpenAI) -> bool:
    try:
        _call(sdk)
    except openai.APIError:
        return False
    return True


def _is_unavailable(fault: openai.APIStatusError) -> None:
    assert fault.status_code == 503
    assert int(fault.response.headers["retry-after"]) > 0
    error = fault.response.json()["error"]
    assert set(error) == {"message", "type", "code", "param", "trace_id"}
    assert error["trace_id"] == fault.response.headers["x-trace-id"]


def _spent_since(books: Books, wallet: Json) -> int:
    """What was captured after that state of the wallet."""
    rows = books.movements_after(wallet["version"])
    return sum(row["amount_nanos"] for row in rows if row["type"] == "capture")
