"""What administrators see of a user and of an organization: memberships, sessions, keys, permissions, members."""

from typing import TypeAlias

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_core.identity.principal import Role
from deepspace_core.identity.use_cases.permission_preview import Supposition
from deepspace_core.kernel.ids import ApiKeyId, OrgId, SessionId, UserId, read_id
from deepspace_http.console import AdministrationUseCases
from deepspace_http.parameters import Caller, WantedPage, Why, optional_id
from deepspace_http.schemas.administration import (
    EffectivePermissionsBody,
    RolesBody,
    SupposedKeyBody,
    show_effective_permissions,
    show_roles,
)
from deepspace_http.schemas.api_keys import ApiKeyBody, show_api_key
from deepspace_http.schemas.auth import (
    MembershipBody,
    SessionBody,
    SessionsEndedBody,
    show_membership,
    show_session,
)
from deepspace_http.schemas.tenancy import MemberBody, OrganizationBody, show_member, show_organization
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Administration: TypeAlias = NamedDependency[SkipValidation[AdministrationUseCases]]


@get("/{user_id:str}/orgs", summary="List a user's organizations")
async def list_user_organizations(
    caller: Caller, administration: Administration, page: WantedPage, user_id: FromPath[str]
) -> PageBody[MembershipBody]:
    """With their role in each."""
    found = await administration.list_user_organizations(actor=caller, user_id=_user(user_id), page=page)
    return page_body(found, show_membership)


@get("/{user_id:str}/keys", summary="List a user's API keys")
async def list_user_keys(
    caller: Caller, administration: Administration, page: WantedPage, user_id: FromPath[str]
) -> PageBody[ApiKeyBody]:
    """Those of their making, in whatever organization, revoked ones too."""
    found = await administration.list_user_keys(actor=caller, user_id=_user(user_id), page=page)
    return page_body(found, show_api_key)


@get("/{user_id:str}/sessions", summary="List a user's sessions")
async def list_user_sessions(
    caller: Caller, administration: Administration, page: WantedPage, user_id: FromPath[str]
) -> PageBody[SessionBody]:
    """Every device that is logged in as the user; `current` is the one that asks."""
    found = await administration.list_user_sessions(actor=caller, user_id=_user(user_id), page=page)
    return page_body(found, lambda session: show_session(session, current=caller.session_id))


@delete("/{user_id:str}/sessions/{session_id:str}", summary="End a user's session", status_code=204)
async def end_user_session(
    caller: Caller,
    administration: Administration,
    user_id: FromPath[str],
    session_id: FromPath[str],
    reason: Why = None,
) -> None:
    """At once: its tokens fail at the next request."""
    with because(reason):
        await administration.end_user_session(
            actor=caller,
            user_id=_user(user_id),
            session_id=SessionId(read_id("session", session_id, param="session_id")),
            trace_id=current_trace_id(),
        )


@post("/{user_id:str}/sessions/end-all", summary="End a user's sessions", status_code=200)
async def end_user_sessions(
    caller: Caller, administration: Administration, user_id: FromPath[str], reason: Why = None
) -> SessionsEndedBody:
    """All of them. API keys go on."""
    with because(reason):
        ended = await administration.end_user_sessions(
            actor=caller, user_id=_user(user_id), trace_id=current_trace_id()
        )
    return SessionsEndedBody(sessions_ended=ended)


@get("/{user_id:str}/orgs/{org_id:str}/permissions", summary="Show effective permissions")
async def show_permissions(
    *,
    caller: Caller,
    administration: Administration,
    user_id: FromPath[str],
    org_id: FromPath[str],
    api_key_id: FromQuery[str | None] = None,
    role: FromQuery[Role | None] = None,
) -> EffectivePermissionsBody:
    """What the user may do there now, or through a key of theirs, or if they were of another `role`."""
    wanted_key = optional_id("api_key", api_key_id, param="api_key_id")
    found = await administration.preview_permissions(
        actor=caller,
        user_id=_user(user_id),
        org_id=_org(org_id),
        api_key_id=None if wanted_key is None else ApiKeyId(wanted_key),
        supposed=Supposition(role=role),
    )
    return show_effective_permissions(found)


@post("/{user_id:str}/orgs/{org_id:str}/permissions/preview", summary="Try the scopes of a key", status_code=200)
async def preview_permissions(
    caller: Caller,
    administration: Administration,
    user_id: FromPath[str],
    org_id: FromPath[str],
    data: JSONBody[SupposedKeyBody],
) -> EffectivePermissionsBody:
    """What a key of the user's with these scopes could do, and whether they could make it. Changes nothing."""
    supposed = Supposition(role=data.role, scopes=frozenset(data.scopes), is_project_bound=data.project_bound)
    found = await administration.preview_permissions(
        actor=caller, user_id=_user(user_id), org_id=_org(org_id), supposed=supposed
    )
    return show_effective_permissions(found)


@get("/", summary="Show roles and permissions", sync_to_thread=False)
def show_role_table() -> RolesBody:
    """The permission table, as it is enforced."""
    return show_roles()


@get("/{org_id:str}", summary="Show an organization")
async def get_any_organization(
    caller: Caller, administration: Administration, org_id: FromPath[str]
) -> OrganizationBody:
    """Whosever it is."""
    return show_organization(await administration.get_any_organization(actor=caller, org_id=_org(org_id)))


@get("/{org_id:str}/members", summary="List an organization's members")
async def list_any_members(
    caller: Caller, administration: Administration, page: WantedPage, org_id: FromPath[str]
) -> PageBody[MemberBody]:
    """With their roles."""
    found = await administration.list_any_members(actor=caller, org_id=_org(org_id), page=page)
    return page_body(found, show_member)


def _user(text: str) -> UserId:
    return UserId(read_id("user", text, param="user_id"))


def _org(text: str) -> OrgId:
    return OrgId(read_id("org", text, param="org_id"))


admin_people_router = Router(
    "/users",
    route_handlers=[
        list_user_organizations,
        list_user_keys,
        list_user_sessions,
        end_user_session,
        end_user_sessions,
        show_permissions,
        preview_permissions,
    ],
    tags=["Admin: users"],
)
admin_roles_router = Router("/roles", route_handlers=[show_role_table], tags=["Admin: users"])
admin_members_router = Router(
    "/orgs", route_handlers=[get_any_organization, list_any_members], tags=["Admin: organizations"]
)
