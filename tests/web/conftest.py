"""One build, one stack and one browser's worth of journeys for the whole run."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.people import Person, log_in
from tests.journey.stack import Stack
from tests.web.life import Life, live
from tests.web.tools import WEB, make


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the build, which is up to date."""
    make("web")
    return WEB / "dist"


@pytest.fixture(scope="session")
def stack(built: Path) -> Iterator[Stack]:
    """The whole product with its small model, serving what was built."""
    directory = Path(tempfile.mkdtemp(prefix="dsw-"))
    # The database's own user has to pass through it.
    directory.chmod(0o755)
    whole = Stack(directory)
    try:
        whole.start()
        yield whole
    finally:
        whole.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Person:
    """The administrator that `up` made."""
    return log_in(stack, email=stack.welcome.email, password=stack.welcome.password)


@pytest.fixture(scope="session")
def life(stack: Stack, admin: Person) -> Life:
    """An account that has been used, so that its pages have something to show."""
    return live(stack, admin)
