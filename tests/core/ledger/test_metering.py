"""A capture and its usage: what agrees, what doesn't, and in which words."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import PriceId, UsageRecordId
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.kernel.units import Units
from deepspace_core.ledger import Finding
from deepspace_core.ledger.metering import MeteredCapture, MeteredUsage, check_metering
from tests.core.ledger.asking import WALLET, Caller
from tests.core.ledger.shelf import Shelf
from tests.fakes import TRACE

ONE_TO_ONE, COMES_AGAIN = "usage and final captures are one to one", "a cost comes again out of leaves and rates"
ME = Caller()
WHERE = f"capture c of wallet {WALLET} seq 3"
PRICE, USAGE = PriceId(UUID(int=5)), UsageRecordId(UUID(int=6))
LEAVES = TokenLeaves(input_uncached=3, output_text=2)
RATES = {"a token": 1_400}
USED = MeteredUsage(USAGE, "USD", 7_000, 7, PRICE, "h", TRACE, LEAVES)


def _capture(*usages: MeteredUsage) -> MeteredCapture:
    shelf = Shelf()
    shelf.ask_all([ME.top_up("paid", 100), ME.hold("h", 10), ME.capture("c", "h", 7)])
    return MeteredCapture(shelf.rows[-1], "h", PRICE, RATES, usages)


def _cost(rates: Mapping[str, object], leaves: TokenLeaves, units: Units) -> tuple[int, int]:
    picos = leaves.total * int(str(rates["a token"])) + units.images
    return picos, picos // 1_000


def test_what_agrees_gives_no_findings() -> None:
    assert check_metering(_capture(USED), _cost) == []


@pytest.mark.parametrize("number", [0, 2])
def test_a_capture_has_one_usage_record(number: int) -> None:
    found = check_metering(_capture(*[USED] * number), _cost)
    assert found == [Finding(ONE_TO_ONE, WHERE, f"{number} usage records tell of it")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"currency": "EUR"}, f"currency of usage {USAGE} is EUR, here it is USD"),
        ({"price_id": None}, f"price of usage {USAGE} is None, here it is {PRICE}"),
        ({"hold_ref": "i"}, f"hold of usage {USAGE} is i, here it is h"),
        ({"trace_id": "f" * 32}, f"trace of usage {USAGE} is {'f' * 32}, here it is {TRACE}"),
    ],
)
def test_a_usage_record_says_what_its_capture_says(change: Mapping[str, object], message: str) -> None:
    found = check_metering(_capture(replace(USED, **change)), _cost)  # type: ignore[arg-type]
    assert found == [Finding(ONE_TO_ONE, WHERE, message)]


def test_units_count_as_leaves_do() -> None:
    assert check_metering(_capture(replace(USED, cost_picos=7_009, units=Units(images=9))), _cost) == []


def test_another_cost_than_was_captured_is_found_twice() -> None:
    assert check_metering(_capture(replace(USED, cost_nanos=8)), _cost) == [
        Finding(ONE_TO_ONE, WHERE, f"cost_nanos of usage {USAGE} is 8, here it is 7"),
        Finding(
            COMES_AGAIN,
            WHERE,
            f"usage {USAGE} says 7000 picos, 8 nanos; its leaves and the rates on the hold make 7000 and 7",
        ),
    ]


@pytest.mark.parametrize("fault", [KeyError("tiers"), TypeError("no"), ValueError("no"), InvalidInput("too many")])
def test_rates_that_make_no_sense_are_found(fault: Exception) -> None:
    def fails(rates: Mapping[str, object], leaves: TokenLeaves, units: Units) -> tuple[int, int]:
        raise fault

    assert check_metering(_capture(USED), fails) == [
        Finding(COMES_AGAIN, WHERE, f"the rates on its hold can't be read: {fault!r}")
    ]


def test_a_hold_without_rates_has_none_to_read() -> None:
    [found] = check_metering(replace(_capture(USED), rates=None), _cost)
    assert found == Finding(COMES_AGAIN, WHERE, "the rates on its hold can't be read: KeyError('a token')")
