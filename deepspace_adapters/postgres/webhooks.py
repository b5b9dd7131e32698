"""Endpoints, messages and happenings in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, run
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import OrgId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.webhooks import (
    ENDPOINTS_MAX,
    PUBLISHED,
    DeliveryState,
    Happening,
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


@dataclass(frozen=True, slots=True)
class _Statements:
    add_endpoint: sql.Statement
    get_endpoint: sql.Statement
    lock_endpoint: sql.Statement
    save_endpoint: sql.Statement
    remove_endpoint: sql.Statement
    list_endpoints: sql.Statement
    list_all_endpoints: sql.Statement
    list_troubled: sql.Statement
    orgs_with_enabled: sql.Statement
    lock_cursor: sql.Statement
    save_cursor: sql.Statement
    add_mark: sql.Statement
    remove_mark: sql.Statement
    add_delivery: sql.Statement
    get_delivery: sql.Statement
    lock_delivery: sql.Statement
    save_delivery: sql.Statement
    list_deliveries: sql.Statement
    list_all_deliveries: sql.Statement
    prune_deliveries: sql.Statement
    take_abandoned_deliveries: sql.Statement
    store_now: sql.Statement
    happenings_of_org: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresEndpoints:
    """The `Endpoints` port."""

    async def add(self, tx: Transaction, endpoint: WebhookEndpoint) -> None:
        await run(tx, SQL.add_endpoint, _endpoint_values(endpoint))

    async def get(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> WebhookEndpoint:
        return _found(
            await find_one(tx, _endpoint, SQL.get_endpoint, {"org_id": org_id, "id": endpoint_id}), endpoint_id
        )

    async def lock(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> WebhookEndpoint:
        return _found(
            await find_one(tx, _endpoint, SQL.lock_endpoint, {"org_id": org_id, "id": endpoint_id}), endpoint_id
        )

    async def save(self, tx: Transaction, endpoint: WebhookEndpoint) -> None:
        await run(tx, SQL.save_endpoint, _endpoint_values(endpoint))

    async def remove(self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId) -> None:
        if not await run(tx, SQL.remove_endpoint, {"org_id": org_id, "id": endpoint_id}):
            raise _no_endpoint(endpoint_id)

    async def list(self, tx: Transaction, org_id: OrgId) -> Sequence[WebhookEndpoint]:
        return await find_all(tx, _endpoint, SQL.list_endpoints, {"org_id": org_id, "limit": ENDPOINTS_MAX})

    async def list_all(
        self, tx: Transaction, page: PageRequest, *, org_id: OrgId | None, enabled: bool | None
    ) -> Page[WebhookEndpoint]:
        values = {"org_id": org_id, "enabled": enabled, "after": page.after, "limit": page.limit}
        found = await find_all(tx, _endpoint, SQL.list_all_endpoints, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def list_troubled(self, tx: Transaction, *, limit: int) -> Sequence[WebhookEndpoint]:
        return await find_all(tx, _endpoint, SQL.list_troubled, {"limit": limit})

    async def orgs_with_enabled(self, tx: Transaction, *, after: OrgId | None, limit: int) -> Sequence[OrgId]:
        cursor = await connection_of(tx).execute(SQL.orgs_with_enabled, {"after": after, "limit": limit})
        return [OrgId(row[0]) for row in await cursor.fetchall()]

    async def lock_cursor(self, tx: Transaction, org_id: OrgId) -> datetime | None:
        cursor = await connection_of(tx).execute(SQL.lock_cursor, {"org_id": org_id})
        row = await cursor.fetchone()
        return None if row is None else row[0]

    async def save_cursor(self, tx: Transaction, org_id: OrgId, until: datetime) -> None:
        await run(tx, SQL.save_cursor, {"org_id": org_id, "until": until})

    async def add_mark(self, tx: Transaction, mark: Mark, *, at: datetime) -> bool:
        return await run(tx, SQL.add_mark, {**asdict(mark), "marked_at": at}) == 1

    async def remove_mark(self, tx: Transaction, mark: Mark) -> None:
        await run(tx, SQL.remove_mark, asdict(mark))


class PostgresDeliveries:
    """The `Deliveries` port."""

    async def add(self, tx: Transaction, delivery: WebhookDelivery) -> bool:
        return await run(tx, SQL.add_delivery, _delivery_values(delivery)) == 1

    async def get(
        self, tx: Transaction, org_id: OrgId, endpoint_id: WebhookId, delivery_id: WebhookDeliveryId
    ) -> WebhookDelivery:
        values = {"org_id": org_id, "endpoint_id": endpoint_id, "id": delivery_id}
        found = await find_one(tx, _delivery, SQL.get_delivery, values)
        if found is None:
            told = show_id("webhook_delivery", delivery_id)
            raise WebhookDeliveryNotFound(f"this webhook has no delivery {told}", param="delivery_id")
        return found

    async def lock(self, tx: Transaction, delivery_id: WebhookDeliveryId) -> WebhookDelivery | None:
        return await find_one(tx, _delivery, SQL.lock_delivery, {"id": delivery_id})

    async def save(self, tx: Transaction, delivery: WebhookDelivery) -> None:
        await run(tx, SQL.save_delivery, _delivery_values(delivery))

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        endpoint_id: WebhookId,
        page: PageRequest,
        *,
        state: DeliveryState | None,
    ) -> Page[WebhookDelivery]:
        values = {
            "org_id": org_id,
            "endpoint_id": endpoint_id,
            "after": page.after,
            "limit": page.limit,
            "state": state,
        }
        found = await find_all(tx, _delivery, SQL.list_deliveries, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def list_all(self, tx: Transaction, page: PageRequest, filters: DeliveryFilters) -> Page[WebhookDelivery]:
        values = {"after": page.after, "limit": page.limit, **asdict(filters)}
        found = await find_all(tx, _delivery, SQL.list_all_deliveries, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def prune(self, tx: Transaction, *, created_before: datetime, limit: int) -> int:
        return await run(tx, SQL.prune_deliveries, {"created_before": created_before, "limit": limit})

    async def take_abandoned(
        self, tx: Transaction, *, created_before: datetime, limit: int
    ) -> Sequence[WebhookDelivery]:
        values = {"created_before": created_before, "limit": limit}
        return await find_all(tx, _delivery, SQL.take_abandoned_deliveries, values)


class PostgresHappenings:
    """The `Happenings` port, over the audit trail."""

    async def store_now(self, tx: Transaction) -> datetime:
        cursor = await connection_of(tx).execute(SQL.store_now)
        row = await cursor.fetchone()
        assert row is not None  # noqa: S101  # a SELECT without a table has one row
        now: datetime = row[0]
        return now

    async def of_org(self, tx: Transaction, org_id: OrgId, *, since: datetime, limit: int) -> Sequence[Happening]:
        values = {"org_id": org_id, "since": since, "limit": limit, "types": [one.value for one in PUBLISHED]}
        return await find_all(tx, _happening, SQL.happenings_of_org, values)


def _happening(*, type: str, trace_id: str, **columns: Any) -> Happening:  # noqa: A002  # the column's name
    return Happening(type=HappeningType(type), trace_id=TraceId(trace_id), **columns)


def _endpoint_values(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {**asdict(endpoint), "event_types": sorted(one.value for one in endpoint.event_types)}


def _endpoint(*, event_types: Sequence[str], **columns: Any) -> WebhookEndpoint:
    return WebhookEndpoint(event_types=frozenset(map(HappeningType, event_types)), **columns)


def _delivery_values(delivery: WebhookDelivery) -> dict[str, object]:
    return {**asdict(delivery), "payload": Jsonb(delivery.payload)}


def _delivery(*, event_type: str, state: str, **columns: Any) -> WebhookDelivery:
    return WebhookDelivery(event_type=HappeningType(event_type), state=DeliveryState(state), **columns)


def _found(endpoint: WebhookEndpoint | None, endpoint_id: WebhookId) -> WebhookEndpoint:
    if endpoint is None:
        raise _no_endpoint(endpoint_id)
    return endpoint


def _no_endpoint(endpoint_id: WebhookId) -> WebhookNotFound:
    return WebhookNotFound(f"there is no webhook {show_id('webhook', endpoint_id)}", param="webhook_id")
