"""The contract of catalogue and rate cards, on memory and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_core.catalogue import ModelFilters, ModelKind, ModelNameTaken, ModelNotFound, Visibility
from deepspace_core.kernel.ids import ModelId, PriceId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.pricing import Leaf, PriceChangedMeanwhile, PriceNotFound, RateCard, Tier
from tests.contract.metering_stores import Stores, stores_of
from tests.core.metering_values import CARD, MODEL, PAST, SMOL

EVERYTHING = ModelFilters()
OTHER = replace(
    SMOL,
    id=ModelId(UUID(int=0xF1)),
    name="embedder",
    kinds=frozenset({ModelKind.EMBEDDING}),
    enabled=False,
    visibility=Visibility.HIDDEN,
)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return stores_of(request)


async def _add(stores: Stores, *cards: RateCard) -> None:
    async with stores.unit_of_work() as tx:
        if await stores.models.find_model_by_name(tx, SMOL.name) is None:
            await stores.models.add_model(tx, SMOL)
            await stores.models.add_model(tx, OTHER)
        for card in cards:
            await stores.prices.add_card(tx, card)
        await tx.commit()


async def test_a_model_is_found_by_id_and_name_as_it_was_added(stores: Stores) -> None:
    await _add(stores)
    async with stores.unit_of_work() as tx:
        assert await stores.models.get_model(tx, MODEL) == SMOL
        assert await stores.models.find_model_by_name(tx, "smollm2") == SMOL
        assert await stores.models.find_model_by_name(tx, "absent") is None
        with pytest.raises(ModelNotFound):
            await stores.models.get_model(tx, ModelId(UUID(int=1)))


async def test_a_saved_model_replaces_the_one_before(stores: Stores) -> None:
    await _add(stores)
    changed = replace(SMOL, name="renamed", kinds=frozenset({ModelKind.RERANK}), enabled=False, recommended=True)
    async with stores.unit_of_work() as tx:
        await stores.models.save_model(tx, changed)
        assert await stores.models.get_model(tx, MODEL) == changed
        with pytest.raises(ModelNotFound):
            await stores.models.save_model(tx, replace(SMOL, id=ModelId(UUID(int=1)), name="x"))


async def test_a_name_is_given_once(stores: Stores) -> None:
    await _add(stores)
    async with stores.unit_of_work() as tx:
        with pytest.raises(ModelNameTaken):
            await stores.models.add_model(tx, replace(SMOL, id=ModelId(UUID(int=1))))
    async with stores.unit_of_work() as tx:
        with pytest.raises(ModelNameTaken):
            await stores.models.save_model(tx, replace(OTHER, name=SMOL.name))


FILTERED = [
    (EVERYTHING, ["embedder", "smollm2"]),
    (ModelFilters(kind=ModelKind.CHAT), ["smollm2"]),
    (ModelFilters(enabled=False), ["embedder"]),
    (ModelFilters(visibility=Visibility.HIDDEN), ["embedder"]),
    (ModelFilters(search="EMBED"), ["embedder"]),
    (ModelFilters(search="-135m"), ["embedder", "smollm2"]),
    (ModelFilters(search="%"), []),
    (ModelFilters(kind=ModelKind.CHAT, enabled=False), []),
]


async def test_models_are_filtered_newest_first(stores: Stores) -> None:
    await _add(stores)
    async with stores.unit_of_work() as tx:
        for filters, names in FILTERED:
            found = await stores.models.list_models(tx, PageRequest(), filters)
            assert [model.name for model in found.rows] == names, filters


async def test_a_page_leads_to_the_next_one(stores: Stores) -> None:
    await _add(stores)
    async with stores.unit_of_work() as tx:
        first = await stores.models.list_models(tx, PageRequest(limit=1), EVERYTHING)
        after = PageRequest.read(limit=1, cursor=first.next_cursor)
        second = await stores.models.list_models(tx, after, EVERYTHING)
    assert [*first.rows, *second.rows] == [OTHER, SMOL]
    assert second.next_cursor is None


def _card(version: int, hours: int) -> RateCard:
    tiers = (
        Tier(0, {Leaf.INPUT_UNCACHED: version, Leaf.OUTPUT_TEXT: 2}),
        Tier(1_000, {Leaf.INPUT_UNCACHED: 9, Leaf.OUTPUT_TEXT: 9, Leaf.INPUT_CACHED_READ: 0}),
    )
    return replace(
        CARD,
        id=PriceId(UUID(int=version)),
        version=version,
        effective_at=PAST + hours * HOUR,
        tiers=tiers,
        per_request_picos=7,
    )


async def test_a_card_is_read_back_as_it_was_added(stores: Stores) -> None:
    await _add(stores, _card(1, 0))
    async with stores.unit_of_work() as tx:
        assert await stores.prices.get_card(tx, PriceId(UUID(int=1))) == _card(1, 0)
        with pytest.raises(PriceNotFound):
            await stores.prices.get_card(tx, PriceId(UUID(int=99)))


async def test_the_card_in_effect_is_the_latest_that_has_begun(stores: Stores) -> None:
    await _add(stores, _card(1, 0), _card(2, 4), _card(3, 4), _card(4, 10))
    async with stores.unit_of_work() as tx:
        for hour, version in [(-1, None), (0, 1), (3, 1), (4, 3), (9, 3), (10, 4)]:
            at = PAST + hour * HOUR
            found = await stores.prices.find_effective_card(tx, MODEL, at)
            together = await stores.prices.effective_cards(tx, [MODEL, OTHER.id], at)
            assert (found and found.version) == version, hour
            assert together == ({} if found is None else {MODEL: found})


async def test_a_version_is_given_once(stores: Stores) -> None:
    await _add(stores, _card(1, 0))
    async with stores.unit_of_work() as tx:
        assert await stores.prices.find_latest_version(tx, MODEL) == 1
        assert await stores.prices.find_latest_version(tx, OTHER.id) is None
        with pytest.raises(PriceChangedMeanwhile):
            await stores.prices.add_card(tx, replace(_card(1, 5), id=PriceId(UUID(int=77))))


async def test_cards_are_listed_newest_first_by_model(stores: Stores) -> None:
    await _add(stores, _card(1, 0), replace(_card(2, 0), model_id=OTHER.id), _card(3, 0))
    async with stores.unit_of_work() as tx:
        everything = await stores.prices.list_cards(tx, PageRequest())
        of_one = await stores.prices.list_cards(tx, PageRequest(limit=1), model_id=MODEL)
    assert [card.version for card in everything.rows] == [3, 2, 1]
    assert [card.version for card in of_one.rows] == [3]
    assert of_one.next_cursor is not None
