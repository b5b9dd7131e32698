"""One call through the standard stages: what is held, what is captured, what is given back."""

import asyncio
from dataclasses import dataclass, replace
from ipaddress import ip_network
from uuid import UUID

import pytest

from deepspace_core.catalogue import ModelKind, ModelNotFound
from deepspace_core.identity import Secret
from deepspace_core.identity.errors import PermissionMissing
from deepspace_core.kernel.errors import Unauthenticated, Unavailable
from deepspace_core.ledger import BudgetExceeded, HoldState, LedgerRefused, TransactionType
from deepspace_core.pipeline import (
    CallLog,
    ClientGone,
    ClientStopped,
    Exchange,
    InsufficientQuota,
    ModelNotAllowed,
    ModelNotPriced,
    Route,
    RouteNotServed,
    Stage,
    UpstreamCut,
    UpstreamUnreachable,
)
from deepspace_core.policy import (
    AddressForbidden,
    IpAction,
    IpRule,
    IpRuleId,
    IpScope,
    Limit,
    LimitId,
    LimitMetric,
    LimitScope,
    PolicySet,
    RateLimited,
    Verdict,
)
from deepspace_core.pricing import TokenLeaves
from deepspace_core.usage import Ending, UsageSource
from tests.core.pipeline.sides import WORD, FakeClient, Script
from tests.core.pipeline.world import CARD, INPUT_RATE, MODEL, OUTPUT_RATE, SECRET, World
from tests.fakes import NOON, FixedClock

USED = TokenLeaves(input_uncached=20, output_text=3)
COST_NANOS = (20 * INPUT_RATE + 3 * OUTPUT_RATE) // 1_000


async def test_a_completed_call_captures_what_tokens_times_rates_say_and_frees_the_rest() -> None:
    world = await World.make()
    exchange, fault = await world.call(Script(usage=USED))
    assert fault is None
    assert exchange.ending is Ending.COMPLETED
    hold, capture = (await world.rows())[1:]
    assert (hold.type, capture.type) == (TransactionType.HOLD, TransactionType.CAPTURE)
    assert capture.amount_nanos == COST_NANOS
    assert capture.released_nanos == hold.amount_nanos - COST_NANOS
    wallet = await world.balance()
    assert (wallet.balance_nanos, wallet.frozen_nanos) == (1_000_000_000 - COST_NANOS, 0)


async def test_usage_event_and_request_log_ride_in_the_commit_of_the_capture() -> None:
    world = await World.make()
    await world.call()
    usage, event, request_log = world.records
    assert world.usage()[0].cost_nanos == COST_NANOS
    assert world.usage()[0].usage_source is UsageSource.UPSTREAM
    assert [type(record).__name__ for record in (usage, event, request_log)] == ["UsageRecord", "Event", "RequestLog"]


async def test_the_client_gets_every_byte_in_order() -> None:
    world = await World.make()
    exchange, _ = await world.call(Script(words=3))
    assert isinstance(exchange.client, FakeClient)
    assert exchange.client.pieces == [WORD, WORD, WORD, b"end"]
    assert exchange.client.finished


async def test_a_client_that_hangs_up_is_billed_for_the_whole_answer_that_was_drained() -> None:
    world = await World.make()
    exchange, _ = await world.call(Script(words=9, client_leaves_after=1))
    assert exchange.ending is Ending.CLIENT_ABORTED
    assert world.usage()[0].usage_source is UsageSource.UPSTREAM
    assert [hold.state for hold in await world.holds()] == [HoldState.CAPTURED]


async def test_a_client_that_hangs_up_after_the_end_has_had_a_completed_answer() -> None:
    world = await World.make()
    exchange, _ = await world.call(Script(words=2, client_leaves_after=2))
    assert exchange.ending is Ending.COMPLETED


async def test_on_abort_cancel_bills_the_delivered_text_as_an_estimate() -> None:
    world = await World.make()
    world.directory.principal = replace(world.directory.principal, on_abort="cancel")
    exchange, _ = await world.call(Script(words=9, client_leaves_after=4))
    record = world.usage()[0]
    assert (exchange.ending, record.usage_source) == (Ending.CLIENT_ABORTED, UsageSource.ESTIMATED)
    assert record.leaves.output_text == 5


async def test_a_client_that_wants_no_more_pays_for_no_more_whatever_its_organization_does_with_lost_ones() -> None:
    world = await World.make()
    assert world.directory.principal.on_abort == "drain"
    exchange = world.exchange()
    exchange.client = FakeClient(leaves_after=4, leaves_by=ClientStopped)
    world.upstream.script = Script(words=9)
    await world.pipeline().run(exchange)
    record = world.usage()[0]
    assert (exchange.ending, record.usage_source) == (Ending.CLIENT_ABORTED, UsageSource.ESTIMATED)
    assert record.leaves.output_text == 5
    assert [hold.state for hold in await world.holds()] == [HoldState.CAPTURED]


