"""What every test may ask for: a PostgreSQL and a Redis of its own, real ones, out of wheels.

A suite that must hold on both adapters takes its repositories from a parametrised fixture, which asks for the pool only
where it is wanted, so that the memory half starts no server:

    @pytest.fixture(params=["memory", "postgres"])
    def stores(request: pytest.FixtureRequest) -> Stores:
        if request.param == "memory":
            return Stores(MemoryUnitOfWork(MemoryDatabase()), MemoryWallets())
        return Stores(request.getfixturevalue("unit_of_work"), PostgresWallets())

(An async fixture can't call getfixturevalue of another async one; keep that fixture a plain `def`.)
"""

import gc
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import redis
from hypothesis import settings

from deepspace_adapters.embedded.postgres import TESTING_SETTINGS, EmbeddedPostgres
from deepspace_adapters.embedded.redis import EmbeddedRedis
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork

# A busy machine is no fault of the code under test: no example has a deadline, as no test asserts a duration.
settings.register_profile("deepspace", deadline=None)
settings.load_profile("deepspace")


def pytest_configure() -> None:
    """Collects no garbage while modules are imported.

    Rewriting asserts builds syntax trees, and CPython before 3.11.8 fails ("AST constructor recursion depth mismatch")
    when a collection in the middle of one runs code that builds another (python/cpython issue 106905).
    """
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on garbage is collected; what was imported stays for the whole run and need not be looked at."""
    gc.freeze()
    gc.enable()


MAINTENANCE_DATABASE = "postgres"
TEMPLATE_DATABASE = "template_deepspace"


@pytest.fixture(scope="session")
def server_directory() -> Iterator[Path]:
    """A directory with a short name: a Unix socket's path must fit into 100 bytes, and pytest's own often doesn't."""
    directory = Path(tempfile.mkdtemp(prefix="ds-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(server_directory: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server for this run. It doesn't wait for the disk; tests about durability start their own."""
    server = EmbeddedPostgres(
        server_directory, settings={**TESTING_SETTINGS, "max_connections": "200", "file_copy_method": "clone"}
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def template_database(postgres_server: EmbeddedPostgres) -> str:
    """The name of a migrated database that nobody connects to, so that it can be copied."""
    _run(postgres_server, f"CREATE DATABASE {TEMPLATE_DATABASE}")
    migrate(postgres_server.url(TEMPLATE_DATABASE))
    return TEMPLATE_DATABASE


@pytest.fixture
def database_url(postgres_server: EmbeddedPostgres, template_database: str) -> Iterator[str]:
    """A migrated database that only this test uses."""
    yield from _private_database(postgres_server, template=template_database)


@pytest.fixture
def empty_database_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """A database with nothing in it, for tests of the migrations themselves."""
    yield from _private_database(postgres_server, template="template1")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """An open pool on this test's database."""
    opened = make_pool(database_url, application="test")
    await opened.open(wait=True)
    yield opened
    await opened.close()


@pytest.fixture
def unit_of_work(pool: Pool) -> PostgresUnitOfWork:
    """Transactions on this test's database."""
    return PostgresUnitOfWork(pool)


@pytest.fixture(scope="session")
def redis_url(server_directory: Path) -> Iterator[str]:
    """A Redis server for this run. What earlier tests left in it is still there; see `clean_redis_url`."""
    server = EmbeddedRedis(server_directory, persistent=False)
    yield server.start()
    server.stop()


@pytest.fixture
def clean_redis_url(redis_url: str) -> str:
    """The same server, emptied for this test."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    return redis_url


def _private_database(server: EmbeddedPostgres, *, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    # The server writes no more than a checkpoint for a copy of files; copying through its log is slower without fsync.
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield server.url(quote(name))
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.url(MAINTENANCE_DATABASE), autocommit=True) as connection:
        connection.execute(statement.encode())
