"""Writing exports, and removing those whose time is over."""

import logging
from datetime import timedelta
from uuid import UUID

from deepspace_core.exports import ExportId
from deepspace_core.exports.use_cases import WRITE_JOB, SweepExports, WriteExport
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

WRITE = JobSpec(
    name=WRITE_JOB,
    time_limit=timedelta(hours=2),
    attempts_max=5,
    backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=30)),
)
SWEEP = JobSpec(
    name="exports.sweep",
    time_limit=timedelta(minutes=10),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, write_export: WriteExport, sweep_exports: SweepExports) -> None:
    """Signs up for the jobs of this module."""

    async def write(job: JobRun, context: JobContext) -> None:
        await write_export(export_id=ExportId(UUID(str(job.payload["export_id"]))), context=context)

    async def sweep(_job: JobRun, _context: JobContext) -> None:
        if swept := await sweep_exports():
            log.info("exports removed whose time was over", extra={"count": swept})

    board.add(WRITE, write)
    board.add(SWEEP, sweep)
