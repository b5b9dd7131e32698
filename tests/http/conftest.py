"""One world a test, on memory; `anywhere` is one on each adapter."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.http.cast import Cast, world_on_postgres
from tests.http.world import Person, World, make_world


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
async def ada(world: World) -> Person:
    """A user with a personal organization."""
    return await world.register("ada")


@pytest.fixture
async def root(world: World) -> Person:
    """The administrator."""
    return await world.administrator()


@pytest.fixture
async def anybody(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials."""
    async with world.client() as client:
        yield client


@pytest.fixture
async def as_ada(world: World, ada: Person) -> AsyncIterator[httpx.AsyncClient]:
    """A client with Ada's access token."""
    async with world.client(ada.token) as client:
        yield client


@pytest.fixture
async def as_root(world: World, root: Person) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the administrator's access token."""
    async with world.client(root.token) as client:
        yield client


@pytest.fixture(params=["memory", "postgres"])
def anywhere(request: pytest.FixtureRequest) -> World:
    """A world on memory, and one on PostgreSQL."""
    return make_world() if request.param == "memory" else world_on_postgres(request.getfixturevalue("pool"))


@pytest.fixture
async def cast(anywhere: World) -> AsyncIterator[Cast]:
    """An administrator and a customer, logged in."""
    root, ada = await anywhere.administrator(), await anywhere.register("ada")
    async with anywhere.client(ada.token) as as_ada, anywhere.client(root.token) as as_root:
        yield Cast(anywhere, ada, root, as_ada, as_root)
