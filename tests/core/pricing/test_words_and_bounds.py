"""The words of pricing's refusals, the bounds themselves, and what is told of a price that was set."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from deepspace_adapters.memory.audit import MemoryEventLog
from deepspace_adapters.memory.catalogue import MemoryModels
from deepspace_adapters.memory.pricing import MemoryPrices
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import ModelId, PriceId, show_id
from deepspace_core.kernel.page import PageRequest
from deepspace_core.pricing import (
    BackDatedPrice,
    Leaf,
    PriceNotFound,
    RateCard,
    Tier,
    TokenLeaves,
    Unit,
    Units,
    checked,
    cost,
    cost_again,
    estimate,
    restore,
    snapshot,
    tokens_for,
)
from deepspace_core.pricing.quote import TOKENS_MAX, UNITS_MAX
from deepspace_core.pricing.rate_card import PER_REQUEST_PICOS_MAX, RATE_PICOS_MAX, TIERS_MAX, UNIT_PICOS_MAX
from deepspace_core.pricing.use_cases import GetEffectivePrice, ListPrices, PreviewPrice, PriceModels, SetPrice
from tests.core.metering_values import CARD, MODEL, OPERATOR, SMOL, TRACE
from tests.fakes import NOON, CountingIds, FixedClock

PLAIN = {Leaf.INPUT_UNCACHED: 7, Leaf.OUTPUT_TEXT: 11}
OTHER = replace(SMOL, id=ModelId(PriceId(CARD.id)), name="other")


class World:
    """One model, no price yet; events in the same database as prices."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.unit_of_work = MemoryUnitOfWork(MemoryDatabase())
        self.models, self.prices = MemoryModels(), MemoryPrices()
        self.set_price = SetPrice(
            self.unit_of_work, self.models, self.prices, MemoryEventLog(self.clock), CountingIds(), self.clock
        )

    async def price(self, **told: object) -> RateCard:
        asked: Mapping[str, object] = {"model_id": MODEL, "currency": "USD", "tiers": CARD.tiers, **told}
        return await self.set_price(actor=OPERATOR, trace_id=TRACE, **asked)  # type: ignore[arg-type]

    async def events(self) -> list[Event]:
        async with self.unit_of_work() as tx:
            return [stored.event for stored in table_of(tx, "audit_logs").values()]


@pytest.fixture
async def world() -> World:
    made = World()
    async with made.unit_of_work() as tx:
        await made.models.add_model(tx, SMOL)
        await made.models.add_model(tx, OTHER)
        await tx.commit()
    return made


async def test_a_price_that_is_set_is_told_in_full(world: World) -> None:
    later = NOON + timedelta(hours=1)
    card = await world.price(per_request_picos=5, effective_at=later, unit_picos={Unit.IMAGES: 9})
    [event] = await world.events()
    assert event.payload == {
        "model_id": show_id("model", MODEL),
        "version": 1,
        "effective_at": later.isoformat(),
        "currency": "USD",
        "per_request_picos": 5,
        "unit_picos": {"images": 9},
        "tiers": [{"from_input_tokens_above": 0, "rates": {"input_uncached": 1_000_000, "output_text": 2_000_000}}],
    }
    assert (event.event_type, event.at, event.org_id, event.trace_id) == ("price.set", NOON, None, TRACE)
    assert (event.actor, event.subject) == (OPERATOR.actor, show_id("price", card.id))
    assert (card.per_request_picos, card.unit_picos) == (5, {Unit.IMAGES: 9})


async def test_a_price_costs_nothing_a_request_unless_told_and_takes_effect_at_once(world: World) -> None:
    card = await world.price()
    assert (card.per_request_picos, card.unit_picos, card.effective_at) == (0, {}, NOON)
    assert (await world.price(effective_at=NOON)).version == 2


async def test_a_back_dated_price_is_told_what_to_do(world: World) -> None:
    past = NOON - timedelta(microseconds=1)
    with pytest.raises(BackDatedPrice) as refused:
        await world.price(effective_at=past)
    assert refused.value.param == "effective_at"
    assert refused.value.message == (
        f"{past.isoformat()} is in the past; without effective_at a price takes effect at once"
    )


