"""Estimates of outputs: how far they are from the truth, what they fall back to, and what they may cost a wallet."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.kernel.ids import ModelId
from deepspace_core.pipeline import OutputEstimates, Sizer
from deepspace_core.pipeline.outputs import CALLS_MAX, CALLS_MIN, EDGES, KEYS_MAX, PER_MILLE
from deepspace_core.pipeline.stages.budget_hold import BudgetHold
from deepspace_core.pricing import TokenLeaves
from deepspace_core.usage import OutputCount
from tests.core.pipeline.sides import Script, WordCounter
from tests.core.pipeline.world import INPUT_RATE, MODEL, OUTPUT_RATE, World

KEY, OTHER_KEY = UUID(int=1), UUID(int=2)
OTHER_MODEL = ModelId(UUID(int=77))
PICOS_A_NANO = 1_000


def counted(outputs: Iterable[int], *, key: UUID | None = None, model: ModelId = MODEL.id) -> list[OutputCount]:
    return [OutputCount(model, key, bisect_right(EDGES, tokens), 1) for tokens in outputs]


def test_edges_grow_by_at_most_a_quarter() -> None:
    assert list(EDGES) == sorted(set(EDGES))
    assert EDGES[0] == 1
    assert all(after - before <= max(1, before // 4) for before, after in pairwise(EDGES))


@given(st.lists(st.integers(min_value=1, max_value=2_000_000), min_size=CALLS_MIN, max_size=300))
def test_an_estimate_covers_its_share_of_calls_and_is_less_than_a_quarter_too_large(outputs: list[int]) -> None:
    estimates = OutputEstimates()
    estimates.learn(counted(outputs))
    estimate = estimates.estimate(MODEL.id, None)
    assert estimate is not None
    rank = -(-len(outputs) * PER_MILLE // 1_000)
    true_quantile = sorted(outputs)[rank - 1]
    assert true_quantile <= estimate
    assert estimate * 4 < true_quantile * 5 + 4
    assert sum(tokens <= estimate for tokens in outputs) >= rank


def test_too_few_calls_say_nothing() -> None:
    estimates = OutputEstimates()
    estimates.learn(counted([10] * (CALLS_MIN - 1)))
    assert estimates.estimate(MODEL.id, None) is None
    estimates.learn(counted([10]))
    assert estimates.estimate(MODEL.id, None) == 11
    assert estimates.estimate(OTHER_MODEL, None) is None


def test_a_key_goes_by_its_own_calls_once_there_are_enough_and_by_its_models_until_then() -> None:
    estimates = OutputEstimates()
    estimates.learn(counted([1_000] * 300))
    estimates.learn(counted([10] * CALLS_MIN, key=KEY))
    estimates.learn(counted([10] * (CALLS_MIN - 1), key=OTHER_KEY))
    assert estimates.estimate(MODEL.id, KEY) == 11
    assert estimates.estimate(MODEL.id, OTHER_KEY) == estimates.estimate(MODEL.id, None) == 1_023


def test_what_is_long_past_fades() -> None:
    estimates = OutputEstimates()
    estimates.learn(counted([10_000] * CALLS_MAX))
    for _ in range(20):
        estimates.learn(counted([10] * 1_000))
    assert estimates.estimate(MODEL.id, None) == 11


def test_the_keys_that_are_remembered_are_bounded() -> None:
    estimates = OutputEstimates()
    estimates.learn(counted([1_000] * 10_000))
    estimates.learn(counted([10] * CALLS_MIN, key=KEY))
    estimates.learn(OutputCount(MODEL.id, UUID(int=number), 5, 1) for number in range(100, 100 + KEYS_MAX))
    assert estimates.estimate(MODEL.id, KEY) == 1_023


async def call(world: World, estimates: OutputEstimates, *, written: int, read: int) -> tuple[int, int, int]:
    """A call without max_tokens that writes so much: what was held, what was captured, and its size's input."""
    sizer = Sizer(counter=WordCounter(), outputs=estimates)
    hold = world.stages["budget_hold"]
    assert isinstance(hold, BudgetHold)
    world.stages["budget_hold"] = BudgetHold(
        directory=hold.directory, sizer=sizer, ledger=hold.ledger, settler=hold.settler, lifetime_seconds=60
    )
    world.upstream.script = Script(usage=TokenLeaves(input_uncached=read, output_text=written))
    exchange = world.exchange()
    exchange.request = exchange.request.__class__(
        model="small", stream=True, usage_wanted=False, output_tokens_max=None, choices=1
    )
    world.stages.pop("rate_limit", None)
    await world.run(exchange)
    held, captured = (await world.rows())[-2:]
    assert exchange.size is not None
    return held.amount_nanos, captured.amount_nanos, exchange.size.input_tokens


async def test_until_enough_is_known_the_models_ceiling_is_held() -> None:
    world = await World.make()
    held, _, input_tokens = await call(world, OutputEstimates(), written=1, read=1)
    ceiling = MODEL.output_tokens_max
    assert held == -(-(input_tokens * INPUT_RATE + ceiling * OUTPUT_RATE) // PICOS_A_NANO)


async def test_an_estimate_beyond_the_ceiling_is_cut_to_it() -> None:
    world = await World.make()
    estimates = OutputEstimates()
    estimates.learn(counted([1_000_000] * CALLS_MIN))
    held, _, input_tokens = await call(world, estimates, written=1, read=1)
    assert held == -(-(input_tokens * INPUT_RATE + MODEL.output_tokens_max * OUTPUT_RATE) // PICOS_A_NANO)


@pytest.mark.parametrize("usual", [1, 10, 100, 400, 512])
@pytest.mark.parametrize("written", [1, 100, 511, 512])
async def test_a_call_costs_more_than_was_held_by_at_most_what_the_ceiling_leaves(usual: int, written: int) -> None:
    world = await World.make()
    estimates = OutputEstimates()
    estimates.learn(counted([usual] * CALLS_MIN))
    estimate = estimates.estimate(MODEL.id, None)
    assert estimate is not None
    held, captured, input_tokens = await call(world, estimates, written=written, read=1)
    assert input_tokens >= 1
    bound_picos = max(0, MODEL.output_tokens_max - estimate) * OUTPUT_RATE
    assert captured - held <= bound_picos // PICOS_A_NANO
    if usual >= written:
        assert captured <= held
