"""What administrators of the installation see of a user and of an organization, and the sessions that they end."""

from collections.abc import Mapping
from dataclasses import dataclass

from deepspace_core.identity.api_key import ApiKey
from deepspace_core.identity.organization import MemberProfile, Membership, Organization
from deepspace_core.identity.ports import ApiKeys, Members, Organizations, Sessions, Users
from deepspace_core.identity.principal import Actor, require_administrator
from deepspace_core.identity.session import Session, SessionEnd, end_session
from deepspace_core.identity.trail import told
from deepspace_core.identity.user import User
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, SessionId, TraceId, UserId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ListUserOrganizations:
    """The organizations of a user, and their role in each."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations

    async def __call__(self, *, actor: Actor, user_id: UserId, page: PageRequest) -> Page[Membership]:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            await self.users.get(tx, user_id)
            return await self.organizations.list_of_user(tx, user_id, page)


@dataclass(frozen=True, slots=True)
class ListUserKeys:
    """The API keys that a user made, in whatever organization, revoked ones too; newest first."""

    unit_of_work: UnitOfWork
    users: Users
    api_keys: ApiKeys

    async def __call__(self, *, actor: Actor, user_id: UserId, page: PageRequest) -> Page[ApiKey]:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            await self.users.get(tx, user_id)
            return await self.api_keys.list_made_by(tx, user_id, page)


@dataclass(frozen=True, slots=True)
class ListUserSessions:
    """The live sessions of a user, newest first."""

    unit_of_work: UnitOfWork
    users: Users
    sessions: Sessions
    clock: Clock

    async def __call__(self, *, actor: Actor, user_id: UserId, page: PageRequest) -> Page[Session]:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            await self.users.get(tx, user_id)
            return await self.sessions.list_live(tx, user_id, page, now=self.clock.now())


@dataclass(frozen=True, slots=True)
class EndUserSession:
    """Ends one session of a user. Ending an ended one changes nothing."""

    unit_of_work: UnitOfWork
    users: Users
    sessions: Sessions
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, actor: Actor, user_id: UserId, session_id: SessionId, trace_id: TraceId) -> None:
        """Raises AdministratorRequired, or NotFound for another user's session."""
        require_administrator(actor)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            user = await self.users.get(tx, user_id)
            session = await self.sessions.lock(tx, user_id, session_id)
            if session.revoked_at is not None:
                return
            await self.sessions.save(tx, end_session(session, end=SessionEnd.REVOKED, now=now))
            payload = {"session_id": show_id("session", session_id)}
            await self.events.append(tx, _ended(self, actor, user, trace_id, payload))
            await tx.commit()


@dataclass(frozen=True, slots=True)
class EndUserSessions:
    """Ends all sessions of a user: they have to log in again everywhere. API keys go on."""

    unit_of_work: UnitOfWork
    users: Users
    sessions: Sessions
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, actor: Actor, user_id: UserId, trace_id: TraceId) -> int:
        """How many were ended. Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            user = await self.users.lock(tx, user_id)
            ended = await self.sessions.end_all(tx, user_id, end=SessionEnd.REVOKED, now=self.clock.now())
            await self.events.append(tx, _ended(self, actor, user, trace_id, {"ended": ended}))
            await tx.commit()
        return ended


@dataclass(frozen=True, slots=True)
class GetAnyOrganization:
    """One organization, whosever."""

    unit_of_work: UnitOfWork
    organizations: Organizations

    async def __call__(self, *, actor: Actor, org_id: OrgId) -> Organization:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.organizations.get(tx, org_id)


@dataclass(frozen=True, slots=True)
class ListAnyMembers:
    """The members of one organization, whosever."""

    unit_of_work: UnitOfWork
    organizations: Organizations
    members: Members

    async def __call__(self, *, actor: Actor, org_id: OrgId, page: PageRequest) -> Page[MemberProfile]:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            await self.organizations.get(tx, org_id)
            return await self.members.list(tx, org_id, page)


def _ended(
    verb: EndUserSession | EndUserSessions, actor: Actor, user: User, trace_id: TraceId, payload: Mapping[str, object]
) -> Event:
    return told(
        verb.ids,
        now=verb.clock.now(),
        event_type="user.sessions_ended",
        org_id=user.personal_org_id,
        actor=actor.actor,
        subject=show_id("user", user.id),
        trace_id=trace_id,
        payload=payload,
    )
