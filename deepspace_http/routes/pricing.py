"""Prices: everybody sees what a model sells at, an administrator sets it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_core.kernel.ids import ModelId, PriceId, read_id
from deepspace_core.kernel.page import Page
from deepspace_core.ledger.wallet import CURRENCY_DEFAULT
from deepspace_core.pricing.rate_card import RateCard
from deepspace_http.application import CatalogueUseCases, PricingUseCases
from deepspace_http.parameters import Caller, WantedPage, Why, optional_id
from deepspace_http.schemas.pricing import (
    EffectivePricesBody,
    PreviewPriceBody,
    PriceBody,
    PricedModelBody,
    PricePreviewBody,
    SetPriceBody,
    TierBody,
    read_tier,
    read_tokens,
    read_unit_counts,
    show_preview,
    show_price,
    show_priced_model,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

WantedModels = Annotated[
    list[str] | None, QueryParameter(name="model_id", description="Ids of models; given several times.")
]
Catalogue: TypeAlias = NamedDependency[SkipValidation[CatalogueUseCases]]
Pricing: TypeAlias = NamedDependency[SkipValidation[PricingUseCases]]


@get("/", summary="List models and their prices")
async def list_priced_models(
    caller: Caller, catalogue: Catalogue, pricing: Pricing, page: WantedPage
) -> PageBody[PricedModelBody]:
    """What the caller may use, and what it sells at now."""
    models = await catalogue.list_usable_models(principal=caller, page=page)
    priced = await pricing.price_models(models=models.rows)
    return page_body(Page(rows=priced, next_cursor=models.next_cursor), show_priced_model)


@get("/", summary="List prices")
async def list_prices(
    caller: Caller, pricing: Pricing, page: WantedPage, model_id: FromQuery[str | None] = None
) -> PageBody[PriceBody]:
    """Every rate card, past and to come, of one model or of all."""
    wanted = optional_id("model", model_id, param="model_id")
    found = await pricing.list_prices(actor=caller, page=page, model_id=None if wanted is None else ModelId(wanted))
    return page_body(found, show_price)


@get("/effective", summary="List the prices in effect")
async def list_effective_prices(
    caller: Caller, pricing: Pricing, model_ids: WantedModels = None
) -> EffectivePricesBody:
    """What these models sell at now; those without a price are left out."""
    wanted = [ModelId(read_id("model", text, param="model_id")) for text in model_ids or []]
    found = await pricing.list_effective_prices(actor=caller, model_ids=wanted)
    return EffectivePricesBody(data=[show_price(card) for card in found])


@post("/{model_id:str}/prices", summary="Set a price")
async def set_price(
    caller: Caller, pricing: Pricing, model_id: FromPath[str], data: JSONBody[SetPriceBody], reason: Why = None
) -> PriceBody:
    """Adds the next version of the model's rate card; what was sold stays sold at its price."""
    with because(reason):
        card = await pricing.set_price(
            actor=caller,
            trace_id=current_trace_id(),
            model_id=ModelId(read_id("model", model_id, param="model_id")),
            currency=data.currency,
            tiers=[read_tier(tier) for tier in data.tiers],
            per_request_picos=data.per_request_picos,
            unit_picos=data.unit_picos,
            effective_at=data.effective_at,
        )
    return show_price(card)


@post("/{model_id:str}/prices/preview", summary="Try a price", status_code=200)
async def preview_price(
    pricing: Pricing, model_id: FromPath[str], data: JSONBody[PreviewPriceBody]
) -> PricePreviewBody:
    """What a call of that size costs under the card in effect, or under tiers only thought of. Changes nothing."""
    wanted = ModelId(read_id("model", model_id, param="model_id"))
    if data.tiers is None:
        card = await pricing.get_effective_price(model_id=wanted)
    else:
        card = _thought_of(wanted, data, data.tiers)
    leaves, units = read_tokens(data.tokens), read_unit_counts(data.units)
    return show_preview(await pricing.preview_price(card=card, leaves=leaves, units=units))


def _thought_of(model_id: ModelId, data: PreviewPriceBody, tiers: Sequence[TierBody]) -> RateCard:
    return RateCard(
        id=PriceId(UUID(int=0)),
        model_id=model_id,
        version=0,
        effective_at=datetime.min.replace(tzinfo=UTC),
        currency=CURRENCY_DEFAULT,
        tiers=tuple(read_tier(tier) for tier in tiers),
        per_request_picos=data.per_request_picos,
        unit_picos=data.unit_picos,
    )


models_router = Router("/models", route_handlers=[list_priced_models], tags=["Models"])
admin_prices_router = Router("/prices", route_handlers=[list_prices, list_effective_prices], tags=["Admin: prices"])
admin_model_prices_router = Router("/models", route_handlers=[set_price, preview_price], tags=["Admin: prices"])
