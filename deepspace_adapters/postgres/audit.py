"""The audit trail in PostgreSQL: events, request logs, seals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from operator import attrgetter
from typing import TypeAlias, TypeVar, cast
from uuid import UUID

import msgspec
from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow, dict_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.arrays import columns_of, documents_of
from deepspace_adapters.postgres.burst import Executes
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.audit import (
    STAGES_MAX,
    EventFilters,
    RequestLog,
    RequestLogFilters,
    RequestTotals,
    Seal,
    StoredEvent,
    read_stages,
)
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import ApiKeyId, EventId, OrgId, ProjectId, TraceId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record

Values: TypeAlias = dict[str, object]
Id = TypeVar("Id")


@dataclass(frozen=True, slots=True)
class _Statements:
    write_events: sql.Statement
    write_requests: sql.Statement
    list_events: sql.Statement
    list_requests: sql.Statement
    total_requests: sql.Statement
    traces_of_request: sql.Statement
    orgs_to_seal: sql.Statement
    events_stored: sql.Statement
    find_last_seal: sql.Statement
    add_seal: sql.Statement
    seals_of: sql.Statement
    orgs_sealed: sql.Statement


SQL = sql.load(__file__, _Statements)

EVENT_FIELDS = ("id", "at", "event_type", "org_id", "actor", "subject", "trace_id")
REQUEST_FIELDS = (
    "id",
    "trace_id",
    "org_id",
    "project_id",
    "api_key_id",
    "user_id",
    "method",
    "route",
    "model_name",
    "stream",
    "status",
    "error_code",
    "client_address",
    "user_agent",
    "request_bytes",
    "response_bytes",
    "started_at",
    "duration_ms",
    "first_token_ms",
    "upstream_request_id",
    "upstream_status",
    "attempts",
    "channel",
)
"""As the record names them, and the table."""
EVENT_COLUMNS, REQUEST_COLUMNS = (*EVENT_FIELDS, "payload", "count"), (*REQUEST_FIELDS, "stages", "count")
_event_values = attrgetter(*EVENT_FIELDS)
_request_values = attrgetter(*REQUEST_FIELDS)


async def write_events(connection: Executes, records: Sequence[Record]) -> None:
    """Writes events in whatever transaction `connection` is in; for the ledger's own commit."""
    rows = list(map(_event_values, records))
    payloads = documents_of([event.payload for event in cast(Sequence[Event], records)])
    await connection.execute(SQL.write_events, columns_of(EVENT_COLUMNS, rows, payloads, b"%d" % len(rows)))


async def write_request_logs(connection: Executes, records: Sequence[Record]) -> None:
    """Writes request logs in whatever transaction `connection` is in; for the ledger's own commit."""
    rows = list(map(_request_values, records))
    stages = documents_of([one.stages[:STAGES_MAX] for one in cast(Sequence[RequestLog], records)])
    await connection.execute(SQL.write_requests, columns_of(REQUEST_COLUMNS, rows, stages, b"%d" % len(rows)))


class PostgresEventLog:
    """The `EventLog` port: one statement in the caller's transaction."""

    async def append(self, tx: Transaction, event: Event) -> None:
        await write_events(connection_of(tx), [event])


class PostgresAuditReader:
    """The `AuditReader` port."""

    async def list_events(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: EventFilters
    ) -> Page[Event]:
        values = {
            "org_id": org_id,
            "event_type": filters.event_type,
            "actor": filters.actor,
            "subject": filters.subject,
            "trace_id": filters.trace_id,
            "since": filters.since,
            "until": filters.until,
            "after": page.after,
            "limit": page.limit,
        }
        events = [_event(row) for row in await _rows(tx, SQL.list_events, values)]
        return page_of(events, [event.id for event in events], limit=page.limit)

    async def list_requests(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: RequestLogFilters
    ) -> Page[RequestLog]:
        values = {"org_id": org_id, "after": page.after, "limit": page.limit, **asdict(filters)}
        logs = [_request(row) for row in await _rows(tx, SQL.list_requests, values)]
        return page_of(logs, [log.id for log in logs], limit=page.limit)

    async def total_requests(self, tx: Transaction, org_id: OrgId | None, filters: RequestLogFilters) -> RequestTotals:
        (row,) = await _rows(tx, SQL.total_requests, {"org_id": org_id, **asdict(filters)})
        return RequestTotals(**row)

    async def traces_of_request(self, tx: Transaction, request_id: str, *, limit: int) -> Sequence[TraceId]:
        values = {"name": request_id, "id": _uuid_in(request_id), "limit": limit}
        return [TraceId(row["trace_id"]) for row in await _rows(tx, SQL.traces_of_request, values)]


