"""Rate cards: what a token of each leaf costs, from when on, and above how much input.

Rules:
- A card is immutable. A new price is a new card with the next version; it takes effect now or later, never earlier,
  so no card changes what has been sold.
- In effect at a time is the card with the latest `effective_at` not after it; of two at the same instant, the higher
  version.
- A tier applies when the call's total input exceeds its `from_input_tokens_above`; the highest such tier prices
  EVERY token of the call (as OpenAI, Anthropic and Google bill long contexts), not only the tokens above.
- The first tier stands at 0 and applies to an empty input too.
- Each tier names a rate for `input_uncached` and `output_text`. A leaf it does not name costs what its plain sibling
  of the same tier costs: every input leaf falls back to `input_uncached`, every output leaf to `output_text`. So an
  unnamed discount is no discount, and no leaf is ever free by omission. A rate of 0 is free on purpose.
- A card may price units (an image, a second of sound, a character) beside tokens. A call whose units have a rate, and
  for which the provider told no tokens, is billed by them alone; a unit without a rate is billed as the tokens that
  providers usually count for it (`tokens_for`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import ModelId, PriceId
from deepspace_core.kernel.token_leaves import INPUT_LEAVES, OUTPUT_LEAVES, Leaf
from deepspace_core.kernel.units import Unit, Units

RATE_PICOS_MAX = 10_000_000_000
"""$10,000 per 1,000,000 tokens: far above any price, and low enough that a record's cost fits a BIGINT of picos."""
PER_REQUEST_PICOS_MAX = 1_000_000_000_000_000
"""$1,000 a request."""
UNIT_PICOS_MAX = 10_000_000_000_000
"""$10 an image, a second or a character."""
TIERS_MAX = 8
KINDS_OF_CALLS_MAX = 64
"""Sets of leaves whose highest rates a tier remembers: each kind of call can produce one."""


@dataclass(frozen=True)
class Tier:
    """Rates in pico-units a token, for calls with more than `from_input_tokens_above` input tokens."""

    from_input_tokens_above: int
    rates: Mapping[Leaf, int]

    @cached_property
    def rate_by_leaf(self) -> Mapping[Leaf, int]:
        """A rate for every leaf, the fallbacks resolved."""
        return {leaf: self.rates.get(leaf, self.rates[_sibling(leaf)]) for leaf in Leaf}

    def dearest(self, leaves: frozenset[Leaf]) -> tuple[int, int]:
        """The highest rate of an input leaf, and of an output leaf, among these; 0 where none is."""
        rates = self._dearest.get(leaves)
        if rates is None:
            rates = self._highest(leaves & INPUT_LEAVES), self._highest(leaves & OUTPUT_LEAVES)
            if len(self._dearest) < KINDS_OF_CALLS_MAX:
                self._dearest[leaves] = rates
        return rates

    def _highest(self, leaves: frozenset[Leaf]) -> int:
        return max([rate for leaf, rate in self.rate_by_leaf.items() if leaf in leaves], default=0)

    @cached_property
    def _dearest(self) -> dict[frozenset[Leaf], tuple[int, int]]:
        return {}

    @cached_property
    def rates_in_order(self) -> tuple[int, ...]:
        """The same in the order of the leaves: a cost is made several times a call, and a look-up each would show."""
        return tuple(self.rate_by_leaf.values())


@dataclass(frozen=True, slots=True)
class RateCard:
    """The prices of one model from `effective_at` on; `tiers` ascend by threshold and begin at 0."""

    id: PriceId
    model_id: ModelId
    version: int
    effective_at: datetime
    currency: str
    tiers: tuple[Tier, ...]
    per_request_picos: int = 0
    unit_picos: Mapping[Unit, int] = field(default_factory=dict)

    def prices(self, units: Units) -> bool:
        """Whether it names a rate for any of these units."""
        return any(units.of(unit) for unit in self.unit_picos)

    def tier_for(self, input_tokens: int) -> Tier:
        """The tier that prices a call with that much input."""
        chosen = self.tiers[0]
        for tier in self.tiers[1:]:
            if input_tokens > tier.from_input_tokens_above:
                chosen = tier
        return chosen


def effective_card(cards: Iterable[RateCard], at: datetime) -> RateCard | None:
    """The card in effect at `at`, or None when the first of them comes later."""
    in_effect = (card for card in cards if card.effective_at <= at)
    return max(in_effect, key=lambda card: (card.effective_at, card.version), default=None)


def checked(card: RateCard) -> RateCard:
    """The card itself when its values make sense. Raises InvalidInput naming the field."""
    if not (len(card.currency) == 3 and card.currency.isascii() and card.currency.isupper()):  # noqa: PLR2004 - ISO 4217
        raise InvalidInput(
            f"currency must be three capital letters such as USD, not {card.currency!r}", param="currency"
        )
    if not 0 <= card.per_request_picos <= PER_REQUEST_PICOS_MAX:
        raise InvalidInput(f"per_request must be between 0 and {PER_REQUEST_PICOS_MAX} picos", param="per_request")
    for unit, picos in card.unit_picos.items():
        if not 0 <= picos <= UNIT_PICOS_MAX:
            raise InvalidInput(f"the rate of {unit} must be between 0 and {UNIT_PICOS_MAX} picos", param=unit.value)
    if not 1 <= len(card.tiers) <= TIERS_MAX:
        raise InvalidInput(f"a price has 1 to {TIERS_MAX} tiers, not {len(card.tiers)}", param="tiers")
    thresholds = [tier.from_input_tokens_above for tier in card.tiers]
    if thresholds[0] != 0 or thresholds != sorted(set(thresholds)):
        raise InvalidInput(
            f"tiers must start at 0 input tokens and ascend, each threshold once; these are {thresholds}", param="tiers"
        )
    for tier in card.tiers:
        _check_rates(tier.rates)
    return card


def _check_rates(rates: Mapping[Leaf, int]) -> None:
    for leaf in (Leaf.INPUT_UNCACHED, Leaf.OUTPUT_TEXT):
        if leaf not in rates:
            raise InvalidInput(f"every tier needs a rate for {leaf}; 0 makes it free", param=leaf.value)
    for leaf, rate in rates.items():
        if not 0 <= rate <= RATE_PICOS_MAX:
            raise InvalidInput(f"the rate of {leaf} must be between 0 and {RATE_PICOS_MAX} picos", param=leaf.value)


def _sibling(leaf: Leaf) -> Leaf:
    return Leaf.INPUT_UNCACHED if leaf in INPUT_LEAVES else Leaf.OUTPUT_TEXT
