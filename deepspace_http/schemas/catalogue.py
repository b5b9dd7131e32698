"""Wire types of the catalogue."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.catalogue.model import Model, ModelKind, Visibility
from deepspace_core.kernel.ids import show_id
from deepspace_http.schemas.wire import ModelIdText, RequestBody, ResponseBody, Time

KINDS_MAX = len(ModelKind)

ModelName = Annotated[str, Meta(min_length=1, max_length=128, examples=["smollm2-135m"])]
UpstreamName = Annotated[str, Meta(min_length=1, max_length=128, examples=["SmolLM2-135M-Instruct"])]
Kinds = Annotated[list[ModelKind], Meta(min_length=1, max_length=KINDS_MAX, examples=[["chat", "completion"]])]
ContextTokens = Annotated[int, Meta(ge=1, examples=[8192])]
OutputTokensMax = Annotated[int, Meta(ge=0, examples=[4096])]


class CatalogueModelBody(ResponseBody, frozen=True, kw_only=True):
    """A model as an administrator sees it."""

    id: ModelIdText
    name: ModelName
    upstream_name: UpstreamName
    kinds: Kinds
    context_tokens: ContextTokens
    output_tokens_max: OutputTokensMax
    enabled: bool
    visibility: Visibility
    recommended: bool
    created_at: Time


class CreateModelBody(RequestBody, frozen=True, kw_only=True):
    """A new entry of the catalogue. `upstream_name` absent: the same as `name`."""

    name: ModelName
    kinds: Kinds
    context_tokens: ContextTokens
    output_tokens_max: OutputTokensMax
    upstream_name: UpstreamName | None = None
    enabled: bool = True
    visibility: Visibility = Visibility.PUBLIC
    recommended: bool = False


class UpdateModelBody(RequestBody, frozen=True, kw_only=True):
    """What to change; absent fields stay as they are."""

    name: ModelName | None = None
    upstream_name: UpstreamName | None = None
    kinds: Kinds | None = None
    context_tokens: ContextTokens | None = None
    output_tokens_max: OutputTokensMax | None = None
    enabled: bool | None = None
    visibility: Visibility | None = None
    recommended: bool | None = None


def show_model(model: Model) -> CatalogueModelBody:
    """The wire form."""
    return CatalogueModelBody(
        id=show_id("model", model.id),
        name=model.name,
        upstream_name=model.upstream_name,
        kinds=sorted(model.kinds),
        context_tokens=model.context_tokens,
        output_tokens_max=model.output_tokens_max,
        enabled=model.enabled,
        visibility=model.visibility,
        recommended=model.recommended,
        created_at=model.created_at,
    )
