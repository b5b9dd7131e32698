"""What is promised about every job of one name: how long it may take and how often it is tried."""

from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.kernel.ids import JobId

DOUBLINGS_MAX = 16
SPREAD_STEPS = 256
SPREAD_SHARE = 4
"""Retries are spread over a quarter of their delay, so that jobs that failed together don't come back together."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pause before each retry: doubles from `first`, never longer than `longest`."""

    first: timedelta
    longest: timedelta

    def pause(self, *, attempt: int, job_id: JobId) -> timedelta:
        """The pause after the failure of attempt 1, 2, …, spread by the job's id: core has no randomness."""
        pause = min(self.longest, self.first * (1 << min(attempt - 1, DOUBLINGS_MAX)))
        return pause + pause * (job_id.int % SPREAD_STEPS) // (SPREAD_STEPS * SPREAD_SHARE)


@dataclass(frozen=True, slots=True)
class JobSpec:
    """`name` is what JobQueue.enqueue takes; `attempts_max` counts the first attempt too."""

    name: str
    time_limit: timedelta
    attempts_max: int
    backoff: Backoff
