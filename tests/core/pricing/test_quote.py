"""The law of pricing: no call within its bounds costs more than its estimate; rounding happens once."""

from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.pricing import TEXT_LEAVES, Leaf, RateCard, Tier, TokenLeaves, cost, estimate
from deepspace_core.pricing.quote import TOKENS_MAX
from deepspace_core.pricing.rate_card import PER_REQUEST_PICOS_MAX, RATE_PICOS_MAX
from tests.core.metering_values import CARD

BIGINT_MAX = 2**63 - 1
rates = st.one_of(st.integers(0, 20), st.integers(0, RATE_PICOS_MAX))
rate_tables = st.fixed_dictionaries(
    {Leaf.INPUT_UNCACHED: rates, Leaf.OUTPUT_TEXT: rates},
    optional={leaf: rates for leaf in Leaf if leaf not in (Leaf.INPUT_UNCACHED, Leaf.OUTPUT_TEXT)},
)


@st.composite
def cards(draw: st.DrawFn) -> RateCard:
    above = sorted(draw(st.sets(st.integers(1, 60), max_size=4)))
    tiers = tuple(Tier(threshold, draw(rate_tables)) for threshold in [0, *above])
    return replace(CARD, tiers=tiers, per_request_picos=draw(st.integers(0, PER_REQUEST_PICOS_MAX)))


counts = st.one_of(st.integers(0, 30), st.integers(0, 1_000))
leaves = st.builds(TokenLeaves, **{leaf.value: counts for leaf in Leaf})


@given(cards(), leaves, st.integers(0, 100), st.integers(0, 100))
def test_no_call_within_bounds_costs_more_than_its_estimate(
    card: RateCard, used: TokenLeaves, more_input: int, more_output: int
) -> None:
    quote = estimate(
        card, input_tokens=used.input_total + more_input, output_tokens_max=used.output_total + more_output
    )
    assert cost(card, used).picos <= quote.picos
    assert cost(card, used).amount_nanos <= quote.amount_nanos


@given(cards(), leaves)
def test_an_estimate_for_some_leaves_bounds_calls_of_those_leaves(card: RateCard, used: TokenLeaves) -> None:
    text = TokenLeaves(**{leaf.value: used.of(leaf) for leaf in TEXT_LEAVES})
    quote = estimate(card, input_tokens=text.input_total, output_tokens_max=text.output_total, leaves=TEXT_LEAVES)
    everything = estimate(card, input_tokens=text.input_total, output_tokens_max=text.output_total)
    assert cost(card, text).picos <= quote.picos <= everything.picos


@given(cards(), st.integers(0, 70), st.integers(0, 50))
def test_an_estimate_is_no_more_than_some_call_within_bounds_costs(
    card: RateCard, input_tokens: int, output_tokens: int
) -> None:
    """The bound is tight: the dearest call on one input leaf and one output leaf reaches it."""
    dearest = max(
        cost(card, TokenLeaves(**{into.value: size, out.value: output_tokens})).picos
        for size in {input_tokens, *(tier.from_input_tokens_above for tier in card.tiers)}
        if size <= input_tokens
        for into in (leaf for leaf in Leaf if leaf.value.startswith("input"))
        for out in (leaf for leaf in Leaf if leaf.value.startswith("output"))
    )
    assert estimate(card, input_tokens=input_tokens, output_tokens_max=output_tokens).picos == dearest


@given(cards(), leaves)
def test_a_cost_is_the_sum_of_its_leaves_at_the_tier_of_the_whole_input(card: RateCard, used: TokenLeaves) -> None:
    table = card.tier_for(used.input_total).rate_by_leaf
    assert cost(card, used).picos == card.per_request_picos + sum(used.of(leaf) * table[leaf] for leaf in Leaf)


@given(cards(), leaves)
def test_rounding_happens_once_and_by_less_than_a_nano(card: RateCard, used: TokenLeaves) -> None:
    priced = cost(card, used)
    quote = estimate(card, input_tokens=used.input_total, output_tokens_max=used.output_total)
    assert abs(priced.amount_nanos * 1_000 - priced.picos) <= 500
    assert 0 <= quote.amount_nanos * 1_000 - quote.picos < 1_000


@pytest.mark.parametrize(
    ("picos", "held_nanos", "captured_nanos"),
    [(0, 0, 0), (1, 1, 0), (499, 1, 0), (500, 1, 0), (501, 1, 1), (1_000, 1, 1), (1_500, 2, 2), (2_500, 3, 2)],
)
def test_a_hold_rounds_up_and_a_capture_half_to_even(picos: int, held_nanos: int, captured_nanos: int) -> None:
    card = replace(CARD, per_request_picos=picos)
    assert estimate(card, input_tokens=0, output_tokens_max=0).amount_nanos == held_nanos
    assert cost(card, TokenLeaves()).amount_nanos == captured_nanos


def test_a_cheaper_long_tier_does_not_lower_the_estimate() -> None:
    dear, cheap = {Leaf.INPUT_UNCACHED: 100, Leaf.OUTPUT_TEXT: 1}, {Leaf.INPUT_UNCACHED: 1, Leaf.OUTPUT_TEXT: 1}
    card = replace(CARD, tiers=(Tier(0, dear), Tier(1_000, cheap)))
    quote = estimate(card, input_tokens=1_001, output_tokens_max=0)
    assert (quote.picos, quote.tier_from_input_tokens_above) == (100_000, 0)


def test_the_dearest_possible_record_fits_a_bigint_of_picos() -> None:
    most = {Leaf.INPUT_UNCACHED: RATE_PICOS_MAX, Leaf.OUTPUT_TEXT: RATE_PICOS_MAX}
    card = replace(CARD, tiers=(Tier(0, most),), per_request_picos=PER_REQUEST_PICOS_MAX)
    priced = cost(card, TokenLeaves(input_uncached=TOKENS_MAX, output_text=TOKENS_MAX))
    assert priced.picos <= BIGINT_MAX


@pytest.mark.parametrize(
    ("input_tokens", "output_tokens", "param"),
    [(-1, 0, "input_tokens"), (TOKENS_MAX + 1, 0, "input_tokens"), (0, -1, "output_tokens_max")],
)
def test_counts_out_of_bounds_are_refused_by_name(input_tokens: int, output_tokens: int, param: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        estimate(CARD, input_tokens=input_tokens, output_tokens_max=output_tokens)
    assert refused.value.param == param


@given(leaves, leaves)
def test_leaves_add_up_leaf_by_leaf_and_in_total(one: TokenLeaves, other: TokenLeaves) -> None:
    both = one + other
    assert astuple(both) == tuple(a + b for a, b in zip(astuple(one), astuple(other), strict=True))
    assert both.total == both.input_total + both.output_total == sum(astuple(both))


def test_a_negative_leaf_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        TokenLeaves(output_text=-1)


def test_of_two_tiers_that_bind_alike_the_lower_is_named() -> None:
    dear, cheap = {Leaf.INPUT_UNCACHED: 2, Leaf.OUTPUT_TEXT: 1}, {Leaf.INPUT_UNCACHED: 1, Leaf.OUTPUT_TEXT: 1}
    card = replace(CARD, tiers=(Tier(0, dear), Tier(1_000, cheap)))
    quote = estimate(card, input_tokens=2_000, output_tokens_max=0)
    assert (quote.picos, quote.tier_from_input_tokens_above) == (2_000, 0)
