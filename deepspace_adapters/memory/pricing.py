"""Rate cards in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.kernel.ids import ModelId, PriceId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pricing import PriceChangedMeanwhile, PriceNotFound, RateCard, effective_card


class MemoryPrices:
    """The `PriceRepository` port."""

    async def add_card(self, tx: Transaction, card: RateCard) -> None:
        if any(other.version == card.version for other in _cards_of(tx, card.model_id)):
            raise PriceChangedMeanwhile(
                f"the model has a price of version {card.version} already; look at it and set yours again",
                param="version",
            )
        table_of(tx, "prices")[card.id] = card

    async def get_card(self, tx: Transaction, price_id: PriceId) -> RateCard:
        found: RateCard | None = table_of(tx, "prices").get(price_id)
        if found is None:
            raise PriceNotFound(f"there is no price {show_id('price', price_id)}", param="price_id")
        return found

    async def find_effective_card(self, tx: Transaction, model_id: ModelId, at: datetime) -> RateCard | None:
        return effective_card(_cards_of(tx, model_id), at)

    async def effective_cards(
        self, tx: Transaction, model_ids: Sequence[ModelId], at: datetime
    ) -> dict[ModelId, RateCard]:
        found = {model_id: effective_card(_cards_of(tx, model_id), at) for model_id in model_ids}
        return {model_id: card for model_id, card in found.items() if card is not None}

    async def find_latest_version(self, tx: Transaction, model_id: ModelId) -> int | None:
        return max((card.version for card in _cards_of(tx, model_id)), default=None)

    async def list_cards(
        self, tx: Transaction, page: PageRequest, *, model_id: ModelId | None = None
    ) -> Page[RateCard]:
        found = sorted((card for card in _cards(tx) if model_id in (None, card.model_id)), key=lambda card: card.id)
        rows = [card for card in reversed(found) if page.after is None or card.id < page.after]
        return page_of(rows, [card.id for card in rows], limit=page.limit)


def _cards(tx: Transaction) -> Iterable[RateCard]:
    return table_of(tx, "prices").values()


def _cards_of(tx: Transaction, model_id: ModelId) -> list[RateCard]:
    return [card for card in _cards(tx) if card.model_id == model_id]
