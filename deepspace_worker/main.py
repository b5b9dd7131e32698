"""The worker process: `python -m deepspace_worker [--ready-file PATH]`.

Reads the same settings as the gateway. SIGTERM and SIGINT drain it, after which it exits with 0; when it can't start it
says why on standard error and exits with 1. It is ready when the line "worker ready" is logged and the ready file is
there, which it removes at its end.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from deepspace_adapters.composition import compose
from deepspace_adapters.dramatiq.broker import make_broker
from deepspace_adapters.lifetime import open_adapters
from deepspace_adapters.logging import configure_logging
from deepspace_adapters.postgres.migrate import pending
from deepspace_adapters.settings import Settings, load_settings
from deepspace_core.kernel.errors import Conflict, DeepSpaceError
from deepspace_worker.application import Application
from deepspace_worker.middleware import Tracing
from deepspace_worker.schedule import SCHEDULES
from deepspace_worker.serve import Limits, MetricsAddress, serve
from deepspace_worker.wiring import make_engine

STOPPING = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a worker until it is stopped; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deepspace_worker", description="Runs jobs and schedules.")
    parser.add_argument("--ready-file", type=Path, help="written when the worker is ready, removed when it ends")
    options = parser.parse_args(arguments)
    try:
        settings = load_settings(os.environ)
        settings.require("database_url", "redis_url")
        configure_logging(level=settings.log_level, line_format=settings.log_format, service="worker")
        asyncio.run(run(settings, ready_file=options.ready_file))
    except DeepSpaceError as fault:
        sys.stderr.write(f"the worker can't run: {fault.message}\n")
        return 1
    return 0


async def run(settings: Settings, *, ready_file: Path | None = None) -> None:
    """A worker on what `settings` name, until SIGTERM or SIGINT. Raises Unavailable, or Conflict before `migrate`."""
    stop = asyncio.Event()
    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database_url, redis_url = settings.database_url or "", settings.redis_url or ""
    await _require_schema(database_url)
    broker = make_broker(redis_url, middleware=[Tracing()])
    try:
        async with open_adapters(settings, application="deepspace-worker") as adapters:
            adapters.broker.override(broker)
            await serve(
                engine=make_engine(adapters),
                broker=broker,
                register=compose(adapters, Application).register,
                schedules=SCHEDULES,
                limits=Limits(threads=settings.worker_threads, drain_seconds=settings.drain_seconds),
                stop=stop,
                ready=lambda: _tell_ready(ready_file),
                metrics_at=MetricsAddress(host=settings.worker_metrics_host, port=settings.worker_metrics_port),
            )
    finally:
        _take_back(ready_file)
    log.info("worker stopped")


async def _require_schema(database_url: str) -> None:
    if missing := await asyncio.to_thread(pending, database_url):
        raise Conflict(
            f"the database lacks {len(missing)} migrations, the first of them {missing[0]}: run `deepspace migrate`"
        )


def _take_back(ready_file: Path | None) -> None:
    if ready_file is not None:
        ready_file.unlink(missing_ok=True)


def _tell_ready(ready_file: Path | None) -> None:
    if ready_file is not None:
        ready_file.write_text(f"{os.getpid()}\n", encoding="utf-8")
    log.info("worker ready", extra={"pid": os.getpid()})
