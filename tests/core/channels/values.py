"""Channels to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from deepspace_core.channels import Channel, CostRates
from deepspace_core.kernel.errors import DeepSpaceError, Unavailable
from deepspace_core.kernel.ids import ChannelId
from deepspace_core.pricing import Leaf, Tier
from deepspace_core.usage import LoggedCall, UpstreamBook
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


@dataclass
class ListedBooks:
    """The `UpstreamLog` port: the calls that are listed, by book."""

    calls: dict[UpstreamBook, list[LoggedCall]] = field(default_factory=dict)
    fault: DeepSpaceError | None = None
    away: dict[UpstreamBook, DeepSpaceError] = field(default_factory=dict)

    async def list_books(self) -> Sequence[UpstreamBook]:
        return list(self.calls)

    async def read(self, book: UpstreamBook, *, since: datetime, until: datetime) -> Sequence[LoggedCall]:
        if self.fault is not None:
            raise self.fault
        if book in self.away:
            raise self.away[book]
        return [call for call in self.calls[book] if since <= call.at < until]
