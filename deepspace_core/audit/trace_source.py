"""What audit itself knows of a trace: the requests and the facts that carry it."""

from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.audit.ports import FOUND_MAX, AuditReader, EventFilters, RequestLogFilters
from deepspace_core.audit.trace import TRACE_ENTRIES_MAX, TraceEntry, told_event, told_request
from deepspace_core.kernel.ids import OrgId, TraceId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

WHOLE = PageRequest(limit=TRACE_ENTRIES_MAX)


@dataclass(frozen=True, slots=True)
class EventTrace:
    """What events tell of a trace: a `TraceSource`."""

    unit_of_work: UnitOfWork
    audit: AuditReader

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        async with self.unit_of_work() as tx:
            found = await self.audit.list_events(tx, org_id, WHOLE, EventFilters(trace_id=trace_id))
        return [told_event(event) for event in found.rows]

    async def find(self, name: str) -> Sequence[TraceId]:
        """By what an event is about: the id of whatever was made, changed or removed."""
        async with self.unit_of_work() as tx:
            found = await self.audit.list_events(tx, None, PageRequest(limit=FOUND_MAX), EventFilters(subject=name))
        return [event.trace_id for event in found.rows]


@dataclass(frozen=True, slots=True)
class RequestTrace:
    """What request logs tell of a trace: a `TraceSource`."""

    unit_of_work: UnitOfWork
    audit: AuditReader

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        async with self.unit_of_work() as tx:
            found = await self.audit.list_requests(tx, org_id, WHOLE, RequestLogFilters(trace_id=trace_id))
        return [told_request(log, for_operator=org_id is None) for log in found.rows]

    async def find(self, name: str) -> Sequence[TraceId]:
        """By the request's own id, or the upstream's."""
        async with self.unit_of_work() as tx:
            return await self.audit.traces_of_request(tx, name, limit=FOUND_MAX)
