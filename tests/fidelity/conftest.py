"""The clients of the suite, installed; the gateways that they are pointed at; and the small model, in its process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deepspace_adapters.embedded.model import EMBEDDING_MODEL, TEXT_MODEL, EmbeddedModel
from deepspace_adapters.setting_values import Secret
from tests.fidelity import environment
from tests.http.gateway.conftest import GatewayWorld, gateway, running_gateway

__all__ = ["gateway", "gateway_before_a_model", "python", "small_model"]

MODEL_SECONDS_MAX = 60.0
"""A small model on a busy machine isn't late yet, as the scripted upstream would be."""


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of the clients. Installs them first, where they are not; that they can't be is a failure."""
    environment.ensure()
    return environment.PYTHON


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedModel]:
    """A real model, behind a server that does what NewAPI does."""
    model = EmbeddedModel(tmp_path_factory.mktemp("model"))
    model.start()
    yield model
    model.stop()


@pytest.fixture
async def gateway_before_a_model(
    database_url: str, clean_redis_url: str, small_model: EmbeddedModel
) -> AsyncIterator[GatewayWorld]:
    """A gateway that has the small model for its upstream, under the names that it has there."""
    async with running_gateway(
        database_url,
        clean_redis_url,
        newapi_base_url=small_model.url,
        newapi_api_key=Secret(small_model.key),
        upstream_first_byte_timeout_seconds=MODEL_SECONDS_MAX,
        upstream_idle_timeout_seconds=MODEL_SECONDS_MAX,
    ) as world:
        await world.model(TEXT_MODEL)
        await world.model(EMBEDDING_MODEL)
        yield world
