"""Upkeep of the work tables and of the partitions."""

import logging
from datetime import timedelta

from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.work import AnalyzeTables, ArchiveMonths, Backoff, JobRun, JobSpec, MakePartitionsAhead, PruneJobs
from deepspace_worker.board import Board

PRUNE = JobSpec(
    name="work.prune",
    time_limit=timedelta(minutes=10),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)
MAKE_PARTITIONS_AHEAD = JobSpec(
    name="partitions.make_ahead",
    time_limit=timedelta(minutes=2),
    attempts_max=10,
    backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=30)),
)
"""Tried long: an insert into a month without a partition still succeeds, but lands where it is slow to find."""
ANALYZE = JobSpec(
    name="partitions.analyze",
    time_limit=timedelta(minutes=30),
    attempts_max=3,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=10)),
)
ARCHIVE = JobSpec(
    name="partitions.archive",
    time_limit=timedelta(hours=6),
    attempts_max=5,
    backoff=Backoff(first=timedelta(minutes=1), longest=timedelta(minutes=30)),
)

log = logging.getLogger(__name__)


def register(
    board: Board,
    *,
    prune_jobs: PruneJobs,
    make_partitions_ahead: MakePartitionsAhead,
    analyze_tables: AnalyzeTables,
    archive_months: ArchiveMonths,
) -> None:
    """Signs up for the jobs of this module."""

    async def prune(_job: JobRun, _context: JobContext) -> None:
        log.info("settled jobs pruned", extra={"count": await prune_jobs()})

    async def make_ahead(_job: JobRun, _context: JobContext) -> None:
        log.info("partitions made ahead", extra={"tables": [*await make_partitions_ahead()]})

    async def analyze(_job: JobRun, _context: JobContext) -> None:
        log.info("tables analyzed", extra={"tables": [*await analyze_tables()]})

    async def archive(_job: JobRun, context: JobContext) -> None:
        if written := await archive_months(context=context):
            log.info("months archived", extra={"keys": [*written]})

    board.add(PRUNE, prune)
    board.add(ANALYZE, analyze)
    board.add(ARCHIVE, archive)
    board.add(MAKE_PARTITIONS_AHEAD, make_ahead)
