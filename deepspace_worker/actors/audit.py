"""Seals over the audit trail."""

import logging
from datetime import timedelta

from deepspace_core.audit.use_cases import SealAudit
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

SEAL = JobSpec(
    name="audit.seal",
    time_limit=timedelta(minutes=5),
    attempts_max=5,
    backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=5)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, seal_audit: SealAudit) -> None:
    """Signs up for the jobs of this module."""

    async def seal(_job: JobRun, _context: JobContext) -> None:
        if sealed := await seal_audit():
            log.info("audit trail sealed", extra={"rows": sealed})

    board.add(SEAL, seal)
