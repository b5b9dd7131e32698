"""What a model says is text: a real upstream says the worst, the real product passes it on, a real browser shows it."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deepspace_adapters.remembered import DIRECTORY_SECONDS
from tests.journey.people import Person
from tests.journey.stack import Stack
from tests.web.drive import Told, observe
from tests.web.hostile import ANSWERS, HOST
from tests.web.life import Life, ask, poster
from tests.web.parrot import talking_parrot

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def parrot() -> Iterator[str]:
    """The address of an upstream that says them."""
    with talking_parrot({_model(name): text for name, text in ANSWERS.items()}) as address:
        yield address


@pytest.fixture(scope="module")
def told(stack: Stack, admin: Person, life: Life, parrot: str) -> Iterator[Told]:
    """Each is asked for in a conversation of its own, which a browser then opens."""
    models = [_model(name) for name in ANSWERS]
    poster(admin.http)(
        "/api/v1/admin/channels", {"name": "parrot", "base_url": parrot, "key": "any", "models": models, "priority": 9}
    )
    for model in models:
        admin.offer_model(model, model)
    # Until every gateway knows the channel: what it remembers of them is no older than this.
    time.sleep(2 * DIRECTORY_SECONDS)
    conversations = [{"name": name, "path": f"/chat/{_conversation(life.person, _model(name))}"} for name in ANSWERS]
    yield observe(stack, "hostile", email=life.email, password=life.password, conversations=conversations)
    _withdraw(admin)


@pytest.fixture(params=ANSWERS)
def seen(request: pytest.FixtureRequest, told: Told) -> Seen:
    """What the browser made of one of them."""
    return next(one for one in told.result if one["name"] == request.param)


def test_an_answer_runs_nothing_and_leads_nowhere(seen: Seen) -> None:
    assert seen["stolen"] is None
    assert seen["stayed"]
    assert seen["pages"] == 1
    assert seen["handlers"] == []
    assert seen["urls"] == []


def test_an_answer_brings_nothing_but_text_into_the_page(seen: Seen) -> None:
    assert seen["elements"] == []
    assert seen["covers"] == []
    assert seen["openers"] == []


def test_an_answer_is_there_to_be_read_whatever_it_tries(seen: Seen) -> None:
    """What was not drawn is shown as it was written."""
    written = re.findall(r"[a-z]{4,}", ANSWERS[seen["name"]])
    assert sum(word in seen["words"] for word in written) >= len(written) / 3, seen["words"]


def test_nobody_else_learns_that_an_answer_was_read(told: Told) -> None:
    assert not [fault for fault in told.faults if HOST in fault]


def test_the_pages_policy_had_nothing_to_stop(told: Told) -> None:
    """The policy is the second net: what reaches it has passed the first."""
    assert not told.faults


def _model(name: str) -> str:
    return f"parrot-{name.replace(' ', '-')}"


def _withdraw(admin: Person) -> None:
    """Offers none of it any more: a new chat begins with the first model of the list, and the parrot is gone."""
    for name in map(_model, ANSWERS):
        found = admin.http.get("/api/v1/admin/models", params={"search": name}).json()["data"]
        [model] = [one for one in found if one["name"] == name]
        assert admin.http.patch(f"/api/v1/admin/models/{model['id']}", json={"enabled": False}).is_success
    assert admin.http.delete("/api/v1/admin/channels/parrot").is_success


def _conversation(person: Person, model: str) -> str:
    made = poster(person.http)("/api/v1/conversations", {"title": model, "model": model})
    ask(person.http, made["id"])
    return str(made["id"])
