"""Builds the Litestar application over finished use cases. Routes, guards and layers in one look; no logic."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.handlers import ASGIRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from deepspace_adapters.uninvited import without
from deepspace_http.application import Application
from deepspace_http.auth import PUBLIC, SECURITY, administrators_only, authenticate
from deepspace_http.decoding import JsonRequest, learn_query_names, refuse_unknown_query, require_json
from deepspace_http.docs_page import STYLE_POLICY, ReferencePage
from deepspace_http.edge import DIRECT, Edge
from deepspace_http.errors import exception_response
from deepspace_http.openapi import ApiDocument, Fragments
from deepspace_http.parameters import provide_caller, provide_page
from deepspace_http.routes.administration import admin_organizations_router, admin_users_router
from deepspace_http.routes.answers import answers_router
from deepspace_http.routes.api_keys import admin_keys_router, admin_org_keys_router, api_keys_router
from deepspace_http.routes.audit import admin_audit_router, audit_router
from deepspace_http.routes.auth import auth_router
from deepspace_http.routes.catalogue import admin_models_router
from deepspace_http.routes.channels import admin_channels_router, admin_reconciliations_router
from deepspace_http.routes.chat import chat_router
from deepspace_http.routes.exports import admin_exports_router, exports_router
from deepspace_http.routes.files import downloads_router, files_router, storage_router
from deepspace_http.routes.health import health_router
from deepspace_http.routes.invitations import invitations_router, org_invitations_router
from deepspace_http.routes.jobs import admin_jobs_router, jobs_router
from deepspace_http.routes.ledger import (
    admin_budgets_router,
    admin_holds_router,
    admin_org_budgets_router,
    admin_transactions_router,
    admin_wallet_list_router,
    admin_wallets_router,
    transactions_router,
    wallet_router,
)
from deepspace_http.routes.me import me_router
from deepspace_http.routes.names import admin_names_router
from deepspace_http.routes.organizations import organizations_router
from deepspace_http.routes.oversight import admin_members_router, admin_people_router, admin_roles_router
from deepspace_http.routes.overview import admin_overview_router
from deepspace_http.routes.policy import (
    admin_ip_rules_router,
    admin_limits_router,
    admin_org_policy_router,
    admin_policy_router,
    policy_router,
)
from deepspace_http.routes.pricing import admin_model_prices_router, admin_prices_router, models_router
from deepspace_http.routes.projects import projects_router, workspaces_router
from deepspace_http.routes.retention import admin_retention_router
from deepspace_http.routes.schedules import admin_schedules_router
from deepspace_http.routes.statements import admin_books_router, books_router
from deepspace_http.routes.usage import admin_usage_router, usage_router
from deepspace_http.routes.webhooks import admin_org_webhooks_router, admin_webhooks_router, webhooks_router
from deepspace_http.web_pages import WebPages
from deepspace_http.web_site import WebSite

DESCRIPTION = """A research OS whose every AI call is billable, auditable and traceable. /v1 speaks the OpenAI API, \
/api/v1 manages what stands behind it. Lists are pages: pass next_cursor as cursor. Times are ISO 8601 in UTC; money \
is integer nano-units beside a decimal string; ids carry the prefix of what they name; every response has x-trace-id."""


def create_app(
    application: Application,
    *,
    gateway_routes: Sequence[ControllerRouterHandler] = (),
    openapi_fragments: Fragments | None = None,
    site: WebSite | None = None,
) -> Litestar:
    """The application, ready to serve.

    `gateway_routes` are the raw ASGI handlers of /v1; since Litestar can't see into them, `openapi_fragments` bring
    their path items (and schemas, see deepspace_http/openapi.py) into the document. `site` are the built front ends;
    without it there are none, as in most tests.
    """
    page = ReferencePage()
    with without("pydantic"):
        app = Litestar(
            route_handlers=[health_router, show_root, show_document, _management_api(), *gateway_routes],
            request_class=JsonRequest,
            request_max_body_size=application.settings.body_bytes_max,
            exception_handlers={Exception: exception_response},
            dependencies=_provided(application),
            openapi_config=_openapi_config(application, page),
            logging_config=None,
            debug=False,
            on_startup=[_warm],
        )
    app.state.application = application
    learn_query_names(route for route in app.routes if isinstance(route, HTTPRoute))
    page.document = app.state.document = ApiDocument(app, openapi_fragments or {})
    secure = application.settings.base_url.startswith("https://")
    pages = WebPages(app.asgi_handler, site=site, reserved=_first_segments(app)) if site else app.asgi_handler
    app.asgi_handler = Edge(pages, secure=secure, direct=_direct(gateway_routes))
    return app


def entrance_of(app: Litestar) -> ASGIApp:
    """Where a server hands requests in: those for direct routes to the edge, all others to the framework before it."""
    edge = app.asgi_handler
    if not isinstance(edge, Edge):
        return app

    def enter(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return (edge if edge.is_direct(scope) else app)(scope, receive, send)

    return enter


@get("/", summary="Where to go from here", opt=PUBLIC, sync_to_thread=False)
def show_root() -> dict[str, str]:
    """A signpost for programs. A browser that navigates here gets the user web."""
    return {
        "name": "DeepSpace Workflows",
        "openai_api": "/v1",
        "management_api": "/api/v1",
        "reference": "/docs",
        "openapi": "/openapi.json",
        "health": "/health",
        "ready": "/ready",
    }


@get("/openapi.json", include_in_schema=False, opt=PUBLIC, sync_to_thread=False)
def show_document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI document."""
    document: ApiDocument = request.app.state.document
    return Response(document.encoded, media_type=MediaType.JSON)


