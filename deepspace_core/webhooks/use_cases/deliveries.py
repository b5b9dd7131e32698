"""Looking at deliveries, sending one again, and trying an endpoint out."""

from dataclasses import dataclass

from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.webhooks.endpoint import WebhookId
from deepspace_core.webhooks.happening import Happening, HappeningId, HappeningType
from deepspace_core.webhooks.ports import Deliveries, Endpoints
from deepspace_core.webhooks.use_cases.keeping import WebhookTrail
from deepspace_core.webhooks.use_cases.publishing import Dispatch
from deepspace_core.webhooks.webhook_delivery import DeliveryState, WebhookDelivery, WebhookDeliveryId
from deepspace_core.work import JobRuns


@dataclass(frozen=True, slots=True)
class ListDeliveries:
    """The messages of an endpoint, newest first."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    deliveries: Deliveries

    async def __call__(
        self, *, principal: Principal, endpoint_id: WebhookId, page: PageRequest, state: DeliveryState | None
    ) -> Page[WebhookDelivery]:
        """Raises PermissionMissing or WebhookNotFound."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        async with self.unit_of_work() as tx:
            await self.endpoints.get(tx, principal.org_id, endpoint_id)
            return await self.deliveries.list(tx, principal.org_id, endpoint_id, page, state=state)


@dataclass(frozen=True, slots=True)
class GetDelivery:
    """One message, with what was sent and what was answered."""

    unit_of_work: UnitOfWork
    deliveries: Deliveries

    async def __call__(
        self, *, principal: Principal, endpoint_id: WebhookId, delivery_id: WebhookDeliveryId
    ) -> WebhookDelivery:
        """Raises PermissionMissing or WebhookDeliveryNotFound."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        async with self.unit_of_work() as tx:
            return await self.deliveries.get(tx, principal.org_id, endpoint_id, delivery_id)


@dataclass(frozen=True, slots=True)
class ReplayDelivery:
    """Sends a settled message again, under the same id, with all attempts anew; also one that was left behind by a job
    that ended without a word of it (a worker killed at each attempt, a job that was cancelled)."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    deliveries: Deliveries
    jobs: JobRuns
    dispatch: Dispatch
    trail: WebhookTrail

    async def __call__(
        self, *, principal: Principal, endpoint_id: WebhookId, delivery_id: WebhookDeliveryId, trace_id: TraceId
    ) -> WebhookDelivery:
        """Raises PermissionMissing, WebhookNotFound, WebhookDeliveryNotFound, or Conflict while it is being sent."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        async with self.unit_of_work() as tx:
            endpoint = await self.endpoints.lock(tx, principal.org_id, endpoint_id)
            delivery = await self.deliveries.get(tx, principal.org_id, endpoint_id, delivery_id)
            if delivery.state is DeliveryState.PENDING and await self._is_on_its_way(tx, delivery):
                raise Conflict("this message is still being delivered; wait until it is delivered or failed")
            queued = await self.dispatch.queue_again(tx, delivery)
            await self.trail.tell(
                tx,
                principal,
                endpoint,
                event_type="webhook.delivery_replayed",
                trace_id=trace_id,
                payload={"delivery_id": delivery.message_id},
            )
            await tx.commit()
        return queued

    async def _is_on_its_way(self, tx: Transaction, delivery: WebhookDelivery) -> bool:
        found = [] if delivery.job_id is None else await self.jobs.find(tx, [delivery.job_id])
        return any(not job.settled for job in found)


@dataclass(frozen=True, slots=True)
class PingWebhook:
    """Sends an endpoint a message that says nothing, to see whether it is heard. Disabled ones don't hear it."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    dispatch: Dispatch
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, endpoint_id: WebhookId, trace_id: TraceId) -> WebhookDelivery:
        """Raises PermissionMissing, WebhookNotFound, or Conflict for a disabled endpoint."""
        principal.require(Permission.MANAGE_WEBHOOKS)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            endpoint = await self.endpoints.get(tx, principal.org_id, endpoint_id)
            if not endpoint.enabled:
                raise Conflict("this webhook is disabled; enable it first")
            ping = Happening(
                id=HappeningId(self.ids.uuid()),
                type=HappeningType.WEBHOOK_PING,
                at=now,
                data={"note": "A test message; nothing has happened."},
                trace_id=trace_id,
                stored_at=now,
            )
            delivery = await self.dispatch.send(tx, endpoint, ping)
            await tx.commit()
        if delivery is None:
            raise Conflict("this test message is on its way already")
        return delivery
