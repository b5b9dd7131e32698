"""Wire types of invitations. The secret of the link stands in one answer only: the one that made it."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.identity.invitation import (
    LIFETIME_HOURS_DEFAULT,
    LIFETIME_HOURS_MAX,
    Invitation,
    InvitationState,
)
from deepspace_core.identity.principal import Role
from deepspace_core.identity.use_cases.invitations import InvitationTold, NewInvitation
from deepspace_core.kernel.ids import show_id
from deepspace_http.schemas.wire import Email, Name, OrgIdText, RequestBody, ResponseBody, Time, UserIdText

InvitationToken = Annotated[str, Meta(max_length=200, examples=["ds-in-…"])]
LifetimeHours = Annotated[int, Meta(ge=1, le=LIFETIME_HOURS_MAX, examples=[LIFETIME_HOURS_DEFAULT])]


class InvitationBody(ResponseBody, frozen=True, kw_only=True):
    """Somebody who may come in, and has not yet."""

    id: Annotated[str, Meta(examples=["inv_0198c0ffee007abc8def0123456789ab"])]
    org_id: OrgIdText
    email: Email
    role: Role
    invited_by: UserIdText
    created_at: Time
    expires_at: Time


class NewInvitationBody(ResponseBody, frozen=True, kw_only=True):
    """An invitation and the secret of its link. Pass it on: it is not shown again, and no mail is sent."""

    invitation: InvitationBody
    token: InvitationToken


class InviteBody(RequestBody, frozen=True, kw_only=True):
    """Whom to invite, as what, for how long."""

    email: Email
    role: Role
    lifetime_hours: LifetimeHours = LIFETIME_HOURS_DEFAULT


class InvitationTokenBody(RequestBody, frozen=True, kw_only=True):
    """The secret of a link. In the body, so that it stands in no log of addresses."""

    token: InvitationToken


class InvitationToldBody(ResponseBody, frozen=True, kw_only=True):
    """Who invites whom into what."""

    organization_name: Name
    inviter_name: Name
    email: Email
    role: Role
    state: InvitationState
    expires_at: Time


def show_invitation(invitation: Invitation) -> InvitationBody:
    """The wire form, without the secret."""
    return InvitationBody(
        id=show_id("invitation", invitation.id),
        org_id=show_id("org", invitation.org_id),
        email=invitation.email,
        role=invitation.role,
        invited_by=show_id("user", invitation.invited_by),
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )


def show_new_invitation(new: NewInvitation) -> NewInvitationBody:
    """The wire form, secret included."""
    return NewInvitationBody(invitation=show_invitation(new.invitation), token=new.secret.reveal())


def show_invitation_told(told: InvitationTold) -> InvitationToldBody:
    """The wire form."""
    return InvitationToldBody(
        organization_name=told.organization.name,
        inviter_name=told.inviter_name,
        email=told.invitation.email,
        role=told.invitation.role,
        state=told.state,
        expires_at=told.invitation.expires_at,
    )
