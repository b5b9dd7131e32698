"""What work needs from outside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from deepspace_core.kernel.ids import JobId, OrgId, TraceId
from deepspace_core.kernel.object_key import ObjectKey
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.work.delivery import Delivery
from deepspace_core.work.job import JobRun, JobState
from deepspace_core.work.progress import Progress
from deepspace_core.work.schedule import Schedule, Timetable


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list holds; None is "any". `since` inclusive, `until` exclusive, both on `queued_at`."""

    state: JobState | None = None
    name: str | None = None
    trace_id: TraceId | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's claim on a running job."""

    job_id: JobId
    fence: int


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """What the holder of a lease has to tell; None is nothing new."""

    lease: Lease
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a name are in a state; `oldest_due_at` is when the first of them was, or is, to start."""

    name: str
    state: JobState
    count: int
    oldest_due_at: datetime


@dataclass(frozen=True, slots=True)
class WorkCensus:
    """What is to be done and what failed (states but succeeded and cancelled), by name and state.

    `deliveries_due` is how many deliveries the relay is behind with, `oldest_delivery_at` since when.
    """

    counts: Sequence[JobCount]
    deliveries_due: int = 0
    oldest_delivery_at: datetime | None = None


class JobRuns(Protocol):
    """The jobs, their state and their history. `org_id` None is the operator, who sees every tenant's."""

    async def get(self, tx: Transaction, job_id: JobId, *, org_id: OrgId | None) -> JobRun:
        """Raises JobNotFound."""
        ...

    async def list(
        self, tx: Transaction, *, org_id: OrgId | None, matching: JobFilter, page: PageRequest
    ) -> Page[JobRun]: ...

    async def find(self, tx: Transaction, job_ids: Sequence[JobId]) -> Sequence[JobRun]:
        """Those of these jobs that there are, whosever."""
        ...

    async def census(self, tx: Transaction, *, now: datetime) -> WorkCensus: ...

    async def lock(self, tx: Transaction, job_id: JobId) -> JobRun | None:
        """The job, with nobody else able to change it until `tx` ends; None when it is gone."""
        ...

    async def save(self, tx: Transaction, job: JobRun) -> None:
        """Writes what a transition changes. The job was locked in `tx`."""
        ...

    async def renew(self, tx: Transaction, leases: Sequence[Lease], *, until: datetime) -> set[JobId]:
        """Extends the leases, and defers the jobs' deliveries to their end; returns the jobs that are still held."""
        ...

    async def attend(self, tx: Transaction, reports: Sequence[ProgressReport]) -> set[JobId]:
        """Writes the progress of the leases that still hold; returns those of these jobs that were asked to stop."""
        ...

    async def prune(self, tx: Transaction, *, state: JobState, finished_before: datetime, limit: int) -> int:
        """Deletes up to `limit` jobs that ended in `state` before then; returns how many."""
        ...


class Outbox(Protocol):
    """Jobs that are not settled, by when they are next to be handed to the broker."""

    async def put(self, tx: Transaction, delivery: Delivery) -> None: ...

    async def lock_due(self, tx: Transaction, *, names: Sequence[str], now: datetime, limit: int) -> Sequence[Delivery]:
        """Up to `limit` deliveries that are due, the longest due first, passing over what another relay has locked."""
        ...

    async def save_claims(self, tx: Transaction, claimed: Sequence[Delivery]) -> None: ...

    async def mark_relayed(self, tx: Transaction, job_ids: Sequence[JobId], *, at: datetime) -> None:
        """The broker took them. Rows that are settled and gone meanwhile are passed over."""
        ...

    async def defer(self, tx: Transaction, job_ids: Sequence[JobId], *, until: datetime) -> None: ...

    async def remove(self, tx: Transaction, job_id: JobId) -> None: ...


class Courier(Protocol):
    """Hands jobs to the broker."""

    async def send(self, deliveries: Sequence[Delivery]) -> None:
        """Returns once the broker has all of them. Raises Unavailable; some may have been taken even so."""
        ...


