"""Whoever uses no mouse gets as far: in, through a question, to a key of their own."""

from typing import Any

import pytest

from tests.journey.stack import Stack
from tests.web.drive import travel
from tests.web.life import MODEL, Life

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(stack: Stack, life: Life) -> Seen:
    """Log in, skip to the content, ask, make a key, by keyboard alone."""
    told: Seen = travel(stack, "keyboard", email=life.email, password=life.password, model=MODEL)
    return told


def test_the_navigation_can_be_skipped(seen: Seen) -> None:
    assert seen["skipped"]


def test_a_question_is_asked_and_its_trace_copied(life: Life, seen: Seen) -> None:
    assert life.person.books.bill(seen["answer"]).cost_nanos > 0


def test_a_key_is_made_that_works(stack: Stack, seen: Seen) -> None:
    with stack.http(seen["key"]) as program:
        assert program.get("/v1/models").is_success
