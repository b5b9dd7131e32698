"""Who takes part in what people and administrators do over HTTP, and what they stand on: memory, or PostgreSQL."""

from dataclasses import dataclass

import httpx

from deepspace_adapters.composition import PORTS
from deepspace_adapters.container import Adapters
from deepspace_adapters.newapi.client import make_transport
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.settings import Settings
from deepspace_core.chat import EventStreams
from deepspace_core.policy.ports import RateWindow
from deepspace_core.work.ports import Courier
from tests.http.spending import NANOS
from tests.http.world import Person, World, make_world


@dataclass(frozen=True)
class Cast:
    """Who takes part."""

    world: World
    ada: Person
    root: Person
    as_ada: httpx.AsyncClient
    as_root: httpx.AsyncClient


def world_on_postgres(pool: Pool) -> World:
    """Without Redis, and so without what limits or hands over by it."""
    adapters = Adapters(settings=Settings(), pool=pool, transport=make_transport())
    served = {port: name for port, name in PORTS.items() if port not in (RateWindow, Courier, EventStreams)}
    return make_world(ports={port: getattr(adapters, name)() for port, name in served.items()})


async def top_up(cast: Cast, ref: str = "invoice-1", amount_nanos: int = 10 * NANOS) -> httpx.Response:
    """Pays into Ada's wallet."""
    body = {"ref": ref, "amount_nanos": amount_nanos, "reason": "Bank transfer"}
    return await cast.as_root.post(f"/api/v1/admin/wallets/{cast.ada.org_id}/top-ups", json=body)
