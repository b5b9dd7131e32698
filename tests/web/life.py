"""Somebody who has used the product for a while: money, projects, keys, conversations, calls, a refusal, a cap."""

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
    posted("/api/v1/projects", {"workspace_id": workspace["id"], "name": "月面观测 Lunar survey"})
    project = person.http.get("/api/v1/projects").json()["data"][0]
    posted("/api/v1/keys", {"name": "ci", "scopes": ["models:use"]})
    conversation = posted("/api/v1/conversations", {"title": TITLE, "model": MODEL})
    trace_id = ask(person.http, conversation["id"])
    _, secret = person.make_key()
    stack.openai(secret).chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], max_tokens=8
    )
    with stack.http(secret) as program:
        program.post("/v1/chat/completions", json={"model": "no-such-model", "messages": []})
    person.http.put(
        "/api/v1/wallet/budgets", json={"scope": "organization", "window": "month", "amount_nanos": 20_000_000_000}
    )
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
