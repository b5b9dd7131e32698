"""Jobs whose effects can be counted, and a worker process that does them: `python -m tests.worker.jobs`.

Each run is one row of `runs`, each effect one row of `effects`; a job that runs twice must still have one effect.
"""

import asyncio
import itertools
import os
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta

from deepspace_adapters.container import Adapters
from deepspace_adapters.dramatiq.broker import make_broker
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.work import Backoff, JobRun, JobSpec, ScheduleDeclaration, Timetable
from deepspace_worker.board import Board
from deepspace_worker.middleware import Tracing
from deepspace_worker.serve import Limits, serve
from deepspace_worker.wiring import make_engine

TABLES = """
CREATE TABLE runs (job_id uuid NOT NULL, attempt int NOT NULL);
CREATE TABLE effects (job_id uuid PRIMARY KEY)
"""
BACKOFF = Backoff(first=timedelta(milliseconds=10), longest=timedelta(milliseconds=10))
LIMIT = timedelta(seconds=60)

DO = JobSpec("test.do", LIMIT, attempts_max=3, backoff=BACKOFF)
HANG_ONCE = JobSpec("test.hang_once", LIMIT, attempts_max=3, backoff=BACKOFF)
"""Hangs for ever in its first attempt, after its effect: the worst moment to be killed."""
FAIL_ONCE = JobSpec("test.fail_once", LIMIT, attempts_max=3, backoff=BACKOFF)
FAIL_ALWAYS = JobSpec("test.fail_always", LIMIT, attempts_max=3, backoff=BACKOFF)
REFUSE = JobSpec("test.refuse", LIMIT, attempts_max=3, backoff=BACKOFF)
"""Fails in a way that no retry would mend."""
TAKE_A_WHILE = JobSpec("test.take_a_while", LIMIT, attempts_max=50, backoff=BACKOFF)
"""Long enough to be killed in the middle, before its effect and after it."""
COUNT = JobSpec("test.count", LIMIT, attempts_max=3, backoff=BACKOFF)
"""Counts for ever, and tells how far it came."""
OVERRUN = JobSpec("test.overrun", timedelta(milliseconds=50), attempts_max=1, backoff=BACKOFF)

SECONDLY = ScheduleDeclaration("test.secondly", Timetable("* * * * * *"), DO.name)


@dataclass
class Handlers:
    """What the jobs do."""

    pool: Pool

    async def do(self, job: JobRun, _context: JobContext) -> None:
        await record(self.pool, job)

    async def hang_once(self, job: JobRun, _context: JobContext) -> None:
        await record(self.pool, job)
        if job.attempts == 1:
            await asyncio.Event().wait()

    async def fail_once(self, job: JobRun, _context: JobContext) -> None:
        await record(self.pool, job)
        if job.attempts == 1:
            raise ConnectionError("the line is dead")

    async def fail_always(self, job: JobRun, _context: JobContext) -> None:
        await record(self.pool, job)
        raise ConnectionError("the line is dead")

    async def refuse(self, job: JobRun, _context: JobContext) -> None:
        raise InvalidInput("no such thing", param="n")

    async def take_a_while(self, job: JobRun, _context: JobContext) -> None:
        await asyncio.sleep(0.02)
        await record(self.pool, job)
        await asyncio.sleep(0.02)

    async def count(self, job: JobRun, context: JobContext) -> None:
        await record(self.pool, job)
        for done in itertools.count(1):
            context.progress(done, 1_000_000, "counting")
            await asyncio.sleep(0.01)

    async def overrun(self, job: JobRun, _context: JobContext) -> None:
        await asyncio.Event().wait()


def register(board: Board, pool: Pool) -> None:
    """Signs up for all of them."""
    handlers = Handlers(pool)
    board.add(DO, handlers.do)
    board.add(HANG_ONCE, handlers.hang_once)
    board.add(FAIL_ONCE, handlers.fail_once)
    board.add(FAIL_ALWAYS, handlers.fail_always)
    board.add(REFUSE, handlers.refuse)
    board.add(TAKE_A_WHILE, handlers.take_a_while)
    board.add(COUNT, handlers.count)
    board.add(OVERRUN, handlers.overrun)


async def record(pool: Pool, job: JobRun) -> None:
    """One more run, and the effect unless it is there."""
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO runs VALUES (%s, %s)", (job.id, job.attempts))
        await connection.execute("INSERT INTO effects VALUES (%s) ON CONFLICT DO NOTHING", (job.id,))


async def main(database_url: str, redis_url: str, namespace: str, lease_seconds: float) -> None:
    """A worker with these jobs and a schedule of one a second, until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    broker = make_broker(redis_url, middleware=[Tracing()], namespace=namespace)
    async with make_pool(database_url) as pool:
        await serve(
            engine=make_engine(Adapters(pool=pool, broker=broker), lease=timedelta(seconds=lease_seconds)),
            broker=broker,
            register=lambda board: register(board, pool),
            schedules=[SECONDLY] if "TEST_SECONDLY" in os.environ else [],
            limits=Limits(threads=2, drain_seconds=0),
            stop=stop,
            ready=lambda: None,
        )


if __name__ == "__main__":
    database, redis, space, lease = sys.argv[1:]
    asyncio.run(main(database, redis, space, float(lease)))
