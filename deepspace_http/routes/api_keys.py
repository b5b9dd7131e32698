"""API keys of the organization that the caller acts in."""

from typing import Annotated, TypeAlias

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from deepspace_core.identity.ports import ApiKeyFilters, ApiKeyState
from deepspace_core.kernel.ids import ApiKeyId, ProjectId, read_id
from deepspace_http.application import ApiKeyUseCases
from deepspace_http.oversight import Acting, Oversight, provide_acting
from deepspace_http.parameters import Caller, WantedPage, optional_id, optional_org
from deepspace_http.schemas.api_keys import (
    ApiKeyBody,
    CreateApiKeyBody,
    NewApiKeyBody,
    RevokeApiKeyBody,
    RotateApiKeyBody,
    UpdateApiKeyBody,
    show_api_key,
    show_new_api_key,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Keys: TypeAlias = NamedDependency[SkipValidation[ApiKeyUseCases]]

KeySearch = Annotated[
    str | None, QueryParameter(name="search", description="A part of the key's name, or how the key begins.")
]
KeyState = Annotated[ApiKeyState | None, QueryParameter(name="state", description="Only keys in this state.")]


@get("/", summary="List API keys")
async def list_api_keys(
    caller: Caller,
    api_keys: Keys,
    page: WantedPage,
    project_id: FromQuery[str | None] = None,
    with_revoked: FromQuery[bool] = True,
) -> PageBody[ApiKeyBody]:
    """Members see those of their own making, admins everybody's."""
    wanted = optional_id("project", project_id, param="project_id")
    found = await api_keys.list_api_keys(
        principal=caller,
        page=page,
        project_id=None if wanted is None else ProjectId(wanted),
        with_revoked=with_revoked,
    )
    return page_body(found, show_api_key)


@post("/", summary="Create an API key")
async def create_api_key(caller: Caller, api_keys: Keys, data: JSONBody[CreateApiKeyBody]) -> NewApiKeyBody:
    """The secret is in this answer and nowhere else."""
    wanted = optional_id("project", data.project_id, param="project_id")
    new = await api_keys.create_api_key(
        principal=caller,
        name=data.name,
        trace_id=current_trace_id(),
        scopes=data.scopes,
        project_id=None if wanted is None else ProjectId(wanted),
        model_allow_list=data.model_allow_list,
        expires_at=data.expires_at,
        limits=[one.read() for one in data.limits],
    )
    return show_new_api_key(new)


@get("/{api_key_id:str}", summary="Show an API key")
async def get_api_key(caller: Caller, api_keys: Keys, api_key_id: FromPath[str]) -> ApiKeyBody:
    """Without its secret."""
    return show_api_key(await api_keys.get_api_key(principal=caller, api_key_id=_key(api_key_id)))


@put("/{api_key_id:str}", summary="Change an API key")
async def update_api_key(
    caller: Caller, api_keys: Keys, api_key_id: FromPath[str], data: JSONBody[UpdateApiKeyBody]
) -> ApiKeyBody:
    """Its name, scopes, models, expiry and limits; on every gateway within a second. The secret stays."""
    key = await api_keys.update_api_key(
        principal=caller,
        api_key_id=_key(api_key_id),
        trace_id=current_trace_id(),
        name=data.name,
        scopes=data.scopes,
        model_allow_list=data.model_allow_list,
        expires_at=data.expires_at,
        limits=data.read_limits(),
    )
    return show_api_key(key)


@post("/{api_key_id:str}/rotate", summary="Rotate an API key", status_code=200)
async def rotate_api_key(
    caller: Caller, api_keys: Keys, api_key_id: FromPath[str], data: JSONBody[RotateApiKeyBody]
) -> NewApiKeyBody:
    """A new secret; the one before works for `overlap_seconds` more."""
    new = await api_keys.rotate_api_key(
        principal=caller,
        api_key_id=_key(api_key_id),
        trace_id=current_trace_id(),
        overlap_seconds=data.overlap_seconds,
    )
    return show_new_api_key(new)


@delete("/{api_key_id:str}", summary="Revoke an API key", status_code=200)
async def revoke_api_key(caller: Caller, api_keys: Keys, api_key_id: FromPath[str]) -> ApiKeyBody:
    """For good, on every gateway within a second."""
    key = await api_keys.revoke_api_key(principal=caller, api_key_id=_key(api_key_id), trace_id=current_trace_id())
    return show_api_key(key)


@get("/", summary="List API keys of everybody")
async def list_all_api_keys(
    *,
    caller: Caller,
    oversight: Oversight,
    page: WantedPage,
    org_id: FromQuery[str | None] = None,
    search: KeySearch = None,
    key_state: KeyState = None,
) -> PageBody[ApiKeyBody]:
    """Of every organization, or of one."""
    filters = ApiKeyFilters(org_id=optional_org(org_id), search=search, state=key_state)
    found = await oversight.list_all_api_keys(actor=caller, page=page, filters=filters)
    return page_body(found, show_api_key)


@post("/{api_key_id:str}/revoke", summary="Revoke an organization's API key", status_code=200)
async def revoke_any_api_key(
    acting: Acting, api_keys: Keys, api_key_id: FromPath[str], data: JSONBody[RevokeApiKeyBody]
) -> ApiKeyBody:
    """For good, on every gateway within a second. The reason stands in the organization's audit trail."""
    key = await api_keys.revoke_api_key(
        principal=acting, api_key_id=_key(api_key_id), trace_id=current_trace_id(), reason=data.reason
    )
    return show_api_key(key)


def _key(text: str) -> ApiKeyId:
    return ApiKeyId(read_id("api_key", text, param="api_key_id"))


api_keys_router = Router(
    "/keys",
    route_handlers=[list_api_keys, create_api_key, get_api_key, update_api_key, rotate_api_key, revoke_api_key],
    tags=["API keys"],
)
admin_keys_router = Router("/keys", route_handlers=[list_all_api_keys], tags=["Admin: API keys"])
admin_org_keys_router = Router(
    "/orgs/{org_id:str}/keys",
    route_handlers=[revoke_any_api_key],
    dependencies={"acting": Provide(provide_acting)},
    tags=["Admin: API keys"],
)
