"""Setting prices: versions ascend, the past stays as it was, only administrators may."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.catalogue import MemoryModels
from deepspace_adapters.memory.pricing import MemoryPrices
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_core.catalogue import ModelNotFound
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ModelId
from deepspace_core.kernel.page import PAGE_SIZE_MAX, PageRequest
from deepspace_core.pricing import BackDatedPrice, Leaf, PriceNotFound, Tier, TokenLeaves
from deepspace_core.pricing.use_cases import (
    GetEffectivePrice,
    ListEffectivePrices,
    ListPrices,
    PreviewPrice,
    PriceModels,
    SetPrice,
)
from tests.core.metering_values import CARD, MODEL, OPERATOR, OWNER, SMOL, TRACE
from tests.fakes import NOON, CountingIds, FixedClock, ListedEvents

TIERS = (Tier(0, {Leaf.INPUT_UNCACHED: 5, Leaf.OUTPUT_TEXT: 9}),)
HOUR = timedelta(hours=1)


@dataclass
class World:
    clock: FixedClock = field(default_factory=FixedClock)
    events: ListedEvents = field(default_factory=ListedEvents)
    unit_of_work: MemoryUnitOfWork = field(default_factory=lambda: MemoryUnitOfWork(MemoryDatabase()))
    models: MemoryModels = field(default_factory=MemoryModels)
    prices: MemoryPrices = field(default_factory=MemoryPrices)

    def __post_init__(self) -> None:
        self.set_price = SetPrice(self.unit_of_work, self.models, self.prices, self.events, CountingIds(), self.clock)
        self.effective = GetEffectivePrice(self.unit_of_work, self.prices, self.clock)


@pytest.fixture
async def world() -> World:
    made = World()
    async with made.unit_of_work() as tx:
        await made.models.add_model(tx, SMOL)
        await tx.commit()
    return made


async def test_versions_ascend_and_each_is_audited(world: World) -> None:
    for version in (1, 2, 3):
        card = await world.set_price(actor=OPERATOR, trace_id=TRACE, model_id=MODEL, currency="USD", tiers=TIERS)
        assert card.version == version
    assert world.events.types == ["price.set"] * 3


async def test_prices_of_some_models_are_looked_up_at_once_in_the_order_asked_for(world: World) -> None:
    other, unpriced = ModelId(UUID(int=77)), ModelId(UUID(int=78))
    async with world.unit_of_work() as tx:
        await world.models.add_model(tx, replace(SMOL, id=other, name="other"))
        await world.models.add_model(tx, replace(SMOL, id=unpriced, name="unpriced"))
        await tx.commit()
    for model_id in (MODEL, other):
        for later in (timedelta(0), HOUR):
            await world.set_price(
                actor=OPERATOR,
                trace_id=TRACE,
                model_id=model_id,
                currency="USD",
                tiers=TIERS,
                effective_at=NOON + later,
            )
    look_up = ListEffectivePrices(world.unit_of_work, world.prices, world.clock)
    found = await look_up(actor=OPERATOR, model_ids=[other, unpriced, MODEL])
    assert [(card.model_id, card.version) for card in found] == [(other, 1), (MODEL, 1)]
    many = [ModelId(UUID(int=1_000 + number)) for number in range(PAGE_SIZE_MAX + 1)]
    assert await look_up(actor=OPERATOR, model_ids=many[1:]) == []
    with pytest.raises(InvalidInput) as refused:
        await look_up(actor=OPERATOR, model_ids=many)
    assert (refused.value.param, refused.value.message) == ("model_id", f"ask for {PAGE_SIZE_MAX} models at most")
    with pytest.raises(AdministratorRequired):
        await look_up(actor=OWNER, model_ids=[MODEL])


async def test_a_future_price_waits_for_its_time(world: World) -> None:
    now = await world.set_price(actor=OPERATOR, trace_id=TRACE, model_id=MODEL, currency="USD", tiers=TIERS)
    later = await world.set_price(
        actor=OPERATOR, trace_id=TRACE, model_id=MODEL, currency="USD", tiers=TIERS, effective_at=NOON + HOUR
    )
    assert await world.effective(model_id=MODEL) == now
    assert await world.effective(model_id=MODEL, at=NOON + HOUR) == later
    world.clock.advance(HOUR)
    assert await world.effective(model_id=MODEL) == later


async def test_a_back_dated_price_is_refused_and_changes_nothing(world: World) -> None:
    with pytest.raises(BackDatedPrice):
        await world.set_price(
            actor=OPERATOR, trace_id=TRACE, model_id=MODEL, currency="USD", tiers=TIERS, effective_at=NOON - HOUR
        )
    with pytest.raises(PriceNotFound):
        await world.effective(model_id=MODEL)
    assert world.events.types == []


async def test_only_an_administrator_sets_or_lists_prices(world: World) -> None:
    with pytest.raises(AdministratorRequired):
        await world.set_price(actor=OWNER, trace_id=TRACE, model_id=MODEL, currency="USD", tiers=TIERS)
    with pytest.raises(AdministratorRequired):
        await ListPrices(world.unit_of_work, world.prices)(actor=OWNER, page=PageRequest())


async def test_a_price_for_no_model_is_refused(world: World) -> None:
    with pytest.raises(ModelNotFound):
        await world.set_price(
            actor=OPERATOR, trace_id=TRACE, model_id=ModelId(UUID(int=99)), currency="USD", tiers=TIERS
        )


async def test_models_stand_beside_the_price_now_in_effect(world: World) -> None:
    unpriced = replace(SMOL, id=ModelId(UUID(int=98)), name="other")
    card = await world.set_price(actor=OPERATOR, trace_id=TRACE, model_id=MODEL, currency="USD", tiers=TIERS)
    priced = await PriceModels(world.unit_of_work, world.prices, world.clock)(models=[SMOL, unpriced])
    assert [entry.card for entry in priced] == [card, None]


async def test_a_preview_shows_what_is_held_and_what_it_costs() -> None:
    preview = await PreviewPrice()(card=CARD, leaves=TokenLeaves(input_uncached=10, output_text=1))
    assert (preview.cost.picos, preview.hold.picos) == (12_000_000, 12_000_000)