async def test_prices_are_listed_by_model_and_page(world: World) -> None:
    cards = [await world.price(), await world.price(), await world.price(model_id=OTHER.id)]
    listed = ListPrices(world.unit_of_work, world.prices)
    every = await listed(actor=OPERATOR, page=PageRequest())
    assert {card.id for card in every.rows} == {card.id for card in cards}
    first = await listed(actor=OPERATOR, page=PageRequest(limit=1), model_id=MODEL)
    assert [card.id for card in first.rows] == [cards[1].id]


async def test_a_model_without_a_price_is_told_by_field(world: World) -> None:
    with pytest.raises(PriceNotFound) as refused:
        await GetEffectivePrice(world.unit_of_work, world.prices, world.clock)(model_id=MODEL)
    assert refused.value.param == "model_id"
    assert refused.value.message == "the model has no price at that time; an administrator must set one"


async def test_models_stand_beside_their_prices(world: World) -> None:
    card = await world.price()
    priced = await PriceModels(world.unit_of_work, world.prices, world.clock)(models=[SMOL, OTHER])
    assert [(one.model, one.card) for one in priced] == [(SMOL, card), (OTHER, None)]


async def test_a_preview_counts_units_in_what_is_held_and_in_what_it_costs() -> None:
    card = replace(CARD, unit_picos={Unit.IMAGES: 9_000})
    preview = await PreviewPrice()(card=card, leaves=TokenLeaves(), units=Units(images=2))
    assert (preview.cost.picos, preview.hold.picos) == (18_000, 18_000)
    with pytest.raises(InvalidInput):
        await PreviewPrice()(card=replace(card, currency="usd"), leaves=TokenLeaves())


REFUSED_CARDS: list[tuple[Mapping[str, object], str, str]] = [
    ({"currency": "usd"}, "currency", "currency must be three capital letters such as USD, not 'usd'"),
    ({"currency": "US"}, "currency", "currency must be three capital letters such as USD, not 'US'"),
    ({"currency": "ÜSD"}, "currency", "currency must be three capital letters such as USD, not 'ÜSD'"),
    (
        {"per_request_picos": PER_REQUEST_PICOS_MAX + 1},
        "per_request",
        f"per_request must be between 0 and {PER_REQUEST_PICOS_MAX} picos",
    ),
    ({"tiers": ()}, "tiers", f"a price has 1 to {TIERS_MAX} tiers, not 0"),
    (
        {"tiers": (Tier(0, PLAIN), Tier(9, PLAIN), Tier(5, PLAIN))},
        "tiers",
        "tiers must start at 0 input tokens and ascend, each threshold once; these are [0, 9, 5]",
    ),
    (
        {"tiers": (Tier(0, {Leaf.INPUT_UNCACHED: 1}),)},
        "output_text",
        "every tier needs a rate for output_text; 0 makes it free",
    ),
    (
        {"tiers": (Tier(0, {**PLAIN, Leaf.INPUT_AUDIO: -1}),)},
        "input_audio",
        f"the rate of input_audio must be between 0 and {RATE_PICOS_MAX} picos",
    ),
    (
        {"unit_picos": {Unit.IMAGES: UNIT_PICOS_MAX + 1}},
        "images",
        f"the rate of images must be between 0 and {UNIT_PICOS_MAX} picos",
    ),
    (
        {"unit_picos": {Unit.IMAGES: -1}},
        "images",
        f"the rate of images must be between 0 and {UNIT_PICOS_MAX} picos",
    ),
]


