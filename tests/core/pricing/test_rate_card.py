"""Rate cards: which is in effect, which tier prices a call, what an unnamed leaf costs, what is refused."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import PriceId
from deepspace_core.kernel.token_leaves import INPUT_LEAVES
from deepspace_core.pricing import Leaf, RateCard, Tier, effective_card, rate_card, restore, shared_snapshot, snapshot
from deepspace_core.pricing.rate_card import RATE_PICOS_MAX, TIERS_MAX, checked
from tests.core.metering_values import CARD, PAST

HOUR = timedelta(hours=1)
PLAIN = {Leaf.INPUT_UNCACHED: 7, Leaf.OUTPUT_TEXT: 11}


def _version(version: int, effective_hours: int) -> RateCard:
    return replace(CARD, id=PriceId(UUID(int=version)), version=version, effective_at=PAST + effective_hours * HOUR)


def test_nothing_is_in_effect_before_the_first_card() -> None:
    assert effective_card([_version(1, 0)], PAST - HOUR) is None


def test_a_card_is_in_effect_from_its_very_instant() -> None:
    assert effective_card([_version(1, 0), _version(2, 5)], PAST + 5 * HOUR) == _version(2, 5)


def test_a_future_card_changes_nothing_before_its_time() -> None:
    assert effective_card([_version(1, 0), _version(2, 5)], PAST + 4 * HOUR) == _version(1, 0)


def test_of_two_cards_at_one_instant_the_higher_version_holds() -> None:
    assert effective_card([_version(3, 5), _version(2, 5)], PAST + 6 * HOUR) == _version(3, 5)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.integers(0, 20), st.integers(0, 20))
def test_a_new_card_never_changes_what_was_in_effect_earlier(hours: list[int], now: int, later: int) -> None:
    cards = [_version(number, hour) for number, hour in enumerate(hours, start=1)]
    added = _version(len(cards) + 1, now + later)
    for hour in range(now):
        at = PAST + hour * HOUR
        assert effective_card([*cards, added], at) == effective_card(cards, at)


def test_an_unnamed_leaf_costs_what_its_plain_sibling_costs() -> None:
    rates = Tier(0, PLAIN).rate_by_leaf
    assert rates == {leaf: 7 if leaf in INPUT_LEAVES else 11 for leaf in Leaf}


def test_a_leaf_named_with_zero_is_free() -> None:
    assert Tier(0, {**PLAIN, Leaf.INPUT_CACHED_READ: 0}).rate_by_leaf[Leaf.INPUT_CACHED_READ] == 0


@pytest.mark.parametrize(
    ("input_tokens", "threshold"), [(0, 0), (1, 0), (1_000, 0), (1_001, 1_000), (5_000, 1_000), (5_001, 5_000)]
)
def test_the_highest_tier_that_the_input_exceeds_prices_it(input_tokens: int, threshold: int) -> None:
    card = replace(CARD, tiers=tuple(Tier(above, PLAIN) for above in (0, 1_000, 5_000)))
    assert card.tier_for(input_tokens).from_input_tokens_above == threshold


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"currency": "usd"}, "currency"),
        ({"currency": "USDT"}, "currency"),
        ({"per_request_picos": -1}, "per_request"),
        ({"tiers": ()}, "tiers"),
        ({"tiers": (Tier(5, PLAIN),)}, "tiers"),
        ({"tiers": (Tier(0, PLAIN), Tier(9, PLAIN), Tier(9, PLAIN))}, "tiers"),
        ({"tiers": tuple(Tier(above, PLAIN) for above in range(TIERS_MAX + 1))}, "tiers"),
        ({"tiers": (Tier(0, {Leaf.OUTPUT_TEXT: 1}),)}, "input_uncached"),
        ({"tiers": (Tier(0, {Leaf.INPUT_UNCACHED: 1}),)}, "output_text"),
        ({"tiers": (Tier(0, {**PLAIN, Leaf.INPUT_AUDIO: RATE_PICOS_MAX + 1}),)}, "input_audio"),
        ({"tiers": (Tier(0, {**PLAIN, Leaf.INPUT_AUDIO: -1}),)}, "input_audio"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused_by_field(change: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(replace(CARD, **change))  # type: ignore[arg-type]
    assert refused.value.param == param


rate_tables = st.dictionaries(st.sampled_from(list(Leaf)), st.integers(0, RATE_PICOS_MAX)).map(
    lambda rates: {**PLAIN, **rates}
)


@given(st.lists(rate_tables, min_size=1, max_size=4), st.integers(0, 10**15))
def test_a_snapshot_restores_the_very_card(tables: list[dict[Leaf, int]], per_request_picos: int) -> None:
    tiers = tuple(Tier(index * 100, rates) for index, rates in enumerate(tables))
    card = replace(CARD, tiers=tiers, per_request_picos=per_request_picos)
    assert restore(snapshot(card)) == card


def test_the_dearest_rates_are_of_leaves_that_the_call_has() -> None:
    tier = Tier(0, {**PLAIN, Leaf.INPUT_AUDIO: 9})
    text = frozenset({Leaf.INPUT_UNCACHED, Leaf.OUTPUT_TEXT})
    for _ in range(2):
        assert tier.dearest(text) == (7, PLAIN[Leaf.OUTPUT_TEXT])
        assert tier.dearest(frozenset(Leaf)) == (9, PLAIN[Leaf.OUTPUT_TEXT])
        assert tier.dearest(frozenset({Leaf.OUTPUT_TEXT})) == (0, PLAIN[Leaf.OUTPUT_TEXT])


def test_a_tier_remembers_so_many_kinds_of_calls_and_knows_the_rest_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_card, "KINDS_OF_CALLS_MAX", 1)
    tier = Tier(0, PLAIN)
    assert [tier.dearest(frozenset({leaf})) for leaf in PLAIN] == [(7, 0), (0, PLAIN[Leaf.OUTPUT_TEXT])]
    assert len(tier._dearest) == 1


def test_a_card_that_many_calls_share_is_written_down_once() -> None:
    card, successor = _version(1, 0), _version(1, 5)
    shared = shared_snapshot(card)
    assert shared == snapshot(card)
    assert shared_snapshot(card) is shared
    assert shared_snapshot(successor) == snapshot(successor), "of the same id, and another card"


def test_so_many_cards_are_kept_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("deepspace_core.pricing.snapshot")  # the package has a function of the same name
    monkeypatch.setattr(module, "CARDS_MAX", 1)
    card = _version(1, 0)
    shared = shared_snapshot(card)
    shared_snapshot(_version(2, 0))
    assert shared_snapshot(card) is not shared
