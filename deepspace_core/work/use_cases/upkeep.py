"""Keeps the tables of work, and the partitions of the large tables, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work.job import JobState
from deepspace_core.work.ports import JobRuns, Partitions

RETENTION: Mapping[JobState, timedelta] = MappingProxyType(
    {
        JobState.SUCCEEDED: timedelta(days=7),
        JobState.CANCELLED: timedelta(days=30),
        JobState.DEAD: timedelta(days=90),
    }
)
"""How long a settled job is kept. The outbox needs no retention: a delivery goes when its job is settled."""

PRUNE_BATCH = 1_000
PRUNE_BATCHES_MAX = 100
MONTHS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class PruneJobs:
    """Deletes settled jobs past their retention, in short transactions, bounded a run; returns how many."""

    unit_of_work: UnitOfWork
    runs: JobRuns
    clock: Clock
    retention: Mapping[JobState, timedelta] = field(default_factory=lambda: RETENTION)

    async def __call__(self) -> int:
        return sum([await self._prune(state) for state in self.retention])

    async def _prune(self, state: JobState) -> int:
        finished_before = self.clock.now() - self.retention[state]
        pruned = 0
        for _ in range(PRUNE_BATCHES_MAX):
            async with self.unit_of_work() as tx:
                deleted = await self.runs.prune(tx, state=state, finished_before=finished_before, limit=PRUNE_BATCH)
                await tx.commit()
            pruned += deleted
            if deleted < PRUNE_BATCH:
                break
        return pruned


@dataclass(frozen=True, slots=True)
class AnalyzeTables:
    """Has the store count its large tables anew, so that it plans by what is there; returns them."""

    unit_of_work: UnitOfWork
    partitions: Partitions

    async def __call__(self) -> Sequence[str]:
        async with self.unit_of_work() as tx:
            tables = await self.partitions.analyze(tx)
            await tx.commit()
        return tables


@dataclass(frozen=True, slots=True)
class MakePartitionsAhead:
    """Makes the partitions of this month and the next few, before a row needs them; returns the tables."""

    unit_of_work: UnitOfWork
    partitions: Partitions
    clock: Clock

    async def __call__(self) -> Sequence[str]:
        first = self.clock.now().date().replace(day=1)
        async with self.unit_of_work() as tx:
            tables = await self.partitions.make_ahead(tx, first=first, months=1 + MONTHS_AHEAD)
            await tx.commit()
        return tables
