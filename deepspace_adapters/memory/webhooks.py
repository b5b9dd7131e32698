"""Endpoints, messages and happenings in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from deepspace_adapters.memory.audit import EVENTS
from deepspace_adapters.memory.identity import newest_first
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.audit import StoredEvent
from deepspace_core.kernel.ids import OrgId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.webhooks import (
    ENDPOINTS_MAX,
    PUBLISHED,
    DeliveryState,
    Happening,
    HappeningId,
    HappeningType,
    Mark,
    WebhookDelivery,
    WebhookDeliveryId,
    WebhookDeliveryNotFound,
    WebhookEndpoint,
    WebhookId,
    WebhookNotFound,
)
from deepspace_core.webhooks.ports import DeliveryFilters

ENDPOINTS, CURSORS, MARKS, DELIVERIES = "webhook_endpoints", "webhook_cursors", "wallet_marks", "webhook_deliveries"


class MemoryEndpoints:
    """The `Endpoints` port."""

    async def add(self, tx: Transaction, endpoint: WebhookEndpoint) -> None:
        table_of(tx, ENDPOINTS)[endpoint.id] = endpoint

    async def get(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> WebhookEndpoint:
        endpoint: WebhookEndpoint | None = table_of(tx, ENDPOINTS).get(endpoint_id)
        if endpoint is None or endpoint.org_id != org_id:
            raise WebhookNotFound(f"there is no webhook {show_id('webhook', endpoint_id)}", param="webhook_id")
        return endpoint

    async def lock(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> WebhookEndpoint:
        return await self.get(tx, org_id, endpoint_id)

    async def save(self, tx: Transaction, endpoint: WebhookEndpoint) -> None:
        table_of(tx, ENDPOINTS)[endpoint.id] = endpoint

    async def remove(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> None:
        await self.get(tx, org_id, endpoint_id)
        del table_of(tx, ENDPOINTS)[endpoint_id]
        for delivery in _deliveries(tx):
            if delivery.endpoint_id == endpoint_id:
                del table_of(tx, DELIVERIES)[delivery.id]

    async def list(self, tx: Transaction, org_id: OrgId) -> Sequence[WebhookEndpoint]:
        found = [one for one in table_of(tx, ENDPOINTS).values() if one.org_id == org_id]
        return sorted(found, key=lambda one: one.id, reverse=True)[:ENDPOINTS_MAX]

    async def list_all(
        self, tx: Transaction, page: PageRequest, *, org_id: OrgId | None, enabled: bool | None
    ) -> Page[WebhookEndpoint]:
        stored: Iterable[WebhookEndpoint] = table_of(tx, ENDPOINTS).values()
        found = [one for one in stored if org_id in (None, one.org_id) and enabled in (None, one.enabled)]
        return newest_first([(one.id, one) for one in found], page)

    async def list_troubled(self, tx: Transaction, *, limit: int) -> Sequence[WebhookEndpoint]:
        found = [one for one in table_of(tx, ENDPOINTS).values() if one.is_troubled]
        return sorted(found, key=lambda one: one.id, reverse=True)[:limit]

    async def orgs_with_enabled(self, tx: Transaction, *, after: OrgId | None, limit: int) -> Sequence[OrgId]:
        orgs = {one.org_id for one in table_of(tx, ENDPOINTS).values() if one.enabled}
        return sorted(org_id for org_id in orgs if after is None or org_id > after)[:limit]

    async def lock_cursor(self, tx: Transaction, org_id: OrgId) -> datetime | None:
        until: datetime | None = table_of(tx, CURSORS).get(org_id)
        return until

    async def save_cursor(self, tx: Transaction, org_id: OrgId, until: datetime) -> None:
        table_of(tx, CURSORS)[org_id] = until

    async def add_mark(self, tx: Transaction, mark: Mark, *, at: datetime) -> bool:
        if mark in table_of(tx, MARKS):
            return False
        table_of(tx, MARKS)[mark] = at
        return True

    async def remove_mark(self, tx: Transaction, mark: Mark) -> None:
        table_of(tx, MARKS).pop(mark, None)


class MemoryDeliveries:
    """The `Deliveries` port."""

    async def add(self, tx: Transaction, delivery: WebhookDelivery) -> bool:
        told = {(one.endpoint_id, one.event_id) for one in _deliveries(tx)}
        if (delivery.endpoint_id, delivery.event_id) in told:
            return False
        table_of(tx, DELIVERIES)[delivery.id] = delivery
        return True

    async def get(
        self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId, delivery_id: WebhookDeliveryId
    ) -> WebhookDelivery:
        found = await self.lock(tx, delivery_id)
        if found is None or (found.org_id, found.endpoint_id) != (org_id, endpoint_id):
            told = show_id("webhook_delivery", delivery_id)
            raise WebhookDeliveryNotFound(f"this webhook has no delivery {told}", param="delivery_id")
        return found

    async def lock(self, tx: Transaction, delivery_id: WebhookDeliveryId) -> WebhookDelivery | None:
        found: WebhookDelivery | None = table_of(tx, DELIVERIES).get(delivery_id)
        return found

    async def save(self, tx: Transaction, delivery: WebhookDelivery) -> None:
        table_of(tx, DELIVERIES)[delivery.id] = delivery

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        endpoint_id: WebhookId,
        page: PageRequest,
        *,
        state: DeliveryState | None,
    ) -> Page[WebhookDelivery]:
        found = [
            one
            for one in sorted(_deliveries(tx), key=lambda one: one.id, reverse=True)
            if (one.org_id, one.endpoint_id) == (org_id, endpoint_id)
            and state in {None, one.state}
            and (page.after is None or one.id < page.after)
        ]
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def list_all(self, tx: Transaction, page: PageRequest, filters: DeliveryFilters) -> Page[WebhookDelivery]:
        found = [one for one in _deliveries(tx) if _is_wanted(one, filters)]
        return newest_first([(one.id, one) for one in found], page)

    async def prune(self, tx: Transaction, *, created_before: datetime, limit: int) -> int:
        old = [
            one.id
            for one in _deliveries(tx)
            if one.state is not DeliveryState.PENDING and one.created_at < created_before
        ][:limit]
        for delivery_id in old:
            del table_of(tx, DELIVERIES)[delivery_id]
        return len(old)

    async def take_abandoned(
        self, tx: Transaction, *, created_before: datetime, limit: int
    ) -> Sequence[WebhookDelivery]:
        pending = [one for one in _deliveries(tx) if one.state is DeliveryState.PENDING]
        old = [one for one in pending if one.created_at < created_before][:limit]
        for one in old:
            del table_of(tx, DELIVERIES)[one.id]
        return old


class MemoryHappenings:
    """The `Happenings` port, over the events and jobs in memory. What is stored now is visible at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def store_now(self, tx: Transaction) -> datetime:
        return self._clock.now()

    async def of_org(self, tx: Transaction, org_id: OrgId, *, since: datetime, limit: int) -> Sequence[Happening]:
        stored = [one for one in _events(tx) if one.event.org_id == org_id and one.event.event_type in set(PUBLISHED)]
        found = [_told(one) for one in stored if one.stored_at >= since]
        return sorted(found, key=lambda one: (one.stored_at, one.id))[:limit]


def _deliveries(tx: Transaction) -> Sequence[WebhookDelivery]:
    return list(table_of(tx, DELIVERIES).values())


def _events(tx: Transaction) -> Sequence[StoredEvent]:
    return list(table_of(tx, EVENTS).values())


def _told(stored: StoredEvent) -> Happening:
    event = stored.event
    return Happening(
        id=HappeningId(event.id),
        type=HappeningType(event.event_type),
        at=event.at,
        data={"actor": event.actor, "subject": event.subject, **event.payload},
        trace_id=event.trace_id,
        stored_at=stored.stored_at,
    )


def _is_wanted(delivery: WebhookDelivery, filters: DeliveryFilters) -> bool:
    return (
        filters.org_id in (None, delivery.org_id)
        and filters.endpoint_id in (None, delivery.endpoint_id)
        and filters.state in (None, delivery.state)
        and (filters.since is None or delivery.created_at >= filters.since)
        and (filters.until is None or delivery.created_at < filters.until)
    )
