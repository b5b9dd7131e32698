"""The contract of the audit trail: events, request logs, seals; on memory and on PostgreSQL."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.audit import MemoryAuditReader, MemoryRequestLogWriter
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_core.audit import (
    EventFilters,
    EventTrace,
    FaultKind,
    RequestLog,
    RequestLogFilters,
    RequestTrace,
    Seal,
    sealing_use_cases,
)
from deepspace_core.audit.sealing_use_cases import (
    SEAL_LAG,
    SEAL_ROWS_MAX,
    SealAudit,
    TrailReport,
    Verification,
    VerifyAudit,
    VerifyTrail,
)
from deepspace_core.audit.use_cases import ListAllEvents, ListAllRequests, ListEvents, ListRequests
from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import AppId, EventId, OrgId, TraceId, UsageRecordId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage import Ending
from tests.contract.metering_stores import Stores, stores_of
from tests.core.metering_values import FACT, KEY, NOBODY, OPERATOR, ORG, OTHER_ORG, OWNER, PAST, REQUEST, TRACE, USED

NOBODY_ID = UUID(int=404)
OTHER_TRACE = TraceId("f" * 32)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return stores_of(request)


def _fact(number: int, **changes: object) -> Event:
    return replace(FACT, id=EventId(UUID(int=number)), **changes)  # type: ignore[arg-type]


def _request(number: int, **changes: object) -> RequestLog:
    return replace(REQUEST, id=UUID(int=number), **changes)  # type: ignore[arg-type]


BARE = _request(
    2,
    project_id=None,
    api_key_id=None,
    user_id=None,
    model_name=None,
    status=402,
    error_code="insufficient_quota",
    stages=(),
    client_address=None,
    user_agent=None,
    first_token_ms=None,
    upstream_request_id=None,
    upstream_status=None,
    attempts=0,
)


async def _append(stores: Stores, *events: Event) -> None:
    async with stores.unit_of_work() as tx:
        for event in events:
            await stores.events.append(tx, event)
        await tx.commit()


async def test_an_event_is_read_back_as_it_was_appended(stores: Stores) -> None:
    orphan = _fact(2, org_id=None, payload={"nested": {"a": [1, "2", None, True]}, "text": "Grüße"})
    await _append(stores, _fact(1), orphan)
    listed = await ListAllEvents(stores.unit_of_work, stores.audit)(
        actor=OPERATOR, org_id=None, page=PageRequest(), filters=EventFilters()
    )
    assert listed.rows == [orphan, _fact(1)]


async def test_events_and_requests_may_ride_in_bulk_and_twice(stores: Stores) -> None:
    for _ in range(2):
        async with stores.unit_of_work() as tx:
            await stores.stage.write_events(tx, [_fact(1), _fact(2)])
            await stores.stage.write_requests(tx, [_request(1), BARE])
            await tx.commit()
    async with stores.unit_of_work() as tx:
        events = await stores.audit.list_events(tx, ORG, PageRequest(), EventFilters())
        requests = await stores.audit.list_requests(tx, ORG, PageRequest(), RequestLogFilters())
    assert events.rows == [_fact(2), _fact(1)]
    assert requests.rows == [BARE, _request(1)]


FILTERED_EVENTS = [
    (EventFilters(), [4, 3, 2, 1]),
    (EventFilters(event_type="api_key.revoked"), [1]),
    (EventFilters(event_type="api_key."), [2, 1]),
    (EventFilters(event_type="api_key"), []),
    (EventFilters(actor="system:seed"), [3]),
    (EventFilters(trace_id=OTHER_TRACE), [4]),
    (EventFilters(since=PAST + HOUR), [4, 3]),
    (EventFilters(until=PAST + HOUR), [2, 1]),
]


async def test_events_are_filtered_newest_first(stores: Stores) -> None:
    await _append(
        stores,
        _fact(1),
        _fact(2, event_type="api_key.created"),
        _fact(3, event_type="apixkey.created", actor="system:seed", at=PAST + HOUR),
        _fact(4, event_type="price.set", trace_id=OTHER_TRACE, at=PAST + 2 * HOUR),
        _fact(5, org_id=OTHER_ORG),
    )
    list_events = ListEvents(stores.unit_of_work, stores.audit)
    for filters, numbers in FILTERED_EVENTS:
        listed = await list_events(principal=OWNER, page=PageRequest(), filters=filters)
        assert [event.id.int for event in listed.rows] == numbers, filters


FILTERED_REQUESTS = [
    (RequestLogFilters(), [3, 2, 1]),
    (RequestLogFilters(api_key_id=KEY), [3, 1]),
    (RequestLogFilters(user_id=REQUEST.user_id), [3, 1]),
    (RequestLogFilters(user_id=NOBODY_ID), []),
    (RequestLogFilters(channel="east"), [3]),
    (RequestLogFilters(model_name="smollm2"), [3, 1]),
    (RequestLogFilters(error_code="insufficient_quota"), [2]),
    (RequestLogFilters(status_min=400), [2]),
    (RequestLogFilters(trace_id=OTHER_TRACE), [3]),
    (RequestLogFilters(since=PAST + HOUR), [3]),
    (RequestLogFilters(until=PAST + HOUR), [2, 1]),
]


async def test_requests_are_filtered_newest_first(stores: Stores) -> None:
    async with stores.unit_of_work() as tx:
        late = _request(3, trace_id=OTHER_TRACE, started_at=PAST + HOUR, channel="east")
        await stores.stage.write_requests(tx, [_request(1), BARE, late, _request(4, org_id=OTHER_ORG)])
        await tx.commit()
    list_requests = ListRequests(stores.unit_of_work, stores.audit)
    for filters, numbers in FILTERED_REQUESTS:
        listed = await list_requests(principal=OWNER, page=PageRequest(), filters=filters)
        assert [log.id.int for log in listed.rows] == numbers, filters


async def test_the_audit_needs_its_permission(stores: Stores) -> None:
    with pytest.raises(PermissionMissing):
        await ListEvents(stores.unit_of_work, stores.audit)(
            principal=NOBODY, page=PageRequest(), filters=EventFilters()
        )
    with pytest.raises(AdministratorRequired):
        await ListAllRequests(stores.unit_of_work, stores.audit)(
            actor=OWNER, org_id=None, page=PageRequest(), filters=RequestLogFilters()
        )
    with pytest.raises(AdministratorRequired):
        await VerifyAudit(stores.unit_of_work, stores.seals)(actor=OWNER, org_id=ORG)


async def test_a_trace_is_told_from_events_and_requests_of_its_organization(stores: Stores) -> None:
    async with stores.unit_of_work() as tx:
        await stores.stage.write_events(tx, [_fact(1), _fact(2, org_id=OTHER_ORG), _fact(3, trace_id=OTHER_TRACE)])
        await stores.stage.write_requests(tx, [_request(1), _request(2, org_id=OTHER_ORG)])
        await tx.commit()
    events, requests = EventTrace(stores.unit_of_work, stores.audit), RequestTrace(stores.unit_of_work, stores.audit)
    assert [entry.kind for entry in await events.tell(TRACE, ORG)] == ["event.api_key.revoked"]
    assert [entry.kind for entry in await requests.tell(TRACE, ORG)] == ["request"]
    assert len([*await events.tell(TRACE, None), *await requests.tell(TRACE, None)]) == 4


async def test_a_writer_in_memory_stores_at_once() -> None:
    database = MemoryDatabase()
    MemoryRequestLogWriter(database).write(_request(1))
    async with MemoryUnitOfWork(database)() as tx:
        listed = await MemoryAuditReader().list_requests(tx, ORG, PageRequest(), RequestLogFilters())
    assert listed.rows == [_request(1)]


async def _seal(stores: Stores) -> int:
    stores.later(SEAL_LAG + timedelta(seconds=1))
    return await SealAudit(stores.unit_of_work, stores.seals)()


async def _verify(stores: Stores, org_id: OrgId | None = ORG) -> Verification:
    return await VerifyAudit(stores.unit_of_work, stores.seals)(actor=OPERATOR, org_id=org_id)


async def _verify_all(stores: Stores) -> TrailReport:
    return await VerifyTrail(VerifyAudit(stores.unit_of_work, stores.seals))(actor=OPERATOR)


async def test_the_whole_trail_is_checked_chain_by_chain(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing_use_cases, "CHAINS_A_PAGE", 1)
    assert await _verify_all(stores) == TrailReport(chains=0, seals=0, rows=0, faults=[])
    await _append(stores, _fact(1), _fact(2), _fact(3, org_id=OTHER_ORG), _fact(4, org_id=None))
    await _seal(stores)
    assert await _verify_all(stores) == TrailReport(chains=3, seals=3, rows=4, faults=[])
    async with stores.unit_of_work() as tx:
        await stores.stage.edit_event(tx, UUID(int=3), actor="user:somebody-else")
        await tx.commit()
    report = await _verify_all(stores)
    assert not report.sound
    assert [(one.org_id, one.fault.seq, one.fault.kind) for one in report.faults] == [
        (OTHER_ORG, 1, FaultKind.ROWS_CHANGED)
    ]
    with pytest.raises(AdministratorRequired):
        await VerifyTrail(VerifyAudit(stores.unit_of_work, stores.seals))(actor=OWNER)


async def test_each_organization_has_a_chain_and_so_has_nobody(stores: Stores) -> None:
    await _append(stores, _fact(1), _fact(2), _fact(3, org_id=OTHER_ORG), _fact(4, org_id=None))
    assert await _seal(stores) == 3
    for org_id, rows in [(ORG, 2), (OTHER_ORG, 1), (None, 1)]:
        found = await _verify(stores, org_id)
        assert (found.seals, found.rows, found.faults) == (1, rows, [])


async def test_seals_join_end_to_end_and_new_events_wait_for_the_next(stores: Stores) -> None:
    await _append(stores, _fact(1))
    assert await SealAudit(stores.unit_of_work, stores.seals)() == 0
    assert await _seal(stores) == 1
    assert await _seal(stores) == 0
    found = await _verify(stores)
    assert (found.seals, found.rows, found.faults) == (1, 1, [])


@pytest.mark.parametrize(("moments", "seals"), [([6_000, 6_000], 2), ([SEAL_ROWS_MAX + 5, 1], 2), ([10, 20], 1)])
async def test_a_long_backlog_is_cut_into_seals_between_moments(stores: Stores, moments: list[int], seals: int) -> None:
    numbers = iter(range(1, sum(moments) + 1))
    for count in moments:
        async with stores.unit_of_work() as tx:
            await stores.stage.write_events(tx, [_fact(next(numbers)) for _ in range(count)])
            await tx.commit()
        stores.later(timedelta(seconds=1))
    assert await _seal(stores) == seals
    found = await _verify(stores)
    assert (found.rows, found.faults) == (sum(moments), [])


Tamper = Callable[[Stores, Transaction], Awaitable[None]]


async def _edit(stores: Stores, tx: Transaction) -> None:
    await stores.stage.edit_event(tx, UUID(int=2), actor="user:somebody-else")


async def _delete(stores: Stores, tx: Transaction) -> None:
    await stores.stage.delete_event(tx, UUID(int=2))


async def _swap(stores: Stores, tx: Transaction) -> None:
    await stores.stage.swap_events(tx, UUID(int=1), UUID(int=3))


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [(_edit, FaultKind.ROWS_CHANGED), (_delete, FaultKind.ROWS_MISSING), (_swap, FaultKind.ROWS_CHANGED)],
)
async def test_an_edit_a_removal_and_a_reordering_are_each_found(
    stores: Stores, tamper: Tamper, kind: FaultKind
) -> None:
    for number in (1, 2, 3):
        await _append(stores, _fact(number))
        stores.later(timedelta(seconds=1))
    await _seal(stores)
    assert (await _verify(stores)).faults == []
    async with stores.unit_of_work() as tx:
        await tamper(stores, tx)
        await tx.commit()
    assert [fault.kind for fault in (await _verify(stores)).faults] == [kind]


async def test_a_seal_is_made_once(stores: Stores) -> None:
    seal = Seal(ORG, 1, None, PAST, rows=0, root="0" * 64, previous_root="0" * 64, sealed_at=PAST)
    async with stores.unit_of_work() as tx:
        await stores.seals.add_seal(tx, seal)
        assert await stores.seals.find_last_seal(tx, ORG) == seal
        with pytest.raises(Conflict):
            await stores.seals.add_seal(tx, seal)


async def test_requests_are_summed_over_all_that_match(stores: Stores) -> None:
    durations = [10, 20, 30, 40]
    logs = [_request(number, duration_ms=ms) for number, ms in enumerate(durations, start=1)]
    failed = [_request(5, status=429, duration_ms=5), _request(6, status=500, duration_ms=1, route="/v1/embeddings")]
    async with stores.unit_of_work() as tx:
        await stores.stage.write_requests(tx, [*logs, *failed, _request(7, org_id=OTHER_ORG, duration_ms=900)])
        await tx.commit()
    async with stores.unit_of_work() as tx:
        own = await stores.audit.total_requests(tx, ORG, RequestLogFilters())
        everybody = await stores.audit.total_requests(tx, None, RequestLogFilters())
        slow = await stores.audit.total_requests(tx, ORG, RequestLogFilters(slower_than_ms=20))
        well = await stores.audit.total_requests(tx, ORG, RequestLogFilters(status_max=399))
        none = await stores.audit.total_requests(tx, ORG, RequestLogFilters(route="/v1/nothing"))
    assert (own.requests, own.failed, own.faults, own.median_ms, own.p95_ms) == (6, 2, 1, 10, 40)
    assert own.request_bytes == 6 * REQUEST.request_bytes
    assert (everybody.requests, everybody.p95_ms) == (7, 900)
    assert (slow.requests, slow.median_ms) == (2, 30)
    assert (well.requests, well.failed) == (4, 0)
    assert (none.requests, none.median_ms, none.request_bytes) == (0, None, 0)


async def test_requests_are_listed_by_path_status_and_slowness(stores: Stores) -> None:
    async with stores.unit_of_work() as tx:
        await stores.stage.write_requests(
            tx, [_request(1, route="/v1/embeddings", duration_ms=9), _request(2, status=404, duration_ms=10)]
        )
        await tx.commit()
    for filters, numbers in (
        (RequestLogFilters(route="/v1/embeddings"), [1]),
        (RequestLogFilters(status_max=399), [1]),
        (RequestLogFilters(slower_than_ms=9), [2]),
    ):
        async with stores.unit_of_work() as tx:
            found = await stores.audit.list_requests(tx, None, PageRequest(), filters)
        assert [log.id.int for log in found.rows] == numbers


async def test_requests_are_found_by_how_their_call_ended_and_by_its_app(stores: Stores) -> None:
    app = AppId(UUID(int=7))
    first, second, refused = _request(1), _request(2, trace_id=OTHER_TRACE), _request(3, status=429)
    stopped = replace(
        USED,
        id=UsageRecordId(UUID(int=1)),
        trace_id=TRACE,
        started_at=first.started_at,
        ended_at=first.started_at,
        ending=Ending.CLIENT_ABORTED,
    )
    whole = replace(
        stopped,
        id=UsageRecordId(UUID(int=2)),
        trace_id=OTHER_TRACE,
        hold_ref="hold:2",
        capture_ref="capture:2",
        ending=Ending.COMPLETED,
        app_id=app,
    )
    async with stores.unit_of_work() as tx:
        await stores.stage.write_requests(tx, [first, second, replace(refused, started_at=PAST + HOUR)])
        await stores.stage.write_usage(tx, [stopped, whole])
        await tx.commit()
    for filters, numbers in (
        (RequestLogFilters(ending="client_aborted"), [1]),
        (RequestLogFilters(ending="completed"), [2]),
        (RequestLogFilters(app_id=app), [2]),
        (RequestLogFilters(app_id=app, ending="client_aborted"), []),
    ):
        async with stores.unit_of_work() as tx:
            found = await stores.audit.list_requests(tx, ORG, PageRequest(), filters)
            totals = await stores.audit.total_requests(tx, ORG, filters)
        assert [log.id.int for log in found.rows] == numbers, filters
        assert totals.requests == len(numbers)


async def test_the_trace_of_a_request_is_found_by_its_id_and_by_its_upstreams(stores: Stores) -> None:
    async with stores.unit_of_work() as tx:
        await stores.stage.write_requests(
            tx,
            [
                _request(1, upstream_request_id="up-1"),
                _request(2, trace_id=OTHER_TRACE, upstream_request_id="up-1"),
                _request(3, upstream_request_id="up-3"),
            ],
        )
        await tx.commit()
    source = RequestTrace(stores.unit_of_work, stores.audit)
    assert await source.find("up-1") == [OTHER_TRACE, TRACE]
    assert await source.find(str(UUID(int=3))) == [TRACE]
    assert await source.find("up") == []


async def test_the_trace_of_an_event_is_found_by_what_it_is_about(stores: Stores) -> None:
    await _append(stores, _fact(1, subject="key_1"), _fact(2, subject="key_2", trace_id=OTHER_TRACE))
    assert await EventTrace(stores.unit_of_work, stores.audit).find("key_2") == [OTHER_TRACE]
