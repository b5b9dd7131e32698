"""Upkeep of what the pipeline leaves behind."""

from dataclasses import dataclass

from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.pipeline.ports import IdempotencyKeys

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
