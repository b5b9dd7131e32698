"""Brings a month that was archived back from storage."""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass

from deepspace_core.identity import Actor, require_administrator, told
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work.errors import ArchiveDamaged, ArchiveNotFound
from deepspace_core.work.ports import ArchivedMonth, Partitions

ARCHIVES_MAX = 1_000
LINES_A_WRITE = 2_000
LINE_BYTES_MAX = 16 * 2**20


@dataclass(frozen=True, slots=True)
class ListArchives:
    """The months that were archived, by name, to an administrator."""

    unit_of_work: UnitOfWork
    partitions: Partitions

    async def __call__(self, *, actor: Actor) -> Sequence[ArchivedMonth]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.partitions.list_archived(tx, limit=ARCHIVES_MAX)


@dataclass(frozen=True, slots=True)
class RestoreMonth:
    """Copies an archived month back and attaches it once its digest and its rows are those that were archived.

    Until then it stands beside its table, where nobody reads it. One that is there already is left as it is; a run that
    died is begun anew. What is stored stays stored.
    """

    unit_of_work: UnitOfWork
    partitions: Partitions
    objects: ObjectStore
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, actor: Actor, name: str, trace_id: TraceId) -> tuple[ArchivedMonth, bool]:
        """The month, and whether it had to be restored.

        Raises AdministratorRequired, ArchiveNotFound, ArchiveDamaged, ObjectNotFound, Unavailable, or Conflict.
        """
        require_administrator(actor)
        month = await self._archived(name)
        async with self.unit_of_work() as tx:
            there = await self.partitions.rows_there(tx, month)
        if there is not None:
            if there != month.rows:
                raise ArchiveDamaged(f"{name} is there with {there} rows, and {month.rows} were archived")
            return month, False
        async with self.unit_of_work() as tx:
            await self.partitions.begin_restore(tx, month)
            await tx.commit()
        try:
            await self._copy(month)
        except ArchiveDamaged:
            async with self.unit_of_work() as tx:
                await self.partitions.drop_restore(tx, month)
                await tx.commit()
            raise
        await self._attach(month, actor=actor, trace_id=trace_id)
        return month, True

    async def _archived(self, name: str) -> ArchivedMonth:
        async with self.unit_of_work() as tx:
            archived = await self.partitions.list_archived(tx, limit=ARCHIVES_MAX)
        for month in archived:
            if month.name == name:
                return month
        raise ArchiveNotFound(f"no month {name!r} was archived; `deepspace archive list` names those that were")

    async def _copy(self, month: ArchivedMonth) -> None:
        digest, rows = hashlib.sha256(), 0
        async for lines in _batches(_digested(self.objects.read(month.key), digest)):
            rows += len(lines)
            async with self.unit_of_work() as tx:
                await self.partitions.restore_lines(tx, month, lines)
                await tx.commit()
        if digest.hexdigest() != month.sha256:
            raise ArchiveDamaged(f"what is stored at {month.key} is not what was archived: its SHA-256 is another")
        if rows != month.rows:
            raise ArchiveDamaged(f"{month.key} has {rows} rows, and {month.rows} were archived")

    async def _attach(self, month: ArchivedMonth, *, actor: Actor, trace_id: TraceId) -> None:
        event = told(
            self.ids,
            now=self.clock.now(),
            event_type="month.restored",
            org_id=None,
            actor=actor.actor,
            subject=f"table:{month.name}",
            trace_id=trace_id,
            payload={"key": month.key, "rows": month.rows, "sha256": month.sha256},
        )
        async with self.unit_of_work() as tx:
            await self.partitions.finish_restore(tx, month)
            await self.events.append(tx, event)
            await tx.commit()


async def _digested(chunks: AsyncIterable[bytes], digest: "hashlib._Hash") -> AsyncIterator[bytes]:
    async for chunk in chunks:
        digest.update(chunk)
        yield chunk


async def _batches(chunks: AsyncIterable[bytes]) -> AsyncIterator[Sequence[str]]:
    """Whole lines, up to LINES_A_WRITE at a time. Raises ArchiveDamaged for what can't be lines of an archive."""
    left, lines = b"", list[str]()
    async for chunk in chunks:
        *whole, left = (left + chunk).split(b"\n")
        if len(left) > LINE_BYTES_MAX:
            raise ArchiveDamaged("what is stored has no end of line where one must be")
        try:
            lines += [line.decode() for line in whole]
        except UnicodeDecodeError as fault:
            raise ArchiveDamaged("what is stored is not text") from fault
        while len(lines) >= LINES_A_WRITE:
            yield lines[:LINES_A_WRITE]
            del lines[:LINES_A_WRITE]
    if left:
        raise ArchiveDamaged("what is stored ends in the middle of a row")
    if lines:
        yield lines
