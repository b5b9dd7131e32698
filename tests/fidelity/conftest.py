"""The clients of the suite, installed; and the gateway that they are pointed at."""

from pathlib import Path

import pytest

from tests.fidelity import environment
from tests.http.gateway.conftest import gateway

__all__ = ["gateway", "python"]


@pytest.fixture(scope="session")
def python() -> Path:
    """The Python of the clients. Installs them first, where they are not; that they can't be is a failure."""
    environment.ensure()
    return environment.PYTHON
