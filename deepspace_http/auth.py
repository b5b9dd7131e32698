"""From a request's credentials to a `Principal`: the guard in front of every management route.

Rules: a Bearer token wins over a cookie; a cookie acts only for our own pages (deepspace_http/origin.py). A session
acts in one organization, named by the path (`/orgs/{org_id}/…`), else by `x-deepspace-org`, else the personal one; an
API key belongs to one, and naming another is `not found`; its address rules hold here as they do for calls. A route is
open only if it says so (`opt=PUBLIC`).
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from deepspace_core.identity.principal import Principal, require_administrator
from deepspace_core.identity.secret import API_KEY_HEAD, Secret
from deepspace_core.kernel.errors import NotFound, Unauthenticated
from deepspace_core.kernel.ids import OrgId, ProjectId, read_id
from deepspace_http.address import client_address
from deepspace_http.application import Application
from deepspace_http.cookies import ACCESS_COOKIE
from deepspace_http.origin import require_same_origin

ORG_HEADER = "x-deepspace-org"
PROJECT_HEADER = "x-deepspace-project"
PUBLIC = {"public": True}
"""The `opt` of a route that asks for no credentials."""

ORG_IN_PATH = {"org_in_path": True}
"""The `opt` of routes whose `org_id` in the path is the organization to act in."""

SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
"""How the OpenAPI document says it."""

Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret and where it came from."""

    secret: Secret
    source: Literal["bearer", "cookie"]

    @property
    def is_api_key(self) -> bool:
        """Whether it looks like one."""
        return self.secret.reveal().startswith(API_KEY_HEAD)


async def authenticate(connection: Connection, handler: BaseRouteHandler) -> None:
    """A guard: puts the principal on the request. Raises Unauthenticated's kinds, NotFound or CrossOrigin."""
    if handler.opt.get("public"):
        return
    application: Application = connection.app.state.application
    credential = credential_of(connection)
    if credential.source == "cookie":
        method = str(connection.scope.get("method"))
        require_same_origin(method, connection.headers, base_url=application.settings.base_url)
    connection.scope["state"]["principal"] = await _principal(application, connection, handler, credential)


async def administrators_only(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard behind `authenticate`. Raises AdministratorRequired."""
    principal: Principal = connection.scope["state"]["principal"]
    require_administrator(principal)


def credential_of(connection: Connection) -> Credential:
    """The secret that the request shows. Raises Unauthenticated when there is none."""
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return Credential(Secret(text.strip()), "bearer")
    if scheme:
        raise Unauthenticated("authorization must be 'Bearer' and an access token or an API key", param="authorization")
    cookie = connection.cookies.get(ACCESS_COOKIE)
    if cookie:
        return Credential(Secret(cookie), "cookie")
    raise Unauthenticated(
        "send an access token or an API key: 'Authorization: Bearer …'; POST /api/v1/auth/login gives a token",
        param="authorization",
    )


async def _principal(
    application: Application, connection: Connection, handler: BaseRouteHandler, credential: Credential
) -> Principal:
    org_id, project_id = _place(connection, handler)
    if not credential.is_api_key:
        return await application.accounts.authenticate_session(
            token=credential.secret, org_id=org_id, project_id=project_id
        )
    address = _address(application, connection)
    principal = await application.accounts.authenticate_api_key(secret=credential.secret, address=address)
    await application.policy.admit_address(principal=principal, address=address)
    if org_id is not None and org_id != principal.org_id:
        raise NotFound("there is no such organization within reach of this API key", param="org_id")
    if project_id is not None:
        principal.require_project(project_id)
    return principal


def _address(application: Application, connection: Connection) -> str | None:
    peer = connection.client.host if connection.client else ""
    address = client_address(peer, connection.scope["headers"], trusted=application.settings.trusted_proxies)
    return None if address is None else str(address)


def _place(connection: Connection, handler: BaseRouteHandler) -> tuple[OrgId | None, ProjectId | None]:
    """Where the caller wants to act. Raises InvalidInput naming the header or path parameter."""
    in_path = connection.path_params.get("org_id") if handler.opt.get("org_in_path") else None
    org_text = in_path or connection.headers.get(ORG_HEADER)
    project_text = connection.headers.get(PROJECT_HEADER)
    org_id = None if org_text is None else OrgId(read_id("org", org_text, param="org_id" if in_path else ORG_HEADER))
    project_id = None if project_text is None else ProjectId(read_id("project", project_text, param=PROJECT_HEADER))
    return org_id, project_id
