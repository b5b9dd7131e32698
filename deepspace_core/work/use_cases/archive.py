"""Takes months that are past their retention out of the large tables, into storage."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from deepspace_core.identity import SystemActor, told
from deepspace_core.kernel.object_key import object_key
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_context import JobContext
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work.ports import DetachedMonth, Partitions

ROWS_A_READ = 2_000
ARCHIVE_BYTES_MAX = 2**40
ACTOR = SystemActor("retention")


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How many whole months a table keeps before the present one; a table that is not named keeps all of them."""

    months_kept: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArchiveMonths:
    """Detaches what is past its retention, stores it as JSON Lines, and drops it once all of it is stored.

    A detached month is read by nobody and written by nobody, so it is copied in short transactions. A run that dies
    leaves it detached; the next one copies it again, in place of what was stored. Returns the keys it wrote.
    """

    unit_of_work: UnitOfWork
    partitions: Partitions
    objects: ObjectStore
    events: EventLog
    ids: IdSource
    clock: Clock
    policy: RetentionPolicy

    async def __call__(self, *, context: JobContext) -> Sequence[str]:
        await self._detach()
        async with self.unit_of_work() as tx:
            waiting = await self.partitions.list_detached(tx, tables=sorted(self.policy.months_kept))
        written = []
        for number, month in enumerate(waiting):
            context.progress(number, len(waiting), f"archiving {month.name}")
            written.append(await self._archive(month))
        return written

    async def _detach(self) -> None:
        today = self.clock.now().date()
        for table, kept in sorted(self.policy.months_kept.items()):
            async with self.unit_of_work() as tx:
                await self.partitions.detach(tx, table=table, before=_months_before(today, kept))
                await tx.commit()

    async def _archive(self, month: DetachedMonth) -> str:
        key = object_key("retention", month.table, f"{month.name}.jsonl")
        copy = _Copy(self.unit_of_work, self.partitions, month)
        stored = await self.objects.put(key, copy.lines(), bytes_max=ARCHIVE_BYTES_MAX)
        async with self.unit_of_work() as tx:
            await self.partitions.drop(tx, month, rows=copy.rows)
            event = told(
                self.ids,
                now=self.clock.now(),
                event_type="month.archived",
                org_id=None,
                actor=ACTOR.actor,
                subject=f"table:{month.name}",
                trace_id=self.ids.trace_id(),
                payload={
                    "key": key,
                    "rows": copy.rows,
                    "size_bytes": stored.size_bytes,
                    "sha256": stored.sha256.hex(),
                },
            )
            await self.events.append(tx, event)
            await tx.commit()
        return key


class _Copy:
    """The lines of a month, and how many there were."""

    def __init__(self, unit_of_work: UnitOfWork, partitions: Partitions, month: DetachedMonth) -> None:
        self._unit_of_work = unit_of_work
        self._partitions = partitions
        self._month = month
        self.rows = 0

    async def lines(self) -> AsyncIterator[bytes]:
        """Some at a time, each time in a transaction of its own."""
        after: str | None = None
        while True:
            async with self._unit_of_work() as tx:
                read = await self._partitions.read(tx, self._month, after=after, limit=ROWS_A_READ)
            if not read.lines:
                return
            self.rows += len(read.lines)
            after = read.last
            yield b"".join(line.encode() + b"\n" for line in read.lines)


def _months_before(day: date, months: int) -> date:
    """The first of the month so many months before that of `day`."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
