"""Short directories: a Unix socket's path has 100 bytes, and pytest's own directories have long names."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data_dir() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="ds-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
