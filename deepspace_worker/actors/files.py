"""Erasing what nobody can reach any more."""

import logging
from datetime import timedelta
from uuid import UUID

from deepspace_core.files import FileId
from deepspace_core.files.use_cases import EraseFile, SweepUploads
from deepspace_core.files.use_cases.upkeep import ERASE_JOB
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

ERASE = JobSpec(
    name=ERASE_JOB,
    time_limit=timedelta(minutes=2),
    attempts_max=20,
    backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(hours=1)),
)
"""Tried for most of a day: the store may be away for long, and what was promised to be erased must be."""

SWEEP_UPLOADS = JobSpec(
    name="files.sweep_uploads",
    time_limit=timedelta(minutes=10),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, erase_file: EraseFile, sweep_uploads: SweepUploads) -> None:
    """Signs up for the jobs of this module."""

    async def erase(job: JobRun, _context: JobContext) -> None:
        await erase_file(file_id=FileId(UUID(str(job.payload["file_id"]))))

    async def sweep(_job: JobRun, _context: JobContext) -> None:
        if swept := await sweep_uploads():
            log.info("unfinished uploads swept", extra={"count": swept})

    board.add(ERASE, erase)
    board.add(SWEEP_UPLOADS, sweep)
