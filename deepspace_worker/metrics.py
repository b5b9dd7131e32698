"""What Prometheus may read of a worker: what this process did, and how much work the installation has.

On a port of its own (DEEPSPACE_WORKER_METRICS_PORT), because a worker answers nothing else. The gauges of the
installation are the same from every worker: take the maximum of them, not the sum.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from deepspace_core.identity import SystemActor
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.work import JobState, TakeCensus, WorkCensus

LOOK_SECONDS = 5.0
SECONDS_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1_800, 3_600)
LOST = "lost"
"""The outcome of a job whose lease was another worker's by the time it ended."""

ACTOR = SystemActor("metrics")
log = logging.getLogger(__name__)


class Metrics:
    """The metrics of one worker process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "deepspace_worker_job_seconds",
            "How long jobs ran, by name.",
            ["job"],
            registry=self.registry,
            buckets=SECONDS_BUCKETS,
        )
        self._ended = Counter(
            "deepspace_worker_jobs", "Attempts that ended, by the state they left the job in.", ["job", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self._found = Gauge(
            "deepspace_worker_findings", "What the last run of a check found here, by check.", ["check"],
            registry=self.registry,
        )  # fmt: skip
        self._jobs = Gauge(
            "deepspace_work_jobs", "Jobs that wait, run or died.", ["job", "state"], registry=self.registry
        )
        self._oldest = Gauge(
            "deepspace_work_oldest_waiting_seconds",
            "How long the first of the waiting jobs has been due.",
            ["job"],
            registry=self.registry,
        )
        self._due = Gauge(
            "deepspace_work_deliveries_due", "Deliveries that the relay is behind with.", registry=self.registry
        )
        self._lag = Gauge(
            "deepspace_work_delivery_lag_seconds", "How long the first of them has been due.", registry=self.registry
        )

    def ended(self, name: str, state: JobState | None, *, seconds: float) -> None:
        """An attempt is over; None is a lease that was lost."""
        self._seconds.labels(name).observe(seconds)
        self._ended.labels(name, LOST if state is None else state.value).inc()

    def found(self, check: str, count: int) -> None:
        """A check is over, and found so much that is wrong."""
        self._found.labels(check).set(count)

    async def look(self, take_census: TakeCensus) -> float:
        """Reads the census; returns when to look again."""
        try:
            self.show(await take_census(actor=ACTOR), now=take_census.clock.now())
        except Unavailable as fault:
            log.debug("the census can't be taken just now: %s", fault.message)
        return LOOK_SECONDS

    def show(self, census: WorkCensus, *, now: datetime) -> None:
        """Sets the gauges. What is not counted any more goes: a stale number is worse than none."""
        self._jobs.clear()
        self._oldest.clear()
        for one in census.counts:
            self._jobs.labels(one.name, one.state.value).set(one.count)
            if one.state is JobState.QUEUED:
                self._oldest.labels(one.name).set(_seconds_since(one.oldest_due_at, now))
        self._due.set(census.deliveries_due)
        self._lag.set(_seconds_since(census.oldest_delivery_at, now))

    @contextmanager
    def served(self, port: int | None, *, host: str) -> Iterator[None]:
        """Answers scrapers inside the block; without a port, nobody. Raises OSError when the port is taken."""
        if port is None:
            yield
            return
        server, thread = start_http_server(port, addr=host, registry=self.registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)
