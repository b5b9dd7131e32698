"""How large a call is believed to be: counted where it is small or billed, sampled where it is large."""

from dataclasses import replace

import pytest

from deepspace_core.pipeline import Exchange, Sizer
from deepspace_core.pipeline.sizing import SAMPLE_BYTES, SAMPLES, TEMPLATE_TOKENS
from tests.core.pipeline.world import MODEL, SECRET, World, principal_of

ROOMY = replace(MODEL, context_tokens=1_000_000)
SAMPLED_BYTES_MAX = SAMPLES * SAMPLE_BYTES


class WidthCounter:
    """Four letters make a token, and so does every character beyond ASCII."""

    def __init__(self) -> None:
        self.seen = 0

    def count(self, text: str) -> int:
        self.seen += len(text)
        wide = sum(not character.isascii() for character in text)
        return wide + (len(text) - wide) // 4


@pytest.fixture
async def exchange() -> Exchange:
    """A call that has passed `auth`."""
    world = await World.make()
    made = world.exchange(stream=False, model=MODEL.name, secret=SECRET)
    made.principal, made.model = principal_of(world.wallet), ROOMY
    return made


async def test_a_small_body_is_counted_whole(exchange: Exchange) -> None:
    exchange.body = b"x" * SAMPLED_BYTES_MAX
    assert Sizer(counter=WidthCounter()).size(exchange).input_tokens == SAMPLED_BYTES_MAX // 4 + TEMPLATE_TOKENS


async def test_however_large_a_body_is_no_more_than_its_samples_are_looked_at(exchange: Exchange) -> None:
    exchange.body = b"x" * 5_000_000
    counter = WidthCounter()
    assert Sizer(counter=counter).size(exchange).input_tokens == exchange.admitted().model.context_tokens
    assert counter.seen <= SAMPLED_BYTES_MAX


@pytest.mark.parametrize("dense_first", [True, False])
async def test_samples_see_both_ends_of_a_large_body(exchange: Exchange, *, dense_first: bool) -> None:
    halves = ["金" * 20_000, "x" * 60_000]
    exchange.body = "".join(halves if dense_first else reversed(halves)).encode()
    really = 20_000 + 60_000 // 4
    guessed = Sizer(counter=WidthCounter()).size(exchange).input_tokens
    assert 0.9 * really < guessed < 1.1 * really


async def test_what_is_billed_is_counted_and_not_sampled(exchange: Exchange) -> None:
    exchange.body = b"x" * 50_000 + "金".encode() * 100 + b"x" * 50_000
    assert Sizer(counter=WidthCounter()).counted_input(exchange) == 25_100 + TEMPLATE_TOKENS


async def test_no_call_is_believed_to_be_larger_than_what_its_model_reads(exchange: Exchange) -> None:
    exchange.model, exchange.body = MODEL, b"x" * 1_000_000
    sizer = Sizer(counter=WidthCounter())
    assert sizer.size(exchange).input_tokens == sizer.counted_input(exchange) == MODEL.context_tokens
