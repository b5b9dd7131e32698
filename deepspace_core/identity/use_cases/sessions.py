"""A user's own log-ins: seeing them, ending them; and clearing away those that are long over."""

from dataclasses import dataclass

from deepspace_core.identity.ports import Sessions
from deepspace_core.identity.principal import Principal
from deepspace_core.identity.session import OVER_KEPT, Session, SessionEnd, end_session
from deepspace_core.identity.trail import told
from deepspace_core.kernel.ids import SessionId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

PRUNE_BATCH = 1_000
PRUNE_BATCHES_MAX = 100


@dataclass(frozen=True, slots=True)
class ListSessions:
    """The caller's live sessions, newest first; `principal.session_id` is the one that asks."""

    unit_of_work: UnitOfWork
    sessions: Sessions
    clock: Clock

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[Session]:
        """Raises SessionRequired for an API key."""
        principal.require_session()
        async with self.unit_of_work() as tx:
            return await self.sessions.list_live(tx, principal.user_id, page, now=self.clock.now())


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """Ends one of the caller's sessions. Ending an ended one changes nothing."""

    unit_of_work: UnitOfWork
    sessions: Sessions
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, session_id: SessionId, trace_id: TraceId) -> None:
        """Raises SessionRequired, or NotFound for another user's session."""
        principal.require_session()
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            session = await self.sessions.lock(tx, principal.user_id, session_id)
            if session.revoked_at is not None:
                return
            await self.sessions.save(tx, end_session(session, end=SessionEnd.REVOKED, now=now))
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=now,
                    event_type="session.revoked",
                    org_id=principal.org_id,
                    actor=principal.actor,
                    subject=show_id("session", session_id),
                    trace_id=trace_id,
                ),
            )
            await tx.commit()


@dataclass(frozen=True, slots=True)
class RevokeOtherSessions:
    """Ends all of the caller's sessions but the one that asks."""

    unit_of_work: UnitOfWork
    sessions: Sessions
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, trace_id: TraceId) -> int:
        """How many were ended. Raises SessionRequired for an API key."""
        session_id = principal.require_session()
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            ended = await self.sessions.end_all(tx, principal.user_id, end=SessionEnd.REVOKED, now=now, but=session_id)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=now,
                    event_type="session.others_revoked",
                    org_id=principal.org_id,
                    actor=principal.actor,
                    subject=show_id("user", principal.user_id),
                    trace_id=trace_id,
                    payload={"ended": ended},
                ),
            )
            await tx.commit()
        return ended


@dataclass(frozen=True, slots=True)
class RevokeAllSessions:
    """Ends all of the caller's sessions, the one that asks too: for whoever no longer trusts any device."""

    unit_of_work: UnitOfWork
    sessions: Sessions
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, trace_id: TraceId) -> int:
        """How many were ended. Raises SessionRequired for an API key."""
        principal.require_session()
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            ended = await self.sessions.end_all(tx, principal.user_id, end=SessionEnd.REVOKED, now=now)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=now,
                    event_type="session.all_revoked",
                    org_id=principal.org_id,
                    actor=principal.actor,
                    subject=show_id("user", principal.user_id),
                    trace_id=trace_id,
                    payload={"ended": ended},
                ),
            )
            await tx.commit()
        return ended


@dataclass(frozen=True, slots=True)
class PruneSessions:
    """The worker's job: deletes sessions that are long over, in short transactions, bounded a run; how many."""

    unit_of_work: UnitOfWork
    sessions: Sessions
    clock: Clock

    async def __call__(self) -> int:
        expired_before = self.clock.now() - OVER_KEPT
        pruned = 0
        for _ in range(PRUNE_BATCHES_MAX):
            async with self.unit_of_work() as tx:
                deleted = await self.sessions.prune(tx, expired_before=expired_before, limit=PRUNE_BATCH)
                await tx.commit()
            pruned += deleted
            if deleted < PRUNE_BATCH:
                break
        return pruned
