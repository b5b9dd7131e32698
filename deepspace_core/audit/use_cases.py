"""Looking into the audit trail, telling a trace's whole story, sealing and checking."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.audit.chain import Seal, SealFault, fault_of, make_seal
from deepspace_core.audit.errors import InvalidTraceId, TraceNotFound
from deepspace_core.audit.ports import (
    FOUND_MAX,
    AuditReader,
    EventFilters,
    RequestLogFilters,
    RequestTotals,
    SealRepository,
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

SEAL_LAG = timedelta(minutes=5)
"""Events stored more recently are left for the next seal: a transaction that began before may still commit one, and
none may last longer (its time-outs are a minute)."""
SEAL_ROWS_MAX = 10_000
SEALS_A_RUN_MAX = 1_000
SEALS_A_PAGE = 100
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


@dataclass(frozen=True, slots=True)
class SealAudit:
    """The worker's job: seals what has been stored since the last seal, organization by organization."""

    unit_of_work: UnitOfWork
    seals: SealRepository

    async def __call__(self) -> int:
        """Returns how many seals were made; SEALS_A_RUN_MAX at most, the rest is the next run's."""
        async with self.unit_of_work() as tx:
            until = await self.seals.store_now(tx) - SEAL_LAG
            orgs = await self.seals.orgs_to_seal(tx, until=until, limit=SEALS_A_RUN_MAX)
        made = 0
        for org_id in orgs:
            while made < SEALS_A_RUN_MAX and await self._seal(org_id):
                made += 1
        return made

    async def _seal(self, org_id: OrgId | None) -> bool:
        async with self.unit_of_work() as tx:
            now = await self.seals.store_now(tx)
            last = await self.seals.find_last_seal(tx, org_id)
            until = now - SEAL_LAG
            events = await self.seals.events_stored(
                tx, org_id, since=None if last is None else last.until, until=until, limit=SEAL_ROWS_MAX + 1
            )
            if len(events) > SEAL_ROWS_MAX:
                # Cut where a moment ends: a seal covers all events of the moments in its range. When one moment
                # fills the whole seal there is nowhere to cut, and the seal takes it all.
                cut = events[-1].stored_at
                until = cut if cut > events[0].stored_at else cut + timedelta(microseconds=1)
                events = await self.seals.events_stored(
                    tx, org_id, since=None if last is None else last.until, until=until, limit=len(events) * 10
                )
            if not events:
                return False
            await self.seals.add_seal(tx, make_seal(org_id, events, last=last, until=until, now=now))
            await tx.commit()
        return True


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check looked at and found. No faults: every sealed event is as it was sealed."""

    seals: int
    rows: int
    faults: Sequence[SealFault]
    last_root: str | None


@dataclass(frozen=True, slots=True)
class VerifyAudit:
    """Recomputes every seal of an organization from what is stored, and tells where they differ."""

    unit_of_work: UnitOfWork
    seals: SealRepository

    async def __call__(self, *, actor: Actor, org_id: OrgId | None) -> Verification:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        last: Seal | None = None
        seals = rows = 0
        faults: list[SealFault] = []
        while chain := await self._next_seals(org_id, after_seq=0 if last is None else last.seq):
            for seal in chain:
                fault, stored = await self._check(seal, last)
                faults.extend([] if fault is None else [fault])
                seals, rows, last = seals + 1, rows + stored, seal
        return Verification(seals=seals, rows=rows, faults=faults, last_root=None if last is None else last.root)

    async def _next_seals(self, org_id: OrgId | None, *, after_seq: int) -> Sequence[Seal]:
        async with self.unit_of_work() as tx:
            return await self.seals.seals_of(tx, org_id, after_seq=after_seq, limit=SEALS_A_PAGE)

    async def _check(self, seal: Seal, last: Seal | None) -> tuple[SealFault | None, int]:
        async with self.unit_of_work() as tx:
            events = await self.seals.events_stored(
                tx, seal.org_id, since=seal.since, until=seal.until, limit=max(seal.rows * 2, SEAL_ROWS_MAX)
            )
        return fault_of(seal, events, last=last), len(events)


async def _story(sources: Sequence[TraceSource], trace_id: str, org_id: OrgId | None) -> TraceStory:
    if not TRACE_ID_PATTERN.fullmatch(trace_id):
        raise InvalidTraceId("a trace id is 32 lower-case hex digits, as in the x-trace-id header", param="trace_id")
    wanted = TraceId(trace_id)
    entries = [entry for source in sources for entry in await source.tell(wanted, org_id)]
    if not entries:
        raise TraceNotFound(f"nothing is known of trace {trace_id}", param="trace_id")
    entries.sort(key=lambda entry: entry.at)
    return TraceStory(trace_id=wanted, entries=entries[:TRACE_ENTRIES_MAX])
