"""Upkeep of what the pipeline leaves behind, and of what it goes by."""

from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.pipeline.outputs import EDGES, OutputEstimates
from deepspace_core.pipeline.ports import IdempotencyKeys
from deepspace_core.usage import OutputHistory

PRUNE_BATCH = 1_000
PRUNE_BATCHES_MAX = 500
ORG_BYTES_MAX = 256 * 1024 * 1024
"""Of the answers kept for one organization; between two runs of this it may be more by what they brought."""


@dataclass(frozen=True, slots=True)
class PruneIdempotencyKeys:
    """Forgets keys whose time is over, and drops the oldest answers of organizations that keep too much."""

    unit_of_work: UnitOfWork
    keys: IdempotencyKeys
    clock: Clock

    async def __call__(self, *, bytes_max: int = ORG_BYTES_MAX) -> int:
        """How many keys and answers went. `bytes_max` is of the answers of one organization."""
        return await self._pruned() + await self._shrunk(bytes_max)

    async def _pruned(self) -> int:
        gone = 0
        for _ in range(PRUNE_BATCHES_MAX):
            async with self.unit_of_work() as tx:
                batch = await self.keys.prune(tx, now=self.clock.now(), limit=PRUNE_BATCH)
                await tx.commit()
            gone += batch
            if batch < PRUNE_BATCH:
                break
        return gone

    async def _shrunk(self, bytes_max: int) -> int:
        dropped = 0
        for _ in range(PRUNE_BATCHES_MAX):
            async with self.unit_of_work() as tx:
                batch = await self.keys.shrink(tx, bytes_max=bytes_max, limit=PRUNE_BATCH)
                await tx.commit()
            dropped += batch
            if batch < PRUNE_BATCH:
                break
        return dropped


LEARNED_SINCE = timedelta(hours=6)
"""What a process that has just started learns from: calls of this long, LEARNED_CALLS_MAX at most."""
LEARNED_CALLS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class LearnOutputs:
    """Adds what all gateways have metered since the last time to what this one knows of outputs."""

    unit_of_work: UnitOfWork
    history: OutputHistory
    outputs: OutputEstimates

    async def __call__(self) -> int:
        """How many calls were learned from."""
        async with self.unit_of_work() as tx:
            now = await self.history.store_now(tx)
            since = self.outputs.learned_until or now - LEARNED_SINCE
            counts = await self.history.count_outputs(tx, since=since, edges=EDGES, limit=LEARNED_CALLS_MAX)
        self.outputs.learn(counts)
        self.outputs.learned_until = now
        return sum(count.calls for count in counts)
