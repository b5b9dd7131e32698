"""Conversations over HTTP: kept, found, moved, downloaded, and nobody else's."""

import json
from typing import Any

import pytest

from tests.http.talk import CONVERSATIONS, Talk, talk

__all__ = ["talk"]


async def test_parameters_are_kept_sent_and_bounded(talk: Talk) -> None:
    conversation = await talk.begun()
    path = f"{CONVERSATIONS}/{conversation}"
    parameters = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 9, "reasoning_effort": "low"}
    changed = await talk.client.patch(path, json={"parameters": parameters})
    assert changed.json()["parameters"] == parameters
    await talk.say(conversation)
    assert json.loads(talk.upstream.sent[-1].body)["temperature"] == 0.5
    cleared = await talk.client.patch(path, json={"parameters": {}})
    assert set(cleared.json()["parameters"].values()) == {None}
    for bad in ({"temperature": 3}, {"top_p": 0}, {"max_tokens": 0}, {"reasoning_effort": "much"}, {"seed": 1}):
        answer = await talk.client.patch(path, json={"parameters": bad})
        assert answer.status_code == 400, bad
        assert answer.json()["error"]["param"].startswith("parameters")


async def test_a_conversation_moves_between_projects(talk: Talk) -> None:
    lab = (await talk.client.post("/api/v1/projects", json={"name": "Lab"})).json()["id"]
    conversation = await talk.begun()
    moved = await talk.client.patch(f"{CONVERSATIONS}/{conversation}", json={"project_id": lab})
    assert moved.json()["project_id"] == lab
    assert len((await talk.client.get(CONVERSATIONS, params={"project_id": lab})).json()["data"]) == 1
    unknown = await talk.client.patch(f"{CONVERSATIONS}/{conversation}", json={"project_id": f"proj_{'1' * 32}"})
    assert unknown.status_code == 404


async def test_files_of_the_project_are_attached_or_refused_by_what_works(talk: Talk) -> None:
    conversation = await talk.begun()
    project = (await talk.client.get(f"{CONVERSATIONS}/{conversation}")).json()["project_id"]

    async def stored(name: str, content: bytes) -> str:
        answer = await talk.client.post(f"/api/v1/projects/{project}/files", params={"name": name}, content=content)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    notes = await stored("notes.md", b"# Notes")
    answer = await talk.say(conversation, "Read", attachments=[notes])
    assert answer.status_code == 200
    assert "# Notes" in json.loads(talk.upstream.sent[-1].body)["messages"][0]["content"]
    (shown,) = (await talk.messages(conversation))[0]["attachments"]
    assert shown == {"file_id": notes, "name": "notes.md", "content_type": "text/plain", "size_bytes": 7}
    archive = await stored("a.zip", b"PK\x03\x04")
    refused = await talk.say(conversation, "Read", attachments=[archive])
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "attachment_refused")
    assert "PNG" in refused.json()["error"]["message"]
    for unknown, status in ((f"file_{'1' * 32}", 404), ("file_x", 400)):
        assert (await talk.say(conversation, attachments=[unknown])).status_code == status


async def test_a_conversation_is_downloaded(talk: Talk) -> None:
    conversation = await talk.begun(title="Über uns")
    await talk.say(conversation, "One")
    markdown = await talk.client.get(f"{CONVERSATIONS}/{conversation}/export.md")
    assert markdown.headers["content-type"].startswith("text/markdown")
    assert "filename*=UTF-8''%C3%9Cber%20uns.md" in markdown.headers["content-disposition"]
    assert markdown.text.startswith("# Über uns")
    told = await talk.client.get(f"{CONVERSATIONS}/{conversation}/export.json")
    assert told.headers["content-type"].startswith("application/json")
    assert [one["role"] for one in told.json()["messages"]] == ["user", "assistant"]


async def test_what_was_said_is_searched_too(talk: Talk) -> None:
    conversation = await talk.begun(title="Untold")
    await talk.say(conversation, "Where is the Étude?")
    found = (await talk.client.get(CONVERSATIONS, params={"q": "étude"})).json()["data"]
    assert [one["id"] for one in found] == [conversation]
    assert (await talk.client.get(CONVERSATIONS, params={"q": "sonata"})).json()["data"] == []


