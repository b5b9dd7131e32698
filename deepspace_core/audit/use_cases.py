"""Looking into the audit trail, and telling a trace's whole story."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.audit.errors import InvalidTraceId, TraceNotFound
from deepspace_core.audit.ports import (
    FOUND_MAX,
    AuditReader,
    EventFilters,
    RequestLogFilters,
    RequestTotals,
    TraceSource,
)
from deepspace_core.audit.request_log import RequestLog
from deepspace_core.audit.trace import TRACE_ENTRIES_MAX, TraceStory
from deepspace_core.identity import Actor, Permission, Principal, require_administrator
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, TraceId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

NAME_CHARACTERS_MAX = 256
TRACE_ID_PATTERN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class ListEvents:
    """Lists the audited facts of an organization, newest first."""

    unit_of_work: UnitOfWork
    audit: AuditReader

    async def __call__(self, *, principal: Principal, page: PageRequest, filters: EventFilters) -> Page[Event]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_AUDIT)
        async with self.unit_of_work() as tx:
            return await self.audit.list_events(tx, principal.org_id, page, filters)


@dataclass(frozen=True, slots=True)
class ListRequests:
    """Lists the requests of an organization, newest first, refused ones too."""

    unit_of_work: UnitOfWork
    audit: AuditReader

    async def __call__(
        self, *, principal: Principal, page: PageRequest, filters: RequestLogFilters
    ) -> Page[RequestLog]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_AUDIT)
        async with self.unit_of_work() as tx:
            return await self.audit.list_requests(tx, principal.org_id, page, filters)


@dataclass(frozen=True, slots=True)
class ListAllEvents:
    """Lists the audited facts of every organization, or of one, to an administrator."""

    unit_of_work: UnitOfWork
    audit: AuditReader

    async def __call__(
        self, *, actor: Actor, org_id: OrgId | None, page: PageRequest, filters: EventFilters
    ) -> Page[Event]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.audit.list_events(tx, org_id, page, filters)


@dataclass(frozen=True, slots=True)
class ListAllRequests:
    """Lists the requests of every organization, or of one, to an administrator."""

    unit_of_work: UnitOfWork
    audit: AuditReader

    async def __call__(
        self, *, actor: Actor, org_id: OrgId | None, page: PageRequest, filters: RequestLogFilters
    ) -> Page[RequestLog]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.audit.list_requests(tx, org_id, page, filters)


@dataclass(frozen=True, slots=True)
class TellTrace:
    """Tells the whole story of one call from what every context knows of it.

    Audit may not know the other contexts, so each of them brings a `TraceSource`; this use case asks them all.
    """

    sources: Sequence[TraceSource]

    async def __call__(self, *, principal: Principal, trace_id: str) -> TraceStory:
        """Only what belongs to the caller's organization. Raises PermissionMissing, InvalidTraceId, TraceNotFound."""
        principal.require(Permission.READ_AUDIT)
        return await _story(self.sources, trace_id, principal.org_id)


@dataclass(frozen=True, slots=True)
class TellAnyTrace:
    """Tells an administrator the whole story of anybody's call."""

    sources: Sequence[TraceSource]

    async def __call__(self, *, actor: Actor, trace_id: str) -> TraceStory:
        """Raises AdministratorRequired, InvalidTraceId or TraceNotFound."""
        require_administrator(actor)
        return await _story(self.sources, trace_id, None)


@dataclass(frozen=True, slots=True)
class TotalAllRequests:
    """Sums over all requests that match, of every organization or of one."""

    unit_of_work: UnitOfWork
    audit: AuditReader

    async def __call__(self, *, actor: Actor, org_id: OrgId | None, filters: RequestLogFilters) -> RequestTotals:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.audit.total_requests(tx, org_id, filters)


@dataclass(frozen=True, slots=True)
class FindTraces:
    """From whatever a customer has at hand (a trace id, a request's id, a hold's ref or id …) to its traces."""

    sources: Sequence[TraceSource]

    async def __call__(self, *, actor: Actor, name: str) -> Sequence[TraceId]:
        """None when nobody knows the name; at most FOUND_MAX. Raises AdministratorRequired or InvalidInput."""
        require_administrator(actor)
        wanted = name.strip()
        if not 1 <= len(wanted) <= NAME_CHARACTERS_MAX:
            raise InvalidInput(f"name must have 1 to {NAME_CHARACTERS_MAX} characters", param="name")
        if TRACE_ID_PATTERN.fullmatch(wanted):
            return [TraceId(wanted)]
        found = [trace_id for source in self.sources for trace_id in await source.find(wanted)]
        return list(dict.fromkeys(found))[:FOUND_MAX]


async def _story(sources: Sequence[TraceSource], trace_id: str, org_id: OrgId | None) -> TraceStory:
    if not TRACE_ID_PATTERN.fullmatch(trace_id):
        raise InvalidTraceId("a trace id is 32 lower-case hex digits, as in the x-trace-id header", param="trace_id")
    wanted = TraceId(trace_id)
    entries = [entry for source in sources for entry in await source.tell(wanted, org_id)]
    if not entries:
        raise TraceNotFound(f"nothing is known of trace {trace_id}", param="trace_id")
    entries.sort(key=lambda entry: entry.at)
    return TraceStory(trace_id=wanted, entries=entries[:TRACE_ENTRIES_MAX])