class PostgresSeals:
    """The `SealRepository` port."""

    async def store_now(self, tx: Transaction) -> datetime:
        (row,) = await _rows(tx, b"SELECT now() AS now", {})
        return cast(datetime, row["now"])

    async def orgs_to_seal(self, tx: Transaction, *, until: datetime, limit: int) -> Sequence[OrgId | None]:
        rows = await _rows(tx, SQL.orgs_to_seal, {"until": until, "limit": limit})
        return [_maybe(row["org_id"], OrgId) for row in rows]

    async def events_stored(
        self, tx: Transaction, org_id: OrgId | None, *, since: datetime | None, until: datetime, limit: int
    ) -> Sequence[StoredEvent]:
        values = {"org_id": org_id, "since": since, "until": until, "limit": limit}
        rows = await _rows(tx, SQL.events_stored, values)
        return [StoredEvent(event=_event(row), stored_at=row["stored_at"]) for row in rows]

    async def find_last_seal(self, tx: Transaction, org_id: OrgId | None) -> Seal | None:
        rows = await _rows(tx, SQL.find_last_seal, {"org_id": org_id})
        return _seal(rows[0]) if rows else None

    async def add_seal(self, tx: Transaction, seal: Seal) -> None:
        values = {
            "org_id": seal.org_id,
            "seq": seal.seq,
            "since": seal.since,
            "until": seal.until,
            "rows": seal.rows,
            "root": seal.root,
            "previous_root": seal.previous_root,
            "sealed_at": seal.sealed_at,
        }
        try:
            await connection_of(tx).execute(SQL.add_seal, values)
        except UniqueViolation as fault:
            raise Conflict(f"seal {seal.seq} has been made meanwhile; nothing is lost") from fault

    async def seals_of(self, tx: Transaction, org_id: OrgId | None, *, after_seq: int, limit: int) -> Sequence[Seal]:
        rows = await _rows(tx, SQL.seals_of, {"org_id": org_id, "after_seq": after_seq, "limit": limit})
        return [_seal(row) for row in rows]

    async def orgs_sealed(self, tx: Transaction, *, after: OrgId | None, limit: int) -> Sequence[OrgId]:
        rows = await _rows(tx, SQL.orgs_sealed, {"after": after, "limit": limit})
        return [OrgId(row["org_id"]) for row in rows]


def _uuid_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _rows(tx: Transaction, statement: sql.Statement, values: Mapping[str, object]) -> list[DictRow]:
    async with connection_of(tx).cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _event(row: DictRow) -> Event:
    return Event(
        id=EventId(row["id"]),
        at=row["at"],
        event_type=row["event_type"],
        org_id=_maybe(row["org_id"], OrgId),
        actor=row["actor"],
        subject=row["subject"],
        trace_id=TraceId(row["trace_id"]),
        payload=row["payload"],
    )


def _request(row: DictRow) -> RequestLog:
    return RequestLog(
        id=row["id"],
        trace_id=TraceId(row["trace_id"]),
        org_id=_maybe(row["org_id"], OrgId),
        project_id=_maybe(row["project_id"], ProjectId),
        api_key_id=_maybe(row["api_key_id"], ApiKeyId),
        user_id=_maybe(row["user_id"], UserId),
        method=row["method"],
        route=row["route"],
        model_name=row["model_name"],
        stream=row["stream"],
        status=row["status"],
        error_code=row["error_code"],
        stages=read_stages(row["stages"]),
        client_address=row["client_address"],
        user_agent=row["user_agent"],
        request_bytes=row["request_bytes"],
        response_bytes=row["response_bytes"],
        started_at=row["started_at"],
        duration_ms=row["duration_ms"],
        first_token_ms=row["first_token_ms"],
        upstream_request_id=row["upstream_request_id"],
        upstream_status=row["upstream_status"],
        attempts=row["attempts"],
        channel=row["channel"],
    )


def _seal(row: DictRow) -> Seal:
    return Seal(
        org_id=_maybe(row["org_id"], OrgId),
        seq=row["seq"],
        since=row["since"],
        until=row["until"],
        rows=row["rows"],
        root=row["root"],
        previous_root=row["previous_root"],
        sealed_at=row["sealed_at"],
    )


def _maybe(value: UUID | None, identify: Callable[[UUID], Id]) -> Id | None:
    return None if value is None else identify(value)
