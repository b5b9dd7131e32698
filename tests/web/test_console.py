"""What an operator does in the console, in a real browser: exports with filters, a removal with its reason, a check."""

import csv
import io
from typing import Any

import pytest

from tests.journey.people import Person, newcomer
from tests.journey.stack import Stack
from tests.web.drive import travel
from tests.web.life import MODEL

Seen = dict[str, Any]
WHY = "The customer asked for it (ticket 17)"


@pytest.fixture(scope="module")
def caller(stack: Stack, admin: Person) -> Person:
    """Somebody with a limit, whose program has asked a model, and one that is not there."""
    person = newcomer(stack)
    admin.top_up(person, 1_000_000_000)
    _, secret = person.make_key()
    asked = [{"role": "user", "content": "Say hello."}]
    with stack.http(secret) as program:
        assert program.post("/v1/chat/completions", json={"model": "no-such-model", "messages": []}).status_code == 404
        answered = program.post("/v1/chat/completions", json={"model": MODEL, "messages": asked, "max_tokens": 4})
        assert answered.is_success, answered.text
    limit = {"scope": "org", "metric": "requests", "window_seconds": 60, "cap": 500}
    answer = admin.http.put(f"/api/v1/admin/orgs/{person.user['personal_org_id']}/limits", json=limit)
    assert answer.is_success, answer.text
    return person


@pytest.fixture(scope="module")
def seen(stack: Stack, caller: Person) -> Seen:
    """The file, the event, and what the check told."""
    told: Seen = travel(
        stack,
        "console",
        orgId=caller.user["personal_org_id"],
        why=WHY,
        admin={"email": stack.welcome.email, "password": stack.welcome.password},
    )
    return told


def test_an_export_has_what_the_list_shows_and_nothing_else(seen: Seen, caller: Person) -> None:
    file = seen["exported"]
    assert file["name"].startswith("requests-")
    rows = list(csv.DictReader(io.StringIO(file["text"].removeprefix("\ufeff"))))
    assert [(row["org_id"], row["status"], row["model"]) for row in rows] == [
        (caller.user["personal_org_id"], "404", "no-such-model")
    ]
    assert "channel" in rows[0]


def test_the_reason_of_a_removal_stands_in_the_trail_with_who_did_it(seen: Seen, stack: Stack) -> None:
    assert WHY in seen["event"]
    assert stack.welcome.email in seen["event"]


def test_the_seals_are_checked_from_the_console(seen: Seen) -> None:
    assert "As it was sealed" in seen["seals"]
