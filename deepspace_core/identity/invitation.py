"""An invitation into an organization: a link for one e-mail address, good for some days, and once.

    pending --accept--> accepted
        |----withdraw--> withdrawn
        `----(its time passes)--> expired

There is no mail server, so the link is shown to whoever invites, once, and is stored as a digest only. It is bound to
an address, so that a forwarded link opens nothing to anybody else; and it holds as long as whoever invited may still
give that role.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from deepspace_core.identity.errors import InvitationOver
from deepspace_core.identity.principal import Permission, Role
from deepspace_core.identity.secret import INVITATION_HEAD, Secret
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import InvitationId, OrgId, UserId

LIFETIME_HOURS_DEFAULT = 7 * 24
LIFETIME_HOURS_MAX = 30 * 24
PENDING_MAX = 500
"""Invitations of one organization that wait for an answer."""


class InvitationState(StrEnum):
    """Where an invitation stands at some time."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who may come in, as what, and by whose word."""

    id: InvitationId
    org_id: OrgId
    email: str
    role: Role
    invited_by: UserId
    sha256: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    accepted_by: UserId | None = None
    withdrawn_at: datetime | None = None

    def state(self, now: datetime) -> InvitationState:
        """What it is at `now`; one that was answered stays what it became."""
        if self.accepted_at is not None:
            return InvitationState.ACCEPTED
        if self.withdrawn_at is not None:
            return InvitationState.WITHDRAWN
        return InvitationState.EXPIRED if now >= self.expires_at else InvitationState.PENDING


def invitation_secret(random_text: str) -> Secret:
    """What the link carries, of 256 fresh random bits as text."""
    return Secret(INVITATION_HEAD + random_text)


def accept_invitation(invitation: Invitation, *, user_id: UserId, now: datetime) -> Invitation:
    """Raises InvitationOver unless it is pending."""
    _require_pending(invitation, now)
    return replace(invitation, accepted_at=now, accepted_by=user_id)


def withdraw_invitation(invitation: Invitation, *, now: datetime) -> Invitation:
    """Raises InvitationOver unless it is pending."""
    _require_pending(invitation, now)
    return replace(invitation, withdrawn_at=now)


def giving(role: Role) -> Permission:
    """The permission that making somebody `role` takes."""
    return Permission.MANAGE_OWNERS if role is Role.OWNER else Permission.MANAGE_MEMBERS


def read_lifetime(hours: int) -> timedelta:
    """Raises InvalidInput when it is none, or longer than thirty days."""
    if not 1 <= hours <= LIFETIME_HOURS_MAX:
        raise InvalidInput(f"lifetime_hours must be between 1 and {LIFETIME_HOURS_MAX}", param="lifetime_hours")
    return timedelta(hours=hours)


def _require_pending(invitation: Invitation, now: datetime) -> None:
    state = invitation.state(now)
    if state is not InvitationState.PENDING:
        raise InvitationOver(f"this invitation is {state}; ask for a new one", state=state.value)
