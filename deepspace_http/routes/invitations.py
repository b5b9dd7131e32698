"""Inviting people into an organization, and coming in by the link."""

from typing import TypeAlias

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from deepspace_core.identity.secret import Secret
from deepspace_core.kernel.ids import InvitationId, read_id
from deepspace_http.application import InvitationUseCases
from deepspace_http.auth import ORG_IN_PATH, PUBLIC
from deepspace_http.parameters import Caller, WantedPage
from deepspace_http.schemas.auth import MembershipBody, show_membership
from deepspace_http.schemas.invitations import (
    InvitationBody,
    InvitationTokenBody,
    InvitationToldBody,
    InviteBody,
    NewInvitationBody,
    show_invitation,
    show_invitation_told,
    show_new_invitation,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Invitations: TypeAlias = NamedDependency[SkipValidation[InvitationUseCases]]


@get("/", summary="List invitations")
async def list_invitations(caller: Caller, invitations: Invitations, page: WantedPage) -> PageBody[InvitationBody]:
    """Those that wait for an answer."""
    return page_body(await invitations.list_invitations(principal=caller, page=page), show_invitation)


@post("/", summary="Invite somebody")
async def invite(caller: Caller, invitations: Invitations, data: JSONBody[InviteBody]) -> NewInvitationBody:
    """Makes a link for one e-mail address; an earlier one of theirs is withdrawn."""
    new = await invitations.invite_member(
        principal=caller,
        email=data.email,
        role=data.role,
        trace_id=current_trace_id(),
        lifetime_hours=data.lifetime_hours,
    )
    return show_new_invitation(new)


@delete("/{invitation_id:str}", summary="Withdraw an invitation", status_code=204)
async def withdraw(caller: Caller, invitations: Invitations, invitation_id: FromPath[str]) -> None:
    """Its link opens nothing any more."""
    wanted = InvitationId(read_id("invitation", invitation_id, param="invitation_id"))
    await invitations.withdraw_invitation(principal=caller, invitation_id=wanted, trace_id=current_trace_id())


@post("/read", summary="Read an invitation", opt=PUBLIC, status_code=200)
async def read(invitations: Invitations, data: JSONBody[InvitationTokenBody]) -> InvitationToldBody:
    """What the link says, to whoever holds it, logged in or not."""
    return show_invitation_told(await invitations.read_invitation(secret=Secret(data.token)))


@post("/accept", summary="Accept an invitation", status_code=200)
async def accept(caller: Caller, invitations: Invitations, data: JSONBody[InvitationTokenBody]) -> MembershipBody:
    """Makes the caller a member; only who has the address that was invited."""
    membership = await invitations.accept_invitation(
        principal=caller, secret=Secret(data.token), trace_id=current_trace_id()
    )
    return show_membership(membership)


org_invitations_router = Router(
    "/orgs/{org_id:str}/invitations",
    route_handlers=[list_invitations, invite, withdraw],
    tags=["Organizations"],
    opt=ORG_IN_PATH,
)
invitations_router = Router("/invitations", route_handlers=[read, accept], tags=["Organizations"])
