"""Jobs, outbox and schedules in memory: the twins of the PostgreSQL repositories."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.kernel.ids import JobId, OrgId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.work.delivery import Delivery
from deepspace_core.work.errors import JobNotFound, ScheduleNotFound
from deepspace_core.work.job import JobRun, JobState
from deepspace_core.work.ports import (
    ArchivedMonth,
    DetachedMonth,
    JobCount,
    JobFilter,
    Lease,
    ProgressReport,
    ReadLines,
    TableOnDisk,
    WorkCensus,
)
from deepspace_core.work.schedule import Schedule

JOBS = "job_runs"
OUTBOX = "outbox"
SCHEDULES = "schedules"


class MemoryJobQueue:
    """The `JobQueue` port. Without a relay the jobs stay queued, for a test or an embedding program to look at."""

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
        table_of(tx, JOBS)[job_id] = JobRun(
            id=job_id,
            name=name,
            payload=dict(payload),
            trace_id=trace_id,
            org_id=org_id,
            queued_at=now,
            due_at=now + delay,
        )
        table_of(tx, OUTBOX)[job_id] = Delivery(job_id, name, trace_id, created_at=now, available_at=now + delay)
        return job_id


class MemoryJobRuns:
    """The `JobRuns` port."""

    async def get(self, tx: Transaction, job_id: JobId, *, org_id: OrgId | None) -> JobRun:
        job = await self.lock(tx, job_id)
        if job is None or org_id not in {None, job.org_id}:
            raise JobNotFound(f"there is no job {show_id('job', job_id)}; settled jobs go after their retention")
        return job

    async def list(
        self, tx: Transaction, *, org_id: OrgId | None, matching: JobFilter, page: PageRequest
    ) -> Page[JobRun]:
        jobs = [
            job
            for job in _newest_first(tx)
            if org_id in {None, job.org_id} and _matches(job, matching) and (page.after is None or job.id < page.after)
        ][: page.limit + 1]
        return page_of(jobs, [job.id for job in jobs], limit=page.limit)

    async def find(self, tx: Transaction, job_ids: Sequence[JobId]) -> Sequence[JobRun]:
        jobs: dict[JobId, JobRun] = table_of(tx, JOBS)
        return [jobs[job_id] for job_id in job_ids if job_id in jobs]

    async def census(self, tx: Transaction, *, now: datetime) -> WorkCensus:
        dues: dict[tuple[str, JobState], list[datetime]] = {}
        for job in _newest_first(tx):
            if job.state not in {JobState.SUCCEEDED, JobState.CANCELLED}:
                dues.setdefault((job.name, job.state), []).append(job.due_at)
        counts = [JobCount(*key, count=len(times), oldest_due_at=min(times)) for key, times in sorted(dues.items())]
        deliveries: list[Delivery] = list(table_of(tx, OUTBOX).values())
        late = [delivery.available_at for delivery in deliveries if delivery.available_at <= now]
        return WorkCensus(counts, len(late), min(late, default=None))

    async def lock(self, tx: Transaction, job_id: JobId) -> JobRun | None:
        job: JobRun | None = table_of(tx, JOBS).get(job_id)
        return job

    async def save(self, tx: Transaction, job: JobRun) -> None:
        table_of(tx, JOBS)[job.id] = replace(job, revision=job.revision + 1)

    async def renew(self, tx: Transaction, leases: Sequence[Lease], *, until: datetime) -> set[JobId]:
        held = set()
        for lease in leases:
            job = await self.lock(tx, lease.job_id)
            if job is not None and job.held_under(lease.fence):
                table_of(tx, JOBS)[job.id] = replace(job, lease_expires_at=until)
                _defer(tx, job.id, until)
                held.add(job.id)
        return held

    async def attend(self, tx: Transaction, reports: Sequence[ProgressReport]) -> set[JobId]:
        unwanted = set()
        for report in reports:
            job = await self.lock(tx, report.lease.job_id)
            if job is None or not job.held_under(report.lease.fence):
                continue
            if report.progress is not None:
                await self.save(tx, replace(job, progress=report.progress))
            if job.state is JobState.CANCELLING:
                unwanted.add(job.id)
        return unwanted

    async def prune(self, tx: Transaction, *, state: JobState, finished_before: datetime, limit: int) -> int:
        old = [
            job.id
            for job in reversed(_newest_first(tx))
            if job.state is state and job.finished_at is not None and job.finished_at < finished_before
        ][:limit]
        for job_id in old:
            del table_of(tx, JOBS)[job_id]
        return len(old)


class MemoryOutbox:
    """The `Outbox` port."""

    async def put(self, tx: Transaction, delivery: Delivery) -> None:
        table_of(tx, OUTBOX)[delivery.id] = delivery

    async def lock_due(self, tx: Transaction, *, names: Sequence[str], now: datetime, limit: int) -> Sequence[Delivery]:
        deliveries: list[Delivery] = list(table_of(tx, OUTBOX).values())
        due = [delivery for delivery in deliveries if delivery.available_at <= now and delivery.name in names]
        return sorted(due, key=lambda delivery: delivery.available_at)[:limit]

    async def save_claims(self, tx: Transaction, claimed: Sequence[Delivery]) -> None:
        for delivery in claimed:
            table_of(tx, OUTBOX)[delivery.id] = delivery

    async def mark_relayed(self, tx: Transaction, job_ids: Sequence[JobId], *, at: datetime) -> None:
        outbox = table_of(tx, OUTBOX)
        for job_id in outbox.keys() & set(job_ids):
            outbox[job_id] = replace(outbox[job_id], relayed_at=at)

    async def defer(self, tx: Transaction, job_ids: Sequence[JobId], *, until: datetime) -> None:
        for job_id in job_ids:
            _defer(tx, job_id, until)

    async def remove(self, tx: Transaction, job_id: JobId) -> None:
        table_of(tx, OUTBOX).pop(job_id, None)


class MemorySchedules:
    """The `Schedules` port. Whoever has the transaction leads: there is only one at a time."""

    async def lead(self, tx: Transaction) -> bool:
        table_of(tx, SCHEDULES)
        return True

    async def add_missing(self, tx: Transaction, schedules: Iterable[Schedule]) -> None:
        for schedule in schedules:
            table_of(tx, SCHEDULES).setdefault(schedule.name, schedule)

    async def list(self, tx: Transaction) -> Sequence[Schedule]:
        return [table_of(tx, SCHEDULES)[name] for name in sorted(table_of(tx, SCHEDULES))]

    async def list_due(self, tx: Transaction, *, now: datetime) -> Sequence[Schedule]:
        due = [schedule for schedule in await self.list(tx) if schedule.enabled and schedule.next_fire_at <= now]
        return sorted(due, key=lambda schedule: schedule.next_fire_at)

    async def get(self, tx: Transaction, name: str) -> Schedule:
        found: Schedule | None = table_of(tx, SCHEDULES).get(name)
        if found is None:
            raise ScheduleNotFound(f"there is no schedule {name[:100]!r}; `deepspace schedule list` shows them")
        return found

    async def save(self, tx: Transaction, schedule: Schedule) -> None:
        table_of(tx, SCHEDULES)[schedule.name] = schedule

    async def advance(self, tx: Transaction, fired: Schedule, *, was_due_at: datetime) -> bool:
        stored: Schedule | None = table_of(tx, SCHEDULES).get(fired.name)
        if stored is None or not stored.enabled or stored.next_fire_at != was_due_at:
            return False
        table_of(tx, SCHEDULES)[fired.name] = fired
        return True


class MemoryPartitions:
    """The `Partitions` port: dictionaries have none."""

    def __init__(self) -> None:
        self.measured: list[TableOnDisk] = []
        """What is said to be on disk."""

    async def make_ahead(self, tx: Transaction, *, first: date, months: int) -> Sequence[str]:
        return ()

    async def analyze(self, tx: Transaction) -> Sequence[str]:
        return ()

    async def measure(self, tx: Transaction, *, until: date) -> Sequence[TableOnDisk]:
        return self.measured

    async def detach(self, tx: Transaction, *, table: str, before: date) -> Sequence[str]:
        return ()

    async def list_detached(self, tx: Transaction, *, tables: Sequence[str]) -> Sequence[DetachedMonth]:
        return ()

    async def read(self, tx: Transaction, month: DetachedMonth, *, after: str | None, limit: int) -> ReadLines:
        return ReadLines((), None)

    async def drop(self, tx: Transaction, month: DetachedMonth, *, rows: int) -> None:
        """There is never one."""

    async def list_archived(self, tx: Transaction, *, limit: int) -> Sequence[ArchivedMonth]:
        return ()

    async def rows_there(self, tx: Transaction, month: ArchivedMonth) -> int | None:
        return None

    async def begin_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        """Nothing was archived, so nothing comes back."""

    async def restore_lines(self, tx: Transaction, month: ArchivedMonth, lines: Sequence[str]) -> None:
        """Nothing was archived, so nothing comes back."""

    async def finish_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        """Nothing was archived, so nothing comes back."""

    async def drop_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        """Nothing was archived, so nothing comes back."""


def _newest_first(tx: Transaction) -> list[JobRun]:
    return sorted(table_of(tx, JOBS).values(), key=lambda job: job.id, reverse=True)


def _matches(job: JobRun, matching: JobFilter) -> bool:
    return (
        matching.state in {None, job.state}
        and matching.name in {None, job.name}
        and matching.trace_id in {None, job.trace_id}
        and (matching.since is None or job.queued_at >= matching.since)
        and (matching.until is None or job.queued_at < matching.until)
    )


def _defer(tx: Transaction, job_id: JobId, until: datetime) -> None:
    outbox = table_of(tx, OUTBOX)
    if job_id in outbox:
        outbox[job_id] = replace(outbox[job_id], available_at=until)
