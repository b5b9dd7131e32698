"""The catalogue: an administrator keeps it."""

from typing import TypeAlias

from litestar import Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_core.catalogue.model import ModelKind, Visibility
from deepspace_core.catalogue.ports import ModelFilters
from deepspace_core.catalogue.use_cases import ModelChanges
from deepspace_core.kernel.ids import ModelId, read_id
from deepspace_http.application import CatalogueUseCases
from deepspace_http.parameters import Caller, WantedPage, Why
from deepspace_http.schemas.catalogue import CatalogueModelBody, CreateModelBody, UpdateModelBody, show_model
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Catalogue: TypeAlias = NamedDependency[SkipValidation[CatalogueUseCases]]


@get("/", summary="List all models")
async def list_models(
    *,
    caller: Caller,
    catalogue: Catalogue,
    page: WantedPage,
    kind: FromQuery[ModelKind | None] = None,
    enabled: FromQuery[bool | None] = None,
    visibility: FromQuery[Visibility | None] = None,
    search: FromQuery[str | None] = None,
) -> PageBody[CatalogueModelBody]:
    """Hidden and disabled ones too. `search` is part of a name, ours or the upstream's."""
    filters = ModelFilters(kind=kind, enabled=enabled, visibility=visibility, search=search or None)
    return page_body(await catalogue.list_models(actor=caller, page=page, filters=filters), show_model)


@post("/", summary="Add a model")
async def create_model(caller: Caller, catalogue: Catalogue, data: JSONBody[CreateModelBody]) -> CatalogueModelBody:
    """It can be called once it has a price."""
    model = await catalogue.create_model(
        actor=caller,
        trace_id=current_trace_id(),
        name=data.name,
        upstream_name=data.upstream_name or data.name,
        kinds=frozenset(data.kinds),
        context_tokens=data.context_tokens,
        output_tokens_max=data.output_tokens_max,
        enabled=data.enabled,
        visibility=data.visibility,
        recommended=data.recommended,
    )
    return show_model(model)


@get("/{model_id:str}", summary="Show a model")
async def get_model(caller: Caller, catalogue: Catalogue, model_id: FromPath[str]) -> CatalogueModelBody:
    """One entry of the catalogue."""
    wanted = ModelId(read_id("model", model_id, param="model_id"))
    return show_model(await catalogue.get_model(actor=caller, model_id=wanted))


@patch("/{model_id:str}", summary="Change a model")
async def update_model(
    caller: Caller, catalogue: Catalogue, model_id: FromPath[str], data: JSONBody[UpdateModelBody], reason: Why = None
) -> CatalogueModelBody:
    """Rename, enable, hide, or map to another upstream name."""
    changes = ModelChanges(
        name=data.name,
        upstream_name=data.upstream_name,
        kinds=None if data.kinds is None else frozenset(data.kinds),
        context_tokens=data.context_tokens,
        output_tokens_max=data.output_tokens_max,
        enabled=data.enabled,
        visibility=data.visibility,
        recommended=data.recommended,
    )
    wanted = ModelId(read_id("model", model_id, param="model_id"))
    with because(reason):
        model = await catalogue.update_model(
            actor=caller, trace_id=current_trace_id(), model_id=wanted, changes=changes
        )
    return show_model(model)


admin_models_router = Router(
    "/models", route_handlers=[list_models, create_model, get_model, update_model], tags=["Admin: models"]
)
