"""The audit trail in memory: events, request logs and seals.

Requests are narrowed by the tables of usage and of projects too, as its SQL joins them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, cast
from uuid import UUID

from deepspace_adapters.memory.unit_of_work import MemoryDatabase, table_of
from deepspace_core.audit import EventFilters, RequestLog, RequestLogFilters, Seal, StoredEvent
from deepspace_core.audit.ports import FAILED_FROM, FAULT_FROM, RequestTotals
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, TraceId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record

EVENTS = "audit_logs"
REQUESTS = "request_logs"
SEALS = "audit_seals"


@dataclass(frozen=True, slots=True)
class MemoryEventLog:
    """The `EventLog` port; called, it is the memory `RiderWriter` of events."""

    clock: Clock

    async def append(self, tx: Transaction, event: Event) -> None:
        table_of(tx, EVENTS).setdefault(event.id, StoredEvent(event, stored_at=self.clock.now()))

    async def __call__(self, tx: Transaction, records: Sequence[Record]) -> None:
        for record in records:
            await self.append(tx, cast(Event, record))


async def write_request_logs(tx: Transaction, records: Sequence[Record]) -> None:
    """Writes request logs that ride in another repository's transaction; a memory `RiderWriter`."""
    for record in records:
        log = cast(RequestLog, record)
        table_of(tx, REQUESTS).setdefault(log.id, log)


class MemoryRequestLogWriter:
    """The `RequestLogWriter` port: into the table at once, beside any transaction."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def write(self, record: RequestLog) -> None:
        # A new table, as a commit would make it: an open transaction keeps the snapshot that it began with.
        rows = self._database.tables.get(REQUESTS, {})
        self._database.tables[REQUESTS] = rows | {record.id: record}


class MemoryAuditReader:
    """The `AuditReader` port."""

    async def list_events(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: EventFilters
    ) -> Page[Event]:
        stored: Iterable[StoredEvent] = table_of(tx, EVENTS).values()
        found = sorted(
            (one.event for one in stored if _event_matches(one.event, org_id, filters)), key=lambda event: event.id
        )
        rows = [event for event in reversed(found) if page.after is None or event.id < page.after]
        return page_of(rows, [event.id for event in rows], limit=page.limit)

    async def list_requests(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: RequestLogFilters
    ) -> Page[RequestLog]:
        logs: Iterable[RequestLog] = table_of(tx, REQUESTS).values()
        found = sorted((log for log in logs if _request_matches(tx, log, org_id, filters)), key=lambda log: log.id)
        rows = [log for log in reversed(found) if page.after is None or log.id < page.after]
        return page_of(rows, [log.id for log in rows], limit=page.limit)

    async def total_requests(self, tx: Transaction, org_id: OrgId | None, filters: RequestLogFilters) -> RequestTotals:
        logs: Iterable[RequestLog] = table_of(tx, REQUESTS).values()
        found = [log for log in logs if _request_matches(tx, log, org_id, filters)]
        durations = sorted(log.duration_ms for log in found)
        return RequestTotals(
            requests=len(found),
            failed=sum(log.status >= FAILED_FROM for log in found),
            faults=sum(log.status >= FAULT_FROM for log in found),
            request_bytes=sum(log.request_bytes for log in found),
            response_bytes=sum(log.response_bytes for log in found),
            median_ms=_nearest_rank(durations, 50),
            p95_ms=_nearest_rank(durations, 95),
        )

    async def traces_of_request(self, tx: Transaction, request_id: str, *, limit: int) -> Sequence[TraceId]:
        logs: Iterable[RequestLog] = table_of(tx, REQUESTS).values()
        found = [log for log in logs if request_id in (str(log.id), log.id.hex, log.upstream_request_id)]
        return [log.trace_id for log in sorted(found, key=lambda log: log.id, reverse=True)][:limit]


class MemorySeals:
    """The `SealRepository` port."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def store_now(self, tx: Transaction) -> datetime:
        return self._clock.now()

    async def orgs_to_seal(self, tx: Transaction, *, until: datetime, limit: int) -> Sequence[OrgId | None]:
        rows: Iterable[StoredEvent] = table_of(tx, EVENTS).values()
        found: list[OrgId | None] = []
        for org_id in dict.fromkeys(stored.event.org_id for stored in rows):
            last = await self.find_last_seal(tx, org_id)
            since = None if last is None else last.until
            if await self.events_stored(tx, org_id, since=since, until=until, limit=1):
                found.append(org_id)
        return found[:limit]

    async def events_stored(
        self, tx: Transaction, org_id: OrgId | None, *, since: datetime | None, until: datetime, limit: int
    ) -> Sequence[StoredEvent]:
        rows: Iterable[StoredEvent] = table_of(tx, EVENTS).values()
        found = [one for one in rows if one.event.org_id == org_id and one.stored_at < until]
        found = [one for one in found if since is None or one.stored_at >= since]
        return sorted(found, key=lambda one: (one.stored_at, one.event.id))[:limit]

    async def find_last_seal(self, tx: Transaction, org_id: OrgId | None) -> Seal | None:
        return max(_seals(tx, org_id), key=lambda seal: seal.seq, default=None)

    async def add_seal(self, tx: Transaction, seal: Seal) -> None:
        if (seal.org_id, seal.seq) in table_of(tx, SEALS):
            raise Conflict(f"seal {seal.seq} has been made meanwhile; nothing is lost")
        table_of(tx, SEALS)[seal.org_id, seal.seq] = seal

    async def seals_of(self, tx: Transaction, org_id: OrgId | None, *, after_seq: int, limit: int) -> Sequence[Seal]:
        later = (seal for seal in _seals(tx, org_id) if seal.seq > after_seq)
        return sorted(later, key=lambda seal: seal.seq)[:limit]

    async def orgs_sealed(self, tx: Transaction, *, after: OrgId | None, limit: int) -> Sequence[OrgId]:
        rows: Iterable[Seal] = table_of(tx, SEALS).values()
        known = {seal.org_id for seal in rows if seal.org_id is not None}
        return sorted(org_id for org_id in known if after is None or org_id > after)[:limit]


