"""Chat over HTTP: conversations, and answers that stream while the pipeline holds, meters and captures."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest

from deepspace_core.catalogue import ModelKind
from deepspace_core.catalogue.use_cases import CreateModel
from deepspace_core.identity import SystemActor
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.pipeline import UpstreamReply, UpstreamRequest
from deepspace_core.pricing import Leaf, Tier
from deepspace_core.pricing.use_cases import SetPrice
from deepspace_http import gateway_client
from deepspace_http.application import HttpSettings
from tests.core.chat.world import ChunkingUpstream
from tests.core.pipeline.sides import Script
from tests.fakes import TRACE
from tests.http.chat_ports import Ports
from tests.http.world import BASE_URL, Person, World, compose, make_world

CONVERSATIONS = "/api/v1/conversations"
COST_NANOS = (20 * 150_000 + 3 * 600_000) // 1_000
ROOT = SystemActor("test")


@dataclass(frozen=True)
class Talk:
    """Somebody with money, a model that is sold, and an upstream that does as it is told."""

    world: World
    ada: Person
    client: httpx.AsyncClient

    @property
    def upstream(self) -> ChunkingUpstream:
        return cast(ChunkingUpstream, self.world.ports[ChunkingUpstream])

    async def begun(self, **fields: str) -> str:
        answer = await self.client.post(CONVERSATIONS, json={"model": "small", **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def say(self, conversation: str, content: str = "Hello", **fields: Any) -> httpx.Response:
        body = {"content": content, **fields}
        return await self.client.post(f"{CONVERSATIONS}/{conversation}/messages", json=body)

    async def messages(self, conversation: str) -> list[Any]:
        """Oldest first."""
        answer = await self.client.get(f"{CONVERSATIONS}/{conversation}/messages")
        found: list[Any] = answer.json()["data"]
        return found[::-1]


def events_of(text: str) -> list[tuple[str, Any]]:
    """The events of a stream: name (empty for chunks) and data."""
    events = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            data = fields["data"]
            events.append((fields.get("event", ""), data if data == "[DONE]" else json.loads(data)))
    return events


async def sell_small(ports: Ports) -> None:
    model = await compose(CreateModel, ports)(
        actor=ROOT,
        trace_id=TRACE,
        name="small",
        upstream_name="small-up",
        kinds=frozenset({ModelKind.CHAT}),
        context_tokens=2_048,
        output_tokens_max=512,
    )
    tier = Tier(0, {Leaf.INPUT_UNCACHED: 150_000, Leaf.OUTPUT_TEXT: 600_000})
    await compose(SetPrice, ports)(actor=ROOT, trace_id=TRACE, model_id=model.id, currency="USD", tiers=[tier])


@pytest.fixture
async def talk(world: World, ada: Person, root: Person, as_ada: httpx.AsyncClient) -> Talk:
    await sell_small(world.ports)
    async with world.client(root.token) as client:
        body = {"ref": "r1", "amount_nanos": 10**9, "reason": "for tests"}
        paid = await client.post(f"/api/v1/admin/wallets/{ada.org_id}/top-ups", json=body)
        assert paid.status_code == 200, paid.text
    return Talk(world, ada, as_ada)


async def test_an_answer_streams_between_two_events_of_ours(talk: Talk) -> None:
    conversation = await talk.begun()
    answer = await talk.say(conversation, "What is a hold?")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = events_of(answer.text)
    assert [name for name, _ in events] == ["message.started", "", "", "", "", "message.completed", ""]
    started, completed = events[0][1], events[5][1]
    assert [data["choices"][0]["delta"]["content"] for _, data in events[1:4]] == ["word "] * 3
    assert events[4][1]["usage"]["cost"] == pytest.approx(COST_NANOS / 1e9)
    assert events[-1][1] == "[DONE]"
    question, stored = await talk.messages(conversation)
    assert completed == stored
    assert started == {
        "trace_id": answer.headers["x-trace-id"],
        "question_id": question["id"],
        "answer_id": stored["id"],
    }
    assert (question["role"], question["content"], question["answer"]) == ("user", "What is a hold?", None)
    assert (stored["role"], stored["content"], stored["trace_id"]) == (
        "assistant",
        "word word word ",
        answer.headers["x-trace-id"],
    )
    facts = stored["answer"]
    assert (facts["cost_nanos"], facts["cost"], facts["ending"]) == (COST_NANOS, "0.0000048", "completed")
    assert (facts["tokens"]["input_total"], facts["tokens"]["output_total"], facts["error"]) == (20, 3, None)


async def test_what_an_answer_cost_is_what_the_wallet_lost(talk: Talk) -> None:
    answer = await talk.say(await talk.begun(), stream=False)
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert (body["content"], body["answer"]["cost_nanos"]) == ("word word word ", COST_NANOS)
    rows = (await talk.client.get("/api/v1/transactions", params={"trace_id": body["trace_id"]})).json()["data"]
    assert [row["type"] for row in rows] == ["capture", "hold"]
    wallet = (await talk.client.get("/api/v1/wallet")).json()
    assert (wallet["balance_nanos"], wallet["frozen_nanos"]) == (10**9 - COST_NANOS, 0)


async def test_the_conversation_is_sent_to_the_model_and_named_by_its_first_message(talk: Talk) -> None:
    conversation = await talk.begun(system_prompt="Be brief.")
    await talk.say(conversation, "One")
    await talk.say(conversation, "Two", max_tokens=9)
    sent = json.loads(talk.upstream.sent[-1].body)
    assert [one["content"] for one in sent["messages"]] == ["Be brief.", "One", "word word word ", "Two"]
    assert (sent["model"], sent["max_tokens"]) == ("small-up", 9)
    assert (await talk.client.get(f"{CONVERSATIONS}/{conversation}")).json()["title"] == "One"


async def test_who_has_no_money_is_refused_with_a_status_and_finds_the_question_again(talk: Talk) -> None:
    poor = await talk.world.register("poor")
    async with talk.world.client(poor.token) as client:
        poor_talk = Talk(talk.world, poor, client)
        conversation = await poor_talk.begun()
        for stream in (True, False):
            answer = await poor_talk.say(conversation, "For free?", stream=stream)
            assert (answer.status_code, answer.json()["error"]["code"]) == (402, "insufficient_quota")
            assert answer.json()["error"]["trace_id"] == answer.headers["x-trace-id"]
        question, nothing = (await poor_talk.messages(conversation))[:2]
    assert (question["content"], nothing["content"]) == ("For free?", "")
    assert nothing["answer"]["error"]["code"] == "insufficient_quota"
    assert "needs up to" in nothing["answer"]["error"]["message"]
    assert nothing["answer"]["ending"] is None


async def test_a_refused_call_is_in_the_log_of_requests(talk: Talk) -> None:
    answer = await talk.say(await talk.begun(model="unknown"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    told = (await talk.client.get("/api/v1/audit/requests", params={"trace_id": answer.headers["x-trace-id"]})).json()
    assert [(row["status"], row["error_code"]) for row in told["data"]] == [(404, "model_not_found")]


async def test_an_upstream_that_is_away_is_a_503(talk: Talk) -> None:
    talk.upstream.script = Script(refuse=True)
    answer = await talk.say(await talk.begun())
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "upstream_unreachable")


async def test_an_answer_that_breaks_off_says_so_in_the_stream_and_is_kept(talk: Talk) -> None:
    talk.upstream.script = Script(break_after=2)
    conversation = await talk.begun()
    answer = await talk.say(conversation)
    events = events_of(answer.text)
    assert [name for name, _ in events] == ["message.started", "", "", "error", "message.completed", ""]
    error = events[3][1]["error"]
    assert (error["code"], error["type"], error["trace_id"]) == (
        "upstream_cut",
        "server_error",
        answer.headers["x-trace-id"],
    )
    stored = (await talk.messages(conversation))[-1]
    assert stored == events[4][1]
    assert (stored["content"], stored["answer"]["ending"]) == ("word word ", "truncated")
    assert stored["answer"]["error"]["code"] == "upstream_cut"


async def test_a_broken_answer_in_one_piece_is_what_came_and_why_no_more(talk: Talk) -> None:
    talk.upstream.script = Script(break_after=2)
    answer = await talk.say(await talk.begun(), stream=False)
    assert (answer.status_code, answer.json()["content"]) == (200, "word word ")
    assert answer.json()["answer"]["error"]["code"] == "upstream_cut"


@dataclass
class RawClient:
    """An ASGI client that sees each piece as it is sent, and may hang up after some."""

    talk: Talk
    leaves_after: int | None = None

    async def say(self, conversation: str) -> list[bytes]:
        pieces: list[bytes] = []
        gone, asked = asyncio.Event(), iter([b'{"content":"Hello"}'])

        async def receive() -> Any:
            for body in asked:
                return {"type": "http.request", "body": body, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body" and message["body"]:
                pieces.append(message["body"])
            if len(pieces) == self.leaves_after:
                gone.set()
            await asyncio.sleep(0)

        await self.talk.world.app(self._scope(conversation), receive, send)
        return pieces

    def _scope(self, conversation: str) -> Any:
        path = f"{CONVERSATIONS}/{conversation}/messages"
        headers = {
            "host": "deepspace.test",
            "authorization": f"Bearer {self.talk.ada.token}",
            "content-type": "application/json",
            "content-length": "19",
        }
        return {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "http_version": "1.1",
            "scheme": "http",
            "server": ("deepspace.test", 80),
            "client": ("127.0.0.1", 1),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "state": {},
            "extensions": {},
        }


async def test_each_chunk_leaves_as_it_comes(talk: Talk) -> None:
    pieces = await RawClient(talk).say(await talk.begun())
    assert [piece.partition(b":")[0] for piece in pieces] == [b"event", b"data", b"data", b"data", b"data", b"event"]


async def test_hanging_up_keeps_what_was_heard(talk: Talk) -> None:
    conversation = await talk.begun()
    pieces = await RawClient(talk, leaves_after=3).say(conversation)
    assert len(pieces) == 3
    stored = (await talk.messages(conversation))[-1]
    assert (stored["content"], stored["answer"]["ending"]) == ("word word ", "client_aborted")
    assert (stored["answer"]["cost_nanos"], stored["answer"]["usage_source"]) == (COST_NANOS, "upstream")


async def test_a_refusal_after_a_keep_alive_comment_is_an_event(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse_late(request: UpstreamRequest) -> UpstreamReply:
        await asyncio.sleep(0.05)
        raise Unavailable("nobody there")

    monkeypatch.setattr(gateway_client, "PING_SECONDS", 0.01)
    monkeypatch.setattr(talk.upstream, "send", refuse_late)
    answer = await talk.say(await talk.begun())
    assert answer.text.startswith(": ping\n\n")
    assert [name for name, _ in events_of(answer.text)] == ["error", ""]
    assert events_of(answer.text)[0][1]["error"]["code"] == "unavailable"


async def test_a_fault_of_ours_shows_nothing_of_itself(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bug(request: UpstreamRequest) -> UpstreamReply:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(talk.upstream, "send", bug)
    conversation = await talk.begun()
    answer = await talk.say(conversation)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert "secret" not in str(await talk.messages(conversation))


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
    unknown = await talk.client.get(CONVERSATIONS, params={"title": "x"})
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (400, "title")


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


async def test_a_cookie_sends_messages_from_our_own_pages_only(talk: Talk) -> None:
    path = f"{CONVERSATIONS}/{await talk.begun()}/messages"
    async with talk.world.client() as browser:
        browser.cookies.set("deepspace_access", talk.ada.token)
        foreign = await browser.post(path, json={"content": "Hi"}, headers={"sec-fetch-site": "cross-site"})
        assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "cross_origin")
        own = await browser.post(path, json={"content": "Hi"}, headers={"sec-fetch-site": "same-origin"})
        assert events_of(own.text)[-1][1] == "[DONE]"


async def test_a_full_gateway_says_when_to_come_again() -> None:
    world = make_world(settings=HttpSettings(base_url=BASE_URL, streams_max=0))
    ada = await world.register("ada")
    async with world.client(ada.token) as client:
        talk = Talk(world, ada, client)
        conversation = await talk.begun()
        for stream in (True, False):
            answer = await talk.say(conversation, stream=stream)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert await talk.messages(conversation) == []
