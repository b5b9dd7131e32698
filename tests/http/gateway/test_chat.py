"""A conversation on a real installation: PostgreSQL, Redis, sockets, an upstream on a wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from deepspace_core.identity import Permission
from tests.http.gateway.conftest import GatewayWorld

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
    assert text.startswith("event: message.started\ndata: {")
    assert text.endswith("data: [DONE]\n\n")
    completed = json.loads(text.split("event: message.completed\ndata: ")[1].split("\n\n")[0])
    question, answer = await messages(client, conversation)
    assert (question["content"], answer) == ("Hello 🙂", completed)
    assert answer["answer"]["ending"] == "completed"
    wallet = await gateway.settled()
    assert wallet.balance_nanos == 1_000_000_000 - answer["answer"]["cost_nanos"]


async def test_stop_keeps_the_partial_answer_at_once_and_its_cost_soon(
    gateway: GatewayWorld, client: httpx.AsyncClient
) -> None:
    conversation = await begun(client, await gateway.model("slow-50"))
    async with asked(client, conversation, "Hello") as response:
        async for line in response.aiter_lines():
            if '"content":"w' in line.replace(" ", ""):
                break
    stored = await _answer(client, conversation)
    assert stored["answer"]["ending"] == "client_aborted"
    await gateway.settled()
    usage = await gateway.usage(stored["trace_id"])
    again = await _answer(client, conversation, with_cost=True)
    assert again["id"] == stored["id"]
    assert (again["answer"]["cost_nanos"], again["answer"]["usage_source"]) == (usage.cost_nanos, "upstream")
    assert len(again["content"].split()) <= 2


async def _answer(client: httpx.AsyncClient, conversation: str, *, with_cost: bool = False) -> Any:
    """The answer, once it is stored; the hang-up is noticed at the next chunk."""
    for _ in range(200):
        found = await messages(client, conversation)
        if len(found) == 2 and (not with_cost or found[1]["answer"]["usage_source"]):
            return found[1]
        await asyncio.sleep(0.02)
    raise AssertionError("the answer was not stored")