async def test_conversations_are_searched_paged_and_told_apart_by_project(talk: Talk) -> None:
    lab = (await talk.client.post("/api/v1/projects", json={"name": "Lab"})).json()["id"]
    await talk.begun(title="Ledgers 100%")
    await talk.begun(title="Holds", project_id=lab)

    async def titles(**params: Any) -> list[str]:
        answer = await talk.client.get(CONVERSATIONS, params=params)
        assert answer.status_code == 200, answer.text
        return [one["title"] for one in answer.json()["data"]]

    assert await titles() == ["Holds", "Ledgers 100%"]
    assert await titles(q="LEDGER") == ["Ledgers 100%"]
    assert await titles(q="%") == ["Ledgers 100%"]
    assert await titles(project_id=lab) == ["Holds"]
    first = (await talk.client.get(CONVERSATIONS, params={"limit": 1})).json()
    assert await titles(limit=1, cursor=first["next_cursor"]) == ["Ledgers 100%"]
    assert await titles(pinned=True) == []
    unknown = await talk.client.get(CONVERSATIONS, params={"title": "x"})
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (400, "title")


async def test_a_search_tells_where_the_text_stands(talk: Talk) -> None:
    conversation = await talk.begun(title="Money")
    await talk.say(conversation, "What is a Ledger?")
    [found] = (await talk.client.get(CONVERSATIONS, params={"q": "ledger"})).json()["data"]
    assert found["excerpt"] == {"before": "What is a ", "hit": "Ledger", "after": "?"}
    [found] = (await talk.client.get(CONVERSATIONS, params={"q": "money"})).json()["data"]
    assert found["excerpt"] is None


async def test_a_conversation_is_pinned_and_let_go(talk: Talk) -> None:
    conversation = await talk.begun(title="Kept")
    for pinned in (True, False):
        changed = await talk.client.patch(f"{CONVERSATIONS}/{conversation}", json={"pinned": pinned})
        assert changed.json()["pinned"] is pinned
        listed = (await talk.client.get(CONVERSATIONS, params={"pinned": True})).json()["data"]
        assert [one["title"] for one in listed] == ["Kept"] * pinned


async def test_a_conversation_is_changed_and_deleted(talk: Talk) -> None:
    conversation = await talk.begun(title="Old")
    path = f"{CONVERSATIONS}/{conversation}"
    changed = await talk.client.patch(path, json={"title": "New", "system_prompt": "Be kind."})
    assert (changed.json()["title"], changed.json()["model"]) == ("New", "small")
    assert (await talk.client.delete(path)).status_code == 204
    for answer in (await talk.client.get(path), await talk.say(conversation), await talk.client.delete(path)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "conversation_not_found")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"content": ""}, "content"),
        ({"content": " "}, "content"),
        ({"content": "a\0"}, "content"),
        ({"content": 5}, "content"),
        ({"content": "a", "max_tokens": 0}, "max_tokens"),
        ({"content": "a", "model": "small"}, None),
    ],
)
async def test_a_message_that_can_not_be_sent_is_refused_by_name(talk: Talk, body: Any, param: str | None) -> None:
    conversation = await talk.begun()
    answer = await talk.client.post(f"{CONVERSATIONS}/{conversation}/messages", json=body)
    assert answer.status_code == 400, answer.text
    assert param is None or answer.json()["error"]["param"] == param
    assert await talk.messages(conversation) == []


async def test_a_colleague_in_the_same_organization_does_not_see_it(talk: Talk) -> None:
    conversation = await talk.begun(title="Mine")
    eva = await talk.world.register("eva")
    added = await talk.client.post(
        f"/api/v1/orgs/{talk.ada.org_id}/members", json={"email": eva.email, "role": "admin"}
    )
    assert added.status_code == 201, added.text
    async with talk.world.client(eva.token, **{"x-deepspace-org": talk.ada.org_id}) as client:
        assert (await client.get(CONVERSATIONS)).json()["data"] == []
        for answer in (
            await client.get(f"{CONVERSATIONS}/{conversation}"),
            await client.get(f"{CONVERSATIONS}/{conversation}/messages"),
            await client.post(f"{CONVERSATIONS}/{conversation}/messages", json={"content": "Hello"}),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "conversation_not_found")


async def test_a_key_may_chat_by_its_scope(talk: Talk) -> None:
    async def key(*scopes: str) -> str:
        made = await talk.client.post("/api/v1/keys", json={"name": "bot", "scopes": list(scopes)})
        return str(made.json()["secret"])

    async with talk.world.client(await key("chat:use")) as client:
        bot = Talk(talk.world, talk.ada, client)
        assert (await bot.say(await bot.begun(), stream=False)).json()["content"] == "word word word "
    async with talk.world.client(await key("models:use")) as client:
        refused = await client.get(CONVERSATIONS)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_missing")
