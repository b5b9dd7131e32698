"""The table from error code to status is total, and what is not in it tells nothing."""

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest
from litestar.exceptions import HTTPException

import deepspace_adapters
import deepspace_core
import deepspace_http
from deepspace_core.kernel.errors import Conflict, DeepSpaceError, NotFound, Unavailable
from deepspace_http.error_codes import ANSWERS
from deepspace_http.errors import INTERNAL_MESSAGE, describe


def _import_everything() -> None:
    for package in (deepspace_core, deepspace_adapters, deepspace_http):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def _kinds_of(kind: type[DeepSpaceError]) -> Iterator[type[DeepSpaceError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds_of(below)


def test_every_error_there_is_has_a_status() -> None:
    _import_everything()
    codes = {kind.code for kind in _kinds_of(DeepSpaceError) if kind.__module__.startswith("deepspace_")}
    assert codes - ANSWERS.keys() == set()


def test_no_status_is_kept_for_an_error_that_is_gone() -> None:
    _import_everything()
    codes = {kind.code for kind in _kinds_of(DeepSpaceError) if kind.__module__.startswith("deepspace_")}
    assert ANSWERS.keys() - codes == set()


def test_the_body_has_the_one_shape() -> None:
    body = msgspec.json.decode(describe(NotFound("no such key", param="api_key_id")).encode("a" * 32))
    assert body == {
        "error": {
            "message": "no such key",
            "type": "invalid_request_error",
            "code": "not_found",
            "param": "api_key_id",
            "trace_id": "a" * 32,
        }
    }


def test_what_was_not_raised_on_purpose_tells_nothing() -> None:
    answer = describe(RuntimeError("password=hunter2"))
    assert (answer.status, answer.code, answer.message) == (500, "internal_error", INTERNAL_MESSAGE)


def test_an_unavailable_dependency_says_when_to_come_back() -> None:
    answer = describe(Unavailable("away", retry_after_seconds=1.2))
    assert answer.headers == {"retry-after": "2", "x-should-retry": "true"}


def test_a_conflict_is_not_worth_retrying() -> None:
    assert describe(Conflict("taken")).headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    ("status", "shown", "code"),
    [
        (400, 400, "invalid_input"),
        (422, 400, "invalid_input"),
        (405, 405, "method_not_allowed"),
        (418, 500, "internal_error"),
    ],
)
def test_refusals_of_the_framework_take_our_codes(status: int, shown: int, code: str) -> None:
    answer = describe(HTTPException(detail="odd", status_code=status))
    assert (answer.status, answer.code) == (shown, code)
