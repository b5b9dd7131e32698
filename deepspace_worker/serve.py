"""The life of a worker process: start, work, drain, end.

At the end it takes nothing new, lets running jobs finish for a while, hands back those that don't, and returns
messages that it fetched and did not start to the queue.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from dramatiq import Broker, Worker

from deepspace_core.work import ScheduleDeclaration
from deepspace_core.work.use_cases.relay import BATCH_MAX
from deepspace_worker.board import Board
from deepspace_worker.engine import Engine
from deepspace_worker.loops import repeat
from deepspace_worker.metrics import Metrics
from deepspace_worker.runner import JobRunner

RELAY_PAUSE_SECONDS = 0.1
RELAY_PAUSE_BUSY_SECONDS = 0.02
RELAY_BUSY_SECONDS = 1.0
"""Where a job came, others follow: for so long after one the relay looks five times as often."""

SCHEDULER_PAUSE_SECONDS = 0.5
ATTEND_PAUSE_SECONDS = 0.5
"""How stale the progress of a running job may be, and how late it learns that it is to stop."""

FETCH_PAUSE_MILLISECONDS = 100
"""At the most: Dramatiq begins with a few milliseconds. With the relay's pause, a job that nobody expects starts a
tenth of a second after its commit, a fifth at most."""

LEASE_RENEWALS = 3
"""How often a lease is renewed in its own length: two renewals may fail before a running job is given to another."""

HAND_BACK_SECONDS = 10
"""For interrupted jobs to be handed back, beyond the time to finish."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a worker process does at once, and how long it takes to stop."""

    threads: int = 8
    drain_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsAddress:
    """Where scrapers find this process; without a port, nowhere."""

    host: str = "127.0.0.1"
    port: int | None = None


async def serve(
    *,
    engine: Engine,
    broker: Broker,
    register: Callable[[Board], None],
    schedules: Sequence[ScheduleDeclaration],
    limits: Limits,
    stop: asyncio.Event,
    ready: Callable[[], None],
    metrics_at: MetricsAddress | None = None,
) -> None:
    """Runs jobs until `stop` is set, then drains. Raises Unavailable when the database is away at the start."""
    metrics, at = Metrics(), metrics_at or MetricsAddress()
    runner = JobRunner(engine, metrics)
    board = Board(broker, runner=runner, loop=asyncio.get_running_loop(), found=metrics.found)
    register(board)
    await engine.declare_schedules(declarations=schedules)
    worker = Worker(broker, worker_threads=limits.threads, worker_timeout=FETCH_PAUSE_MILLISECONDS)
    drained = asyncio.Event()
    attending = asyncio.gather(
        _renew_leases(runner, lease=engine.start_job.lease, until=drained), _attend(runner, until=drained)
    )
    with metrics.served(at.port, host=at.host):
        worker.start()
        ready()
        doing = [_relay(engine, board.names, until=stop), _schedule(engine, until=stop)]
        if at.port is not None:
            doing.append(repeat("the census", lambda: metrics.look(engine.take_census), until=stop))
        await asyncio.gather(*doing)
        log.info("worker draining", extra={"seconds": limits.drain_seconds})
        await _drain(worker, runner, seconds=limits.drain_seconds)
    drained.set()
    await attending
    broker.close()


async def _relay(engine: Engine, names: Sequence[str], *, until: asyncio.Event) -> None:
    clock = asyncio.get_running_loop().time
    busy_until = clock()

    async def step() -> float:
        nonlocal busy_until
        relayed = await engine.relay_jobs(names=names)
        if relayed == BATCH_MAX:
            return 0.0
        if relayed:
            busy_until = clock() + RELAY_BUSY_SECONDS
        return RELAY_PAUSE_BUSY_SECONDS if clock() < busy_until else RELAY_PAUSE_SECONDS

    await repeat("the outbox relay", step, until=until)


async def _schedule(engine: Engine, *, until: asyncio.Event) -> None:
    async def step() -> float:
        await engine.fire_schedules()
        return SCHEDULER_PAUSE_SECONDS

    await repeat("the scheduler", step, until=until)


async def _renew_leases(runner: JobRunner, *, lease: timedelta, until: asyncio.Event) -> None:
    async def step() -> float:
        await runner.renew_leases()
        return lease.total_seconds() / LEASE_RENEWALS

    await repeat("the renewal of leases", step, until=until)


async def _attend(runner: JobRunner, *, until: asyncio.Event) -> None:
    async def step() -> float:
        await runner.attend()
        return ATTEND_PAUSE_SECONDS

    await repeat("the attendance of running jobs", step, until=until)


async def _drain(worker: Worker, runner: JobRunner, *, seconds: float) -> None:
    longest = int((seconds + HAND_BACK_SECONDS) * 1_000)
    stopping = asyncio.create_task(asyncio.to_thread(worker.stop, timeout=longest))
    _, late = await asyncio.wait({stopping}, timeout=seconds)
    if late:
        runner.interrupt()
    try:
        await stopping
    except Exception:
        # Redis may be away by now. What was fetched and not started comes back by the outbox's own clock.
        log.warning("fetched messages could not be returned to the queue", exc_info=True)