async def test_a_client_that_cancels_before_the_first_token_pays_for_its_prompt() -> None:
    world = await World.make()
    world.directory.principal = replace(world.directory.principal, on_abort="cancel")
    await world.call(Script(words=9, client_leaves_after=-1))
    record = world.usage()[0]
    assert record.usage_source is UsageSource.ESTIMATED
    assert record.leaves.input_total > 0
    assert record.leaves.output_total == 0


@pytest.mark.parametrize(
    ("script", "ending", "code"),
    [
        (Script(words=5, break_after=2, usage=None), Ending.TRUNCATED, b"error upstream_cut"),
        (Script(words=5, silent_after=2, usage=None), Ending.TIMED_OUT, b"error upstream_timeout"),
        (Script(words=5, error_after=2, usage=None), Ending.UPSTREAM_ERROR, b"error upstream_error"),
        (Script(words=5, terminal=False, usage=None), Ending.TRUNCATED, b"error upstream_cut"),
    ],
)
async def test_an_answer_that_breaks_off_is_told_in_the_stream_and_billed_by_what_came(
    script: Script, ending: Ending, code: bytes
) -> None:
    world = await World.make()
    exchange, fault = await world.call(script)
    assert fault is None
    assert isinstance(exchange.client, FakeClient)
    assert exchange.client.pieces[-1] == code
    assert (world.usage()[0].ending, world.usage()[0].usage_source) == (ending, UsageSource.ESTIMATED)


async def test_an_answer_that_breaks_off_before_anything_came_costs_nothing() -> None:
    world = await World.make()
    await world.call(Script(break_after=0, usage=None))
    assert [row.type for row in await world.rows()] == [
        TransactionType.TOP_UP,
        TransactionType.HOLD,
        TransactionType.RELEASE,
    ]
    assert world.usage() == []


async def test_a_broken_answer_in_one_piece_is_an_error_with_a_status() -> None:
    world = await World.make()
    _, fault = await world.call(Script(break_after=2, usage=None), stream=False)
    assert isinstance(fault, UpstreamCut)


async def test_an_upstream_that_is_down_leaves_no_hold_behind() -> None:
    world = await World.make()
    _, fault = await world.call(Script(refuse=True))
    assert isinstance(fault, UpstreamUnreachable)
    assert [hold.state for hold in await world.holds()] == [HoldState.RELEASED]
    assert (await world.balance()).balance_nanos == 1_000_000_000


async def test_an_empty_wallet_is_told_what_is_needed_and_what_there_is() -> None:
    world = await World.make(balance_nanos=10)
    _, fault = await world.call()
    assert isinstance(fault, InsufficientQuota)
    assert fault.fields["available_nanos"] == 10
    assert world.upstream.sent == []


async def test_a_budget_that_is_used_up_is_named() -> None:
    world = await World.make()
    await world.cap(nanos=10)
    _, fault = await world.call()
    assert isinstance(fault, BudgetExceeded)
    assert fault.fields["reason"] == fault.code == "budget_exceeded"
    assert fault.fields["budget"] == {
        "scope": "org",
        "scope_id": world.wallet.org_id.hex,
        "window": "day",
        "cap_nanos": 10,
        "used_nanos": 0,
        "reserved_nanos": 0,
    }
    assert "the org's budget of 0.00000001 a day has 0.00000001 left" in fault.message
    assert world.upstream.sent == []


async def test_a_call_counts_against_everybody_whose_it_is() -> None:
    world = await World.make()
    await world.call()
    [hold] = await world.holds()
    assert [key.scope.value for key in hold.caps] == ["org", "project", "user"]


async def test_a_database_that_is_away_refuses_the_call_before_anything_is_sent() -> None:
    world = await World.make()
    world.ledger.away = 1
    _, fault = await world.call()
    assert isinstance(fault, Unavailable)
    assert world.upstream.sent == []
    assert await world.holds() == []


async def test_a_database_that_freezes_is_503_and_the_hold_that_comes_late_is_released() -> None:
    world = await World.make()
    world.tasks.overdue = 1
    _, fault = await world.call()
    assert isinstance(fault, Unavailable)
    assert world.upstream.sent == []
    await world.tasks.drain()
    assert (await world.balance()).frozen_nanos == 0
    assert world.journal.unsettled == {}


async def test_a_caller_who_left_while_the_way_in_was_slow_is_not_sent_upstream() -> None:
    world = await World.make()
    world.stages["budget_hold"] = Slow(world.stages["budget_hold"], world.clock)
    _, fault = await world.call(Script(client_leaves_after=-1))
    assert isinstance(fault, ClientGone)
    assert world.upstream.sent == []
    assert [hold.state for hold in await world.holds()] == [HoldState.RELEASED]


@dataclass
class Slow:
    """A stage that takes two seconds longer."""

    stage: Stage
    clock: FixedClock

    @property
    def name(self) -> str:
        return self.stage.name

    async def enter(self, exchange: Exchange) -> None:
        self.clock.advance(seconds=2)
        await self.stage.enter(exchange)

    async def leave(self, exchange: Exchange, ending: Ending | None) -> None:
        await self.stage.leave(exchange, ending)


