"""Groups that are applied whole or not at all, and questions that change nothing, on memory and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import BudgetWindow, OutcomeCode
from deepspace_core.ledger.ports import COMMANDS_MAX
from tests.contract.ledger_world import LedgerWorld, memory_world, postgres_world
from tests.core.ledger.asking import CAP, MINUTE, OTHER_ORG, OTHER_WALLET, Caller

ACCEPTED, FAILED = OutcomeCode.ACCEPTED, OutcomeCode.LINKED_FAILED


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> LedgerWorld:
    return memory_world() if request.param == "memory" else postgres_world(request.getfixturevalue("pool"))


@pytest.fixture
async def me(world: LedgerWorld) -> Caller:
    caller = replace(await world.caller(), caps=(CAP,))
    await world.ledger.apply(caller.top_up("paid", 100))
    return caller


async def test_a_group_is_accepted_whole_also_over_two_wallets(world: LedgerWorld, me: Caller) -> None:
    other = await world.caller(wallet_id=OTHER_WALLET)
    moved = await world.ledger.apply_linked([me.adjust("out", -30), other.adjust("in", 30)])
    assert [one.code for one in moved] == [ACCEPTED, ACCEPTED]
    assert [(await world.wallet(who)).balance_nanos for who in (me, other)] == [70, 30]
    again = await world.ledger.apply_linked([me.adjust("out", -30), other.adjust("in", 30)])
    assert again == [one._replace(replayed=True) for one in moved]
    assert (await world.audit()).sound


async def test_one_refusal_undoes_the_group_and_is_remembered_by_all(world: LedgerWorld, me: Caller) -> None:
    before = await world.wallet(me)
    group = [me.hold("a", 60), me.hold("b", 60), me.hold("c", 1)]
    outcomes = await world.ledger.apply_linked(group)
    assert [one.code for one in outcomes] == [FAILED, OutcomeCode.INSUFFICIENT_FUNDS, FAILED]
    assert (outcomes[1].needed_nanos, outcomes[1].available_nanos) == (60, 40)
    assert await world.wallet(me) == before
    assert await world.holds(me) == []
    await world.ledger.apply(me.top_up("more", 1_000))
    assert await world.ledger.apply(me.hold("c", 1)) == outcomes[2]._replace(replayed=True)
    assert [one.code for one in await world.ledger.apply_linked(group)] == [one.code for one in outcomes]
    assert (await world.audit()).sound


async def test_a_group_that_is_malformed_or_in_conflict_leaves_its_refs_free(world: LedgerWorld, me: Caller) -> None:
    malformed = await world.ledger.apply_linked([me.hold("a", 1), me.top_up("t", 0)])
    assert [one.code for one in malformed] == [FAILED, OutcomeCode.INVALID_AMOUNT]
    conflict = await world.ledger.apply_linked([me.hold("a", 1), me.top_up("paid", 7)])
    assert [one.code for one in conflict] == [FAILED, OutcomeCode.EXISTS_WITH_DIFFERENT_AMOUNT]
    mended = await world.ledger.apply_linked([me.hold("a", 1), me.top_up("t", 5)])
    assert [one.code for one in mended] == [ACCEPTED, ACCEPTED]


async def test_what_comes_first_in_precedence_is_told_of_the_others_too(world: LedgerWorld, me: Caller) -> None:
    outcomes = await world.ledger.apply_linked(
        [me.capture("c", "nothing", 5), me.top_up("paid", 100), me.top_up("", 1), me.release("r", "nothing")]
    )
    assert [one.answered_as for one in outcomes] == [
        OutcomeCode.HOLD_NOT_FOUND,
        OutcomeCode.EXISTS,
        OutcomeCode.INVALID_REF,
        FAILED,
    ]


async def test_a_command_sees_what_came_before_it_in_its_group(world: LedgerWorld, me: Caller) -> None:
    outcomes = await world.ledger.apply_linked([me.hold("h", 40), me.capture("c", "h", 15), me.refund("r", "c", 15)])
    assert [one.code for one in outcomes] == [ACCEPTED] * 3
    assert (await world.wallet(me)).balance_nanos == 100


async def test_a_budget_undoes_a_group_as_money_does(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, CAP, BudgetWindow.DAY, 50)
    outcomes = await world.ledger.apply_linked([me.hold("a", 30), me.hold("b", 30)])
    assert [one.code for one in outcomes] == [FAILED, OutcomeCode.BUDGET_EXCEEDED]
    [line] = await world.lines(me)
    assert (line.used_nanos, line.reserved_nanos) == (0, 0)


async def test_bounds_of_groups(world: LedgerWorld, me: Caller) -> None:
    assert await world.ledger.apply_linked([]) == []
    many = await world.ledger.apply_linked([me.top_up(f"t{n}", 1) for n in range(COMMANDS_MAX + 1)])
    assert {one.code for one in many} == {OutcomeCode.BATCH_TOO_LARGE}
    full = await world.ledger.apply_linked([me.top_up(f"t{n}", 1) for n in range(COMMANDS_MAX)])
    assert {one.code for one in full} == {ACCEPTED}


async def test_a_rider_that_nobody_can_write_stops_the_group(world: LedgerWorld, me: Caller) -> None:
    with pytest.raises(TypeError):
        await world.ledger.apply_linked([me.top_up("t", 1)], riders=[Record()])
    assert (await world.wallet(me)).version == 1


async def test_a_dry_run_answers_as_the_command_would_and_writes_nothing(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, CAP, BudgetWindow.DAY, 80)
    for amount, code, missing in (
        (80, ACCEPTED, 0),
        (90, OutcomeCode.BUDGET_EXCEEDED, 10),
        (130, OutcomeCode.INSUFFICIENT_FUNDS, 30),
    ):
        dry = await world.ledger.would_admit(me.hold(f"h{amount}", amount))
        assert (dry.code, dry.missing_nanos, dry.transaction) == (code, missing, None)
    assert (await world.wallet(me)).version == 1
    wet = await world.ledger.apply(me.hold("h90", 90))
    assert (wet.replayed, wet.code) == (False, OutcomeCode.BUDGET_EXCEEDED)
    assert (await world.ledger.would_admit(me.hold("h90", 90))).replayed
    assert (await world.audit()).sound


async def test_a_dry_run_counts_holds_that_are_over_as_free(world: LedgerWorld, me: Caller) -> None:
    await world.ledger.apply(me.hold("h", 100))
    assert (await world.ledger.would_admit(me.hold("i", 1))).code is OutcomeCode.INSUFFICIENT_FUNDS
    world.clock.advance(seconds=MINUTE)
    assert (await world.ledger.would_admit(me.hold("i", 100))).accepted
    assert (await world.wallet(me)).frozen_nanos == 100


async def test_a_balance_can_be_asked_for_as_of_any_time(world: LedgerWorld, me: Caller) -> None:
    start = world.clock.now()
    world.clock.advance(timedelta(days=40))
    await world.ledger.apply_many([me.hold("h", 30), me.capture("c", "h", 10)])
    told = [
        await world.balance_at(me, at)
        for at in (start - timedelta(seconds=1), start, start + timedelta(days=39), world.clock.now())
    ]
    assert [(one.seq, one.balance_nanos) for one in told] == [(0, 0), (1, 100), (1, 100), (3, 90)]
    with pytest.raises(NotFound):
        await world.balance_at(replace(me, org_id=OTHER_ORG), start)
    with pytest.raises(NotFound):
        await world.balance_at(replace(me, wallet_id=UUID(int=99)), start)  # type: ignore[arg-type]