class Schedules(Protocol):
    """The schedules of the deployment."""

    async def lead(self, tx: Transaction) -> bool:
        """Whether this scheduler is the one to fire until `tx` ends."""
        ...

    async def add_missing(self, tx: Transaction, schedules: Iterable[Schedule]) -> None:
        """Adds those whose name is new; an operator's changes to the others stay."""
        ...

    async def list(self, tx: Transaction) -> Sequence[Schedule]:
        """All, by name: a deployment has dozens, not pages."""
        ...

    async def list_due(self, tx: Transaction, *, now: datetime) -> Sequence[Schedule]: ...

    async def get(self, tx: Transaction, name: str) -> Schedule:
        """Locked until `tx` ends. Raises ScheduleNotFound."""
        ...

    async def save(self, tx: Transaction, schedule: Schedule) -> None:
        """Writes all of a schedule that was read in `tx`."""
        ...

    async def advance(self, tx: Transaction, fired: Schedule, *, was_due_at: datetime) -> bool:
        """Stores the fired schedule unless another scheduler has moved it on already; returns whether it did."""
        ...


class Calendar(Protocol):
    """Reads timetables."""

    def next_after(self, timetable: Timetable, moment: datetime) -> datetime:
        """The first time strictly after `moment`, in UTC. Raises InvalidSchedule naming `cron` or `time_zone`."""
        ...


@dataclass(frozen=True, slots=True)
class DetachedMonth:
    """A month that was taken out of its table and not dropped yet."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """A month that was put into storage: where, and what the audit trail says was put there. `sha256` in hex."""

    table: str
    name: str
    key: ObjectKey
    rows: int
    size_bytes: int
    sha256: str
    archived_at: datetime


@dataclass(frozen=True, slots=True)
class ReadLines:
    """Rows as JSON, a line each; `last` is where to go on."""

    lines: Sequence[str]
    last: str | None


@dataclass(frozen=True, slots=True)
class TableOnDisk:
    """A large table: its months that are on disk, the first and the last as YYYY-MM, and about how much that is."""

    table: str
    months: int
    first_month: str | None
    last_month: str | None
    rows_about: int
    size_bytes: int


class Partitions(Protocol):
    """The monthly partitions of the large tables."""

    async def make_ahead(self, tx: Transaction, *, first: date, months: int) -> Sequence[str]:
        """Makes sure that each table has its partitions for `months` months from `first`; returns the tables."""
        ...

    async def analyze(self, tx: Transaction) -> Sequence[str]:
        """Has the store look at each table as a whole, which it does of itself for single months only."""
        ...

    async def measure(self, tx: Transaction, *, until: date) -> Sequence[TableOnDisk]:
        """Each table as it lies on disk, by name; months after `until` are made ahead and not counted."""
        ...

    async def detach(self, tx: Transaction, *, table: str, before: date) -> Sequence[str]:
        """Takes the months that end by `before` out of the table; returns their names."""
        ...

    async def list_detached(self, tx: Transaction, *, tables: Sequence[str]) -> Sequence[DetachedMonth]:
        """Months of these tables that stand alone, the oldest first."""
        ...

    async def read(self, tx: Transaction, month: DetachedMonth, *, after: str | None, limit: int) -> ReadLines:
        """Up to `limit` rows of a detached month, in the order in which they lie there."""
        ...

    async def drop(self, tx: Transaction, month: DetachedMonth, *, rows: int) -> None:
        """Drops a detached month that has so many rows. Raises Conflict when it has not: some were not copied."""
        ...

    async def list_archived(self, tx: Transaction, *, limit: int) -> Sequence[ArchivedMonth]:
        """The months that were archived, each as it was the last time, by name; those that are back as well."""
        ...

    async def rows_there(self, tx: Transaction, month: ArchivedMonth) -> int | None:
        """How many rows the month has in its table; None: it is not there. Raises Conflict: it stands alone."""
        ...

    async def begin_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        """Makes an empty place beside the table for the month's rows, in place of what a restore that died left."""
        ...

    async def restore_lines(self, tx: Transaction, month: ArchivedMonth, lines: Sequence[str]) -> None:
        """Writes rows there, as `read` gave them."""
        ...

    async def finish_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        """Puts the month back into its table. Raises Conflict where the table has got rows of that month meanwhile."""
        ...

    async def drop_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        """Drops what `begin_restore` made."""
        ...
