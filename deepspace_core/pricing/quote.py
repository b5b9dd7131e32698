"""From tokens to money: the estimate that is held and the cost that is captured.

Theory. Within one tier, cost is linear and increasing in every leaf, so over all calls with at most I input and O
output tokens the dearest one puts all input on the dearest input leaf and all output on the dearest output leaf, at
the largest input the tier admits. Tiers need not get dearer with size, so the bound is the maximum over every tier
that some input ≤ I reaches, not the tier of I itself. Hence `cost(leaves) ≤ estimate` for all leaves within bounds.

Rounding, once an amount: the hold up, the capture half to even (docs/billing.md).
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter, mul

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.money import Nanos, Picos, ceil_nanos, half_even_nanos
from deepspace_core.kernel.token_leaves import LEAF_NAMES, TokenLeaves
from deepspace_core.kernel.units import NO_UNITS, Units
from deepspace_core.pricing.meter import ALL_LEAVES, Leaf
from deepspace_core.pricing.rate_card import RateCard, Tier

TOKENS_MAX = 100_000_000
"""Input tokens, and likewise output tokens, of one call; keeps picos within a BIGINT at the highest rates."""

UNITS_MAX = 100_000
"""Of each unit in one call; with UNIT_PICOS_MAX it keeps picos within a BIGINT."""

_counts_of = attrgetter(*LEAF_NAMES)


@dataclass(frozen=True, slots=True)
class Quote:
    """The most a call can cost. The tier is the one that bound it, not necessarily the tier of the largest input."""

    picos: Picos
    amount_nanos: Nanos
    tier_from_input_tokens_above: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call did cost: exact, and as it is captured."""

    picos: Picos
    amount_nanos: Nanos
    tier_from_input_tokens_above: int


_new_quote, _new_cost = maker_of(Quote), maker_of(Cost)


def estimate(
    card: RateCard,
    *,
    input_tokens: int,
    output_tokens_max: int,
    leaves: Collection[Leaf] = ALL_LEAVES,
    units: Units = NO_UNITS,
) -> Quote:
    """The most that a call of at most these tokens and units can cost, rounded up to a nano.

    `leaves` are those that the call can produce; fewer make a tighter bound (TEXT_LEAVES for a call without sound
    or pictures). Raises InvalidInput when a count is negative or above its bound.
    """
    _check_bound("input_tokens", input_tokens)
    _check_bound("output_tokens_max", output_tokens_max)
    leaves = frozenset(leaves)
    binding, picos = card.tiers[0], 0
    for tier, most in _reachable(card, input_tokens):
        of_input, of_output = tier.dearest(leaves)
        bound = of_input * most + of_output * output_tokens_max
        if bound > picos:
            binding, picos = tier, bound
    total = picos + card.per_request_picos + (_picos_of_units(card, units) if units else 0)
    return _new_quote(Picos(total), ceil_nanos(total), binding.from_input_tokens_above)


def cost(card: RateCard, leaves: TokenLeaves, units: Units = NO_UNITS) -> Cost:
    """What a call with these leaves and units costs. Raises InvalidInput for a count above its bound."""
    input_tokens = leaves.input_total
    _check_bound("input_tokens", input_tokens)
    _check_bound("output_tokens", leaves.output_total)
    tier = card.tier_for(input_tokens)
    picos = card.per_request_picos + sum(map(mul, tier.rates_in_order, _counts_of(leaves)))
    if units:
        picos += _picos_of_units(card, units)
    return _new_cost(Picos(picos), half_even_nanos(picos), tier.from_input_tokens_above)


def _picos_of_units(card: RateCard, units: Units) -> int:
    for unit, count in units.counted().items():
        if count > UNITS_MAX:
            raise InvalidInput(f"{unit} must be at most {UNITS_MAX}, not {count}", param=unit)
    return sum(units.of(unit) * picos for unit, picos in card.unit_picos.items())


def _reachable(card: RateCard, input_tokens: int) -> list[tuple[Tier, int]]:
    """Each tier that an input of at most `input_tokens` can fall in, with the largest such input."""
    if len(card.tiers) == 1:
        return [(card.tiers[0], input_tokens)]
    reached = [tier for tier in card.tiers if tier is card.tiers[0] or tier.from_input_tokens_above < input_tokens]
    ends = [after.from_input_tokens_above for _, after in pairwise(reached)]
    return list(zip(reached, [*ends, input_tokens], strict=True))


def _check_bound(param: str, tokens: int) -> None:
    if not 0 <= tokens <= TOKENS_MAX:
        raise InvalidInput(f"{param} must be between 0 and {TOKENS_MAX}, not {tokens}", param=param)
