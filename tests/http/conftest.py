"""One world a test, on memory."""

from collections.abc import AsyncIterator

import httpx
import pytest

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
