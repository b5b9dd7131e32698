"""Inviting people into an organization, and coming in. The organization's row is locked for every change, as it is for
members, so that two answers at once can't let somebody in twice.
"""

from dataclasses import dataclass

from deepspace_core.identity.errors import AlreadyMember, InvitationForAnother, InvitationOver
from deepspace_core.identity.invitation import (
    LIFETIME_HOURS_DEFAULT,
    PENDING_MAX,
    Invitation,
    InvitationState,
    accept_invitation,
    giving,
    invitation_secret,
    read_lifetime,
    withdraw_invitation,
)
from deepspace_core.identity.organization import Member, Membership, Organization
from deepspace_core.identity.ports import Invitations, Members, Organizations, Users
from deepspace_core.identity.principal import PERMISSIONS_OF, Permission, Principal, Role
from deepspace_core.identity.secret import INVITATION_HEAD, Secret
from deepspace_core.identity.trail import Teller, told
from deepspace_core.identity.user import read_email
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import InvitationId, TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation and the secret of its link, which is nowhere else and never again."""

    invitation: Invitation
    secret: Secret


@dataclass(frozen=True, slots=True)
class InvitationTold:
    """What the link tells whoever holds it: who invites whom into what."""

    invitation: Invitation
    organization: Organization
    inviter_name: str
    state: InvitationState


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Makes an invitation. An earlier one to the same address that still waits is withdrawn: one link a person."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations
    members: Members
    invitations: Invitations
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        email: str,
        role: Role,
        trace_id: TraceId,
        lifetime_hours: int = LIFETIME_HOURS_DEFAULT,
    ) -> NewInvitation:
        """Raises PermissionMissing, InvalidInput naming the field, or AlreadyMember."""
        principal.require(giving(role))
        now = self.clock.now()
        secret = invitation_secret(self.ids.secret())
        invitation = Invitation(
            id=InvitationId(self.ids.uuid()),
            org_id=principal.org_id,
            email=read_email(email),
            role=role,
            invited_by=principal.user_id,
            sha256=secret.sha256(),
            created_at=now,
            expires_at=now + read_lifetime(lifetime_hours),
        )
        async with self.unit_of_work() as tx:
            await self.organizations.lock(tx, principal.org_id)
            await self._require_new(tx, invitation)
            await self.invitations.add(tx, invitation)
            event = _told(self, invitation, actor=principal.actor, event_type="member.invited", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return NewInvitation(invitation, secret)

    async def _require_new(self, tx: Transaction, invitation: Invitation) -> None:
        user = await self.users.find_by_email(tx, invitation.email)
        if user is not None and await self.members.find(tx, invitation.org_id, user.id) is not None:
            raise AlreadyMember("this user is a member already", param="email")
        now = invitation.created_at
        earlier = await self.invitations.find_pending(tx, invitation.org_id, invitation.email, now=now)
        if earlier is not None:
            await self.invitations.save(tx, withdraw_invitation(earlier, now=now))
        elif await self.invitations.count_pending(tx, invitation.org_id, now=now) >= PENDING_MAX:
            raise InvalidInput(f"{PENDING_MAX} invitations wait already; withdraw some first", param="email")


@dataclass(frozen=True, slots=True)
class ListInvitations:
    """Those of the caller's organization that still wait for an answer, newest first."""

    unit_of_work: UnitOfWork
    invitations: Invitations
    clock: Clock

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[Invitation]:
        """Raises PermissionMissing."""
        principal.require(Permission.MANAGE_MEMBERS)
        async with self.unit_of_work() as tx:
            return await self.invitations.list_pending(tx, principal.org_id, page, now=self.clock.now())


@dataclass(frozen=True, slots=True)
class WithdrawInvitation:
    """Takes an invitation back: its link opens nothing any more."""

    unit_of_work: UnitOfWork
    invitations: Invitations
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, invitation_id: InvitationId, trace_id: TraceId) -> None:
        """Raises PermissionMissing, NotFound or InvitationOver."""
        principal.require(Permission.MANAGE_MEMBERS)
        async with self.unit_of_work() as tx:
            invitation = await self.invitations.lock(tx, principal.org_id, invitation_id)
            principal.require(giving(invitation.role))
            withdrawn = withdraw_invitation(invitation, now=self.clock.now())
            await self.invitations.save(tx, withdrawn)
            event = _told(self, withdrawn, actor=principal.actor, event_type="invitation.withdrawn", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()


@dataclass(frozen=True, slots=True)
class ReadInvitation:
    """What an invitation says, to whoever holds its link; nobody else can ask."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations
    invitations: Invitations
    clock: Clock

    async def __call__(self, *, secret: Secret) -> InvitationTold:
        """Raises NotFound."""
        async with self.unit_of_work() as tx:
            invitation = await _held(tx, self.invitations, secret)
            organization = await self.organizations.get(tx, invitation.org_id)
            inviter = await self.users.get(tx, invitation.invited_by)
        return InvitationTold(invitation, organization, inviter.display_name, invitation.state(self.clock.now()))


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Makes the caller, who was invited, a member."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations
    members: Members
    invitations: Invitations
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, secret: Secret, trace_id: TraceId) -> Membership:
        """Raises SessionRequired, NotFound, InvitationForAnother, InvitationOver or AlreadyMember."""
        principal.require_session()
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            found = await _held(tx, self.invitations, secret)
            organization = await self.organizations.lock(tx, found.org_id)
            invitation = await self.invitations.lock(tx, found.org_id, found.id)
            user = await self.users.get(tx, principal.user_id)
            if user.email != invitation.email:
                raise InvitationForAnother(
                    f"this invitation is for {invitation.email}; you are logged in as {user.email}", param="token"
                )
            accepted = accept_invitation(invitation, user_id=user.id, now=now)
            await _require_word_holds(tx, self.members, invitation)
            member = Member(org_id=invitation.org_id, user_id=user.id, role=invitation.role, created_at=now)
            await self.members.add(tx, member)
            await self.invitations.save(tx, accepted)
            event = _told(self, accepted, actor=principal.actor, event_type="invitation.accepted", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return Membership(organization=organization, role=member.role)


async def _held(tx: Transaction, invitations: Invitations, secret: Secret) -> Invitation:
    found = None
    if secret.is_shaped(INVITATION_HEAD):
        found = await invitations.find_by_secret(tx, secret.sha256())
    if found is None:
        raise NotFound("there is no such invitation; check that the link was copied whole", param="token")
    return found


async def _require_word_holds(tx: Transaction, members: Members, invitation: Invitation) -> None:
    """Whoever has left, or may no longer give the role, must not bring people in by a link from before."""
    inviter = await members.find(tx, invitation.org_id, invitation.invited_by)
    if inviter is None or giving(invitation.role) not in PERMISSIONS_OF[inviter.role]:
        raise InvitationOver("whoever invited you can't do so any more; ask for a new invitation", state="withdrawn")


def _told(teller: Teller, invitation: Invitation, *, actor: str, event_type: str, trace_id: TraceId) -> Event:
    return told(
        teller.ids,
        now=teller.clock.now(),
        event_type=event_type,
        org_id=invitation.org_id,
        actor=actor,
        subject=show_id("invitation", invitation.id),
        trace_id=trace_id,
        payload={"email": invitation.email, "role": invitation.role.value},
    )
