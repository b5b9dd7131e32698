"""Setting, seeing and trying prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deepspace_core.catalogue import Model, ModelRepository
from deepspace_core.identity import Actor, require_administrator, told
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ModelId, PriceId, TraceId, show_id
from deepspace_core.kernel.page import PAGE_SIZE_MAX, Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.pricing.errors import BackDatedPrice, PriceNotFound
from deepspace_core.pricing.meter import NO_UNITS, TokenLeaves, Unit, Units
from deepspace_core.pricing.ports import PriceRepository
from deepspace_core.pricing.quote import Cost, Quote, cost, estimate
from deepspace_core.pricing.rate_card import RateCard, Tier, checked
from deepspace_core.pricing.snapshot import show_tiers, show_unit_rates


@dataclass(frozen=True, slots=True)
class SetPrice:
    """Adds the next version of a model's rate card."""

    unit_of_work: UnitOfWork
    models: ModelRepository
    prices: PriceRepository
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(
        self,
        *,
        actor: Actor,
        trace_id: TraceId,
        model_id: ModelId,
        currency: str,
        tiers: Sequence[Tier],
        per_request_picos: int = 0,
        unit_picos: Mapping[Unit, int] | None = None,
        effective_at: datetime | None = None,
    ) -> RateCard:
        """In effect from `effective_at` on (None: at once).

        Raises AdministratorRequired, ModelNotFound, InvalidInput, BackDatedPrice or PriceChangedMeanwhile.
        """
        require_administrator(actor)
        now = self.clock.now()
        if effective_at is not None and effective_at < now:
            raise BackDatedPrice(
                f"{effective_at.isoformat()} is in the past; without effective_at a price takes effect at once",
                param="effective_at",
            )
        async with self.unit_of_work() as tx:
            await self.models.get_model(tx, model_id)
            card = checked(
                RateCard(
                    id=PriceId(self.ids.uuid()),
                    model_id=model_id,
                    version=(await self.prices.find_latest_version(tx, model_id) or 0) + 1,
                    effective_at=effective_at or now,
                    currency=currency,
                    tiers=tuple(tiers),
                    per_request_picos=per_request_picos,
                    unit_picos=unit_picos or {},
                )
            )
            await self.prices.add_card(tx, card)
            await self._tell(tx, card, actor=actor, trace_id=trace_id, now=now)
            await tx.commit()
        return card

    async def _tell(self, tx: Transaction, card: RateCard, *, actor: Actor, trace_id: TraceId, now: datetime) -> None:
        event = told(
            self.ids,
            now=now,
            event_type="price.set",
            org_id=None,
            actor=actor.actor,
            subject=show_id("price", card.id),
            trace_id=trace_id,
            payload={
                "model_id": show_id("model", card.model_id),
                "version": card.version,
                "effective_at": card.effective_at.isoformat(),
                "currency": card.currency,
                "per_request_picos": card.per_request_picos,
                "tiers": show_tiers(card.tiers),
                "unit_picos": show_unit_rates(card.unit_picos),
            },
        )
        await self.events.append(tx, event)


@dataclass(frozen=True, slots=True)
class ListPrices:
    """Lists rate cards, of one model or all, past and future ones too."""

    unit_of_work: UnitOfWork
    prices: PriceRepository

    async def __call__(self, *, actor: Actor, page: PageRequest, model_id: ModelId | None = None) -> Page[RateCard]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.prices.list_cards(tx, page, model_id=model_id)


@dataclass(frozen=True, slots=True)
class GetEffectivePrice:
    """The rate card of a model that is in effect at a time. Prices are no secret: anybody known may ask."""

    unit_of_work: UnitOfWork
    prices: PriceRepository
    clock: Clock

    async def __call__(self, *, model_id: ModelId, at: datetime | None = None) -> RateCard:
        """Raises PriceNotFound."""
        async with self.unit_of_work() as tx:
            card = await self.prices.find_effective_card(tx, model_id, at or self.clock.now())
        if card is None:
            raise PriceNotFound("the model has no price at that time; an administrator must set one", param="model_id")
        return card


@dataclass(frozen=True, slots=True)
class ListEffectivePrices:
    """The rate cards that some models sell at now, in one look-up; models without a price are left out."""

    unit_of_work: UnitOfWork
    prices: PriceRepository
    clock: Clock

    async def __call__(self, *, actor: Actor, model_ids: Sequence[ModelId]) -> Sequence[RateCard]:
        """In the order of the ids. Raises AdministratorRequired, or InvalidInput for more than PAGE_SIZE_MAX."""
        require_administrator(actor)
        if len(model_ids) > PAGE_SIZE_MAX:
            raise InvalidInput(f"ask for {PAGE_SIZE_MAX} models at most", param="model_id")
        async with self.unit_of_work() as tx:
            cards = await self.prices.effective_cards(tx, model_ids, self.clock.now())
        return [cards[model_id] for model_id in model_ids if model_id in cards]


@dataclass(frozen=True, slots=True)
class PricedModel:
    """A model and the card it sells at now, if any."""

    model: Model
    card: RateCard | None


@dataclass(frozen=True, slots=True)
class PriceModels:
    """Puts the price now in effect beside each of some models, in one look-up."""

    unit_of_work: UnitOfWork
    prices: PriceRepository
    clock: Clock

    async def __call__(self, *, models: Sequence[Model]) -> Sequence[PricedModel]:
        async with self.unit_of_work() as tx:
            cards = await self.prices.effective_cards(tx, [model.id for model in models], self.clock.now())
        return [PricedModel(model, cards.get(model.id)) for model in models]


@dataclass(frozen=True, slots=True)
class PricePreview:
    """What a call would cost, and what would be held for it."""

    cost: Cost
    hold: Quote


@dataclass(frozen=True, slots=True)
class PreviewPrice:
    """Tries a card, stored or only thought of, on a call with these tokens and units."""

    async def __call__(self, *, card: RateCard, leaves: TokenLeaves, units: Units = NO_UNITS) -> PricePreview:
        """Raises InvalidInput for a card or counts that make no sense."""
        card = checked(card)
        hold = estimate(card, input_tokens=leaves.input_total, output_tokens_max=leaves.output_total, units=units)
        return PricePreview(cost=cost(card, leaves, units), hold=hold)