@pytest.mark.parametrize(("change", "param", "message"), REFUSED_CARDS, ids=map(str, range(len(REFUSED_CARDS))))
def test_a_card_is_refused_in_words(change: Mapping[str, object], param: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(replace(CARD, **change))  # type: ignore[arg-type]
    assert (refused.value.param, refused.value.message) == (param, message)


@pytest.mark.parametrize(
    "change",
    [
        {"per_request_picos": PER_REQUEST_PICOS_MAX},
        {"tiers": tuple(Tier(above, PLAIN) for above in range(TIERS_MAX))},
        {"tiers": (Tier(0, {**PLAIN, Leaf.INPUT_AUDIO: RATE_PICOS_MAX, Leaf.INPUT_IMAGE: 0}),)},
        {"tiers": (Tier(0, PLAIN), Tier(1, PLAIN))},
        {"unit_picos": {Unit.IMAGES: 0, Unit.CHARACTERS: UNIT_PICOS_MAX}},
    ],
    ids=str,
)
def test_a_card_at_its_bounds_is_fine(change: Mapping[str, object]) -> None:
    card = replace(CARD, **change)  # type: ignore[arg-type]
    assert checked(card) is card


@pytest.mark.parametrize(
    ("leaves", "units", "param", "message"),
    [
        (
            TokenLeaves(input_uncached=TOKENS_MAX + 1),
            Units(),
            "input_tokens",
            f"input_tokens must be between 0 and {TOKENS_MAX}, not {TOKENS_MAX + 1}",
        ),
        (
            TokenLeaves(output_text=TOKENS_MAX + 1),
            Units(),
            "output_tokens",
            f"output_tokens must be between 0 and {TOKENS_MAX}, not {TOKENS_MAX + 1}",
        ),
        (
            TokenLeaves(),
            Units(images=UNITS_MAX + 1),
            "images",
            f"images must be at most {UNITS_MAX}, not {UNITS_MAX + 1}",
        ),
    ],
)
def test_a_cost_of_too_much_is_refused_by_name(leaves: TokenLeaves, units: Units, param: str, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        cost(CARD, leaves, units)
    assert (refused.value.param, refused.value.message) == (param, message)


def test_a_cost_at_the_bounds_is_made_and_names_its_tier() -> None:
    card = replace(CARD, tiers=(Tier(0, PLAIN), Tier(9, PLAIN)), unit_picos={Unit.IMAGES: 3})
    most = TokenLeaves(input_uncached=TOKENS_MAX, output_text=TOKENS_MAX)
    made = cost(card, most, Units(images=UNITS_MAX))
    assert made.picos == TOKENS_MAX * 18 + UNITS_MAX * 3
    assert made.tier_from_input_tokens_above == 9
    assert cost(card, TokenLeaves(input_uncached=9)).tier_from_input_tokens_above == 0


def test_an_estimate_of_leaves_that_no_side_has_is_of_the_other_side() -> None:
    quote = estimate(CARD, input_tokens=10, output_tokens_max=10, leaves={Leaf.OUTPUT_TEXT})
    assert quote.picos == 20_000_000
    assert estimate(CARD, input_tokens=10, output_tokens_max=10, leaves={Leaf.INPUT_UNCACHED}).picos == 10_000_000
    assert estimate(CARD, input_tokens=10, output_tokens_max=10, leaves=set()).picos == 0


def test_an_estimate_counts_units_and_names_the_tier_that_bound_it() -> None:
    dear = {Leaf.INPUT_UNCACHED: 100, Leaf.OUTPUT_TEXT: 1}
    card = replace(CARD, tiers=(Tier(0, PLAIN), Tier(10, dear)), unit_picos={Unit.IMAGES: 3})
    assert estimate(card, input_tokens=10, output_tokens_max=0).picos == 70
    quote = estimate(card, input_tokens=11, output_tokens_max=0, units=Units(images=2))
    assert (quote.picos, quote.tier_from_input_tokens_above) == (1_106, 10)


def test_units_without_a_rate_are_the_tokens_that_providers_count_for_them_each_started_one() -> None:
    assert tokens_for(Units(images=2, audio_seconds=3, characters=5)) == TokenLeaves(
        output_image=12_416, input_audio=30, output_audio=7
    )
    assert tokens_for(Units(characters=1)) == TokenLeaves(output_audio=2)
    assert tokens_for(Units()) == TokenLeaves()


def test_a_card_prices_units_that_it_names() -> None:
    card = replace(CARD, unit_picos={Unit.IMAGES: 0})
    assert card.prices(Units(images=1))
    assert not card.prices(Units(characters=1))
    assert not CARD.prices(Units(images=1))


def test_a_cost_comes_again_out_of_the_snapshot() -> None:
    card = replace(CARD, unit_picos={Unit.IMAGES: 3_000}, per_request_picos=500)
    leaves = TokenLeaves(input_uncached=10, output_text=5)
    assert restore(snapshot(card)) == card
    assert "unit_picos" not in snapshot(CARD)
    assert cost_again(snapshot(card), leaves, Units(images=2)) == (20_006_500, 20_006)
    assert cost_again(snapshot(card), leaves) == (20_000_500, 20_000)
