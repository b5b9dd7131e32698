"""Whether the process lives, whether it can do its work, and what it has counted."""

import secrets
from typing import Any

from litestar import MediaType, Request, Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from prometheus_client import CONTENT_TYPE_LATEST

from deepspace_core.kernel.errors import Forbidden
from deepspace_http.address import client_address, is_forwarded
from deepspace_http.application import HttpSettings, Probes
from deepspace_http.auth import PUBLIC
from deepspace_http.metrics import exposition
from deepspace_http.probing import ask_all
from deepspace_http.schemas.health import LiveBody, ReadyBody


@get("/health", summary="Is the process alive?", opt=PUBLIC, sync_to_thread=False)
def show_live() -> LiveBody:
    """Answers as long as the event loop turns. Checks nothing else, so that a lost database restarts no gateway."""
    return LiveBody(status="live")


@get("/ready", summary="Can it do its work?", opt=PUBLIC)
async def show_ready(probes: NamedDependency[SkipValidation[Probes]]) -> Response[ReadyBody]:
    """Asks every dependency, each within two seconds. 503 when one that is needed does not answer."""
    found = await ask_all(probes)
    ready = all(one.status == "ok" or not one.required for one in found)
    body = ReadyBody(status="ready" if ready else "unready", dependencies=list(found))
    return Response(body, status_code=200 if ready else 503)


@get("/metrics", summary="Prometheus metrics", media_type=MediaType.TEXT, opt=PUBLIC, sync_to_thread=False)
def show_metrics(
    request: Request[Any, Any, State], settings: NamedDependency[SkipValidation[HttpSettings]]
) -> Response[bytes]:
    """For scrapers on this machine, and for those that show DEEPSPACE_METRICS_TOKEN as a Bearer token."""
    if not (_shows_token(request, settings.metrics_token) or _is_local(request)):
        raise Forbidden("metrics are for this machine, or for a Bearer token equal to DEEPSPACE_METRICS_TOKEN")
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST.partition("; charset")[0])


def _shows_token(request: Request[Any, Any, State], token: str | None) -> bool:
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    return token is not None and secrets.compare_digest(shown.encode(), token.encode())


def _is_local(request: Request[Any, Any, State]) -> bool:
    """A forwarded request comes through a proxy on this machine and is not from it."""
    headers = request.scope["headers"]
    peer = request.client.host if request.client else ""
    address = client_address(peer, headers, trusted=())
    return not is_forwarded(headers) and (address is None or address.is_loopback)


health_router = Router("/", route_handlers=[show_live, show_ready, show_metrics], tags=["Health"])
