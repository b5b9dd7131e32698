"""Builds the Litestar application over finished use cases. Routes, guards and layers in one look; no logic."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from deepspace_http.application import Application
from deepspace_http.decoding import JsonRequest, learn_query_names
from deepspace_http.docs_page import STYLE_POLICY, ReferencePage
from deepspace_http.edge import Edge
from deepspace_http.errors import exception_response
from deepspace_http.openapi import Fragments, complete_document
from deepspace_http.routes.health import health_router

DESCRIPTION = """A research OS whose every AI call is billable, auditable and traceable. /v1 speaks the OpenAI API, \
/api/v1 manages what stands behind it. Lists are pages: pass next_cursor as cursor. Times are ISO 8601 in UTC; money \
is integer nano-units beside a decimal string; ids carry the prefix of what they name; every response has x-trace-id."""


def create_app(
    application: Application,
    *,
    gateway_routes: Sequence[ControllerRouterHandler] = (),
    openapi_fragments: Fragments | None = None,
) -> Litestar:
    """The application, ready to serve.

    `gateway_routes` are the raw ASGI handlers of /v1; since Litestar can't see into them, `openapi_fragments` bring
    their path items (and schemas, see deepspace_http/openapi.py) into the document.
    """
    page = ReferencePage()
    app = Litestar(
        route_handlers=[health_router, show_root, show_document, *gateway_routes],
        request_class=JsonRequest,
        request_max_body_size=application.settings.body_bytes_max,
        exception_handlers={Exception: exception_response},
        dependencies=_provided(application),
        openapi_config=_openapi_config(application, page),
        logging_config=None,
        debug=False,
    )
    app.state.application = application
    learn_query_names(route for route in app.routes if isinstance(route, HTTPRoute))
    page.document = complete_document(app, openapi_fragments or {})
    app.state.openapi_json = msgspec.json.encode(page.document)
    app.asgi_handler = Edge(app.asgi_handler, secure=application.settings.base_url.startswith("https://"))
    return app


@get("/", summary="Where to go from here", opt={"public": True}, sync_to_thread=False)
def show_root() -> dict[str, str]:
    """The front ends will stand here; until then, a signpost."""
    return {
        "name": "DeepSpace Workflows",
        "openai_api": "/v1",
        "management_api": "/api/v1",
        "reference": "/docs",
        "openapi": "/openapi.json",
        "health": "/health",
        "ready": "/ready",
    }


@get("/openapi.json", include_in_schema=False, opt={"public": True}, sync_to_thread=False)
def show_document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI document."""
    return Response(request.app.state.openapi_json, media_type=MediaType.JSON)


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
    cookie = SecurityScheme(type="apiKey", name="deepspace_access", security_scheme_in="cookie")
    return OpenAPIConfig(
        title="DeepSpace Workflows",
        version=application.settings.version,
        description=DESCRIPTION,
        use_handler_docstrings=True,
        components=Components(security_schemes={"bearer": bearer, "cookie": cookie}),
        render_plugins=[page],
        openapi_router=Router(
            "/docs",
            route_handlers=[],
            include_in_schema=False,
            opt={"public": True},
            guards=[_only_the_page],
            response_headers={"content-security-policy": STYLE_POLICY},
        ),
    )


async def _only_the_page(connection: ASGIConnection[Any, Any, Any, Any], _: object) -> None:
    """Litestar adds a catch-all that answers in HTML; here an unknown path is the error that it is anywhere."""
    if connection.path_params:
        raise NotFoundException
