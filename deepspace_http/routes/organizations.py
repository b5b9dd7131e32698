"""Organizations and their members. What stands under `/orgs/{org_id}` acts in that organization."""

from typing import TypeAlias

from litestar import Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from deepspace_core.kernel.ids import UserId, read_id
from deepspace_http.application import TenancyUseCases
from deepspace_http.auth import ORG_IN_PATH
from deepspace_http.parameters import Caller, WantedPage
from deepspace_http.schemas.auth import MembershipBody, show_membership
from deepspace_http.schemas.tenancy import (
    AddMemberBody,
    ChangeRoleBody,
    CreateOrganizationBody,
    FoundationBody,
    MemberBody,
    OrganizationBody,
    RoleBody,
    UpdateOrganizationBody,
    show_foundation,
    show_member,
    show_organization,
    show_role,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Tenancy: TypeAlias = NamedDependency[SkipValidation[TenancyUseCases]]


@get("/", summary="List my organizations")
async def list_organizations(caller: Caller, tenancy: Tenancy, page: WantedPage) -> PageBody[MembershipBody]:
    """Those the caller is a member of, and as what."""
    return page_body(await tenancy.list_organizations(principal=caller, page=page), show_membership)


@post("/", summary="Create an organization")
async def create_organization(
    caller: Caller, tenancy: Tenancy, data: JSONBody[CreateOrganizationBody]
) -> FoundationBody:
    """With a default workspace, a default project and a wallet; the caller is its owner."""
    foundation = await tenancy.create_organization(
        actor=caller, owner_id=caller.user_id, name=data.name, trace_id=current_trace_id()
    )
    return show_foundation(foundation)


@get("/{org_id:str}", summary="Show an organization")
async def get_organization(caller: Caller, tenancy: Tenancy) -> OrganizationBody:
    """The organization in the path."""
    return show_organization(await tenancy.get_organization(principal=caller))


@patch("/{org_id:str}", summary="Change an organization")
async def update_organization(
    caller: Caller, tenancy: Tenancy, data: JSONBody[UpdateOrganizationBody]
) -> OrganizationBody:
    """Absent fields stay as they are."""
    organization = await tenancy.update_organization(
        principal=caller, trace_id=current_trace_id(), name=data.name, on_abort=data.on_abort
    )
    return show_organization(organization)


@get("/{org_id:str}/members", summary="List members")
async def list_members(caller: Caller, tenancy: Tenancy, page: WantedPage) -> PageBody[MemberBody]:
    """Who belongs to the organization, as what."""
    return page_body(await tenancy.list_members(principal=caller, page=page), show_member)


@post("/{org_id:str}/members", summary="Add a member")
async def add_member(caller: Caller, tenancy: Tenancy, data: JSONBody[AddMemberBody]) -> MemberBody:
    """A registered user, found by e-mail address."""
    profile = await tenancy.add_member(principal=caller, email=data.email, role=data.role, trace_id=current_trace_id())
    return show_member(profile)


@patch("/{org_id:str}/members/{user_id:str}", summary="Change a member's role")
async def change_role(
    caller: Caller, tenancy: Tenancy, user_id: FromPath[str], data: JSONBody[ChangeRoleBody]
) -> RoleBody:
    """Only owners make or unmake owners; one owner always remains."""
    wanted = UserId(read_id("user", user_id, param="user_id"))
    member = await tenancy.change_role(principal=caller, user_id=wanted, role=data.role, trace_id=current_trace_id())
    return show_role(member)


@delete("/{org_id:str}/members/{user_id:str}", summary="Remove a member", status_code=204)
async def remove_member(caller: Caller, tenancy: Tenancy, user_id: FromPath[str]) -> None:
    """Anybody may leave by themselves."""
    wanted = UserId(read_id("user", user_id, param="user_id"))
    await tenancy.remove_member(principal=caller, user_id=wanted, trace_id=current_trace_id())


organizations_router = Router(
    "/orgs",
    route_handlers=[
        list_organizations,
        create_organization,
        get_organization,
        update_organization,
        list_members,
        add_member,
        change_role,
        remove_member,
    ],
    tags=["Organizations"],
    opt=ORG_IN_PATH,
)
