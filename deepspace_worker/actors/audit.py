"""Seals over the audit trail, and the check that what was sealed is still so."""

import logging
from datetime import timedelta

from deepspace_core.audit.sealing_use_cases import RecordVerification, SealAudit
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.work import Backoff, JobRun, JobSpec
from deepspace_worker.board import Board

SEAL = JobSpec(
    name="audit.seal",
    time_limit=timedelta(minutes=5),
    attempts_max=5,
    backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=5)),
)

VERIFY = JobSpec(
    name="audit.verify",
    time_limit=timedelta(hours=2),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, seal_audit: SealAudit, record_verification: RecordVerification) -> None:
    """Signs up for the jobs of this module."""

    async def seal(_job: JobRun, _context: JobContext) -> None:
        if sealed := await seal_audit():
            log.info("audit trail sealed", extra={"rows": sealed})

    async def verify(job: JobRun, _context: JobContext) -> None:
        report = await record_verification(job_id=job.id, queued_at=job.queued_at, trace_id=job.trace_id)
        board.found(VERIFY.name, len(report.faults))
        told = {"chains": report.chains, "seals": report.seals, "rows": report.rows, "faults": len(report.faults)}
        if report.sound:
            log.info("audit trail checked", extra=told)
        else:
            log.error("the audit trail is not what was sealed; see docs/operating/README.md", extra=told)

    board.add(SEAL, seal)
    board.add(VERIFY, verify)
