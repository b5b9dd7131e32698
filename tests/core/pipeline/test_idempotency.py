"""A call that is sent twice under one key is made and paid for once."""

from dataclasses import replace
from uuid import UUID

import pytest

from deepspace_core.audit import PASSED
from deepspace_core.kernel.errors import InvalidInput, Unavailable
from deepspace_core.kernel.ids import ApiKeyId
from deepspace_core.pipeline import (
    AnswerHead,
    Exchange,
    IdempotencyKeyReused,
    IdempotentAnswerGone,
    IdempotentCallRunning,
    InsufficientQuota,
    Route,
    UpstreamUnreachable,
    read_key,
)
from deepspace_core.usage import Ending
from tests.core.pipeline.sides import WORD, FakeClient, Script
from tests.core.pipeline.world import ANSWER_BYTES_MAX, BODY, KEPT_SECONDS, LEASE_SECONDS, World
from tests.fakes import TRACE

KEY = "order-4711"
CUT_SHORT = b"error cut_short"


def got(exchange: Exchange) -> bytes:
    assert isinstance(exchange.client, FakeClient)
    return b"".join(exchange.client.pieces)


def head(exchange: Exchange) -> AnswerHead:
    assert isinstance(exchange.client, FakeClient)
    assert exchange.client.head is not None
    return exchange.client.head


@pytest.mark.parametrize("stream", [True, False])
async def test_a_retry_gets_the_same_bytes_and_moves_no_money(stream: bool) -> None:
    world = await World.make()
    first, _ = await world.call(stream=stream, key=KEY)
    rows = await world.rows()
    again, fault = await world.call(stream=stream, key=KEY)
    assert fault is None
    assert got(again) == got(first)
    assert replace(head(again), elapsed_nanos=0, verdict=None, replay_of=None, whole=False) == replace(
        head(first), elapsed_nanos=0, verdict=None, whole=False
    )
    assert head(again).replay_of == again.replay_of == TRACE
    assert isinstance(again.client, FakeClient)
    assert again.client.finished
    assert len(world.upstream.sent) == 1
    assert await world.rows() == rows
    assert again.timeline[-1].name == "idempotency"
    assert again.timeline[-1].verdict == PASSED


async def test_calls_without_a_key_have_nothing_to_do_with_each_other() -> None:
    world = await World.make()
    await world.call()
    await world.call()
    assert len(world.upstream.sent) == 2


async def test_another_body_under_the_same_key_is_refused() -> None:
    world = await World.make()
    await world.call(key=KEY)
    _, fault = await world.run(world.exchange(key=KEY, body=BODY + b" "))
    assert isinstance(fault, IdempotencyKeyReused)
    assert TRACE in fault.message
    assert len(world.upstream.sent) == 1


async def test_a_key_belongs_to_one_api_key_and_one_route() -> None:
    world = await World.make()
    await world.call(key=KEY)
    other = world.exchange(key=KEY)
    other.principal = replace(world.directory.principal, api_key_id=ApiKeyId(UUID(int=99)))
    await world.run(other)
    route = world.exchange(key=KEY)
    route.route = Route.EMBEDDINGS
    _, fault = await world.run(route)
    assert not isinstance(fault, IdempotencyKeyReused)
    assert len(world.upstream.sent) == 2


async def test_while_the_first_call_runs_a_retry_is_told_to_wait() -> None:
    world = await World.make()
    faults: list[Exception | None] = []

    async def retried() -> None:
        exchange = world.exchange(key=KEY)
        faults.append((await world.run(exchange))[1])

    coming = retried()

    def in_the_middle() -> None:
        with pytest.raises(StopIteration):
            coming.send(None)

    world.upstream.before_end = in_the_middle
    await world.call(key=KEY)
    [fault] = faults
    assert isinstance(fault, IdempotentCallRunning)
    assert (fault.retryable, fault.fields["retry_after_seconds"]) == (True, 1)
    assert len(world.upstream.sent) == 1


@pytest.mark.parametrize("script", [Script(refuse=True), Script(words=0, usage=None, break_after=0)])
async def test_a_call_that_cost_nothing_frees_its_key(script: Script) -> None:
    world = await World.make()
    await world.call(script, key=KEY)
    exchange, fault = await world.call(key=KEY)
    assert fault is None
    assert exchange.replay_of is None
    assert len(world.upstream.sent) == 2


async def test_a_call_that_was_denied_frees_its_key() -> None:
    world = await World.make(balance_nanos=0)
    _, denied = await world.call(key=KEY)
    assert isinstance(denied, InsufficientQuota)
    await world.top_up(1_000_000_000)
    _, fault = await world.call(key=KEY)
    assert fault is None


