"""Two stacks for the whole run: one that starts everything itself, and one on servers of the test's own.

The first has the real model; the second has an upstream that does as it is told, a database that the test can stop, and
holds that expire within seconds. Both outlive their restarts, so the order of the tests doesn't matter.
"""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deepspace_adapters.embedded.postgres import TESTING_SETTINGS, EmbeddedPostgres
from tests.journey.books import Books, assert_books_are_sound
from tests.journey.people import Person, log_in
from tests.journey.stack import Stack
from tests.journey.waiting import eventually
from tests.scripted_upstream import ScriptedUpstream, running_upstream

HOLD_LIFETIME_SECONDS = 12
UPSTREAM_KEY = "upstream-credential"
UPSTREAM_START_SECONDS = 10.0
MODELS = {
    "obliging": "ok",
    "slow": "slow-400",
    "silent-failure": "error-in-200",
    "failing": "status-500",
    "poor": "status-402",
    "breaking": "cut",
}
"""From a name in the catalogue to the upstream's script for it."""


@dataclass(frozen=True)
class OwnServers:
    """A stack that starts only Redis: the database and the upstream were given to it."""

    stack: Stack
    postgres: EmbeddedPostgres
    upstream: ScriptedUpstream


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Everything embedded, as on a fresh machine."""
    with _directory() as directory:
        whole = Stack(directory)
        try:
            whole.start()
            yield whole
        finally:
            whole.stop()


@pytest.fixture(scope="session")
def own() -> Iterator[OwnServers]:
    """A database and an upstream that were there before, with a model and a price made by the command line."""
    with _directory() as directory, _scripted_upstream() as upstream:
        postgres = EmbeddedPostgres(directory / "database", settings=TESTING_SETTINGS)
        given = Stack(
            directory,
            settings={
                "DEEPSPACE_DATABASE_URL": postgres.start(),
                "DEEPSPACE_NEWAPI_BASE_URL": upstream.url,
                "DEEPSPACE_NEWAPI_API_KEY": UPSTREAM_KEY,
                "DEEPSPACE_HOLD_LIFETIME_SECONDS": str(HOLD_LIFETIME_SECONDS),
            },
        )
        try:
            given.start()
            _offer_models(given)
            yield OwnServers(given, postgres, upstream)
        finally:
            given.stop()
            postgres.stop()


@pytest.fixture
def admin(stack: Stack) -> Person:
    """The administrator that `up` made, logged in with what it printed."""
    return log_in(stack, email=stack.welcome.email, password=stack.welcome.password)


@pytest.fixture
def own_admin(own: OwnServers) -> Person:
    """The administrator of the stack on given servers."""
    return log_in(own.stack, email=own.stack.welcome.email, password=own.stack.welcome.password)


@pytest.fixture
def books(admin: Person) -> Books:
    """The books of the organization that `up` made."""
    return admin.books


@pytest.fixture
def own_books(own_admin: Person) -> Books:
    """The same on the given servers."""
    return own_admin.books


@pytest.fixture(scope="module")
def audited(stack: Stack) -> Iterator[None]:
    """After the last test of a module: nothing frozen anywhere, and the books are sound."""
    yield
    eventually(lambda: _frozen_nanos(stack) == 0, what="the settlement of every call")


def _frozen_nanos(stack: Stack) -> int:
    """Of all wallets, in books that are sound."""
    lines = assert_books_are_sound(stack)["trial_balance"]
    return int(next(line["balance_nanos"] for line in lines if line["account"] == "frozen"))


@pytest.fixture(scope="module")
def own_audited(own: OwnServers) -> Iterator[None]:
    """The same on the given servers."""
    yield
    assert_books_are_sound(own.stack)


def _offer_models(given: Stack) -> None:
    """One by the command line, as a person would; the others by the same interface that the console has."""
    shape = ["--kind", "chat", "--context-tokens", "8000", "--output-tokens-max", "1000"]
    given.run("model", "create", "obliging", "--upstream", MODELS["obliging"], *shape)
    given.run("price", "set", "obliging", "--input", "1.5", "--output", "6")
    administrator = log_in(given, email=given.welcome.email, password=given.welcome.password)
    for name, script in MODELS.items():
        if name != "obliging":
            administrator.offer_model(name, script)


@contextmanager
def _directory() -> Iterator[Path]:
    """With a short name: a Unix socket's path must fit into 100 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="ds-"))
    # The database's own user has to pass through it.
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _scripted_upstream() -> Iterator[ScriptedUpstream]:
    """Serves from a thread of its own, with its own event loop."""
    found: list[ScriptedUpstream] = []
    over = threading.Event()

    async def serve() -> None:
        async with running_upstream() as upstream:
            found.append(upstream)
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    try:
        yield eventually(lambda: found[0] if found else None, seconds=UPSTREAM_START_SECONDS, what="the upstream")
    finally:
        over.set()
        thread.join(UPSTREAM_START_SECONDS)