@pytest.mark.parametrize(("secret", "model"), [(Secret("sk-ds-wrong"), "small"), (None, "small")])
async def test_who_is_not_known_is_refused(secret: Secret | None, model: str) -> None:
    world = await World.make()
    _, fault = await world.call(secret=secret, model=model)
    assert isinstance(fault, Unauthenticated)


async def test_an_unknown_a_disabled_and_an_unfit_model_are_told_apart() -> None:
    world = await World.make()
    world.directory.models = {"off": replace(MODEL, enabled=False), "embed": replace(MODEL, kinds=frozenset())}
    found = {name: type((await world.call(model=name))[1]) for name in ("none", "off", "embed")}
    assert found == {"none": ModelNotFound, "off": ModelNotFound, "embed": RouteNotServed}


async def test_a_name_that_no_model_can_have_is_not_even_looked_up() -> None:
    world = await World.make()
    endless = "x" * 1_000_000
    world.directory.models = {endless: MODEL, "nul\0": MODEL}
    for name in world.directory.models:
        exchange, fault = await world.call(model=name)
        assert isinstance(fault, ModelNotFound)
        assert len(fault.message) < 300
        log = CallLog(clock=world.clock, ids=world.ids).log(exchange, status=404, error=fault)
        assert (log.model_name or "").isprintable()


async def test_embeddings_are_not_streamed_for_nobody_would_find_their_usage() -> None:
    world = await World.make()
    world.directory.models = {"small": replace(MODEL, kinds=frozenset({ModelKind.EMBEDDING}))}
    exchange = world.exchange(stream=True, model="small", secret=SECRET)
    exchange.route = Route.EMBEDDINGS
    with pytest.raises(RouteNotServed) as caught:
        await world.pipeline().run(exchange)
    assert caught.value.param == "stream"
    assert world.upstream.sent == []


async def test_a_price_in_another_currency_than_the_wallet_s_charges_nothing() -> None:
    world = await World.make()
    world.directory.card = replace(CARD, currency="CNY")
    _, fault = await world.call()
    assert isinstance(fault, LedgerRefused)
    assert (await world.balance()).frozen_nanos == 0


@pytest.mark.parametrize(("unknown", "away"), [(2, 0), (1, 1)])
async def test_a_hold_of_which_nobody_knows_whether_it_was_written_is_given_back(unknown: int, away: int) -> None:
    world = await World.make()
    world.ledger.unknown, world.ledger.away_after_unknown = unknown, away
    _, fault = await world.call()
    assert isinstance(fault, Unavailable)
    await world.tasks.drain()
    assert [hold.state for hold in await world.holds()] == [HoldState.RELEASED]


async def test_a_call_that_is_cancelled_while_its_money_is_held_leaves_no_hold_behind() -> None:
    world = await World.make()
    world.ledger.cancelled = 1
    with pytest.raises(asyncio.CancelledError):
        await world.call()
    assert [hold.state for hold in await world.holds()] == [HoldState.RELEASED]


async def test_a_model_without_a_price_is_not_sold() -> None:
    world = await World.make()
    world.directory.card = None
    assert isinstance((await world.call())[1], ModelNotPriced)


async def test_a_key_without_the_scope_may_not_call() -> None:
    world = await World.make()
    world.directory.principal = replace(world.directory.principal, permissions=frozenset())
    assert isinstance((await world.call())[1], PermissionMissing)


async def test_a_key_s_list_of_models_is_kept_before_money_moves() -> None:
    world = await World.make()
    world.directory.principal = replace(world.directory.principal, model_allow_list=frozenset({"other"}))
    assert isinstance((await world.call())[1], ModelNotAllowed)
    assert await world.holds() == []


async def test_an_address_rule_keeps_others_out() -> None:
    world = await World.make()
    org_id = world.wallet.org_id
    rule = IpRule(
        id=IpRuleId(UUID(int=1)),
        org_id=org_id,
        scope=IpScope.ORG,
        scope_id=org_id,
        action=IpAction.ALLOW,
        network=ip_network("198.51.100.0/24"),
        note="",
        created_at=NOON,
    )
    world.directory.policies = PolicySet(limits=(), ip_rules=(rule,))
    assert isinstance((await world.call())[1], AddressForbidden)


async def test_a_full_window_refuses_and_a_finished_call_settles_what_it_used() -> None:
    world = await World.make()
    limit = Limit(
        id=LimitId(UUID(int=1)),
        org_id=None,
        scope=LimitScope.ORG,
        scope_id=None,
        metric=LimitMetric.TOKENS,
        window_seconds=60,
        cap=100,
        created_at=NOON,
    )
    world.directory.policies = PolicySet(limits=(limit,), ip_rules=())
    await world.call(Script(usage=USED))
    assert world.window.settled == [USED.total]
    world.window.verdict = Verdict(admitted=False, states=(), refused_by=limit, retry_after_seconds=7)
    _, fault = await world.call()
    assert isinstance(fault, RateLimited)
    assert fault.fields["retry_after_seconds"] == 7
    assert world.window.settled == [USED.total]
