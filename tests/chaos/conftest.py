"""A gateway on servers that a test may kill, and what must hold whatever it has done."""

import asyncio
import shutil
import tempfile
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from deepspace_adapters.composition import compose
from deepspace_adapters.embedded.postgres import TESTING_SETTINGS, EmbeddedPostgres
from deepspace_adapters.embedded.redis import EmbeddedRedis
from deepspace_adapters.postgres.migrate import migrate
from deepspace_core.ledger.metering_use_cases import AuditBooks
from deepspace_core.ledger.use_cases import SweepExpiredHolds
from tests.http.gateway.conftest import GatewayWorld, running_gateway

EXPLAINED = {
    500: set[str](),
    502: {"upstream_error", "upstream_cut"},
    503: {"unavailable", "upstream_unreachable", "channels_resting"},
    504: {"upstream_timeout"},
}
"""The codes that a caller may be given for a fault that isn't theirs. A bare 500 is never explained."""
SETTLED_SECONDS = 45.0


@dataclass(frozen=True)
class Servers:
    """A PostgreSQL and a Redis of this suite's own."""

    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    redis_url: str


@dataclass
class Chaos:
    """A gateway, and the answers that it gave."""

    gateway: GatewayWorld
    servers: Servers
    key: str = ""
    answers: list[httpx.Response] = field(default_factory=list)

    async def call(self, model: str, *, stream: bool) -> httpx.Response | None:
        """One call; None where the connection broke before an answer was whole."""
        try:
            answer = await self.gateway.call(model, key=self.key, stream=stream)
        except httpx.HTTPError:
            return None
        self.answers.append(answer)
        return answer

    async def load(self, *, calls: int, at_once: int, model: str = "slow-10") -> Sequence[httpx.Response | None]:
        """So many calls, streams and others in turn, a bounded number at a time."""
        await self.gateway.model(model)
        gate = asyncio.Semaphore(at_once)

        async def one(number: int) -> httpx.Response | None:
            async with gate:
                return await self.call(model, stream=number % 2 == 0)

        return await asyncio.gather(*(one(number) for number in range(calls)))

    async def kinds(self, trace_id: str) -> Sequence[str]:
        """Of the rows that a call's money has moved in, in their order."""
        return [row.type.value for row in await self.gateway.rows(trace_id)]

    def assert_explained(self) -> None:
        """No answer is a fault of ours that nobody could explain."""
        for answer in self.answers:
            if answer.status_code >= 500:
                error = answer.json()["error"]
                assert error["code"] in EXPLAINED[answer.status_code], answer.text
                assert answer.status_code != 503 or int(answer.headers["retry-after"]) > 0

    async def assert_sound(self) -> None:
        """Nothing stays frozen, the audit is clean, and every answer that was delivered is billed exactly once."""
        await self.settled()
        report = await compose(self.gateway.adapters, AuditBooks)()
        assert list(report.findings) == []
        for answer in self.answers:
            rows = await self.gateway.rows(answer.headers["x-trace-id"])
            kinds = Counter(row.type.value for row in rows)
            delivered = answer.status_code == 200
            assert kinds["capture"] == delivered, (answer.status_code, answer.text[:200], kinds)
            assert kinds["hold"] == kinds["capture"] + kinds["release"] + kinds["expire"], kinds

    async def settled(self) -> None:
        """Returns when no hold is open; those past their time are swept, as the worker would."""
        sweep = compose(self.gateway.adapters, SweepExpiredHolds)
        async with asyncio.timeout(SETTLED_SECONDS):
            while (await self.gateway.wallet()).frozen_nanos:
                await sweep()
                await asyncio.sleep(0.2)


@pytest.fixture(scope="package")
def servers() -> Iterator[Servers]:
    directory = Path(tempfile.mkdtemp(prefix="ds-"))
    directory.chmod(0o755)
    postgres = EmbeddedPostgres(directory / "database", settings=TESTING_SETTINGS)
    redis = EmbeddedRedis(directory, persistent=False)
    try:
        postgres.start()
        yield Servers(postgres, redis, redis.start())
    finally:
        redis.stop()
        postgres.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
async def chaos(servers: Servers, tmp_path: Path) -> AsyncIterator[Chaos]:
    database_url = _fresh_database(servers.postgres)
    async with running_gateway(
        database_url, servers.redis_url, data_dir=tmp_path, concurrent_requests=0, requests_per_minute=0
    ) as gateway:
        yield Chaos(gateway, servers, key=await gateway.key())


def _fresh_database(server: EmbeddedPostgres) -> str:
    """A migrated database that only this test uses; it goes with its server."""
    name = f"chaos_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    migrate(server.url(name))
    return server.url(name)
