"""The worker's jobs, looked at where they are kept, and schedules that are due when a test says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import dict_row

from tests.journey.stack import Json, Stack
from tests.journey.waiting import eventually

SWEEP = "ledger.sweep_expired_holds"
ROLL_UP = "usage.roll_up"
JOB_SECONDS = 40.0
"""Longer than from one fire of the sweep to the next, on a machine with other things to do."""


@dataclass(frozen=True)
class Jobs:
    """A stack's jobs, by a connection to its database."""

    database: psycopg.Connection[Json]

    def fire(self, schedule: str) -> Json:
        """Makes a schedule due, as an operator may, and waits until its job has run."""
        moment = self.database.execute("SELECT clock_timestamp() AS now").fetchone()
        assert moment is not None
        self.database.execute("UPDATE schedules SET next_fire_at = now() WHERE name = %s", [schedule])
        return self.finished(schedule, since=moment["now"])

    def finished(self, name: str, *, since: datetime) -> Json:
        """Waits for the first job of that name that was queued since then and is done."""
        return eventually(lambda: self._find_finished(name, since), seconds=JOB_SECONDS, what=f"a run of {name}")

    def _find_finished(self, name: str, since: datetime) -> Json | None:
        return self.database.execute(
            "SELECT * FROM job_runs WHERE name = %s AND queued_at >= %s AND finished_at IS NOT NULL"
            " ORDER BY id LIMIT 1",
            [name, since],
        ).fetchone()


@contextmanager
def jobs_of(stack: Stack) -> Iterator[Jobs]:
    """Looks into the stack's database until the block ends."""
    with psycopg.connect(stack.running["database_url"], autocommit=True, row_factory=dict_row) as database:
        yield Jobs(database)
