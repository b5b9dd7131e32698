"""The ports of pricing: the stored rate cards, and the count of tokens where no provider counts them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from deepspace_core.kernel.ids import ModelId, PriceId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pricing.rate_card import RateCard


class PriceRepository(Protocol):
    """Stores rate cards; adds, never changes."""

    async def add_card(self, tx: Transaction, card: RateCard) -> None:
        """Raises PriceChangedMeanwhile when the model already has a card of that version."""
        ...

    async def get_card(self, tx: Transaction, price_id: PriceId) -> RateCard:
        """Raises PriceNotFound."""
        ...

    async def find_effective_card(self, tx: Transaction, model_id: ModelId, at: datetime) -> RateCard | None: ...

    async def effective_cards(
        self, tx: Transaction, model_ids: Sequence[ModelId], at: datetime
    ) -> dict[ModelId, RateCard]:
        """The card in effect of each model that has one, in one look-up."""
        ...

    async def find_latest_version(self, tx: Transaction, model_id: ModelId) -> int | None:
        """The highest version so far, in effect or not."""
        ...

    async def list_cards(
        self, tx: Transaction, page: PageRequest, *, model_id: ModelId | None = None
    ) -> Page[RateCard]:
        """Newest first."""
        ...


class TokenCounter(Protocol):
    """Counts tokens of text where the provider does not: for holds, and for an answer that was cut off."""

    def count(self, text: str) -> int:
        """Pure computation, some 20 ms a megabyte: a caller with a large text runs it off the event loop."""
        ...
