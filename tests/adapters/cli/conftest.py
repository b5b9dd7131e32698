"""An installation in memory for each test, empty or with people in it."""

from pathlib import Path

import pytest

from tests.adapters.cli.memory_stack import MemoryStack

ADA = "ada@example.com"
PASSWORD = "correct horse"


@pytest.fixture
def empty(tmp_path: Path) -> MemoryStack:
    """Nobody there yet."""
    return MemoryStack(tmp_path)


@pytest.fixture
def stack(empty: MemoryStack) -> MemoryStack:
    """Ada is there, with her personal organization."""
    empty.told("user", "create", "--email", ADA, "--name", "Ada", "--password", PASSWORD)
    return empty