def _direct(routes: Sequence[ControllerRouterHandler]) -> dict[str, ASGIApp]:
    """What fixed paths are answered by, where their handlers tell it."""
    raw = [route for route in routes if isinstance(route, ASGIRouteHandler) and DIRECT in route.opt]
    return {path: route.opt[DIRECT] for route in raw for path in route.paths}


def _first_segments(app: Litestar) -> set[str]:
    """Where the API lives: `v1`, `api`, `docs` and so on. The root is nobody's alone."""
    return {route.path.split("/")[1] for route in app.routes} - {""}


def _warm(app: Litestar) -> None:
    document: ApiDocument = app.state.document
    _ = document.encoded


def _management_api() -> Router:
    return Router(
        "/api/v1",
        route_handlers=[
            auth_router,
            me_router,
            organizations_router,
            org_invitations_router,
            invitations_router,
            workspaces_router,
            projects_router,
            api_keys_router,
            models_router,
            wallet_router,
            books_router,
            transactions_router,
            usage_router,
            audit_router,
            policy_router,
            chat_router,
            answers_router,
            jobs_router,
            files_router,
            exports_router,
            storage_router,
            downloads_router,
            webhooks_router,
            _administration(),
        ],
        guards=[authenticate, require_json, refuse_unknown_query],
        dependencies={
            "caller": Provide(provide_caller, sync_to_thread=False),
            "page": Provide(provide_page, sync_to_thread=False),
        },
        security=SECURITY,
        response_headers={"cache-control": "no-store"},
    )


def _administration() -> Router:
    return Router(
        "/admin",
        route_handlers=[
            admin_overview_router,
            admin_users_router,
            admin_people_router,
            admin_roles_router,
            admin_organizations_router,
            admin_members_router,
            admin_models_router,
            admin_channels_router,
            admin_reconciliations_router,
            admin_model_prices_router,
            admin_prices_router,
            admin_wallets_router,
            admin_books_router,
            admin_usage_router,
            admin_audit_router,
            admin_policy_router,
            admin_jobs_router,
            admin_schedules_router,
            admin_wallet_list_router,
            admin_holds_router,
            admin_transactions_router,
            admin_budgets_router,
            admin_org_budgets_router,
            admin_limits_router,
            admin_ip_rules_router,
            admin_org_policy_router,
            admin_keys_router,
            admin_org_keys_router,
            admin_webhooks_router,
            admin_org_webhooks_router,
            admin_exports_router,
            admin_names_router,
            admin_retention_router,
        ],
        guards=[administrators_only],
    )


def _provided(application: Application) -> Mapping[str, Provide]:
    """Each group of use cases under its own name, so that a route names what it calls."""
    groups = {name: getattr(application, name) for name in Application.__dataclass_fields__}
    return {name: Provide(_giving(group), sync_to_thread=False) for name, group in groups.items()}


def _giving(group: object) -> Any:
    def give() -> Any:
        return group

    return give


def _openapi_config(application: Application, page: ReferencePage) -> OpenAPIConfig:
    bearer = SecurityScheme(type="http", scheme="bearer", description="An access token, or an API key (sk-ds-…).")
    key = SecurityScheme(type="apiKey", name="x-api-key", security_scheme_in="header", description="An API key.")
    cookie = SecurityScheme(type="apiKey", name="deepspace_access", security_scheme_in="cookie")
    return OpenAPIConfig(
        title="DeepSpace Workflows",
        version=application.settings.version,
        description=DESCRIPTION,
        use_handler_docstrings=True,
        components=Components(security_schemes={"bearer": bearer, "x-api-key": key, "cookie": cookie}),
        render_plugins=[page],
        openapi_router=Router(
            "/docs",
            route_handlers=[],
            include_in_schema=False,
            opt=PUBLIC,
            guards=[_only_the_page],
            response_headers={"content-security-policy": STYLE_POLICY},
        ),
    )


async def _only_the_page(connection: ASGIConnection[Any, Any, Any, Any], _: object) -> None:
    """Litestar adds a catch-all that answers in HTML; here an unknown path is the error that it is anywhere."""
    if connection.path_params:
        raise NotFoundException
