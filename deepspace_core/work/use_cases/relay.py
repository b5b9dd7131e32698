"""Hands due jobs to the broker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work.delivery import Delivery
from deepspace_core.work.ports import Courier, Outbox

BATCH_MAX = 100
RETRY_PAUSE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RelayJobs:
    """Relays one batch; returns how many, so that a caller goes on at once after a full one.

    Claim and commit, send, mark: no transaction is open while the broker is awaited. A relay that dies in between
    leaves claims that come due again. Only jobs named in `names` are touched: one that this worker does not know
    waits for a worker that does, which is what a rolling deployment needs.
    """

    unit_of_work: UnitOfWork
    outbox: Outbox
    courier: Courier
    clock: Clock

    async def __call__(self, *, names: Sequence[str], limit: int = BATCH_MAX) -> int:
        claimed = await self._claim(names=names, limit=limit)
        if not claimed:
            return 0
        job_ids = [delivery.id for delivery in claimed]
        try:
            await self.courier.send(claimed)
        except Unavailable:
            async with self.unit_of_work() as tx:
                await self.outbox.defer(tx, job_ids, until=self.clock.now() + RETRY_PAUSE)
                await tx.commit()
            raise
        async with self.unit_of_work() as tx:
            await self.outbox.mark_relayed(tx, job_ids, at=self.clock.now())
            await tx.commit()
        return len(claimed)

    async def _claim(self, *, names: Sequence[str], limit: int) -> Sequence[Delivery]:
        async with self.unit_of_work() as tx:
            now = self.clock.now()
            due = await self.outbox.lock_due(tx, names=names, now=now, limit=limit)
            if not due:
                return ()
            claimed = [delivery.claim(now=now) for delivery in due]
            await self.outbox.save_claims(tx, claimed)
            await tx.commit()
            return claimed
