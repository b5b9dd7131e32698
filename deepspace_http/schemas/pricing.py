"""Wire types of prices: rates in picos a token, exactly, and per million tokens for people."""

from typing import Annotated

import msgspec
from msgspec import Meta

from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_nanos, decimal_from_picos
from deepspace_core.kernel.token_leaves import Leaf, TokenLeaves
from deepspace_core.kernel.units import Unit, Units
from deepspace_core.pricing.rate_card import TIERS_MAX, RateCard, Tier
from deepspace_core.pricing.use_cases import PricedModel, PricePreview
from deepspace_http.schemas.catalogue import ContextTokens, Kinds, ModelName, OutputTokensMax
from deepspace_http.schemas.wire import (
    DecimalText,
    ModelIdText,
    NanosNumber,
    PriceIdText,
    RequestBody,
    ResponseBody,
    Time,
)

TOKENS_PER_MILLION = 1_000_000

_RATES = {"input_uncached": 1_000_000, "input_cached_read": 250_000, "output_text": 4_000_000}
_PER_MILLION = {"input_uncached": "1", "input_cached_read": "0.25", "output_text": "4"}
_LEAVES = {"input_uncached": 1200, "output_text": 300}
Picos = Annotated[int, Meta(ge=0, examples=[0])]
Rates = Annotated[dict[Leaf, Picos], Meta(examples=[_RATES])]
RatesPerMillion = Annotated[dict[Leaf, str], Meta(examples=[_PER_MILLION])]
Tokens = Annotated[dict[Leaf, Annotated[int, Meta(ge=0)]], Meta(examples=[_LEAVES])]
UnitRates = Annotated[dict[Unit, Picos], Meta(examples=[{"images": 40_000_000_000}])]
UnitRatesShown = Annotated[dict[Unit, str], Meta(examples=[{"images": "0.04"}])]
UnitCounts = Annotated[dict[Unit, Annotated[int, Meta(ge=0)]], Meta(examples=[{"images": 2}])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", examples=["USD"])]
Threshold = Annotated[int, Meta(ge=0, examples=[0])]


class TierBody(RequestBody, frozen=True, kw_only=True):
    """Rates in pico-units a token, for calls with more input tokens than the threshold.

    A leaf that is not named costs what `input_uncached` or `output_text` costs.
    """

    from_input_tokens_above: Threshold = 0
    rates_picos: Rates


class SetPriceBody(RequestBody, frozen=True, kw_only=True):
    """The next rate card of a model, in effect from `effective_at` on; absent: at once.

    `unit_picos` prices what is not counted in tokens: an image, a second of sound, a character that is spoken.
    """

    tiers: Annotated[list[TierBody], Meta(min_length=1, max_length=TIERS_MAX)]
    currency: Currency = "USD"
    per_request_picos: Picos = 0
    unit_picos: UnitRates = msgspec.field(default_factory=dict)
    effective_at: Time | None = None


class ShownTierBody(ResponseBody, frozen=True, kw_only=True):
    """A tier with its rates twice: picos a token, and currency units per million tokens."""

    from_input_tokens_above: Threshold
    rates_picos: Rates
    rates_per_million: RatesPerMillion


class PriceBody(ResponseBody, frozen=True, kw_only=True):
    """A rate card."""

    id: PriceIdText
    model_id: ModelIdText
    version: Annotated[int, Meta(examples=[3])]
    effective_at: Time
    currency: Currency
    per_request_picos: Picos
    unit_picos: UnitRates
    units: UnitRatesShown
    tiers: list[ShownTierBody]


class EffectivePricesBody(ResponseBody, frozen=True, kw_only=True):
    """The rate cards in effect, one a model."""

    data: list[PriceBody]


class PricedModelBody(ResponseBody, frozen=True, kw_only=True):
    """A model that the caller may use, and what it sells at now; `price` null: not for sale yet."""

    id: ModelIdText
    name: ModelName
    kinds: Kinds
    context_tokens: ContextTokens
    output_tokens_max: OutputTokensMax
    recommended: bool
    price: PriceBody | None


class PreviewPriceBody(RequestBody, frozen=True, kw_only=True):
    """A call to price. With `tiers` a card only thought of is tried, else the one now in effect."""

    tokens: Tokens
    tiers: Annotated[list[TierBody], Meta(min_length=1, max_length=TIERS_MAX)] | None = None
    per_request_picos: Picos = 0
    units: UnitCounts = msgspec.field(default_factory=dict)
    unit_picos: UnitRates = msgspec.field(default_factory=dict)


class PricePreviewBody(ResponseBody, frozen=True, kw_only=True):
    """What the call would cost, and the most that would be held for one of its size."""

    cost_picos: Annotated[int, Meta(examples=[2_400_000_000])]
    cost_nanos: NanosNumber
    cost: DecimalText
    cost_exact: DecimalText
    hold_nanos: NanosNumber
    hold: DecimalText
    tier_from_input_tokens_above: Threshold


def read_tier(body: TierBody) -> Tier:
    """The core's tier."""
    return Tier(from_input_tokens_above=body.from_input_tokens_above, rates=dict(body.rates_picos))


def read_tokens(counts: dict[Leaf, int]) -> TokenLeaves:
    """The core's leaves."""
    return TokenLeaves(**{leaf.value: count for leaf, count in counts.items()})


def read_unit_counts(counts: dict[Unit, int]) -> Units:
    """The core's units."""
    return Units(**{unit.value: count for unit, count in counts.items()})


def show_price(card: RateCard) -> PriceBody:
    """The wire form."""
    return PriceBody(
        id=show_id("price", card.id),
        model_id=show_id("model", card.model_id),
        version=card.version,
        effective_at=card.effective_at,
        currency=card.currency,
        per_request_picos=card.per_request_picos,
        unit_picos=dict(card.unit_picos),
        units={unit: decimal_from_picos(picos) for unit, picos in card.unit_picos.items()},
        tiers=[show_tier(tier) for tier in card.tiers],
    )


def show_priced_model(priced: PricedModel) -> PricedModelBody:
    """The wire form; the upstream's name stays with the administrators."""
    model = priced.model
    return PricedModelBody(
        id=show_id("model", model.id),
        name=model.name,
        kinds=sorted(model.kinds),
        context_tokens=model.context_tokens,
        output_tokens_max=model.output_tokens_max,
        recommended=model.recommended,
        price=None if priced.card is None else show_price(priced.card),
    )


def show_preview(preview: PricePreview) -> PricePreviewBody:
    """The wire form."""
    return PricePreviewBody(
        cost_picos=preview.cost.picos,
        cost_nanos=preview.cost.amount_nanos,
        cost=decimal_from_nanos(preview.cost.amount_nanos),
        cost_exact=decimal_from_picos(preview.cost.picos),
        hold_nanos=preview.hold.amount_nanos,
        hold=decimal_from_nanos(preview.hold.amount_nanos),
        tier_from_input_tokens_above=preview.cost.tier_from_input_tokens_above,
    )


def show_tier(tier: Tier) -> ShownTierBody:
    """The wire form."""
    per_million = {leaf: decimal_from_picos(rate * TOKENS_PER_MILLION) for leaf, rate in tier.rates.items()}
    return ShownTierBody(
        from_input_tokens_above=tier.from_input_tokens_above,
        rates_picos=dict(tier.rates),
        rates_per_million=per_million,
    )
