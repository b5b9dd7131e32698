"""Upkeep of log-ins."""

import logging
from datetime import timedelta

from deepspace_core.identity.use_cases import PruneSessions
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

PRUNE_SESSIONS = JobSpec(
    name="identity.prune_sessions",
    time_limit=timedelta(minutes=10),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, prune_sessions: PruneSessions) -> None:
    """Signs up for the jobs of this module."""

    async def prune(_job: JobRun, _context: JobContext) -> None:
        log.info("sessions pruned", extra={"count": await prune_sessions()})

    board.add(PRUNE_SESSIONS, prune)
