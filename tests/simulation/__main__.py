"""`python -m tests.simulation --seed 1 --runs 1000`: runs one seed after the other, until one fails or it is stopped.

Every seed runs in memory, every tenth on PostgreSQL too (`--store` chooses). A failure is told with its seed, cut down
to the steps that it needs (in memory, where it comes again), and ends the program with 1.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import TextIO

import psycopg

from deepspace_adapters.embedded.postgres import TESTING_SETTINGS, EmbeddedPostgres
from deepspace_adapters.postgres.migrate import migrate
from tests.simulation.planning import plan_of
from tests.simulation.postgres_world import simulate_on_postgres
from tests.simulation.simulate import Verdict, shrunk, simulate_in_memory

POSTGRES_EVERY = 10
PROGRESS_SECONDS = 5.0
TEMPLATE = "template_simulation"


class Tally:
    """What has been done so far, told every few seconds."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._told = out, time.monotonic()
        self._seeds: Counter[str] = Counter()
        self._commands: Counter[str] = Counter()
        self._deliveries: Counter[str] = Counter()
        self.mishaps: Counter[str] = Counter()

    def add(self, store: str, verdict: Verdict) -> None:
        """Counts a clean run."""
        self._seeds[store] += 1
        self._commands[store] += verdict.commands
        self._deliveries[store] += verdict.deliveries
        if time.monotonic() - self._told > PROGRESS_SECONDS:
            self._told = time.monotonic()
            self.tell(f"seed {verdict.plan.seed}")

    def tell(self, head: str) -> None:
        """Prints the sums."""
        parts = [
            f"{store}: {seeds} seeds, {self._commands[store]} commands, {self._deliveries[store]} deliveries"
            for store, seeds in self._seeds.items()
        ]
        self._out.write(f"{head}: clean so far; {'; '.join(parts)}\n")
        self._out.flush()


def main() -> int:
    """0 when everything was clean."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--runs", type=int, default=None, help="how many seeds; without it, until stopped")
    parser.add_argument("--store", choices=["memory", "postgres", "both"], default="both")
    chosen = parser.parse_args()
    seeds = islice(count(chosen.seed), chosen.runs)
    # Pools say of each connection lost that it is gone; here that is the purpose.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    tally = Tally(sys.stdout)
    try:
        failed = _run(seeds, chosen.store, tally)
    except KeyboardInterrupt:
        failed = None
    if failed is not None:
        sys.stdout.write(failed.report() + "\n")
        return 1
    tally.tell("done")
    if tally.mishaps:
        sys.stdout.write(f"on PostgreSQL batches were decided anew, or failed alone, for: {dict(tally.mishaps)}\n")
    return 0


def _run(seeds: Iterator[int], store: str, tally: Tally) -> Verdict | None:
    if store == "memory":
        return next(filter(None, (_in_memory(seed, tally) for seed in seeds)), None)
    with _server() as server:
        for turn, seed in enumerate(seeds):
            failed = _in_memory(seed, tally) if store == "both" else None
            if failed is None and (store == "postgres" or turn % POSTGRES_EVERY == 0):
                failed = _on_postgres(seed, server, tally)
            if failed is not None:
                return failed
    return None


def _in_memory(seed: int, tally: Tally) -> Verdict | None:
    verdict = simulate_in_memory(plan_of(seed))
    if not verdict.clean:
        return shrunk(verdict)
    tally.add("memory", verdict)
    return None


def _on_postgres(seed: int, server: EmbeddedPostgres, tally: Tally) -> Verdict | None:
    name = f"simulation_{seed}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}".encode())
        verdict, mishaps = asyncio.run(simulate_on_postgres(plan_of(seed), server.url(name)))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    tally.mishaps += mishaps
    if not verdict.clean:
        return verdict
    tally.add("postgres", verdict)
    return None


@contextmanager
def _server() -> Iterator[EmbeddedPostgres]:
    """A throw-away server with a migrated template."""
    with tempfile.TemporaryDirectory(prefix="ds-") as directory:
        server = EmbeddedPostgres(Path(directory), settings=TESTING_SETTINGS)
        server.start()
        try:
            with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {TEMPLATE}".encode())
            migrate(server.url(TEMPLATE))
            yield server
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