def _seals(tx: Transaction, org_id: OrgId | None) -> list[Seal]:
    rows: Iterable[Seal] = table_of(tx, SEALS).values()
    return [seal for seal in rows if seal.org_id == org_id]


def _nearest_rank(ascending: Sequence[int], percent: int) -> int | None:
    return ascending[-(-len(ascending) * percent // 100) - 1] if ascending else None


def _event_matches(event: Event, org_id: OrgId | None, filters: EventFilters) -> bool:
    wanted_type = filters.event_type
    wanted = (
        org_id in (None, event.org_id),
        wanted_type in (None, event.event_type)
        or (wanted_type is not None and wanted_type.endswith(".") and event.event_type.startswith(wanted_type)),
        filters.actor in (None, event.actor),
        filters.subject in (None, event.subject),
        filters.trace_id in (None, event.trace_id),
        filters.since is None or event.at >= filters.since,
        filters.until is None or event.at < filters.until,
    )
    return all(wanted)


def _request_matches(tx: Transaction, log: RequestLog, org_id: OrgId | None, filters: RequestLogFilters) -> bool:
    wanted = (
        org_id in (None, log.org_id),
        filters.api_key_id in (None, log.api_key_id),
        filters.user_id in (None, log.user_id),
        filters.project_id in (None, log.project_id),
        filters.workspace_id is None or filters.workspace_id == _workspace_of(tx, log),
        filters.channel in (None, log.channel),
        (filters.ending, filters.app_id) == (None, None) or _has_usage(tx, log, filters),
        filters.model_name in (None, log.model_name),
        filters.error_code in (None, log.error_code),
        filters.status_min is None or log.status >= filters.status_min,
        filters.status_max is None or log.status <= filters.status_max,
        filters.route in (None, log.route),
        filters.slower_than_ms is None or log.duration_ms > filters.slower_than_ms,
        filters.trace_id in (None, log.trace_id),
        filters.since is None or log.started_at >= filters.since,
        filters.until is None or log.started_at < filters.until,
    )
    return all(wanted)


class _Record(Protocol):
    """As much of a usage record as a request is found by."""

    @property
    def trace_id(self) -> TraceId: ...

    @property
    def org_id(self) -> OrgId: ...

    @property
    def started_at(self) -> datetime: ...

    @property
    def ending(self) -> StrEnum: ...

    @property
    def app_id(self) -> UUID | None: ...


class _Kept(Protocol):
    @property
    def record(self) -> _Record: ...


class _Project(Protocol):
    @property
    def workspace_id(self) -> UUID: ...


def _has_usage(tx: Transaction, log: RequestLog, filters: RequestLogFilters) -> bool:
    kept: Iterable[_Kept] = table_of(tx, "usage_records").values()
    records = [one.record for one in kept if one.record.trace_id == log.trace_id]
    return any(
        (record.org_id, record.started_at) == (log.org_id, log.started_at)
        and filters.ending in (None, record.ending.value)
        and filters.app_id in (None, record.app_id)
        for record in records
    )


def _workspace_of(tx: Transaction, log: RequestLog) -> UUID | None:
    project: _Project | None = table_of(tx, "projects").get(log.project_id)
    return None if project is None else project.workspace_id
