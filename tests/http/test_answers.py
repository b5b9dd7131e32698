"""Answers over HTTP: they stream while the pipeline holds, meters and captures, and go on without their clients."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deepspace_adapters.memory.event_streams import MemoryEventStreams
from deepspace_core.chat import EventStreams
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.pipeline import UpstreamReply, UpstreamRequest
from deepspace_http import gateway_client
from deepspace_http.application import HttpSettings
from tests.core.pipeline.sides import Script
from tests.http.talk import CONVERSATIONS, COST_NANOS, Talk, events_of, talk
from tests.http.world import BASE_URL, make_world

__all__ = ["talk"]


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
    assert completed == await talk.message(conversation, stored["id"])
    assert {**completed, "siblings": {"count": 1, "nth": 1, "previous_id": None, "next_id": None}} == stored
    assert [line for line in answer.text.splitlines() if line.startswith("id")] == [f"id: {n}" for n in range(1, 8)]
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


async def test_a_cap_refuses_with_a_code_of_its_own_and_the_type_that_clients_know(talk: Talk) -> None:
    cap = {"scope": "org", "scope_id": talk.ada.org_id, "window": "day", "cap_nanos": 1}
    assert (await talk.client.put("/api/v1/wallet/budgets", json=cap)).status_code == 200
    conversation = await talk.begun()
    answer = await talk.say(conversation, "Too dear?")
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (402, "insufficient_quota", "budget_exceeded")
    assert "raise the budget" in error["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert (await talk.messages(conversation))[-1]["answer"]["error"]["code"] == "budget_exceeded"


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
    stored = await talk.message(conversation, events[0][1]["answer_id"])
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
    assert [piece.partition(b"\n")[0] for piece in pieces] == [b"id: %d" % number for number in range(1, 8)]


async def test_an_answer_goes_on_when_its_client_hangs_up(talk: Talk) -> None:
    conversation = await talk.begun()
    pieces = await RawClient(talk, leaves_after=3).say(conversation)
    assert len(pieces) == 3
    stored = await talk.done(conversation)
    assert (stored["content"], stored["answer"]["ending"]) == ("word word word ", "completed")
    assert (stored["answer"]["cost_nanos"], stored["answer"]["usage_source"]) == (COST_NANOS, "upstream")


async def test_whoever_comes_back_goes_on_where_it_left_off(talk: Talk) -> None:
    conversation = await talk.begun()
    heard = await RawClient(talk, leaves_after=3).say(conversation)
    answer_id = (await talk.messages(conversation))[-1]["id"]
    path = f"{CONVERSATIONS}/{conversation}/messages/{answer_id}/events"
    rest = await talk.client.get(path, headers={"last-event-id": "3"})
    assert (rest.status_code, rest.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    whole = await talk.client.get(path)
    assert b"".join(heard) + rest.content == whole.content
    assert [name for name, _ in events_of(rest.text)] == ["", "", "message.completed", ""]


async def test_an_answer_whose_events_are_gone_is_told_as_it_is_stored(talk: Talk) -> None:
    conversation = await talk.begun()
    answer = (await talk.say(conversation, stream=False)).json()
    streams = talk.world.ports[EventStreams]
    assert isinstance(streams, MemoryEventStreams)
    streams.__init__()  # type: ignore[misc]  # as a Redis that was started anew
    path = f"{CONVERSATIONS}/{conversation}/messages/{answer['id']}/events"
    told = events_of((await talk.client.get(path, headers={"last-event-id": "2"})).text)
    assert told == [("message.completed", answer), ("", "[DONE]")]


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "", "9" * 19])
async def test_a_last_event_id_that_is_no_number_is_refused(talk: Talk, number: str) -> None:
    conversation = await talk.begun()
    answer = (await talk.say(conversation, stream=False)).json()
    path = f"{CONVERSATIONS}/{conversation}/messages/{answer['id']}/events"
    refused = await talk.client.get(path, headers={"last-event-id": number})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "last-event-id")


async def test_a_request_is_found_by_whose_it_is_and_by_how_its_call_ended(talk: Talk) -> None:
    await talk.say(await talk.begun(), "One", stream=False)
    (project,) = (await talk.client.get("/api/v1/projects")).json()["data"]
    for name, value, other in (
        ("user_id", talk.ada.user_id, f"user_{'1' * 32}"),
        ("project_id", project["id"], f"proj_{'1' * 32}"),
        ("workspace_id", project["workspace_id"], f"ws_{'1' * 32}"),
        ("ending", "completed", "timed_out"),
    ):
        found = await talk.client.get("/api/v1/audit/requests", params={name: value})
        assert [one["user_id"] for one in found.json()["data"]] == [talk.ada.user_id], name
        assert "channel" not in found.json()["data"][0]
        nothing = await talk.client.get("/api/v1/audit/requests", params={name: other})
        assert nothing.json()["data"] == [], name


async def test_stop_keeps_the_partial_answer_and_tells_its_followers(talk: Talk) -> None:
    conversation = await talk.begun()
    stopped: list[Any] = []

    async def stop(number: int) -> None:
        if number == 2 and not stopped:
            answer_id = (await talk.messages(conversation))[-1]["id"]
            path = f"{CONVERSATIONS}/{conversation}/messages/{answer_id}/stop"
            stopped.append((await talk.client.post(path)).json())

    talk.upstream.between = stop
    events = events_of((await talk.say(conversation)).text)
    assert [name for name, _ in events] == ["message.started", "", "", "message.stopped", "message.completed", ""]
    (told,) = stopped
    assert (told["state"], told["content"], told["answer"]["ending"]) == ("running", "word word ", "client_aborted")
    completed = events[4][1]
    assert (completed["state"], completed["content"]) == ("done", "word word ")
    facts = completed["answer"]
    assert (facts["ending"], facts["usage_source"]) == ("client_aborted", "estimated")
    (capture,) = (await talk.client.get("/api/v1/transactions", params={"type": "capture"})).json()["data"]
    assert capture["amount_nanos"] == facts["cost_nanos"] > 0
    again = await talk.client.post(f"{CONVERSATIONS}/{conversation}/messages/{completed['id']}/stop")
    assert (again.status_code, again.json()) == (200, completed)


async def test_a_question_is_edited_answered_again_and_its_branches_shown(talk: Talk) -> None:
    conversation = await talk.begun()
    await talk.say(conversation, "One", stream=False)
    question, answer = await talk.messages(conversation)
    path = f"{CONVERSATIONS}/{conversation}"
    edited = await talk.client.post(f"{path}/messages/{question['id']}/edit", json={"content": "Uno"})
    assert events_of(edited.text)[-1][1] == "[DONE]"
    shown = await talk.messages(conversation)
    assert [one["content"] for one in shown] == ["Uno", "word word word "]
    assert shown[0]["siblings"] == {"count": 2, "nth": 2, "previous_id": question["id"], "next_id": None}
    branch = await talk.client.put(f"{path}/branch", json={"message_id": question["id"]})
    assert branch.json()["leaf_id"] == answer["id"]
    again = await talk.client.post(f"{path}/messages/{answer['id']}/regenerate", json={"stream": False})
    assert again.json()["parent_id"] == question["id"]
    shown = await talk.messages(conversation)
    assert [one["content"] for one in shown] == ["One", "word word word "]
    assert (shown[1]["siblings"]["nth"], shown[1]["siblings"]["count"]) == (2, 2)
    wrong = await talk.client.post(f"{path}/messages/{answer['id']}/edit", json={"content": "Uno"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (404, "message_not_found")


async def test_nothing_is_asked_while_an_answer_is_being_written(talk: Talk) -> None:
    conversation = await talk.begun()
    refused: list[httpx.Response] = []

    async def ask(number: int) -> None:
        if number == 1:
            refused.append(await talk.say(conversation, "Two"))

    talk.upstream.between = ask
    await talk.say(conversation, "One")
    assert [(one.status_code, one.json()["error"]["code"]) for one in refused] == [(409, "answer_running")]
    assert len(await talk.messages(conversation)) == 2


async def test_a_refusal_after_a_keep_alive_comment_is_an_event(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse_late(request: UpstreamRequest) -> UpstreamReply:
        await asyncio.sleep(0.05)
        raise Unavailable("nobody there")

    monkeypatch.setattr(gateway_client, "PING_SECONDS", 0.01)
    monkeypatch.setattr(talk.upstream, "send", refuse_late)
    answer = await talk.say(await talk.begun())
    assert answer.text.startswith(": ping\n\n")
    events = events_of(answer.text)
    assert [name for name, _ in events] == ["message.started", "error", "message.completed", ""]
    assert events[1][1]["error"]["code"] == "unavailable"


async def test_a_fault_of_ours_shows_nothing_of_itself(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def bug(request: UpstreamRequest) -> UpstreamReply:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(talk.upstream, "send", bug)
    conversation = await talk.begun()
    answer = await talk.say(conversation)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert "secret" not in str(await talk.messages(conversation))


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
