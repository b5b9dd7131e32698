"""Looking after upstreams: whether they answer, and whether their books agree with ours."""

import logging
from datetime import timedelta

from deepspace_core.channels.use_cases import CheckChannels
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.usage.full_hours_use_cases import ReconcileFullHours
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

CHECK = JobSpec(
    name="channels.check",
    time_limit=timedelta(minutes=5),
    attempts_max=2,
    backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(seconds=30)),
)
"""Given up soon: the next fire of its schedule looks again."""
RECONCILE = JobSpec(
    name="usage.reconcile",
    time_limit=timedelta(minutes=30),
    attempts_max=4,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, check_channels: CheckChannels, reconcile_full_hours: ReconcileFullHours) -> None:
    """Signs up for the jobs of this module."""

    async def check(_job: JobRun, _context: JobContext) -> None:
        found = await check_channels()
        if failing := [one for one in found if not one.healthy]:
            log.warning("channels do not answer", extra={"failing": len(failing), "detail": failing[0].detail})

    async def reconcile(_job: JobRun, _context: JobContext) -> None:
        for found in await reconcile_full_hours():
            if found.differences or found.report["unread"]:
                log.warning(
                    "our book of calls and the upstream's differ",
                    extra={"reconciliation_id": found.id.hex, "differences": found.differences},
                )

    board.add(CHECK, check)
    board.add(RECONCILE, reconcile)
