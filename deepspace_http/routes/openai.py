"""/v1: what OpenAI's clients call. The calls themselves are raw ASGI (deepspace_http/gateway_asgi.py)."""

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias, cast

from litestar import Router, asgi, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.types import ControllerRouterHandler, HTTPScope, Receive, Scope, Send

from deepspace_core.catalogue import Model
from deepspace_core.identity import Principal
from deepspace_core.kernel.page import PAGE_SIZE_MAX, PageRequest
from deepspace_core.pipeline import Route
from deepspace_http.application import CatalogueUseCases
from deepspace_http.auth import PUBLIC, authenticate
from deepspace_http.edge import DIRECT
from deepspace_http.gateway_asgi import Gateway
from deepspace_http.parameters import Caller, provide_caller
from deepspace_http.schemas.openai import ModelBody, ModelListBody, show_model

Catalogue: TypeAlias = NamedDependency[SkipValidation[CatalogueUseCases]]

SERVED = (
    Route.CHAT_COMPLETIONS,
    Route.COMPLETIONS,
    Route.EMBEDDINGS,
    Route.RESPONSES,
    Route.MESSAGES,
    Route.COUNT_TOKENS,
    Route.IMAGE_GENERATIONS,
    Route.IMAGE_EDITS,
    Route.IMAGE_VARIATIONS,
    Route.SPEECH,
    Route.TRANSCRIPTIONS,
    Route.TRANSLATIONS,
    Route.MODERATIONS,
    Route.RERANK,
)

MODELS_LISTED_MAX = 2_000
"""OpenAI's list has no pages; a catalogue larger than this is cut."""


@get("/models", summary="List models")
async def list_models(caller: Caller, catalogue: Catalogue) -> ModelListBody:
    """The models that this key may call."""
    return ModelListBody(data=[show_model(model) for model in await _all_models(catalogue, caller)])


@get("/models/{name:path}", summary="Show a model")
async def get_model(caller: Caller, catalogue: Catalogue, name: FromPath[str]) -> ModelBody:
    """One model by its name, which may hold slashes."""
    return show_model(await catalogue.get_usable_model(principal=caller, name=name.removeprefix("/")))


def openai_routes(gateway: Gateway) -> Sequence[ControllerRouterHandler]:
    """Every route of /v1."""
    models = Router(
        "/v1",
        route_handlers=[list_models, get_model],
        guards=[authenticate],
        dependencies={"caller": Provide(provide_caller, sync_to_thread=False)},
        security=[{"bearer": []}],
        tags=["OpenAI"],
    )
    passed = [_passed(gateway)] if gateway.passed_routes else []
    return [models, *(_call(gateway, route) for route in SERVED), *passed]


def _call(gateway: Gateway, route: Route) -> ControllerRouterHandler:
    direct = partial(gateway.answer, route)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await direct(cast(HTTPScope, scope), receive, send)

    handler: Any = asgi(f"/v1/{route.value}", opt={**PUBLIC, DIRECT: direct}, copy_scope=False)(answer)
    return cast(ControllerRouterHandler, handler)


def _passed(gateway: Gateway) -> ControllerRouterHandler:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await gateway.pass_through(cast(HTTPScope, scope), receive, send)

    handler: Any = asgi("/v1", is_mount=True, opt=PUBLIC, copy_scope=False)(answer)
    return cast(ControllerRouterHandler, handler)


async def _all_models(catalogue: CatalogueUseCases, caller: Principal) -> list[Model]:
    found: list[Model] = []
    page = PageRequest(limit=PAGE_SIZE_MAX)
    while len(found) < MODELS_LISTED_MAX:
        models = await catalogue.list_usable_models(principal=caller, page=page)
        found.extend(models.rows)
        if models.next_cursor is None:
            break
        page = PageRequest.read(limit=PAGE_SIZE_MAX, cursor=models.next_cursor)
    return found
