"""Users and organizations of the installation, for its administrators."""

from typing import TypeAlias

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_core.identity.organization import OrganizationKind
from deepspace_core.identity.ports import OrganizationFilters, UserFilters, UserOrder
from deepspace_core.identity.secret import Secret
from deepspace_core.kernel.ids import OrgId, UserId, read_id
from deepspace_http.application import AccountUseCases
from deepspace_http.console import AdministrationUseCases
from deepspace_http.parameters import Caller, WantedPage, Why, optional_id
from deepspace_http.schemas.administration import DisableBody, GrantBody, ResetPasswordBody, SuspendBody
from deepspace_http.schemas.auth import RegisterBody, UserBody, show_user
from deepspace_http.schemas.tenancy import OrganizationBody, show_organization
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Accounts: TypeAlias = NamedDependency[SkipValidation[AccountUseCases]]
Administration: TypeAlias = NamedDependency[SkipValidation[AdministrationUseCases]]


@get("/", summary="List users")
async def list_users(
    *,
    caller: Caller,
    administration: Administration,
    page: WantedPage,
    search: FromQuery[str | None] = None,
    disabled: FromQuery[bool | None] = None,
    administrator: FromQuery[bool | None] = None,
    org_id: FromQuery[str | None] = None,
    order: FromQuery[UserOrder] = UserOrder.NEWEST,
) -> PageBody[UserBody]:
    """Of the installation. `search` is part of an address or a name; `org_id` leaves that organization's members."""
    wanted_org = optional_id("org", org_id, param="org_id")
    filters = UserFilters(
        search=search,
        disabled=disabled,
        is_administrator=administrator,
        org_id=None if wanted_org is None else OrgId(wanted_org),
    )
    found = await administration.list_users(actor=caller, page=page, filters=filters, order=order)
    return page_body(found, show_user)


@post("/", summary="Create a user")
async def create_user(accounts: Accounts, data: JSONBody[RegisterBody]) -> UserBody:
    """As if they had registered; the way in where registration is closed."""
    registration = await accounts.register_user(
        email=data.email,
        password=Secret(data.password),
        display_name=data.display_name,
        language=data.language,
        time_zone=data.time_zone,
        trace_id=current_trace_id(),
    )
    return show_user(registration.user)


@get("/{user_id:str}", summary="Show a user")
async def get_user(caller: Caller, administration: Administration, user_id: FromPath[str]) -> UserBody:
    """One user."""
    return show_user(await administration.get_user(actor=caller, user_id=_user(user_id)))


@post("/{user_id:str}/disable", summary="Disable a user", status_code=200)
async def disable_user(
    caller: Caller, administration: Administration, user_id: FromPath[str], data: JSONBody[DisableBody]
) -> UserBody:
    """Sessions end now; keys of their making are refused."""
    user = await administration.disable_user(
        actor=caller, user_id=_user(user_id), trace_id=current_trace_id(), reason=data.reason
    )
    return show_user(user)


@post("/{user_id:str}/enable", summary="Enable a user", status_code=200)
async def enable_user(
    caller: Caller, administration: Administration, user_id: FromPath[str], reason: Why = None
) -> UserBody:
    """They may log in again."""
    with because(reason):
        user = await administration.enable_user(actor=caller, user_id=_user(user_id), trace_id=current_trace_id())
    return show_user(user)


@post("/{user_id:str}/administrator", summary="Grant or withdraw administration", status_code=200)
async def grant_administrator(
    caller: Caller, administration: Administration, user_id: FromPath[str], data: JSONBody[GrantBody]
) -> UserBody:
    """One administrator always remains."""
    user = await administration.grant_administrator(
        actor=caller,
        user_id=_user(user_id),
        trace_id=current_trace_id(),
        is_administrator=data.is_administrator,
        reason=data.reason,
    )
    return show_user(user)


@post("/{user_id:str}/password", summary="Reset a user's password", status_code=200)
async def reset_password(
    caller: Caller,
    administration: Administration,
    user_id: FromPath[str],
    data: JSONBody[ResetPasswordBody],
    reason: Why = None,
) -> UserBody:
    """Without the old one; ends all of their sessions."""
    with because(reason):
        user = await administration.reset_password(
            actor=caller, user_id=_user(user_id), password=Secret(data.password), trace_id=current_trace_id()
        )
    return show_user(user)


@get("/", summary="List organizations")
async def list_all_organizations(
    *,
    caller: Caller,
    administration: Administration,
    page: WantedPage,
    search: FromQuery[str | None] = None,
    kind: FromQuery[OrganizationKind | None] = None,
    suspended: FromQuery[bool | None] = None,
) -> PageBody[OrganizationBody]:
    """Of the installation. `search` is part of a name."""
    filters = OrganizationFilters(search=search, kind=kind, suspended=suspended)
    found = await administration.list_all_organizations(actor=caller, page=page, filters=filters)
    return page_body(found, show_organization)


@post("/{org_id:str}/suspend", summary="Suspend an organization", status_code=200)
async def suspend_organization(
    caller: Caller, administration: Administration, org_id: FromPath[str], data: JSONBody[SuspendBody]
) -> OrganizationBody:
    """Its keys and sessions are refused from the next call on."""
    organization = await administration.suspend_organization(
        actor=caller, org_id=_org(org_id), reason=data.reason, trace_id=current_trace_id()
    )
    return show_organization(organization)


@post("/{org_id:str}/resume", summary="Resume an organization", status_code=200)
async def resume_organization(
    caller: Caller, administration: Administration, org_id: FromPath[str], reason: Why = None
) -> OrganizationBody:
    """It works again."""
    with because(reason):
        organization = await administration.resume_organization(
            actor=caller, org_id=_org(org_id), trace_id=current_trace_id()
        )
    return show_organization(organization)


def _user(text: str) -> UserId:
    return UserId(read_id("user", text, param="user_id"))


def _org(text: str) -> OrgId:
    return OrgId(read_id("org", text, param="org_id"))


admin_users_router = Router(
    "/users",
    route_handlers=[list_users, create_user, get_user, disable_user, enable_user, grant_administrator, reset_password],
    tags=["Admin: users"],
)
admin_organizations_router = Router(
    "/orgs",
    route_handlers=[list_all_organizations, suspend_organization, resume_organization],
    tags=["Admin: organizations"],
)
