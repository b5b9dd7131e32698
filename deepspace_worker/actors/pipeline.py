"""Upkeep of what calls leave behind."""

import logging
from datetime import timedelta

from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.pipeline.use_cases import PruneIdempotencyKeys
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

PRUNE_IDEMPOTENCY_KEYS = JobSpec(
    name="pipeline.prune_idempotency_keys",
    time_limit=timedelta(minutes=4),
    attempts_max=3,
    backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=1)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, prune_idempotency_keys: PruneIdempotencyKeys) -> None:
    """Signs up for the jobs of this module."""

    async def prune(_job: JobRun, _context: JobContext) -> None:
        if gone := await prune_idempotency_keys():
            log.info("idempotency keys and answers pruned", extra={"count": gone})

    board.add(PRUNE_IDEMPOTENCY_KEYS, prune)
