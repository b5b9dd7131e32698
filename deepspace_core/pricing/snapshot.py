"""A rate card as a JSON-safe mapping and back, exactly: what is stored on the hold and in the price table.

A hold carries the card it was made under, so that its capture is priced by what the caller was quoted even when a
new card has taken effect in between.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from deepspace_core.kernel.ids import ModelId, PriceId
from deepspace_core.kernel.token_leaves import Leaf, TokenLeaves
from deepspace_core.kernel.units import NO_UNITS, Unit, Units
from deepspace_core.pricing.quote import cost
from deepspace_core.pricing.rate_card import RateCard, Tier

CARDS_MAX = 1_000
_shared: dict[int, tuple[RateCard, Mapping[str, object]]] = {}


def snapshot(card: RateCard) -> dict[str, object]:
    """The card as strings, integers, lists and mappings only."""
    shown: dict[str, object] = {
        "price_id": str(card.id),
        "model_id": str(card.model_id),
        "version": card.version,
        "effective_at": card.effective_at.isoformat(),
        "currency": card.currency,
        "per_request_picos": card.per_request_picos,
        "tiers": show_tiers(card.tiers),
    }
    if card.unit_picos:
        shown["unit_picos"] = show_unit_rates(card.unit_picos)
    return shown


def shared_snapshot(card: RateCard) -> Mapping[str, object]:
    """The same, made once for a card that many calls are held by. Nobody may change it."""
    known = _shared.get(card.id.int)
    if known is None or known[0] is not card:
        if len(_shared) >= CARDS_MAX:
            _shared.clear()
        known = _shared[card.id.int] = card, snapshot(card)
    return known[1]


def restore(stored: Mapping[str, object]) -> RateCard:
    """The card that `snapshot` wrote down. Raises KeyError or ValueError for anything else."""
    return RateCard(
        id=PriceId(UUID(str(stored["price_id"]))),
        model_id=ModelId(UUID(str(stored["model_id"]))),
        version=cast(int, stored["version"]),
        effective_at=datetime.fromisoformat(str(stored["effective_at"])),
        currency=str(stored["currency"]),
        per_request_picos=cast(int, stored["per_request_picos"]),
        tiers=read_tiers(cast("Sequence[Mapping[str, object]]", stored["tiers"])),
        unit_picos=read_unit_rates(cast("Mapping[str, int]", stored.get("unit_picos", {}))),
    )


def cost_again(stored: Mapping[str, object], leaves: TokenLeaves, units: Units = NO_UNITS) -> tuple[int, int]:
    """What these leaves and units cost by a card as `snapshot` wrote it down, in picos and in nanos.

    Raises KeyError, TypeError or ValueError for anything but such a card, InvalidInput for too many tokens.
    """
    made = cost(restore(stored), leaves, units)
    return made.picos, made.amount_nanos


def show_unit_rates(unit_picos: Mapping[Unit, int]) -> dict[str, int]:
    """Rates of units as JSON-safe values: `{"images": 40000000000}`."""
    return {unit.value: picos for unit, picos in unit_picos.items()}


def read_unit_rates(stored: Mapping[str, int]) -> dict[Unit, int]:
    """What `show_unit_rates` wrote down. Raises ValueError for anything else."""
    return {Unit(name): picos for name, picos in stored.items()}


def show_tiers(tiers: Sequence[Tier]) -> list[dict[str, object]]:
    """Tiers as JSON-safe values: `[{"from_input_tokens_above": 0, "rates": {"input_uncached": 1000000, …}}]`."""
    return [
        {
            "from_input_tokens_above": tier.from_input_tokens_above,
            "rates": {leaf.value: rate for leaf, rate in tier.rates.items()},
        }
        for tier in tiers
    ]


def read_tiers(stored: Sequence[Mapping[str, object]]) -> tuple[Tier, ...]:
    """What `show_tiers` wrote down."""
    return tuple(
        Tier(
            from_input_tokens_above=cast(int, tier["from_input_tokens_above"]),
            rates={Leaf(name): rate for name, rate in cast("Mapping[str, int]", tier["rates"]).items()},
        )
        for tier in stored
    )
