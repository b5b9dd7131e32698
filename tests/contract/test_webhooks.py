"""The contract of endpoints, messages and happenings, on memory and on PostgreSQL."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.audit import MemoryEventLog
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.webhooks import MemoryDeliveries, MemoryEndpoints, MemoryHappenings
from deepspace_adapters.memory.work import MemoryJobQueue, MemoryJobRuns
from deepspace_adapters.postgres.audit import PostgresEventLog
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_adapters.postgres.webhooks import PostgresDeliveries, PostgresEndpoints, PostgresHappenings
from deepspace_adapters.postgres.work import PostgresJobQueue, PostgresJobRuns
from deepspace_core.identity import told
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.webhooks import (
    Deliveries,
    DeliveryState,
    Endpoints,
    Happening,
    HappeningId,
    Happenings,
    HappeningType,
    Mark,
    WebhookDelivery,
    WebhookDeliveryId,
    WebhookDeliveryNotFound,
    WebhookEndpoint,
    WebhookId,
    WebhookNotFound,
)
from deepspace_core.work import JobRuns
from tests.fakes import NOON, TRACE, CountingIds, FixedClock

ORG, OTHER_ORG = OrgId(UUID(int=1)), OrgId(UUID(int=2))
MARK = Mark(ORG, WalletId(UUID(int=3)), "project:month", UUID(int=4), NOON.date(), 1_000, 80)


@dataclass(frozen=True)
class Stores:
    """The repositories of one adapter."""

    unit_of_work: UnitOfWork
    endpoints: Endpoints
    deliveries: Deliveries
    happenings: Happenings
    events: EventLog
    queue: JobQueue
    runs: JobRuns

    async def prepare(self, tx: Transaction) -> None:
        """The organizations that PostgreSQL asks for."""
        if not isinstance(self.endpoints, MemoryEndpoints):
            for org_id in (ORG, OTHER_ORG):
                await connection_of(tx).execute(
                    "INSERT INTO orgs (id, name, kind, on_abort, created_at) VALUES (%s, 'o', 'team', 'drain', now())",
                    (org_id,),
                )


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    clock, ids = FixedClock(), CountingIds()
    if request.param == "memory":
        return Stores(
            MemoryUnitOfWork(MemoryDatabase()),
            MemoryEndpoints(),
            MemoryDeliveries(),
            MemoryHappenings(clock),
            MemoryEventLog(clock),
            MemoryJobQueue(ids=ids, clock=clock),
            MemoryJobRuns(),
        )
    return Stores(
        request.getfixturevalue("unit_of_work"),
        PostgresEndpoints(),
        PostgresDeliveries(),
        PostgresHappenings(),
        PostgresEventLog(),
        PostgresJobQueue(ids=ids, clock=clock),
        PostgresJobRuns(),
    )


def _endpoint(number: int, **changes: object) -> WebhookEndpoint:
    endpoint = WebhookEndpoint(
        id=WebhookId(UUID(int=number)),
        org_id=ORG,
        url="https://hooks.example.org/in",
        secret_sealed=b"sealed",
        created_at=NOON,
        description="Alerts",
        event_types=frozenset({HappeningType.WALLET_TOPPED_UP, HappeningType.JOB_FAILED}),
        balance_low_nanos=5,
    )
    return replace(endpoint, **changes)  # type: ignore[arg-type]


def _message(number: int, *, event: int = 900, endpoint: int = 101, at: datetime = NOON) -> WebhookDelivery:
    happening = Happening(HappeningId(UUID(int=event)), HappeningType.JOB_FAILED, NOON, {"name": "é"}, TRACE, NOON)
    delivery_id = WebhookDeliveryId(UUID(int=number))
    return WebhookDelivery.of(happening, WebhookId(UUID(int=endpoint)), delivery_id=delivery_id, org_id=ORG, now=at)


async def _add(stores: Stores, *endpoints: WebhookEndpoint) -> None:
    async with stores.unit_of_work() as tx:
        await stores.prepare(tx)
        for endpoint in endpoints:
            await stores.endpoints.add(tx, endpoint)
        await tx.commit()


async def test_an_endpoint_is_found_by_its_own_organization_and_changed_whole(stores: Stores) -> None:
    await _add(stores, _endpoint(101), _endpoint(102, event_types=frozenset()))
    changed = _endpoint(101, event_types=frozenset()).rotate(b"new", now=NOON, overlap=timedelta(hours=1))
    changed = changed.failed(now=NOON).disable(now=NOON, reason="gone")
    async with stores.unit_of_work() as tx:
        assert await stores.endpoints.get(tx, ORG, WebhookId(UUID(int=101))) == _endpoint(101)
        for find in (stores.endpoints.get, stores.endpoints.lock):
            with pytest.raises(WebhookNotFound):
                await find(tx, OTHER_ORG, WebhookId(UUID(int=101)))
        await stores.endpoints.save(tx, changed)
        assert await stores.endpoints.lock(tx, ORG, changed.id) == changed
        assert [one.id.int for one in await stores.endpoints.list(tx, ORG)] == [102, 101]
        assert await stores.endpoints.list(tx, OTHER_ORG) == []


async def test_organizations_with_something_enabled_are_listed_once(stores: Stores) -> None:
    off = _endpoint(103, org_id=OTHER_ORG).disable(now=NOON, reason="x")
    await _add(stores, _endpoint(101), _endpoint(102), off)
    async with stores.unit_of_work() as tx:
        assert await stores.endpoints.orgs_with_enabled(tx, after=None, limit=9) == [ORG]
        assert await stores.endpoints.orgs_with_enabled(tx, after=ORG, limit=9) == []
        await stores.endpoints.save(tx, off.enable())
        assert await stores.endpoints.orgs_with_enabled(tx, after=None, limit=1) == [ORG]
        assert await stores.endpoints.orgs_with_enabled(tx, after=ORG, limit=9) == [OTHER_ORG]


async def test_endpoints_in_trouble_are_those_that_refuse_or_were_disabled_for_it(stores: Stores) -> None:
    failing = _endpoint(101).failed(now=NOON)
    given_up = _endpoint(102, org_id=OTHER_ORG).failed(now=NOON).disable(now=NOON, reason="answered 500")
    switched_off = _endpoint(103).failed(now=NOON).disable(now=NOON, reason="by user:1")
    await _add(stores, failing, given_up, switched_off, _endpoint(104))
    async with stores.unit_of_work() as tx:
        assert [one.id for one in await stores.endpoints.list_troubled(tx, limit=9)] == [given_up.id, failing.id]
        assert [one.id for one in await stores.endpoints.list_troubled(tx, limit=1)] == [given_up.id]


async def test_removing_an_endpoint_takes_its_messages_along(stores: Stores) -> None:
    await _add(stores, _endpoint(101))
    async with stores.unit_of_work() as tx:
        await stores.deliveries.add(tx, _message(201))
        with pytest.raises(WebhookNotFound):
            await stores.endpoints.remove(tx, OTHER_ORG, WebhookId(UUID(int=101)))
        await stores.endpoints.remove(tx, ORG, WebhookId(UUID(int=101)))
        assert await stores.deliveries.lock(tx, WebhookDeliveryId(UUID(int=201))) is None


async def test_the_cursor_is_what_was_saved(stores: Stores) -> None:
    await _add(stores)
    async with stores.unit_of_work() as tx:
        assert await stores.endpoints.lock_cursor(tx, ORG) is None
        await stores.endpoints.save_cursor(tx, ORG, NOON)
        assert await stores.endpoints.lock_cursor(tx, ORG) == NOON
        assert await stores.endpoints.lock_cursor(tx, OTHER_ORG) is None


async def test_a_mark_is_set_once_until_it_is_removed(stores: Stores) -> None:
    await _add(stores)
    async with stores.unit_of_work() as tx:
        assert await stores.endpoints.add_mark(tx, MARK, at=NOON)
        assert not await stores.endpoints.add_mark(tx, MARK, at=NOON)
        assert await stores.endpoints.add_mark(tx, replace(MARK, percent=100), at=NOON)
        await stores.endpoints.remove_mark(tx, MARK)
        assert await stores.endpoints.add_mark(tx, MARK, at=NOON)


async def test_a_happening_is_one_message_for_each_endpoint(stores: Stores) -> None:
    await _add(stores, _endpoint(101), _endpoint(102))
    async with stores.unit_of_work() as tx:
        assert await stores.deliveries.add(tx, _message(201))
        assert not await stores.deliveries.add(tx, _message(202))
        assert await stores.deliveries.add(tx, _message(203, endpoint=102))
        assert await stores.deliveries.get(tx, ORG, WebhookId(UUID(int=101)), _message(201).id) == _message(201)
        for org_id, endpoint in ((OTHER_ORG, 101), (ORG, 102)):
            with pytest.raises(WebhookDeliveryNotFound):
                await stores.deliveries.get(tx, org_id, WebhookId(UUID(int=endpoint)), _message(201).id)


async def test_messages_are_listed_newest_first_by_state_and_pruned_when_settled(stores: Stores) -> None:
    await _add(stores, _endpoint(101))
    taken = _message(201, event=901).take(now=NOON, status=200, text="ok")
    refused = _message(202, event=902).refuse(now=NOON, status=None, text="", error="no answer", is_last=True)
    waiting = _message(203, event=903)
    endpoint_id = WebhookId(UUID(int=101))
    async with stores.unit_of_work() as tx:
        for message in (taken, refused, waiting):
            await stores.deliveries.add(tx, message)
            await stores.deliveries.save(tx, message)
        whole = await stores.deliveries.list(tx, ORG, endpoint_id, PageRequest(), state=None)
        assert list(whole.rows) == [waiting, refused, taken]
        first = await stores.deliveries.list(tx, ORG, endpoint_id, PageRequest(limit=1), state=None)
        assert (list(first.rows), first.next_cursor) == ([waiting], waiting.id.hex)
        failed = await stores.deliveries.list(tx, ORG, endpoint_id, PageRequest(), state=DeliveryState.FAILED)
        assert list(failed.rows) == [refused]
        assert await stores.deliveries.prune(tx, created_before=NOON, limit=9) == 0
        assert await stores.deliveries.prune(tx, created_before=NOON + timedelta(days=1), limit=9) == 2
        assert await stores.deliveries.lock(tx, waiting.id) == waiting


async def test_pending_messages_are_taken_out_once_when_nobody_brings_them_any_more(stores: Stores) -> None:
    await _add(stores, _endpoint(101))
    settled = _message(201, event=901).take(now=NOON, status=200, text="ok")
    waiting = [_message(200 + number, event=900 + number) for number in (2, 3, 4)]
    async with stores.unit_of_work() as tx:
        for message in (settled, *waiting):
            await stores.deliveries.add(tx, message)
            await stores.deliveries.save(tx, message)
        assert await stores.deliveries.take_abandoned(tx, created_before=NOON, limit=9) == []
        later = NOON + timedelta(days=1)
        first = await stores.deliveries.take_abandoned(tx, created_before=later, limit=2)
        rest = await stores.deliveries.take_abandoned(tx, created_before=later, limit=2)
        assert (len(first), len(rest)) == (2, 1)
        assert sorted([*first, *rest], key=lambda one: one.id) == waiting
        assert await stores.deliveries.lock(tx, settled.id) == settled


async def test_happenings_are_what_is_published_of_the_trail(stores: Stores) -> None:
    await _add(stores)
    ids = CountingIds(run=7)
    async with stores.unit_of_work() as tx:
        for org_id, event_type in ((ORG, "api_key.created"), (OTHER_ORG, "api_key.created"), (ORG, "project.created")):
            event = told(
                ids,
                now=NOON,
                event_type=event_type,
                org_id=org_id,
                actor="user:1",
                subject="key_1",
                trace_id=TRACE,
                payload={"name": "laptop"},
            )
            await stores.events.append(tx, event)
        now = await stores.happenings.store_now(tx)
        since = min(now, NOON) - timedelta(minutes=1)
        found = await stores.happenings.of_org(tx, ORG, since=since, limit=9)
        again = await stores.happenings.of_org(tx, ORG, since=since, limit=9)
    (one,) = found
    assert one.type is HappeningType.API_KEY_CREATED
    assert one.data == {"actor": "user:1", "subject": "key_1", "name": "laptop"}
    assert {one.id for one in again} == {one.id for one in found}
