"""Upkeep of the ledger."""

import logging
from datetime import timedelta

from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.ledger.oversight_use_cases import RecordAudit
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

AUDIT = JobSpec(
    name="ledger.audit",
    time_limit=timedelta(hours=2),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)

log = logging.getLogger(__name__)


def register(board: Board, *, sweep_expired_holds: SweepExpiredHolds, record_audit: RecordAudit) -> None:
    """Signs up for the jobs of this module."""

    async def sweep(_job: JobRun, _context: JobContext) -> None:
        if swept := await sweep_expired_holds():
            log.info("expired holds swept", extra={"count": swept})

    async def audit(job: JobRun, _context: JobContext) -> None:
        report = await record_audit(job_id=job.id, queued_at=job.queued_at, trace_id=job.trace_id)
        board.found(AUDIT.name, len(report.findings))
        told = {"rows": report.rows, "findings": len(report.findings)}
        if report.sound:
            log.info("books audited", extra=told)
        else:
            log.error("the books' audit found something; see docs/operating/ledger.md", extra=told)

    board.add(SWEEP_EXPIRED_HOLDS, sweep)
    board.add(AUDIT, audit)
