"""Channels to choose from."""

from typing import Any
from uuid import UUID

from deepspace_core.channels import Channel, CostRates
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import ChannelId
from deepspace_core.pricing import Leaf, Tier
from tests.fakes import NOON

RATES = CostRates(tiers=(Tier(0, {Leaf.INPUT_UNCACHED: 100_000, Leaf.OUTPUT_TEXT: 400_000}),))


def channel(name: str, **more: Any) -> Channel:
    """A channel of that name; the rest is usual unless given."""
    usual: dict[str, Any] = {
        "id": ChannelId(UUID(int=int.from_bytes(name.encode()))),
        "base_url": f"http://{name}.internal/v1",
        "sealed_key": b"sealed",
        "priority": 0,
        "weight": 1,
        "models": None,
        "model_names": {},
        "cost_rates": {},
        "log": None,
        "enabled": True,
        "version": 1,
        "created_at": NOON,
    }
    return Channel(name=name, **usual | more)


class TwoModels:
    """The `ChannelProbe` port: finds two models everywhere but behind a channel called `away`."""

    async def probe(self, channel: Channel) -> int | None:
        if channel.name == "away":
            raise Unavailable("nobody there")
        return 2
