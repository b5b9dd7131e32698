"""The `Ledger` port: what every store must do with commands."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Command, Expire, HoldState, OutcomeCode
from deepspace_core.ledger.ports import COMMANDS_MAX
from tests.contract.ledger_world import LedgerWorld, memory_world, postgres_world
from tests.core.ledger.asking import MINUTE, OTHER_ORG, OTHER_WALLET


@dataclass(frozen=True, slots=True)
class Stowaway(Record):
    """A record that no ledger has been told how to write."""


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> LedgerWorld:
    if request.param == "memory":
        return memory_world()
    return postgres_world(request.getfixturevalue("pool"))


async def test_a_call_is_held_captured_and_released(world: LedgerWorld) -> None:
    me = await world.caller()
    await world.ledger.apply(me.top_up("paid", 100))
    held = await world.ledger.apply(replace(me.hold("h", 30), rates={"input_picos": 5, "tiers": []}))
    taken = await world.ledger.apply(me.capture("c", "h", 12))
    assert held.hold is not None
    assert taken.hold is not None
    assert (taken.hold.id, taken.hold.state) == (held.hold.id, HoldState.CAPTURED)
    assert await world.rows(me) == [
        (await world.ledger.apply(me.top_up("paid", 100))).transaction,
        held.transaction,
        taken.transaction,
    ]
    [hold] = await world.holds(me)
    assert hold.rates == {"input_picos": 5, "tiers": []}
    assert (await world.wallet(me)).balance_nanos == 88
    assert (await world.audit()).sound


async def test_a_ref_is_answered_once_and_remembered_for_ever(world: LedgerWorld) -> None:
    me = await world.caller()
    await world.ledger.apply(me.top_up("paid", 100))
    commands: list[Command] = [
        me.hold("h", 30),
        me.hold("denied", 1_000),
        me.capture("c", "h", 50),
        me.release("r", "h"),
        me.refund("f", "c", 7),
        me.capture("lost", "nothing", 1),
        replace(me, wallet_id=OTHER_WALLET).hold("nowhere", 1),
    ]
    first = [await world.ledger.apply(command) for command in commands]
    wallet, rows = await world.wallet(me), await world.rows(me)
    again = await world.ledger.apply_many(commands)
    assert [outcome.code for outcome in first] == [
        "accepted",
        "insufficient_funds",
        "accepted",
        "hold_already_captured",
        "accepted",
        "hold_not_found",
        "wallet_not_found",
    ]
    assert again == [outcome._replace(replayed=True) for outcome in first]
    assert (await world.wallet(me), await world.rows(me)) == (wallet, rows)


async def test_a_ref_of_another_command_names_the_difference(world: LedgerWorld) -> None:
    me = await world.caller()
    await world.ledger.apply(me.top_up("paid", 100))
    outcome = await world.ledger.apply(me.top_up("paid", 101))
    assert outcome.code is OutcomeCode.EXISTS_WITH_DIFFERENT_AMOUNT
    assert (await world.wallet(me)).balance_nanos == 100


async def test_the_same_ref_in_two_organizations_is_two_commands(world: LedgerWorld) -> None:
    me, other = await world.caller(), await world.caller(OTHER_ORG, OTHER_WALLET)
    await world.ledger.apply(me.top_up("paid", 100))
    await world.ledger.apply(other.top_up("paid", 7))
    assert (await world.wallet(me)).balance_nanos == 100
    assert (await world.wallet(other)).balance_nanos == 7


async def test_a_batch_is_decided_in_its_order_and_duplicates_in_it_move_money_once(world: LedgerWorld) -> None:
    me = await world.caller()
    outcomes = await world.ledger.apply_many(
        [
            me.hold("early", 1),
            me.top_up("paid", 100),
            me.hold("h", 60),
            me.hold("h", 60),
            me.hold("h", 61),
            me.hold("more", 60),
            me.capture("c", "h", 10),
            me.refund("f", "c", 4),
        ]
    )
    assert [outcome.answered_as for outcome in outcomes] == [
        "insufficient_funds",
        "accepted",
        "accepted",
        "exists",
        "exists_with_different_amount",
        "insufficient_funds",
        "accepted",
        "accepted",
    ]
    assert (await world.wallet(me)).balance_nanos == 94
    assert (await world.audit()).sound


async def test_more_commands_than_allowed_are_refused_whole(world: LedgerWorld) -> None:
    me = await world.caller()
    outcomes = await world.ledger.apply_many([me.top_up(f"t{count}", 1) for count in range(COMMANDS_MAX + 1)])
    assert {outcome.code for outcome in outcomes} == {OutcomeCode.BATCH_TOO_LARGE}
    assert (await world.wallet(me)).version == 0


async def test_two_hundred_holds_at_once_never_overdraw_a_wallet(world: LedgerWorld) -> None:
    # The race of check-then-spend: new-api 6609, one-api 2440, LiteLLM 34732.
    me = await world.caller()
    await world.ledger.apply(me.top_up("paid", 1_000))
    outcomes = await asyncio.gather(*[world.ledger.apply(me.hold(f"h{count}", 30)) for count in range(200)])
    assert sum(outcome.accepted for outcome in outcomes) == 33
    wallet = await world.wallet(me)
    assert (wallet.frozen_nanos, wallet.available_nanos) == (990, 10)
    assert (await world.audit()).sound


async def test_a_refund_sent_many_times_at_once_is_paid_once(world: LedgerWorld) -> None:
    # A refund whose amount and status were in different transactions repeated itself: new-api 5556.
    me = await world.caller()
    await world.ledger.apply_many([me.top_up("paid", 100), me.hold("h", 50), me.capture("c", "h", 50)])
    outcomes = await asyncio.gather(*[world.ledger.apply(me.refund("f", "c", 50)) for _ in range(20)])
    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert (await world.wallet(me)).balance_nanos == 100
    assert (await world.ledger.apply(me.refund("g", "c", 1))).code is OutcomeCode.REFUND_EXCEEDS_CAPTURED


async def test_a_hold_whose_caller_crashed_is_given_back_by_the_sweeper(world: LedgerWorld) -> None:
    # A crash stranded the hold: new-api 4429. A cancelled request leaked it: LiteLLM 30522.
    me = await world.caller()
    await world.ledger.apply_many([me.top_up("paid", 100), me.hold("a", 60), me.hold("b", 10, seconds=2 * MINUTE)])
    assert await world.sweep() == 0
    world.clock.advance(seconds=MINUTE)
    assert await world.sweep() == 1
    assert await world.sweep() == 0
    assert (await world.wallet(me)).frozen_nanos == 10
    assert (await world.rows(me))[-1].ref.startswith("ledger:expire:")


async def test_due_holds_are_found_before_a_hold_is_denied_without_a_sweeper(world: LedgerWorld) -> None:
    me = await world.caller()
    await world.ledger.apply_many([me.top_up("paid", 100), me.hold("a", 60), me.hold("b", 40)])
    world.clock.advance(seconds=MINUTE)
    assert (await world.ledger.apply(me.hold("n", 90))).accepted
    assert [row.type for row in await world.rows(me)] == ["top_up", "hold", "hold", "expire", "expire", "hold"]
    assert (await world.audit()).sound


async def test_a_late_capture_becomes_owed_only_after_due_holds_are_freed(world: LedgerWorld) -> None:
    me = await world.caller()
    await world.ledger.apply_many([me.top_up("paid", 100), me.hold("a", 60), me.hold("b", 40)])
    world.clock.advance(seconds=MINUTE)
    outcome = await world.ledger.apply(me.capture("c", "a", 110))
    assert outcome.transaction is not None
    assert outcome.wallet is not None
    assert (outcome.transaction.late, outcome.wallet.receivable_nanos) == (True, 10)
    assert (await world.audit()).sound


async def test_two_captures_of_one_hold_in_one_batch_see_each_other(world: LedgerWorld) -> None:
    me = await world.caller()
    await world.ledger.apply_many([me.top_up("paid", 100), me.hold("old", 60, seconds=1), me.hold("h", 40)])
    world.clock.advance(seconds=2)
    captures: list[Command] = [me.capture(f"c{count}", "h", 40, final=False) for count in range(2)]
    outcomes = await world.ledger.apply_many(captures)
    assert outcomes[1].wallet is not None
    assert (outcomes[1].wallet.balance_nanos, outcomes[1].wallet.receivable_nanos) == (20, 0)
    assert (await world.audit()).sound


async def test_a_hold_is_named_by_its_id_as_well_as_by_its_ref(world: LedgerWorld) -> None:
    me = await world.caller()
    held = (await world.ledger.apply_many([me.top_up("paid", 100), me.hold("h", 60)]))[1].hold
    assert held is not None
    by_id = replace(me.capture("c", None, 10, final=False), hold_id=held.id)
    assert (await world.ledger.apply(by_id)).accepted
    at_odds = replace(me.capture("d", "other", 10), hold_id=held.id)
    assert (await world.ledger.apply(at_odds)).code is OutcomeCode.HOLD_NOT_FOUND


async def test_another_organizations_hold_is_not_found(world: LedgerWorld) -> None:
    me, other = await world.caller(), await world.caller(OTHER_ORG, OTHER_WALLET)
    held = (await world.ledger.apply_many([me.top_up("paid", 100), me.hold("h", 60)]))[1].hold
    assert held is not None
    stolen = replace(other.capture("c", None, 10), hold_id=held.id)
    assert (await world.ledger.apply(stolen)).code is OutcomeCode.HOLD_NOT_FOUND
    expire = Expire(org_id=other.org_id, wallet_id=other.wallet_id, hold_id=held.id)
    assert (await world.ledger.apply(expire)).code is OutcomeCode.HOLD_NOT_FOUND


async def test_a_rider_that_nobody_can_write_is_refused_before_anything_moves(world: LedgerWorld) -> None:
    me = await world.caller()
    with pytest.raises(TypeError, match="no writer for riders of type"):
        await world.ledger.apply(me.top_up("paid", 100), riders=[Stowaway()])
    assert (await world.wallet(me)).version == 0


async def test_disjoint_wallets_commute(world: LedgerWorld) -> None:
    me, other = await world.caller(), await world.caller(OTHER_ORG, OTHER_WALLET)
    mine: list[Command] = [me.top_up("paid", 100), me.hold("h", 60), me.capture("c", "h", 30)]
    theirs: list[Command] = [other.top_up("paid", 50), other.hold("h", 60), other.adjust("a", -5)]
    mixed = [command for pair in zip(mine, theirs, strict=True) for command in pair]
    await world.ledger.apply_many(mixed)
    assert [row.seq for row in await world.rows(me)] == [1, 2, 3]
    assert [row.balance_after_nanos for row in await world.rows(other)] == [50, 45]


async def test_text_of_any_language_survives(world: LedgerWorld) -> None:
    me = await world.caller()
    ref = 'числа "数" {é}, \\ %s 🪙'
    outcome = await world.ledger.apply(replace(me.top_up(ref, 1), description="l'été\n\t{}"))
    assert outcome.accepted
    assert (await world.ledger.apply(me.top_up(ref, 1))).replayed
    [row] = await world.rows(me)
    assert (row.ref, row.description) == (ref, "l'été\n\t{}")


async def test_wallets_of_one_organization_are_apart(world: LedgerWorld) -> None:
    me, euros = await world.caller(), await world.caller(wallet_id=OTHER_WALLET, currency="EUR")
    assert (await world.ledger.apply(replace(euros, currency="EUR").top_up("e", 5))).accepted
    assert (await world.ledger.apply(replace(me, currency="EUR").top_up("m", 5))).code is OutcomeCode.CURRENCY_MISMATCH
    assert (await world.ledger.apply(me.hold("h", 1))).code is OutcomeCode.INSUFFICIENT_FUNDS
