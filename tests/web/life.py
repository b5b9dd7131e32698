"""Somebody who has used the product for a while: money, projects, keys, conversations, calls, a refusal, a budget.

Whatever has a name or a text of people's own has an English one, so that Chinese pages show whether it is marked as
nobody's to translate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from tests.journey.people import PASSWORD, Person, newcomer
from tests.journey.stack import Json, Stack

MODEL = "smollm2-135m-instruct"
PAID_NANOS = 25_000_000_000
TITLE = "How do black holes evaporate?"
QUESTION = "Say hello in five words."


@dataclass(frozen=True)
class Life:
    """The account and what stands in it."""

    person: Person
    email: str
    password: str
    project_id: str
    conversation_id: str
    trace_id: str
    model_id: str
    channel_name: str


def live(stack: Stack, admin: Person) -> Life:
    """Lives it, through the HTTP interface."""
    person = newcomer(stack)
    admin.top_up(person, PAID_NANOS)
    posted = poster(person.http)
    workspace = person.http.get("/api/v1/workspaces").json()["data"][0]
    described = {"name": "Lunar survey", "description": "What the telescope sees at night"}
    project = posted("/api/v1/projects", {"workspace_id": workspace["id"], **described})
    posted("/api/v1/keys", {"name": "nightly robot", "scopes": ["models:use"], "project_id": project["id"]})
    begun = {"title": TITLE, "model": MODEL, "parameters": {"max_tokens": 48}}
    conversation = posted("/api/v1/conversations", begun)
    trace_id = ask(person.http, conversation["id"])
    _, secret = person.make_key()
    stack.openai(secret).chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], max_tokens=8
    )
    with stack.http(secret) as program:
        program.post("/v1/chat/completions", json={"model": "no-such-model", "messages": []})
    _ask_the_storyteller(stack, secret, admin)
    _set_rules(posted, person, admin)
    [model] = [one for one in admin.http.get("/api/v1/admin/models").json()["data"] if one["name"] == MODEL]
    channel = admin.http.get("/api/v1/admin/channels").json()["data"][0]
    return Life(
        person=person,
        email=str(person.user["email"]),
        password=PASSWORD,
        project_id=project["id"],
        conversation_id=conversation["id"],
        trace_id=trace_id,
        model_id=model["id"],
        channel_name=channel["name"],
    )


def _ask_the_storyteller(stack: Stack, secret: str, admin: Person) -> None:
    """A model whose name is a word; it is gone again, so that no chat begins with it."""
    admin.offer_model("storyteller", MODEL)
    asked = [{"role": "user", "content": QUESTION}]
    with stack.http(secret) as program:
        answer = program.post("/v1/chat/completions", json={"model": "storyteller", "messages": asked, "max_tokens": 4})
        assert answer.is_success, answer.text
    found = admin.http.get("/api/v1/admin/models", params={"search": "storyteller"}).json()["data"]
    assert admin.http.patch(f"/api/v1/admin/models/{found[0]['id']}", json={"enabled": False}).is_success


def _set_rules(posted: Callable[[str, Json], Json], person: Person, admin: Person) -> None:
    """What has a note, a description or a reason: a rule of addresses, a webhook, a correction."""
    rule = {"action": "deny", "network": "203.0.113.0/24", "scope": "org", "note": "Nobody calls from there"}
    posted("/api/v1/policy/ip-rules", rule)
    cap = {"scope": "org", "scope_id": person.user["personal_org_id"], "window": "month", "cap_nanos": 20_000_000_000}
    assert person.http.put("/api/v1/wallet/budgets", json=cap).is_success
    posted("/api/v1/webhooks", {"url": "https://example.com/hook", "description": "Tells the bookkeeper"})
    correction = {"ref": "correction-1", "amount_nanos": 1_000_000, "reason": "A coffee for the bookkeeper"}
    poster(admin.http)(f"/api/v1/admin/wallets/{person.user['personal_org_id']}/adjustments", correction)
    posted("/api/v1/orgs", {"name": "Lunar society"})


def poster(http: httpx.Client) -> Callable[[str, Json], Json]:
    """What posts a body with this client and gives the answer's."""

    def posted(path: str, body: Json) -> Json:
        answer = http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.text}"
        made: Json = answer.json()
        return made

    return posted


def ask(http: httpx.Client, conversation_id: str) -> str:
    """Asks in a conversation and waits for the answer's end; its trace."""
    with http.stream("POST", f"/api/v1/conversations/{conversation_id}/messages", json={"content": QUESTION}) as answer:
        assert answer.is_success, answer.read()
        for _ in answer.iter_lines():
            pass
        return answer.headers["x-trace-id"]
