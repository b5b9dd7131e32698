"""Jobs in PostgreSQL: the `JobQueue` that writes them with their cause, and the `JobRuns` that keep their state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import JobId, OrgId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.work.errors import JobNotFound
from deepspace_core.work.job import JobRun, JobState
from deepspace_core.work.ports import JobCount, JobFilter, Lease, ProgressReport, WorkCensus
from deepspace_core.work.progress import Progress


@dataclass(frozen=True, slots=True)
class _Statements:
    enqueue: sql.Statement
    get_job: sql.Statement
    list_jobs: sql.Statement
    find_jobs: sql.Statement
    count_jobs: sql.Statement
    count_deliveries: sql.Statement
    lock_job: sql.Statement
    save_job: sql.Statement
    renew_leases: sql.Statement
    attend: sql.Statement
    prune_jobs: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresJobQueue:
    """The `JobQueue` port: one statement in the caller's transaction.

    The relay polls. NOTIFY was rejected: it takes one lock for all commits of the server, and a listening connection
    is one more thing that can be lost without a sign.
    """

    def __init__(self, *, ids: IdSource, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock

    async def enqueue(
        self,
        tx: Transaction,
        *,
        name: str,
        payload: Mapping[str, object],
        trace_id: TraceId,
        org_id: OrgId | None = None,
        delay: timedelta = timedelta(0),
    ) -> JobId:
        job_id = JobId(self._ids.uuid())
        now = self._clock.now()
        values = {
            "id": job_id,
            "name": name,
            "payload": Jsonb(dict(payload)),
            "trace_id": trace_id,
            "org_id": org_id,
            "now": now,
            "available_at": now + delay,
        }
        await connection_of(tx).execute(SQL.enqueue, values)
        return job_id


class PostgresJobRuns:
    """The `JobRuns` port."""

    async def get(self, tx: Transaction, job_id: JobId, *, org_id: OrgId | None) -> JobRun:
        job = await _one_job(tx, SQL.get_job, {"id": job_id, "org_id": org_id})
        if job is None:
            raise JobNotFound(f"there is no job {show_id('job', job_id)}; settled jobs go after their retention")
        return job

    async def list(
        self, tx: Transaction, *, org_id: OrgId | None, matching: JobFilter, page: PageRequest
    ) -> Page[JobRun]:
        values = {
            "org_id": org_id,
            "state": None if matching.state is None else matching.state.value,
            "name": matching.name,
            "trace_id": matching.trace_id,
            "since": matching.since,
            "until": matching.until,
            "after": page.after,
            "limit": page.limit,
        }
        async with connection_of(tx).cursor(row_factory=kwargs_row(_job_of)) as cursor:
            jobs = await (await cursor.execute(SQL.list_jobs, values)).fetchall()
        return page_of(jobs, [job.id for job in jobs], limit=page.limit)

    async def find(self, tx: Transaction, job_ids: Sequence[JobId]) -> Sequence[JobRun]:
        async with connection_of(tx).cursor(row_factory=kwargs_row(_job_of)) as cursor:
            return await (await cursor.execute(SQL.find_jobs, {"ids": [*job_ids]})).fetchall()

    async def census(self, tx: Transaction, *, now: datetime) -> WorkCensus:
        connection = connection_of(tx)
        rows = await (await connection.execute(SQL.count_jobs)).fetchall()
        due = await (await connection.execute(SQL.count_deliveries, {"now": now})).fetchone()
        return WorkCensus(
            [JobCount(name, JobState(state), count, oldest) for name, state, count, oldest in rows], *(due or ())
        )

    async def lock(self, tx: Transaction, job_id: JobId) -> JobRun | None:
        return await _one_job(tx, SQL.lock_job, {"id": job_id})

    async def save(self, tx: Transaction, job: JobRun) -> None:
        values = {
            "id": job.id,
            "state": job.state.value,
            "attempts": job.attempts,
            "fence": job.fence,
            "progress_done": job.progress.done,
            "progress_total": job.progress.total,
            "progress_note": job.progress.note,
            "error": job.error,
            "error_code": job.error_code,
            "attempts_max": job.attempts_max,
            "time_limit": job.time_limit,
            "queued_at": job.queued_at,
            "due_at": job.due_at,
            "started_at": job.started_at,
            "lease_expires_at": job.lease_expires_at,
            "finished_at": job.finished_at,
        }
        await connection_of(tx).execute(SQL.save_job, values)

    async def renew(self, tx: Transaction, leases: Sequence[Lease], *, until: datetime) -> set[JobId]:
        values = {
            "ids": [lease.job_id for lease in leases],
            "fences": [lease.fence for lease in leases],
            "until": until,
        }
        rows = await (await connection_of(tx).execute(SQL.renew_leases, values)).fetchall()
        return {JobId(row[0]) for row in rows}

    async def attend(self, tx: Transaction, reports: Sequence[ProgressReport]) -> set[JobId]:
        progresses = [report.progress for report in reports]
        values = {
            "ids": [report.lease.job_id for report in reports],
            "fences": [report.lease.fence for report in reports],
            "dones": [None if one is None else one.done for one in progresses],
            "totals": [None if one is None else one.total for one in progresses],
            "notes": [None if one is None else one.note for one in progresses],
        }
        rows = await (await connection_of(tx).execute(SQL.attend, values)).fetchall()
        return {JobId(row[0]) for row in rows}

    async def prune(self, tx: Transaction, *, state: JobState, finished_before: datetime, limit: int) -> int:
        values = {"state": state.value, "finished_before": finished_before, "limit": limit}
        return (await connection_of(tx).execute(SQL.prune_jobs, values)).rowcount


async def _one_job(tx: Transaction, statement: sql.Statement, values: dict[str, object]) -> JobRun | None:
    async with connection_of(tx).cursor(row_factory=kwargs_row(_job_of)) as cursor:
        return await (await cursor.execute(statement, values)).fetchone()


def _job_of(  # a row, by the names of its columns
    *,
    job_id: UUID,
    name: str,
    payload: dict[str, object],
    trace_id: str,
    org_id: UUID | None,
    queued_at: datetime,
    due_at: datetime,
    state: str,
    attempts: int,
    fence: int,
    progress_done: int,
    progress_total: int | None,
    progress_note: str | None,
    error: str | None,
    error_code: str | None,
    attempts_max: int | None,
    time_limit: timedelta | None,
    started_at: datetime | None,
    lease_expires_at: datetime | None,
    finished_at: datetime | None,
    revision: int,
) -> JobRun:
    return JobRun(
        id=JobId(job_id),
        name=name,
        payload=payload,
        trace_id=TraceId(trace_id),
        org_id=None if org_id is None else OrgId(org_id),
        queued_at=queued_at,
        due_at=due_at,
        state=JobState(state),
        attempts=attempts,
        fence=fence,
        progress=Progress(progress_done, progress_total, progress_note),
        error=error,
        error_code=error_code,
        attempts_max=attempts_max,
        time_limit=time_limit,
        started_at=started_at,
        lease_expires_at=lease_expires_at,
        finished_at=finished_at,
        revision=revision,
    )
