"""What a person sees after `deepspace up`, and that it works when pasted."""

import json
import re
import subprocess

import pytest

from tests.journey.books import Books
from tests.journey.people import log_in
from tests.journey.stack import COMMAND_SECONDS, Stack

pytestmark = pytest.mark.usefixtures("audited")

TEN_DOLLARS_NANOS = 10_000_000_000


def test_up_prints_url_login_key_and_two_curl_lines(stack: Stack) -> None:
    seen = stack.welcome
    assert seen.url == f"http://127.0.0.1:{stack.port}"
    assert log_in(stack, email=seen.email, password=seen.password).user["is_administrator"]
    assert len(seen.pasted) == 2
    assert all(seen.api_key in line and seen.url in line for line in seen.pasted)


def test_the_first_curl_line_answers_with_a_trace_and_a_cost(stack: Stack, books: Books) -> None:
    head, _, body = _pasted(stack.welcome.pasted[0]).partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK")
    answer = json.loads(body)
    assert answer["choices"][0]["message"]["content"].strip()
    bill = books.bill(_trace_in(head))
    assert bill.cost_nanos == books.cost_of(
        answer["model"],
        tokens_in=answer["usage"]["prompt_tokens"],
        tokens_out=answer["usage"]["completion_tokens"],
    )


def test_the_second_curl_line_streams_to_its_end(stack: Stack) -> None:
    events = [line.removeprefix("data: ") for line in _pasted(stack.welcome.pasted[1]).splitlines() if line]
    assert events[-1] == "[DONE]"
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events[:-1]]
    assert "".join(delta.get("content") or "" for delta in deltas).strip()


def test_the_wallet_began_with_ten_dollars(stack: Stack, books: Books) -> None:
    shown = stack.read("wallet", "transactions", "--type", "top_up")
    assert [row["amount_nanos"] for row in shown["data"]] == [TEN_DOLLARS_NANOS]
    assert books.wallet()["balance_nanos"] <= TEN_DOLLARS_NANOS


def test_health_ready_metrics_and_the_document_are_served(stack: Stack) -> None:
    with stack.http() as http:
        found = {path: http.get(path) for path in ("/health", "/ready", "/metrics", "/openapi.json")}
    assert {path: answer.status_code for path, answer in found.items()} == dict.fromkeys(found, 200)
    assert "/v1/chat/completions" in found["/openapi.json"].json()["paths"]


def test_the_doctor_finds_nothing_wrong(stack: Stack) -> None:
    stack.run("doctor")


def _pasted(line: str) -> str:
    """What bash makes of a printed line; the ends of lines as they come."""
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=COMMAND_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def _trace_in(head: str) -> str:
    found = re.search(r"^x-trace-id: ([0-9a-f]{32})\r?$", head, re.MULTILINE)
    assert found, head
    return found.group(1)
