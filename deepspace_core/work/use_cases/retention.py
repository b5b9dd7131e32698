"""What is kept how long, and what of it is on disk just now: for administrators to read, settings decide it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deepspace_core.identity import Actor, require_administrator
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work.job import JobState
from deepspace_core.work.ports import Partitions, Schedules, TableOnDisk
from deepspace_core.work.use_cases.archive import RetentionPolicy
from deepspace_core.work.use_cases.upkeep import RETENTION

ARCHIVE_SCHEDULE = "partitions.archive"


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A large table on disk; `months_kept` None is for ever."""

    on_disk: TableOnDisk
    months_kept: int | None


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """The large tables, when months are next archived (None: never, by its schedule), and days by a job's end."""

    tables: Sequence[KeptTable]
    archives_next_at: datetime | None
    days_of_jobs: dict[JobState, int]


@dataclass(frozen=True, slots=True)
class ReportRetention:
    """Tells what is kept, how long, and how much there is."""

    unit_of_work: UnitOfWork
    partitions: Partitions
    schedules: Schedules
    policy: RetentionPolicy
    clock: Clock

    async def __call__(self, *, actor: Actor) -> RetentionReport:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            measured = await self.partitions.measure(tx, until=self.clock.now().date())
            schedules = await self.schedules.list(tx)
        archive = next((one for one in schedules if one.name == ARCHIVE_SCHEDULE and one.enabled), None)
        return RetentionReport(
            tables=[KeptTable(one, self.policy.months_kept.get(one.table)) for one in measured],
            archives_next_at=None if archive is None else archive.next_fire_at,
            days_of_jobs={state: kept.days for state, kept in RETENTION.items()},
        )
