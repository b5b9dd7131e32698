"""Who belongs to an organization, as what. The organization's row is locked for every change, so that two changes at
once can't leave it without an owner.
"""

from dataclasses import dataclass, replace

from deepspace_core.identity.errors import LastOwner
from deepspace_core.identity.invitation import giving
from deepspace_core.identity.organization import Member, MemberProfile
from deepspace_core.identity.ports import Members, Organizations, Users
from deepspace_core.identity.principal import Permission, Principal, Role
from deepspace_core.identity.trail import Teller, told
from deepspace_core.identity.user import read_email
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import TraceId, UserId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class ListMembers:
    """The members of the caller's organization."""

    unit_of_work: UnitOfWork
    members: Members

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[MemberProfile]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_MEMBERS)
        async with self.unit_of_work() as tx:
            return await self.members.list(tx, principal.org_id, page)


@dataclass(frozen=True, slots=True)
class AddMember:
    """Makes an existing user a member, found by e-mail address."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations
    members: Members
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, email: str, role: Role, trace_id: TraceId) -> MemberProfile:
        """Raises PermissionMissing, InvalidInput or NotFound (email), or AlreadyMember."""
        _require_for(principal, role)
        address = read_email(email)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            user = await self.users.find_by_email(tx, address)
            if user is None:
                raise NotFound("nobody here has this e-mail address; ask them to register first", param="email")
            await self.organizations.lock(tx, principal.org_id)
            member = Member(org_id=principal.org_id, user_id=user.id, role=role, created_at=now)
            await self.members.add(tx, member)
            event = _told(self, principal, user.id, role=role, event_type="member.added", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return MemberProfile(member, email=user.email, display_name=user.display_name)


@dataclass(frozen=True, slots=True)
class ChangeRole:
    """Makes a member something else."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations
    members: Members
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, user_id: UserId, role: Role, trace_id: TraceId) -> Member:
        """Raises PermissionMissing, NotFound or LastOwner."""
        _require_for(principal, role)
        async with self.unit_of_work() as tx:
            await self.organizations.lock(tx, principal.org_id)
            member = await self.members.get(tx, principal.org_id, user_id)
            _require_for(principal, member.role)
            if member.role is Role.OWNER and role is not Role.OWNER:
                await _check_owner_remains(tx, member, users=self.users, members=self.members)
            changed = replace(member, role=role)
            await self.members.save(tx, changed)
            event = _told(self, principal, user_id, role=role, event_type="member.role_changed", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return changed


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Takes a member out; anybody may leave by themselves. API keys they made open nothing until they are back."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations
    members: Members
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, user_id: UserId, trace_id: TraceId) -> None:
        """Raises PermissionMissing, NotFound or LastOwner."""
        is_leaving = principal.kind == "session" and principal.user_id == user_id
        if not is_leaving:
            principal.require(Permission.MANAGE_MEMBERS)
        async with self.unit_of_work() as tx:
            await self.organizations.lock(tx, principal.org_id)
            member = await self.members.get(tx, principal.org_id, user_id)
            if not is_leaving:
                _require_for(principal, member.role)
            if member.role is Role.OWNER:
                await _check_owner_remains(tx, member, users=self.users, members=self.members)
            await self.members.remove(tx, principal.org_id, user_id)
            event = _told(self, principal, user_id, role=member.role, event_type="member.removed", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()


def _require_for(principal: Principal, role: Role) -> None:
    principal.require(giving(role))


async def _check_owner_remains(tx: Transaction, member: Member, *, users: Users, members: Members) -> None:
    user = await users.get(tx, member.user_id)
    if user.personal_org_id == member.org_id:
        raise LastOwner("a personal organization keeps its person as owner", param="user_id")
    if await members.count_owners(tx, member.org_id) <= 1:
        raise LastOwner("an organization keeps at least one owner; make somebody else owner first", param="user_id")


def _told(
    teller: Teller, principal: Principal, user_id: UserId, *, role: Role, event_type: str, trace_id: TraceId
) -> Event:
    return told(
        teller.ids,
        now=teller.clock.now(),
        event_type=event_type,
        org_id=principal.org_id,
        actor=principal.actor,
        subject=show_id("user", user_id),
        trace_id=trace_id,
        payload={"role": role.value},
    )
