"""Sending a message, and what its answer means for the endpoint."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.identity import told
from deepspace_core.kernel.errors import OutgoingFailed, OutgoingRefused
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.outgoing import Outgoing, OutgoingAnswer, OutgoingRequest
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.webhooks.endpoint import GONE_STATUS, WebhookEndpoint
from deepspace_core.webhooks.errors import WebhookNotFound, WebhookRejected
from deepspace_core.webhooks.ports import Deliveries, Endpoints
from deepspace_core.webhooks.signature import signed_headers
from deepspace_core.webhooks.webhook_delivery import DeliveryState, WebhookDelivery, WebhookDeliveryId

SECONDS_MAX = 15.0
ANSWER_BYTES_MAX = 4_096
USER_AGENT = "DeepSpace-Webhooks/1"
RETENTION = timedelta(days=30)
ABANDONED_AFTER = RETENTION + timedelta(days=3)
"""Of a message that is still pending then, its job was lost on the way: a replay on the last day of the retention has
made its last attempt by then."""
PRUNE_BATCH = 1_000
PRUNE_BATCHES_MAX = 100
OK_STATUSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class DeliverWebhook:
    """The worker's job: one attempt. It raises while another attempt may help, which is the job's own retry."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    deliveries: Deliveries
    outgoing: Outgoing
    box: SecretBox
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, delivery_id: WebhookDeliveryId, is_last: bool) -> None:
        """Raises WebhookRejected or OutgoingFailed, both retryable. A disabled endpoint's messages are given up."""
        async with self.unit_of_work() as tx:
            delivery = await self.deliveries.lock(tx, delivery_id)
            if delivery is None or delivery.state is not DeliveryState.PENDING:
                return
            endpoint = await self._endpoint(tx, delivery)
        if endpoint is None:
            return
        if not endpoint.enabled:
            await self._settle(delivery, None, "the endpoint is disabled", is_last=True)
            return
        try:
            answer = await self._send(endpoint, delivery)
        except (OutgoingFailed, OutgoingRefused) as fault:
            given_up = is_last or isinstance(fault, OutgoingRefused)
            await self._settle(delivery, None, fault.message, is_last=given_up)
            if not given_up:
                raise
            return
        if answer.status in OK_STATUSES:
            await self._settle(delivery, answer, None, is_last=False)
            return
        error = f"the receiver answered {answer.status}, not 2xx"
        given_up = is_last or answer.status == GONE_STATUS
        await self._settle(delivery, answer, error, is_last=given_up)
        if not given_up:
            raise WebhookRejected(error, status=answer.status)

    async def _endpoint(self, tx: Transaction, delivery: WebhookDelivery) -> WebhookEndpoint | None:
        try:
            return await self.endpoints.get(tx, delivery.org_id, delivery.endpoint_id)
        except WebhookNotFound:
            return None

    async def _send(self, endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> OutgoingAnswer:
        now = self.clock.now()
        secrets = [self.box.open(sealed, purpose=endpoint.purpose) for sealed in endpoint.sealed_secrets(now)]
        body = delivery.body
        signed = signed_headers(delivery.message_id, at=now, body=body, secrets=secrets)
        return await self.outgoing.send(
            OutgoingRequest(
                method="POST",
                url=endpoint.url,
                headers={**signed, "content-type": "application/json", "user-agent": USER_AGENT},
                body=body,
                seconds_max=SECONDS_MAX,
                answer_bytes_max=ANSWER_BYTES_MAX,
            )
        )

    async def _settle(
        self, delivery: WebhookDelivery, answer: OutgoingAnswer | None, error: str | None, *, is_last: bool
    ) -> None:
        """Records the attempt in the message and in the endpoint, in one transaction."""
        now = self.clock.now()
        status = None if answer is None else answer.status
        text = "" if answer is None else _readable(answer.body)
        async with self.unit_of_work() as tx:
            try:
                endpoint = await self.endpoints.lock(tx, delivery.org_id, delivery.endpoint_id)
            except WebhookNotFound:
                return
            if error is None:
                await self.deliveries.save(tx, delivery.take(now=now, status=status or 0, text=text))
                await self.endpoints.save(tx, endpoint.delivered())
            else:
                refused = delivery.refuse(now=now, status=status, text=text, error=error, is_last=is_last)
                await self.deliveries.save(tx, refused)
                await self._note_failure(tx, endpoint.failed(now=now), status, delivery=refused, error=error)
            await tx.commit()

    async def _note_failure(
        self, tx: Transaction, endpoint: WebhookEndpoint, status: int | None, *, delivery: WebhookDelivery, error: str
    ) -> None:
        now = self.clock.now()
        given_up = delivery.state is DeliveryState.FAILED
        if not endpoint.enabled or not given_up or not (status == GONE_STATUS or endpoint.failed_too_long(now)):
            await self.endpoints.save(tx, endpoint)
            return
        await self.endpoints.save(tx, endpoint.disable(now=now, reason=error))
        event = told(
            self.ids,
            now=now,
            event_type="webhook.disabled",
            org_id=endpoint.org_id,
            actor="system:webhooks",
            subject=show_id("webhook", endpoint.id),
            trace_id=delivery.trace_id,
            payload={"url": endpoint.url, "failures": endpoint.failures, "reason": error},
        )
        await self.events.append(tx, event)


@dataclass(frozen=True, slots=True)
class PruneDeliveries:
    """The worker's job: deletes messages past their retention, bounded a run; how many.

    Of those that nobody settled the trail keeps a record each: their receiver was never told.
    """

    unit_of_work: UnitOfWork
    deliveries: Deliveries
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self) -> int:
        return await self._in_batches(self._prune) + await self._in_batches(self._abandon)

    async def _in_batches(self, batch: Callable[[Transaction], Awaitable[int]]) -> int:
        pruned = 0
        for _ in range(PRUNE_BATCHES_MAX):
            async with self.unit_of_work() as tx:
                count = await batch(tx)
                await tx.commit()
            pruned += count
            if count < PRUNE_BATCH:
                break
        return pruned

    async def _prune(self, tx: Transaction) -> int:
        return await self.deliveries.prune(tx, created_before=self.clock.now() - RETENTION, limit=PRUNE_BATCH)

    async def _abandon(self, tx: Transaction) -> int:
        now = self.clock.now()
        abandoned = await self.deliveries.take_abandoned(tx, created_before=now - ABANDONED_AFTER, limit=PRUNE_BATCH)
        for one in abandoned:
            event = told(
                self.ids,
                now=now,
                event_type="webhook.message_abandoned",
                org_id=one.org_id,
                actor="system:webhooks",
                subject=show_id("webhook", one.endpoint_id),
                trace_id=one.trace_id,
                payload={"message": one.message_id, "type": one.event_type.value, "attempts": one.attempts},
            )
            await self.events.append(tx, event)
        return len(abandoned)


def _readable(body: bytes) -> str:
    return body.decode(errors="replace").replace("\0", "\ufffd")
