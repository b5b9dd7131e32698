"""`make bench-worker`: jobs a second through outbox and Redis to their effect, and how long one takes to be done.

Beside it, plain Dramatiq on the same Redis without outbox and without a record of the job: what the promise costs that
a job is neither lost nor done twice. Both have one worker process of eight threads over one event loop, and the same
effect: one row, committed, in a PostgreSQL that waits for the disk.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from dramatiq import Broker, Worker, actor

from deepspace_adapters.container import Adapters
from deepspace_adapters.dramatiq.broker import QUEUE, make_broker
from deepspace_adapters.embedded.postgres import EmbeddedPostgres
from deepspace_adapters.embedded.redis import EmbeddedRedis
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.work import PostgresJobQueue
from deepspace_adapters.system import SystemClock, SystemIds
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.serve import FETCH_PAUSE_MILLISECONDS, Limits, serve
from deepspace_worker.wiring import make_engine

BACKLOG = 2_000
PACED, PER_SECOND = 100, 20
THREADS = 8
PAUSE = Backoff(first=timedelta(seconds=1), longest=timedelta(seconds=1))
EFFECT = JobSpec("bench.effect", timedelta(seconds=60), attempts_max=3, backoff=PAUSE)
TABLE = "CREATE TABLE effects (id uuid PRIMARY KEY, asked_at float8, done_at float8)"


@dataclass
class Ground:
    """The servers, and where effects are counted."""

    pool: Pool
    redis_url: str

    async def begin(self, job_id: UUID) -> None:
        """The moment after which the job is asked for."""
        await self._execute("INSERT INTO effects (id, asked_at) VALUES (%s, %s)", job_id, time.time())

    async def effect(self, job_id: UUID) -> None:
        """What each job does."""
        await self._execute("UPDATE effects SET done_at = %s WHERE id = %s AND done_at IS NULL", time.time(), job_id)

    async def done(self) -> int:
        async with self.pool.connection() as connection:
            row = await (await connection.execute("SELECT count(*) FROM effects WHERE done_at IS NOT NULL")).fetchone()
        return 0 if row is None else int(row[0])

    async def delays(self) -> list[float]:
        """Seconds from asking to effect; and forgets them."""
        async with self.pool.connection() as connection:
            rows = await (await connection.execute("SELECT done_at - asked_at FROM effects")).fetchall()
            await connection.execute("TRUNCATE effects")
        return sorted(row[0] for row in rows)

    async def _execute(self, statement: str, *values: object) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(statement.encode(), values)


class Outbox:
    """Ours: a job is asked for in a transaction."""

    name = "outbox, record, lease"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._ids = SystemIds()
        self._queue = PostgresJobQueue(ids=self._ids, clock=SystemClock())

    async def ask(self, asked: UUID) -> None:
        async with PostgresUnitOfWork(self._ground.pool)() as tx:
            payload = {"id": asked.hex}
            await self._queue.enqueue(tx, name=EFFECT.name, payload=payload, trace_id=TraceId("0" * 32))
            await tx.commit()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        broker = make_broker(self._ground.redis_url, namespace="bench-outbox")
        stop, ready = asyncio.Event(), asyncio.Event()

        async def effect(job: JobRun, _context: JobContext) -> None:
            await self._ground.effect(UUID(str(job.payload["id"])))

        serving = asyncio.create_task(
            serve(
                engine=make_engine(Adapters(pool=self._ground.pool, broker=broker)),
                broker=broker,
                register=lambda board: board.add(EFFECT, effect),
                schedules=[],
                limits=Limits(threads=THREADS),
                stop=stop,
                ready=ready.set,
            )
        )
        await ready.wait()
        yield
        stop.set()
        await serving


class Plain:
    """Dramatiq alone: a job is asked for by a message, and is gone with it."""

    name = "plain Dramatiq"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._broker: Broker = make_broker(ground.redis_url, namespace="bench-plain")
        loop = asyncio.get_running_loop()

        def perform(asked: str) -> None:
            asyncio.run_coroutine_threadsafe(ground.effect(UUID(asked)), loop).result()

        self._effect = actor(actor_name=EFFECT.name, queue_name=QUEUE, broker=self._broker)(perform)

    async def ask(self, asked: UUID) -> None:
        await asyncio.to_thread(self._effect.send, asked.hex)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        worker = Worker(self._broker, worker_threads=THREADS, worker_timeout=FETCH_PAUSE_MILLISECONDS)
        worker.start()
        yield
        await asyncio.to_thread(worker.stop)


async def backlog(ground: Ground, way: Outbox | Plain) -> float:
    """Jobs a second out of a backlog."""
    for _ in range(BACKLOG):
        asked = SystemIds().uuid()
        await ground.begin(asked)
        await way.ask(asked)
    began = time.perf_counter()
    async with way.working():
        await _until(ground, BACKLOG)
        seconds = time.perf_counter() - began
    await ground.delays()
    return BACKLOG / seconds


async def pace(ground: Ground, way: Outbox | Plain) -> list[float]:
    """Delays of jobs that come one by one."""
    async with way.working():
        for _ in range(PACED):
            asked = SystemIds().uuid()
            await ground.begin(asked)
            await way.ask(asked)
            await asyncio.sleep(1 / PER_SECOND)
        await _until(ground, PACED)
    return await ground.delays()


async def _until(ground: Ground, count: int) -> None:
    while await ground.done() < count:  # noqa: ASYNC110  # it happens in the database
        await asyncio.sleep(0.05)


async def run(database_url: str, redis_url: str, show: Callable[[str], None]) -> None:
    """Both ways, one after the other."""
    async with make_pool(database_url, size_max=THREADS + 4) as pool:
        ground = Ground(pool, redis_url)
        async with pool.connection() as connection:
            await connection.execute(TABLE.encode())
        show("| | jobs/s from a backlog | delay p50 ms | delay p99 ms |")
        show("|---|---|---|---|")
        ways: list[Callable[[], Outbox | Plain]] = [lambda: Outbox(ground), lambda: Plain(ground)]
        for make in ways:
            rate = await backlog(ground, make())
            delays = await pace(ground, make())
            p99 = delays[len(delays) * 99 // 100]
            name = make().name
            show(f"| {name} | {rate:,.0f} | {statistics.median(delays) * 1e3:.0f} | {p99 * 1e3:.0f} |")


def main() -> None:
    """Starts the servers, measures, stops them."""
    with tempfile.TemporaryDirectory(prefix="ds-") as name:
        directory = Path(name)
        postgres, redis = EmbeddedPostgres(directory), EmbeddedRedis(directory, persistent=False)
        postgres.start()
        try:
            redis_url = redis.start()
            try:
                url = postgres.url("postgres")
                migrate(url)
                asyncio.run(run(url, redis_url, print))
            finally:
                redis.stop()
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
