"""Roll-ups of usage."""

import logging
from datetime import timedelta

from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.usage.agreement_use_cases import CompareLastDays
from deepspace_core.usage.use_cases import RollUpUsage
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

ROLL_UP = JobSpec(
    name="usage.roll_up",
    time_limit=timedelta(minutes=10),
    attempts_max=5,
    backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=5)),
)

COMPARE_BOOKS = JobSpec(
    name="usage.compare_books",
    time_limit=timedelta(minutes=30),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, roll_up_usage: RollUpUsage, compare_last_days: CompareLastDays) -> None:
    """Signs up for the jobs of this module."""

    async def roll_up(_job: JobRun, _context: JobContext) -> None:
        run = await roll_up_usage()
        if run.hours:
            log.info("usage rolled up", extra={"hours": run.hours, "rows": run.rows, "until": run.rolled_until})

    async def compare_books(job: JobRun, _context: JobContext) -> None:
        found = await compare_last_days(job_id=job.id)
        board.found(COMPARE_BOOKS.name, found.differences)
        if found.differences:
            log.error(
                "our own books differ: captures, usage, roll-ups and sums",
                extra={"reconciliation_id": found.id.hex, "differences": found.differences},
            )

    board.add(ROLL_UP, roll_up)
    board.add(COMPARE_BOOKS, compare_books)
