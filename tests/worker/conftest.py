"""A worker in the test's own event loop, on real servers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest

from deepspace_adapters.composition import compose
from deepspace_adapters.container import Adapters
from deepspace_adapters.dramatiq.broker import make_broker
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.work import PostgresJobQueue, PostgresJobRuns
from deepspace_adapters.system import SystemClock, SystemIds
from deepspace_core.identity import SystemActor
from deepspace_core.kernel.ids import JobId
from deepspace_core.work import CancelJob, JobRun, JobState
from deepspace_worker.engine import Engine
from deepspace_worker.middleware import Tracing
from deepspace_worker.serve import Limits, MetricsAddress, serve
from deepspace_worker.wiring import make_engine
from tests.fakes import TRACE
from tests.worker.jobs import TABLES, register

EVENTUALLY_SECONDS = 120
"""When to give a test up; nothing is measured by it."""


@dataclass
class Deployment:
    """A database, a Redis, and what a test wants to know of them."""

    pool: Pool
    redis_url: str
    namespace: str = field(default_factory=lambda: f"test-{uuid4().hex}")
    queue: PostgresJobQueue = field(default_factory=lambda: PostgresJobQueue(ids=SystemIds(), clock=SystemClock()))

    async def enqueue(self, name: str, *, commit: bool = True, delay: timedelta = timedelta(0)) -> JobId:
        async with PostgresUnitOfWork(self.pool)() as tx:
            job_id = await self.queue.enqueue(tx, name=name, payload={}, trace_id=TRACE, delay=delay)
            if commit:
                await tx.commit()
        return job_id

    async def job(self, job_id: JobId) -> JobRun:
        async with PostgresUnitOfWork(self.pool)() as tx:
            return await PostgresJobRuns().get(tx, job_id, org_id=None)

    async def count(self, query: str) -> int:
        async with self.pool.connection() as connection:
            row = await (await connection.execute(query.encode())).fetchone()
            assert row is not None
            return int(row[0])

    async def runs(self) -> int:
        return await self.count("SELECT count(*) FROM runs")

    async def effects(self) -> int:
        return await self.count("SELECT count(*) FROM effects")

    async def execute(self, statement: str) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(statement.encode())

    async def cancel(self, job_id: JobId) -> JobRun:
        return await compose(Adapters(pool=self.pool), CancelJob)(actor=SystemActor("test"), job_id=job_id)

    async def ends(self, job_id: JobId, state: JobState = JobState.SUCCEEDED) -> JobRun:
        """Waits until the job is in `state`."""

        async def there() -> bool:
            return (await self.job(job_id)).state is state

        await eventually(there)
        return await self.job(job_id)

    def engine(self, redis_url: str | None = None) -> Engine:
        """The parts of a worker without the process."""
        broker = make_broker(redis_url or self.redis_url, namespace=self.namespace)
        return make_engine(Adapters(pool=self.pool, broker=broker))

    @asynccontextmanager
    async def worker(
        self, *, drain_seconds: float = 10, metrics_at: MetricsAddress | None = None
    ) -> AsyncIterator[None]:
        """A worker that runs inside the block and is drained at its end."""
        broker = make_broker(self.redis_url, middleware=[Tracing()], namespace=self.namespace)
        stop = asyncio.Event()
        serving = asyncio.create_task(
            serve(
                engine=make_engine(Adapters(pool=self.pool, broker=broker)),
                broker=broker,
                register=lambda board: register(board, self.pool),
                schedules=[],
                limits=Limits(threads=2, drain_seconds=drain_seconds),
                stop=stop,
                ready=lambda: None,
                metrics_at=metrics_at,
            )
        )
        try:
            yield
        finally:
            stop.set()
            await serving


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Waits until the condition holds."""
    async with asyncio.timeout(EVENTUALLY_SECONDS):
        while not await condition():  # noqa: ASYNC110  # the condition holds in another process or in the database
            await asyncio.sleep(0.05)


@pytest.fixture
async def deployment(pool: Pool, redis_url: str) -> Deployment:
    made = Deployment(pool, redis_url)
    await made.execute(TABLES)
    return made


@pytest.fixture
async def working(deployment: Deployment) -> AsyncIterator[Deployment]:
    """The same with a worker."""
    async with deployment.worker():
        yield deployment
