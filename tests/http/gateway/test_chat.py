"""A conversation on a real installation: PostgreSQL, Redis, sockets, an upstream on a wire."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from deepspace_core.identity import Permission
from tests.http.gateway.conftest import GatewayWorld, another_gateway

SCOPES = (Permission.USE_CHAT, Permission.READ_WALLET)


@pytest.fixture
async def client(gateway: GatewayWorld) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {await gateway.key(scopes=SCOPES)}"}
    async with httpx.AsyncClient(base_url=f"{gateway.url}/api/v1", headers=headers, timeout=20) as opened:
        yield opened


async def begun(client: httpx.AsyncClient, model: str) -> str:
    answer = await client.post("/conversations", json={"model": model})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def messages(client: httpx.AsyncClient, conversation: str) -> list[Any]:
    found: list[Any] = (await client.get(f"/conversations/{conversation}/messages")).json()["data"]
    return found[::-1]


@asynccontextmanager
async def asked(client: httpx.AsyncClient, conversation: str, content: str) -> AsyncIterator[httpx.Response]:
    path = f"/conversations/{conversation}/messages"
    async with client.stream("POST", path, json={"content": content}) as response:
        yield response


async def test_an_answer_streams_is_stored_and_is_paid(gateway: GatewayWorld, client: httpx.AsyncClient) -> None:
    conversation = await begun(client, await gateway.model("ok"))
    async with asked(client, conversation, "Hello 🙂") as response:
        text = (await response.aread()).decode()
    assert text.startswith("id: 1\nevent: message.started\ndata: {")
    assert text.endswith("data: [DONE]\n\n")
    completed = json.loads(text.split("event: message.completed\ndata: ")[1].split("\n\n")[0])
    question, answer = await messages(client, conversation)
    assert question["content"] == "Hello 🙂"
    assert {name: fact for name, fact in answer.items() if name != "siblings"} == completed
    assert answer["answer"]["ending"] == "completed"
    wallet = await gateway.settled()
    assert wallet.balance_nanos == 1_000_000_000 - answer["answer"]["cost_nanos"]


async def test_an_answer_goes_on_without_its_client_and_is_found_again_at_another_process(
    gateway: GatewayWorld, client: httpx.AsyncClient
) -> None:
    conversation = await begun(client, await gateway.model("slow-30"))
    async with another_gateway(gateway) as url, _same(client, url) as elsewhere:
        async with asked(client, conversation, "Hello") as response:
            heard = await _until_a_word(response.aiter_lines())
        answer_id = (await messages(elsewhere, conversation))[1]["id"]
        path = f"/conversations/{conversation}/messages/{answer_id}/events"
        rest = await elsewhere.get(path, headers={"last-event-id": str(len(heard))})
        whole = await elsewhere.get(path)
    assert rest.text.startswith(f"id: {len(heard) + 1}\n")
    assert "".join(heard) + rest.text == whole.text
    assert whole.text.endswith("data: [DONE]\n\n")
    stored = (await messages(client, conversation))[1]
    assert (stored["state"], stored["answer"]["ending"]) == ("done", "completed")
    wallet = await gateway.settled()
    assert wallet.balance_nanos == 1_000_000_000 - stored["answer"]["cost_nanos"]


async def test_an_answer_is_stopped_from_another_process_and_billed_for_what_was_asked(
    gateway: GatewayWorld, client: httpx.AsyncClient
) -> None:
    conversation = await begun(client, await gateway.model("slow-300-60"))
    async with (
        another_gateway(gateway) as url,
        _same(client, url) as elsewhere,
        asked(client, conversation, "Hello") as response,
    ):
        lines = response.aiter_lines()
        await _until_a_word(lines)
        answer_id = (await messages(elsewhere, conversation))[1]["id"]
        path = f"/conversations/{conversation}/messages/{answer_id}/stop"
        assert (await elsewhere.post(path)).json()["state"] == "running"
        rest = [line async for line in lines]
    assert "event: message.stopped" in rest
    stored = (await messages(client, conversation))[1]
    assert (stored["state"], stored["answer"]["ending"]) == ("done", "client_aborted")
    await gateway.settled()
    usage = await gateway.usage(stored["trace_id"])
    assert (stored["answer"]["cost_nanos"], usage.ending.value) == (usage.cost_nanos, "client_aborted")


async def test_a_running_answer_does_without_redis_and_its_followers_elsewhere_get_what_is_stored(
    gateway: GatewayWorld, client: httpx.AsyncClient
) -> None:
    conversation = await begun(client, await gateway.model("slow-30"))
    async with another_gateway(gateway) as url, _same(client, url) as elsewhere:
        async with asked(client, conversation, "Hello") as response:
            answer_id = (await messages(client, conversation))[1]["id"]
            await gateway.adapters.redis().flushall()
            text = (await response.aread()).decode()
        assert text.endswith("data: [DONE]\n\n")
        await gateway.adapters.redis().flushall()
        told = await elsewhere.get(f"/conversations/{conversation}/messages/{answer_id}/events")
    stored = (await client.get(f"/conversations/{conversation}/messages/{answer_id}")).json()
    assert json.loads(told.text.split("event: message.completed\ndata: ")[1].split("\n\n")[0]) == stored


def _same(client: httpx.AsyncClient, url: str) -> httpx.AsyncClient:
    """The same person at another address."""
    return httpx.AsyncClient(base_url=f"{url}/api/v1", headers=client.headers, timeout=20)


async def _until_a_word(given: AsyncIterator[str]) -> list[str]:
    """The events up to the first that holds a word."""
    events: list[str] = []
    lines: list[str] = []
    async for line in given:
        lines.append(line)
        if not line:
            events.append("\n".join(lines) + "\n")
            if '"content":"w' in events[-1].replace(" ", ""):
                break
            lines = []
    return events
