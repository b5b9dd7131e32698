"""Calls that are refused: OpenAI's own exception, our one shape, a trace id, and not a nano-dollar held."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from tests.journey.books import Books
from tests.journey.conftest import OwnServers
from tests.journey.people import Person, newcomer
from tests.journey.stack import Json, Stack
from tests.journey.waiting import eventually

pytestmark = pytest.mark.usefixtures("audited")

CHAT = "smollm2-135m-instruct"
QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello"}]
UNKNOWN_KEY = f"sk-ds-{'0' * 42}A"
SHAPE = {"message", "type", "code", "param", "trace_id"}
REVOKED_SECONDS = 1.0
"""From a revocation on, no gateway may take a key for longer than this."""


class Wrong(NamedTuple):
    """A request that is at fault, and the field that the answer must name."""

    fields: Json
    param: str


WRONG = {
    "no model": Wrong({"messages": QUESTION}, "model"),
    "a model that is a number": Wrong({"model": 5, "messages": QUESTION}, "model"),
    "no room for an answer": Wrong({"model": CHAT, "messages": QUESTION, "max_tokens": 0}, "max_tokens"),
    "too many answers": Wrong({"model": CHAT, "messages": QUESTION, "n": 1_000}, "n"),
}

UPSTREAM_FAULTS: dict[str, tuple[type[openai.APIStatusError], int]] = {
    "silent-failure": (openai.InternalServerError, 502),
    "failing": (openai.InternalServerError, 502),
    "poor": (openai.InternalServerError, 503),
}
"""What the SDK makes of each, and the status."""


def test_an_unknown_key_is_an_authentication_error(stack: Stack, books: Books) -> None:
    fault = _refused(stack, UNKNOWN_KEY, openai.AuthenticationError)
    _is_refusal(fault, books, status=401, code="key_unknown")


def test_a_call_without_a_key_is_told_to_bring_one(stack: Stack) -> None:
    with stack.http() as http:
        answer = http.post("/v1/chat/completions", json={"model": CHAT, "messages": QUESTION})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    _is_error_shape(answer.json(), answer.headers, code="unauthenticated")


def test_a_revoked_key_is_refused_within_a_second(stack: Stack, admin: Person) -> None:
    key_id, secret = admin.make_key()
    _ask(stack, secret)
    admin.revoke_key(key_id)
    time.sleep(REVOKED_SECONDS)
    fault = _refused(stack, secret, openai.AuthenticationError)
    _is_refusal(fault, admin.books, status=401, code="key_revoked")


def test_a_key_is_refused_once_it_has_expired(stack: Stack, admin: Person) -> None:
    _, secret = admin.make_key(expires_at=datetime.now(UTC) + timedelta(seconds=2))
    _ask(stack, secret)

    def expired() -> openai.AuthenticationError | None:
        try:
            _ask(stack, secret)
        except openai.AuthenticationError as fault:
            return fault
        return None

    _is_refusal(eventually(expired, what="the key to expire"), admin.books, status=401, code="key_expired")


def test_a_key_without_the_scope_is_a_permission_error(stack: Stack, admin: Person) -> None:
    _, secret = admin.make_key(scopes=["usage:read"])
    fault = _refused(stack, secret, openai.PermissionDeniedError)
    _is_refusal(fault, admin.books, status=403, code="permission_missing")
    assert "models:use" in fault.message


def test_a_key_for_other_models_is_a_permission_error(stack: Stack, admin: Person) -> None:
    _, secret = admin.make_key(model_allow_list=["smollm2-135m-embedding"])
    fault = _refused(stack, secret, openai.PermissionDeniedError)
    _is_refusal(fault, admin.books, status=403, code="model_not_allowed", param="model")


def test_an_unknown_model_is_a_not_found_error(stack: Stack, books: Books) -> None:
    fault = _refused(stack, stack.welcome.api_key, openai.NotFoundError, model="no-such-model")
    _is_refusal(fault, books, status=404, code="model_not_found", param="model")


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_request_at_fault_is_a_bad_request_that_names_the_field(stack: Stack, books: Books, wrong: Wrong) -> None:
    with stack.openai(stack.welcome.api_key) as client, pytest.raises(openai.BadRequestError) as raised:
        client.post("/chat/completions", body=wrong.fields, cast_to=object)
    _is_refusal(raised.value, books, status=400, code="invalid_input", param=wrong.param)


def test_a_body_that_is_no_json_is_a_bad_request(stack: Stack, books: Books) -> None:
    with stack.http(stack.welcome.api_key) as http:
        answer = http.post("/v1/chat/completions", content=b'{"model": ', headers={"content-type": "application/json"})
    assert answer.status_code == 400
    _is_error_shape(answer.json(), answer.headers, code="invalid_input")
    assert books.movements(answer.headers["x-trace-id"]) == []


def test_an_empty_wallet_is_told_what_is_missing_and_not_to_retry(stack: Stack) -> None:
    person = newcomer(stack)
    _, secret = person.make_key()
    fault = _refused(stack, secret, openai.APIStatusError)
    _is_refusal(fault, person.books, status=402, code="insufficient_quota")
    assert fault.type == "insufficient_quota"
    assert fault.response.headers["x-should-retry"] == "false"
    assert person.books.wallet()["balance_nanos"] == 0


def test_a_wallet_that_is_topped_up_can_call_at_once(stack: Stack, admin: Person) -> None:
    person = newcomer(stack)
    _, secret = person.make_key()
    admin.top_up(person, 1_000_000)
    bill = person.books.bill(_ask(stack, secret))
    assert person.books.wallet()["balance_nanos"] == 1_000_000 - bill.cost_nanos


def test_a_body_over_the_limit_is_refused_by_its_size(stack: Stack, books: Books) -> None:
    text = "x" * (10 * 2**20)
    fault = _refused(stack, stack.welcome.api_key, openai.APIStatusError, text=text)
    _is_refusal(fault, books, status=413, code="body_too_large")
    assert "DEEPSPACE_BODY_BYTES_MAX" in fault.message


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("model", UPSTREAM_FAULTS)
def test_a_fault_of_the_upstream_is_a_status_and_frees_the_hold(own: OwnServers, model: str, *, stream: bool) -> None:
    expected, status = UPSTREAM_FAULTS[model]
    fault = _refused(own.stack, own.stack.welcome.api_key, expected, model=model, stream=stream)
    assert fault.status_code == status
    _is_error_shape(fault.response.json(), fault.response.headers)
    with own.stack.http(own.stack.welcome.api_key) as http:
        books = Books(own.stack, http)
        assert books.bill(fault.response.headers["x-trace-id"]).settlement["type"] == "release"
        books.nothing_stays_frozen()


def _ask(stack: Stack, api_key: str, *, model: str = CHAT, text: str = "Hello", stream: bool = False) -> str:
    """One short call; gives its trace id."""
    with stack.openai(api_key) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=model, messages=[{"role": "user", "content": text}], max_tokens=2, stream=stream
        )
        return str(raw.headers["x-trace-id"])


def _refused(
    stack: Stack,
    api_key: str,
    expected: type[openai.APIStatusError],
    *,
    model: str = CHAT,
    text: str = "Hello",
    stream: bool = False,
) -> openai.APIStatusError:
    """The exception that the SDK raises."""
    with pytest.raises(expected) as raised:
        _ask(stack, api_key, model=model, text=text, stream=stream)
    return raised.value


def _is_refusal(
    fault: openai.APIStatusError, books: Books, *, status: int, code: str, param: str | None = None
) -> None:
    """As told, in the one shape, and without a trace in the books."""
    assert fault.status_code == status
    assert (fault.code, fault.param) == (code, param)
    _is_error_shape(fault.response.json(), fault.response.headers, code=code)
    assert books.movements(fault.response.headers["x-trace-id"]) == []
    books.nothing_stays_frozen()


def _is_error_shape(body: Json, headers: Mapping[str, str], *, code: str | None = None) -> None:
    error = body["error"]
    assert set(error) == SHAPE
    assert error["message"]
    assert error["trace_id"] == headers["x-trace-id"]
    if code is not None:
        assert error["code"] == code