async def test_an_answer_that_broke_off_and_was_charged_is_answered_again_as_it_was() -> None:
    world = await World.make()
    first, _ = await world.call(Script(break_after=2), key=KEY)
    again, fault = await world.call(key=KEY)
    assert (first.ending, fault) == (Ending.TRUNCATED, None)
    assert got(again) == got(first) == WORD * 2 + b"error upstream_cut"
    assert len(world.usage()) == 1


async def test_a_client_that_left_finds_the_whole_answer_when_it_comes_back() -> None:
    world = await World.make()
    first, _ = await world.call(Script(client_leaves_after=1), key=KEY)
    again, _ = await world.call(key=KEY)
    assert first.ending is Ending.CLIENT_ABORTED
    assert got(again) == WORD * 3 + b"end"
    assert len(world.usage()) == 1


async def test_where_an_organization_cancels_what_it_paid_for_is_there_and_is_told_to_be_cut_short() -> None:
    world = await World.make()
    world.directory.principal = replace(world.directory.principal, on_abort="cancel")
    await world.call(Script(client_leaves_after=1), key=KEY)
    again, _ = await world.call(key=KEY)
    assert got(again) == WORD * 2 + CUT_SHORT
    assert len(world.usage()) == 1


async def test_an_answer_too_large_to_keep_is_never_charged_again() -> None:
    world = await World.make()
    await world.call(Script(words=ANSWER_BYTES_MAX // len(WORD) + 1), key=KEY)
    _, fault = await world.call(key=KEY)
    assert isinstance(fault, IdempotentAnswerGone)
    assert (fault.retryable, TRACE in fault.message) == (False, True)
    assert len(world.usage()) == len(world.upstream.sent) == 1


async def test_an_answer_just_as_large_as_may_be_is_kept() -> None:
    world = await World.make()
    first, _ = await world.call(Script(words=(ANSWER_BYTES_MAX - len(b"end")) // len(WORD)), key=KEY)
    again, fault = await world.call(key=KEY)
    assert fault is None
    assert got(again) == got(first)


async def test_while_the_capture_waits_for_the_database_the_key_stays_taken() -> None:
    world = await World.make()
    world.upstream.before_end = lambda: setattr(world.ledger, "away", 1)
    first, _ = await world.call(key=KEY)
    world.upstream.before_end = lambda: None
    _, early = await world.call(key=KEY)
    assert isinstance(early, IdempotentCallRunning)
    await world.tasks.drain()
    again, fault = await world.call(key=KEY)
    assert fault is None
    assert got(again) == got(first)
    assert len(world.usage()) == 1


async def test_the_key_of_a_gateway_that_died_is_free_after_its_lease() -> None:
    world = await World.make()
    dying = world.exchange(key=KEY)
    dying.principal = world.directory.principal
    dying.model = world.directory.models["small"]
    await world.stages["idempotency"].enter(dying)
    world.clock.advance(seconds=LEASE_SECONDS - 1)
    assert isinstance((await world.call(key=KEY))[1], IdempotentCallRunning)
    world.clock.advance(seconds=1)
    exchange, fault = await world.call(key=KEY)
    assert (fault, exchange.replay_of) == (None, None)
    await world.stages["idempotency"].leave(dying, None)
    assert (await world.call(key=KEY))[0].replay_of is not None


async def test_a_key_is_forgotten_when_its_time_is_over() -> None:
    world = await World.make()
    await world.call(key=KEY)
    world.clock.advance(seconds=KEPT_SECONDS - 1)
    assert (await world.call(key=KEY))[0].replay_of is not None
    world.clock.advance(seconds=1)
    assert (await world.call(key=KEY))[0].replay_of is None
    assert len(world.usage()) == 2


async def test_a_claim_that_took_too_long_is_given_back() -> None:
    world = await World.make()
    world.tasks.overdue = 1
    _, fault = await world.call(key=KEY)
    assert isinstance(fault, Unavailable)
    assert not isinstance(fault, UpstreamUnreachable)
    await world.tasks.drain()
    _, fault = await world.call(key=KEY)
    assert fault is None
    assert world.upstream.sent


async def test_a_replay_counts_as_a_request_and_as_no_tokens() -> None:
    world = await World.make()
    await world.call(key=KEY)
    exchange, _ = await world.call(key=KEY)
    assert exchange.leaves.total == 0
    assert exchange.cost is None


@pytest.mark.parametrize("key", ["a", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "~!{}"])
def test_a_key_of_visible_ascii_is_taken_as_it_is(key: str) -> None:
    assert read_key([key]) == key


@pytest.mark.parametrize(
    ("values", "problem"),
    [([""], "1 to 255"), (["x" * 256], "256"), (["a b"], "visible"), (["é"], "visible"), (["a", "a"], "several")],
)
def test_any_other_key_is_refused_with_what_would_be_right(values: list[str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        read_key(values)
    assert caught.value.param == "idempotency-key"


def test_a_request_without_the_header_has_no_key() -> None:
    assert read_key([]) is None
