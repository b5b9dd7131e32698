"""What a channel may be, and which one a call gets."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.channels import ANY_MODEL, DEFAULT_NAME, ChannelTable, all_channels, choose, given_channel
from deepspace_core.channels.address import checked_url
from deepspace_core.channels.channel import checked_channel
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.pricing import Leaf, Tier, TokenLeaves
from tests.core.channels.values import RATES, channel
from tests.fakes import NOON


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        (" http://127.0.0.1:3000/v1 ", "http://127.0.0.1:3000/v1"),
        ("http://newapi:3000", "http://newapi:3000"),
        ("http://10.1.2.3/v1", "http://10.1.2.3/v1"),
        ("http://[::1]:3000/v1", "http://[::1]:3000/v1"),
    ],
)
def test_an_address_is_kept_without_its_last_slash(typed: str, kept: str) -> None:
    assert checked_url(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "newapi:3000",
        "ftp://example.com",
        "http://",
        "https://user:pass@example.com/v1",
        "https://example.com/v1?key=1",
        "https://example.com/v1#x",
        "http://example.com:0/v1",
        "http://example.com:99999/v1",
        "http://a b/v1",
        "http://169.254.169.254/latest",
        "http://[fe80::1]/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://0.0.0.0:3000/v1",
        "http://224.0.0.1/v1",
        "http://255.255.255.255/v1",
        "https://" + "a" * 500,
    ],
)
def test_an_address_that_no_upstream_has_is_refused_by_name(typed: str) -> None:
    with pytest.raises(InvalidInput, match="for example") as caught:
        checked_url(typed)
    assert caught.value.param == "base_url"


@pytest.mark.parametrize(
    ("odd", "param"),
    [
        ({"name": "Upper"}, "name"),
        ({"priority": -1}, "priority"),
        ({"weight": 0}, "weight"),
        ({"models": frozenset()}, "models"),
        ({"models": frozenset({"a b"})}, "models"),
        ({"model_names": {"small": "no name"}}, "model_names"),
        ({"model_names": {"": "small"}}, "model_names"),
        ({"cost_rates": {"a b": RATES}}, "cost_rates"),
        ({"cost_rates": {ANY_MODEL: replace(RATES, currency="usd")}}, "currency"),
        ({"cost_rates": {ANY_MODEL: replace(RATES, tiers=(Tier(0, {Leaf.OUTPUT_TEXT: 1}),))}}, "input_uncached"),
    ],
)
def test_a_channel_that_makes_no_sense_is_refused_by_field(odd: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_channel(replace(channel("one"), **odd))  # type: ignore[arg-type]
    assert caught.value.param == param


def test_a_channel_costs_what_its_rates_say_for_the_model_or_for_any() -> None:
    dear = replace(RATES, per_request_picos=7)
    one = channel("one", cost_rates={"small": dear, ANY_MODEL: RATES})
    leaves = TokenLeaves(input_uncached=2, output_text=3)
    plain, with_request = one.cost_of("large", leaves), one.cost_of("small", leaves)
    assert plain is not None
    assert with_request is not None
    assert (plain.picos, with_request.picos) == (1_400_000, 1_400_007)
    assert channel("two").cost_of("small", leaves) is None


def test_a_secret_is_in_no_repr() -> None:
    assert "sealed_key" not in repr(channel("one"))


def test_what_is_stored_of_the_settings_channel_takes_its_place_from_the_settings() -> None:
    given_one = given_channel("http://set/v1", created_at=NOON)
    assert all_channels([channel("b")], given_one) == [given_one, channel("b")]
    stored = replace(given_one, base_url="", priority=9, version=3)
    assert all_channels([stored], given_one) == [replace(stored, base_url="http://set/v1")]
    assert all_channels([stored, channel("b")], None) == [channel("b")]
    assert given_one.name == DEFAULT_NAME


def test_only_enabled_channels_that_name_the_model_serve_it_the_highest_priority_first() -> None:
    table = ChannelTable(
        (
            channel("low"),
            channel("off", enabled=False, priority=9),
            channel("high", priority=5),
            channel("other", models=frozenset({"large"}), priority=7),
        )
    )
    assert [one.name for one in table.serving("small")] == ["high", "low"]
    assert [one.name for one in table.serving("large")] == ["other", "high", "low"]


def test_a_lower_priority_is_chosen_only_when_no_higher_one_is_admitted() -> None:
    ranked = [channel("a", priority=2), channel("b", priority=2), channel("c", priority=1)]
    assert choose(ranked, lambda one: True, draw=0.99) == ranked[1]
    assert choose(ranked, lambda one: one.name != "b", draw=0.99) == ranked[0]
    assert choose(ranked, lambda one: one.name == "c", draw=0.5) == ranked[2]
    assert choose(ranked, lambda one: False, draw=0.5) is None


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_channels_of_one_priority_share_the_draws_by_their_weights(weights: list[int]) -> None:
    ranked = [channel(f"c{number}", weight=weight) for number, weight in enumerate(weights)]
    total = sum(weights)
    draws = [choose(ranked, lambda one: True, draw=(point + 0.5) / total) for point in range(total)]
    assert Counter(one.name for one in draws if one) == {one.name: one.weight for one in ranked}
