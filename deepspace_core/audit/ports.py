"""The ports of the audit trail: what is stored, who can tell of a trace, and the seals over what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from deepspace_core.audit.chain import Seal, StoredEvent
from deepspace_core.audit.request_log import RequestLog
from deepspace_core.audit.trace import TraceEntry
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, TraceId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction

FOUND_MAX = 20
"""Traces that one name is looked up to."""


@dataclass(frozen=True, slots=True)
class EventFilters:
    """Which events; None does not filter. `event_type` matches exactly, or a family by a trailing dot ("api_key.")."""

    event_type: str | None = None
    actor: str | None = None
    subject: str | None = None
    trace_id: TraceId | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestLogFilters:
    """Which requests; None does not filter. `status_min` 400 shows the failed ones; `slower_than_ms` is exclusive.

    `ending` and `app_id` are of the call's usage record, so requests that were refused have neither.
    """

    api_key_id: UUID | None = None
    user_id: UUID | None = None
    project_id: UUID | None = None
    workspace_id: UUID | None = None
    app_id: UUID | None = None
    channel: str | None = None
    ending: str | None = None
    model_name: str | None = None
    error_code: str | None = None
    status_min: int | None = None
    status_max: int | None = None
    route: str | None = None
    slower_than_ms: int | None = None
    trace_id: TraceId | None = None
    since: datetime | None = None
    until: datetime | None = None


FAILED_FROM = 400
FAULT_FROM = 500


@dataclass(frozen=True, slots=True)
class RequestTotals:
    """What requests add up to. Durations are None where there is no request."""

    requests: int
    failed: int
    """Answered FAILED_FROM or above."""
    faults: int
    """Answered FAULT_FROM or above."""
    request_bytes: int
    response_bytes: int
    median_ms: int | None
    p95_ms: int | None
    """The duration that 95 in 100 requests did not exceed: the nearest rank, so one that really was."""


class AuditReader(Protocol):
    """Reads events and request logs, newest first. `org_id` None: every organization, for administrators only."""

    async def list_events(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: EventFilters
    ) -> Page[Event]: ...

    async def list_requests(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: RequestLogFilters
    ) -> Page[RequestLog]: ...

    async def total_requests(self, tx: Transaction, org_id: OrgId | None, filters: RequestLogFilters) -> RequestTotals:
        """Over all requests that match, however many pages they fill."""
        ...

    async def traces_of_request(self, tx: Transaction, request_id: str, *, limit: int) -> Sequence[TraceId]:
        """The traces of requests whose row has that id, or that their upstream knows by it; newest first."""
        ...


class RequestLogWriter(Protocol):
    """Takes the log of a request that moved no money; stores it soon, in bulk, and never makes the request wait."""

    def write(self, record: RequestLog) -> None:
        """Returns at once. A full queue drops the record and counts the drop."""
        ...


class TraceSource(Protocol):
    """Tells what one context knows of a trace; audit only puts the entries in order.

    It opens its own transaction: it may stand over the reader of a context that audit knows nothing of.
    """

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        """Entries in any order, at most TRACE_ENTRIES_MAX. `org_id` None: whoever's, for administrators only."""
        ...

    async def find(self, name: str) -> Sequence[TraceId]:
        """Traces in which something of that id or ref stands, whosever; for administrators only. At most FOUND_MAX."""
        ...


class SealRepository(Protocol):
    """The events as stored, and the seals over them. `org_id` None: events that belong to no organization."""

    async def store_now(self, tx: Transaction) -> datetime:
        """The store's own clock, by which events are ordered for sealing."""
        ...

    async def orgs_to_seal(self, tx: Transaction, *, until: datetime, limit: int) -> Sequence[OrgId | None]:
        """Organizations with events stored before `until` and after their last seal."""
        ...

    async def events_stored(
        self, tx: Transaction, org_id: OrgId | None, *, since: datetime | None, until: datetime, limit: int
    ) -> Sequence[StoredEvent]:
        """Events stored in [since, until), in the order (stored_at, id)."""
        ...

    async def find_last_seal(self, tx: Transaction, org_id: OrgId | None) -> Seal | None: ...

    async def add_seal(self, tx: Transaction, seal: Seal) -> None:
        """Raises Conflict when another worker has made the seal of that number."""
        ...

    async def seals_of(self, tx: Transaction, org_id: OrgId | None, *, after_seq: int, limit: int) -> Sequence[Seal]:
        """Ascending by number."""
        ...

    async def orgs_sealed(self, tx: Transaction, *, after: OrgId | None, limit: int) -> Sequence[OrgId]:
        """Organizations that have a chain, ascending by id, beyond `after`."""
        ...
