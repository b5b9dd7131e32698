"""What a spawned process serves in tests: the application over memory, and a route that takes its time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, MediaType, get

from deepspace_adapters.settings import Settings
from deepspace_http.app import create_app
from tests.http.world import make_world


@get("/slow", include_in_schema=False, media_type=MediaType.TEXT)
async def slow() -> str:
    """Takes a second."""
    await asyncio.sleep(1.0)
    return "finished"


@asynccontextmanager
async def open_memory_application(_: Settings) -> AsyncIterator[Litestar]:
    """Opens nothing, for memory needs no opening."""
    yield create_app(make_world().app.state.application, gateway_routes=[slow])
