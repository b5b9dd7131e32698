"""From what happened to messages: the trail is the outbox, so that nothing is told that was rolled back, nor lost.

What is stored becomes visible at commit, a little after the moment it is stored under; so each run looks again at the
last OVERLAP before the cursor, longer than any transaction may last. That an endpoint gets one message of a happening
is kept by the table of deliveries, not by the cursor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.webhooks.endpoint import WebhookEndpoint
from deepspace_core.webhooks.happening import Happening
from deepspace_core.webhooks.ports import Deliveries, Endpoints, Happenings
from deepspace_core.webhooks.webhook_delivery import WebhookDelivery, WebhookDeliveryId

DELIVER_JOB = "webhooks.deliver"
OVERLAP = timedelta(minutes=2)
BATCH = 500
BATCHES_MAX = 20
ORGS_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Writes a message and the job that delivers it, in the caller's transaction."""

    deliveries: Deliveries
    queue: JobQueue
    ids: IdSource
    clock: Clock

    async def send(self, tx: Transaction, endpoint: WebhookEndpoint, happening: Happening) -> WebhookDelivery | None:
        """None when the endpoint has been told of it before."""
        delivery = WebhookDelivery.of(
            happening,
            endpoint.id,
            delivery_id=WebhookDeliveryId(self.ids.uuid()),
            org_id=endpoint.org_id,
            now=self.clock.now(),
        )
        if not await self.deliveries.add(tx, delivery):
            return None
        return await self.queue_again(tx, delivery)

    async def queue_again(self, tx: Transaction, delivery: WebhookDelivery) -> WebhookDelivery:
        """Another round of attempts for a message that is there."""
        job_id = await self.queue.enqueue(
            tx,
            name=DELIVER_JOB,
            payload={"delivery_id": delivery.id.hex},
            trace_id=delivery.trace_id,
        )
        queued = delivery.queue(job_id)
        await self.deliveries.save(tx, queued)
        return queued


@dataclass(frozen=True, slots=True)
class PublishHappenings:
    """The worker's job: writes the messages of what has happened since its last run, organization by organization."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    happenings: Happenings
    dispatch: Dispatch

    async def __call__(self) -> int:
        """How many messages were written."""
        written, after = 0, None
        while True:
            async with self.unit_of_work() as tx:
                orgs = await self.endpoints.orgs_with_enabled(tx, after=after, limit=ORGS_A_PAGE)
            for org_id in orgs:
                written += await self._publish(org_id)
            if len(orgs) < ORGS_A_PAGE:
                return written
            after = orgs[-1]

    async def _publish(self, org_id: OrgId) -> int:
        written = 0
        for _ in range(BATCHES_MAX):
            count, is_whole = await self._publish_batch(org_id)
            written += count
            if is_whole:
                break
        return written

    async def _publish_batch(self, org_id: OrgId) -> tuple[int, bool]:
        async with self.unit_of_work() as tx:
            cursor = await self.endpoints.lock_cursor(tx, org_id)
            now = await self.happenings.store_now(tx)
            enabled = [one for one in await self.endpoints.list(tx, org_id) if one.enabled]
            if not enabled:
                return 0, True
            since = min(one.created_at for one in enabled) if cursor is None else cursor - OVERLAP
            found = await self.happenings.of_org(tx, org_id, since=since, limit=BATCH)
            written = await self._write(tx, enabled, found)
            is_whole = len(found) < BATCH
            await self.endpoints.save_cursor(tx, org_id, now if is_whole else _resumed(found, since))
            await tx.commit()
        return written, is_whole

    async def _write(self, tx: Transaction, enabled: Sequence[WebhookEndpoint], found: Sequence[Happening]) -> int:
        written = 0
        for happening in found:
            for endpoint in enabled:
                if endpoint.wants(happening.type) and happening.at >= endpoint.created_at:
                    written += await self.dispatch.send(tx, endpoint, happening) is not None
        return written


def _resumed(found: Sequence[Happening], since: datetime) -> datetime:
    """Where the next batch goes on: behind what was read, the overlap that it will take off again added.

    A moment in which a whole batch was stored would be read for ever; then a microsecond is passed over, with what was
    stored in it beyond the batch. No single transaction of ours writes as many happenings.
    """
    last = found[-1].stored_at
    return OVERLAP + (last if last > since else last + timedelta(microseconds=1))
