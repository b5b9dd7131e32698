"""Upkeep of the ledger."""

import logging
from datetime import timedelta

from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.ledger.use_cases import SweepExpiredHolds
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

SWEEP_EXPIRED_HOLDS = JobSpec(
    name="ledger.sweep_expired_holds",
    time_limit=timedelta(minutes=1),
    attempts_max=3,
    backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(seconds=30)),
)
"""Given up soon: the next fire of its schedule does what this one could not."""

log = logging.getLogger(__name__)


def register(board: Board, *, sweep_expired_holds: SweepExpiredHolds) -> None:
    """Signs up for the jobs of this module."""

    async def sweep(_job: JobRun, _context: JobContext) -> None:
        if swept := await sweep_expired_holds():
            log.info("expired holds swept", extra={"count": swept})

    board.add(SWEEP_EXPIRED_HOLDS, sweep)
