"""Somebody who chats over HTTP: with money, a model that is sold, and an upstream that does as it is told."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest

from deepspace_core.catalogue import ModelKind
from deepspace_core.catalogue.use_cases import CreateModel
from deepspace_core.identity import SystemActor
from deepspace_core.pricing import Leaf, Tier
from deepspace_core.pricing.use_cases import SetPrice
from tests.core.chat.world import ChunkingUpstream
from tests.fakes import TRACE
from tests.http.chat_ports import Ports
from tests.http.world import Person, World, compose

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

    async def message(self, conversation: str, message: str) -> Any:
        answer = await self.client.get(f"{CONVERSATIONS}/{conversation}/messages/{message}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def done(self, conversation: str) -> Any:
        """The last message shown, once it is over."""
        for _ in range(200):
            last = (await self.messages(conversation))[-1]
            if last["state"] == "done":
                return last
            await asyncio.sleep(0.01)
        raise AssertionError("the answer does not end")


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
