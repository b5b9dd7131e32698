"""Budgets are part of the same admission as the money, on memory and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from deepspace_adapters.postgres.pool import Pool
from deepspace_core.identity.errors import PermissionMissing
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.money import NANOS_MAX
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow, OutcomeCode, refusal_of
from deepspace_core.ledger.budget import starts_on
from deepspace_core.ledger.caps import ListBudgets, RemoveBudget, SetBudget
from tests.contract.ledger_world import LedgerWorld, memory_world, owner_of, postgres_world
from tests.core.ledger.asking import MINUTE, Caller

PROJECT = BudgetKey(BudgetScope.PROJECT, UUID(int=21))
KEY = BudgetKey(BudgetScope.KEY, UUID(int=22))
OTHER_KEY = BudgetKey(BudgetScope.KEY, UUID(int=23))
DAY = timedelta(days=1)
SPENDABLE = 1_000


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> LedgerWorld:
    return memory_world() if request.param == "memory" else postgres_world(request.getfixturevalue("pool"))


@pytest.fixture
async def me(world: LedgerWorld) -> Caller:
    """Somebody with money, whose calls count against a project and a key."""
    caller = replace(await world.caller(), caps=(KEY, PROJECT))
    await world.ledger.apply(caller.top_up("paid", SPENDABLE))
    return caller


async def test_a_hold_beyond_the_cap_is_refused_and_told_which_cap(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, PROJECT, BudgetWindow.DAY, 100)
    await world.cap(me, KEY, BudgetWindow.MONTH, 50)
    outcomes = await world.ledger.apply_many(
        [me.hold("a", 30), me.capture("ca", "a", 20), me.hold("b", 10), me.hold("c", 21), me.hold("d", 20)]
    )
    assert [one.code.value for one in outcomes] == ["accepted", "accepted", "accepted", "budget_exceeded", "accepted"]
    refused = outcomes[3]
    assert refused.budget is not None
    assert (refused.budget.key, refused.budget.window) == (KEY, BudgetWindow.MONTH)
    told = (refused.budget.cap_nanos, refused.budget.used_nanos, refused.budget.reserved_nanos)
    assert (told, refused.missing_nanos) == ((50, 20, 10), 1)
    assert (await world.audit()).sound


async def test_every_scope_and_window_is_admitted_at_once_and_each_can_refuse(world: LedgerWorld, me: Caller) -> None:
    keys = [BudgetKey(scope, UUID(int=30 + number)) for number, scope in enumerate(BudgetScope)]
    me = replace(me, caps=tuple(reversed(keys)))
    lines = [(key, window) for key in keys for window in BudgetWindow]
    for key, window in lines:
        await world.cap(me, key, window, 100)
    assert (await world.ledger.apply(me.hold("all", 100))).accepted
    assert [(line.used_nanos, line.reserved_nanos) for line in await world.lines(me)] == [(0, 100)] * len(lines)
    told = []
    for number, (key, window) in enumerate(lines):
        refused = await world.ledger.apply(me.hold(f"beyond {number}", 1))
        assert refused.budget is not None
        told.append((refused.budget.key, refused.budget.window))
        await world.cap(me, key, window, 101)
    assert told == lines
    assert (await world.ledger.apply(me.hold("within", 1))).accepted
    assert (await world.audit()).sound


async def test_a_stored_refusal_is_given_again_after_the_cap_is_raised(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, KEY, BudgetWindow.TOTAL, 5)
    refused = await world.ledger.apply(me.hold("h", 6))
    await world.cap(me, KEY, BudgetWindow.TOTAL, 500)
    assert await world.ledger.apply(me.hold("h", 6)) == refused._replace(replayed=True)
    assert (await world.ledger.apply(me.hold("again", 6))).accepted


async def test_money_comes_before_caps_in_the_order_of_refusals(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, KEY, BudgetWindow.DAY, 5)
    assert (await world.ledger.apply(me.hold("h", SPENDABLE + 1))).code is OutcomeCode.INSUFFICIENT_FUNDS


async def test_an_extension_is_admitted_by_the_same_caps(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, KEY, BudgetWindow.DAY, 20)
    await world.ledger.apply(me.hold("h", 15))
    assert (await world.ledger.apply(me.extend("e1", "h", 6))).code is OutcomeCode.BUDGET_EXCEEDED
    assert (await world.ledger.apply(me.extend("e2", "h", 5))).accepted


async def test_what_is_released_expired_or_not_captured_is_free_again(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, KEY, BudgetWindow.DAY, 30)
    await world.ledger.apply_many([me.hold("a", 10), me.hold("b", 10), me.hold("c", 10, seconds=2 * MINUTE)])
    await world.ledger.apply_many([me.release("ra", "a"), me.capture("cb", "b", 4)])
    [line] = await world.lines(me)
    assert (line.used_nanos, line.reserved_nanos) == (4, 10)
    world.clock.advance(seconds=2 * MINUTE)
    assert await world.sweep() == 1
    [line] = await world.lines(me)
    assert (line.used_nanos, line.reserved_nanos) == (4, 0)


async def test_a_hold_that_is_over_makes_room_before_the_sweeper_comes(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, KEY, BudgetWindow.DAY, 30)
    await world.ledger.apply(me.hold("a", 25))
    world.clock.advance(seconds=MINUTE)
    refused = await world.ledger.apply(me.hold("b", 31))
    assert refused.budget is not None
    assert refused.budget.reserved_nanos == 0
    assert (await world.ledger.apply(me.hold("c", 30))).accepted
    assert (await world.audit()).sound


async def test_a_late_capture_and_one_above_its_hold_are_never_refused(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, KEY, BudgetWindow.DAY, 20)
    await world.ledger.apply_many([me.hold("a", 10), me.hold("b", 10)])
    await world.ledger.apply(me.capture("ca", "a", 25))
    world.clock.advance(seconds=MINUTE)
    assert (await world.ledger.apply(me.capture("cb", "b", 7))).accepted
    [line] = await world.lines(me)
    assert (line.used_nanos, line.reserved_nanos) == (32, 0)
    assert (await world.ledger.apply(me.hold("free", 0))).accepted
    assert (await world.ledger.apply(me.hold("more", 1))).code is OutcomeCode.BUDGET_EXCEEDED


async def test_a_new_day_begins_with_nothing_and_yesterdays_holds_stay_yesterdays(
    world: LedgerWorld, me: Caller
) -> None:
    await world.cap(me, KEY, BudgetWindow.DAY, 20)
    await world.cap(me, KEY, BudgetWindow.TOTAL, 100)
    world.clock.advance(timedelta(hours=11, minutes=59, seconds=30))
    await world.ledger.apply(me.hold("old", 20))
    world.clock.advance(seconds=40)
    await world.ledger.apply_many([me.hold("new", 20), me.capture("c", "old", 15)])
    lines = {
        (line.window, line.starts_on.day): (line.used_nanos, line.reserved_nanos) for line in await world.lines(me)
    }
    assert lines[BudgetWindow.DAY, 1] == (15, 0)
    assert lines[BudgetWindow.DAY, 2] == (0, 20)
    assert lines[BudgetWindow.TOTAL, 1] == (15, 20)
    assert (await world.audit()).sound


@pytest.mark.parametrize("window", BudgetWindow)
async def test_a_budget_set_late_finds_what_was_spent_before(
    world: LedgerWorld, me: Caller, window: BudgetWindow
) -> None:
    await world.ledger.apply_many([me.hold("yesterday", 40), me.capture("c0", "yesterday", 40)])
    world.clock.advance(DAY)
    await world.ledger.apply_many([me.hold("a", 10), me.capture("c1", "a", 8), me.hold("b", 5)])
    await world.ledger.apply(me.refund("r", "c1", 3))
    line = await world.cap(me, KEY, window, 60)
    assert (line.used_nanos, line.reserved_nanos) == (8 if window is BudgetWindow.DAY else 48, 5)
    await world.ledger.apply(me.capture("c2", "b", 5))
    assert (await world.audit()).sound


async def test_another_keys_spending_counts_against_the_project_only(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, PROJECT, BudgetWindow.DAY, 30)
    await world.cap(me, KEY, BudgetWindow.DAY, 10)
    other = replace(me, caps=(PROJECT, OTHER_KEY))
    assert (await world.ledger.apply(other.hold("o", 25))).accepted
    refused = await world.ledger.apply(me.hold("h", 6))
    assert refused.budget is not None
    assert refused.budget.key == PROJECT


async def test_a_removed_budget_bounds_nothing_and_counts_anew_when_set_again(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, KEY, BudgetWindow.DAY, 10)
    await world.ledger.apply(me.hold("a", 10))
    remove = RemoveBudget(world.cap_book)
    owner = owner_of(me.org_id, me.wallet_id)
    await remove(principal=owner, key=KEY, window=BudgetWindow.DAY)
    assert not (await world.wallet(me)).capped
    assert (await world.ledger.apply(me.hold("b", 10))).accepted
    line = await world.cap(me, KEY, BudgetWindow.DAY, 30)
    assert line.reserved_nanos == 20
    assert [line] == list(await ListBudgets(world.cap_book)(principal=owner))
    with pytest.raises(NotFound):
        await remove(principal=owner, key=OTHER_KEY, window=BudgetWindow.DAY)


async def test_budgets_are_kept_by_whoever_manages_the_wallet(world: LedgerWorld, me: Caller) -> None:
    owner = owner_of(me.org_id, me.wallet_id)
    with pytest.raises(InvalidInput):
        await world.cap(me, KEY, BudgetWindow.DAY, NANOS_MAX + 1)
    with pytest.raises(PermissionMissing):
        await SetBudget(world.cap_book)(
            principal=replace(owner, permissions=frozenset()), key=KEY, window=BudgetWindow.DAY, cap_nanos=1
        )


async def test_a_refusal_by_a_cap_reads_as_an_error_that_names_it(world: LedgerWorld, me: Caller) -> None:
    await world.cap(me, KEY, BudgetWindow.DAY, 1_500_000_000)
    await world.ledger.apply_many([me.top_up("more", 9_000_000_000), me.hold("a", 1_000_000_000)])
    error = refusal_of(await world.ledger.apply(me.hold("h", 2_000_000_000)))
    assert error is not None
    assert error.code == "budget_exceeded"
    assert error.message == "the key's budget of 1.5 a day has 0.5 left (0 used, 1 held by running calls); 2 is needed"
    assert error.fields["budget"] == {
        "scope": "key",
        "scope_id": KEY.scope_id.hex,
        "window": "day",
        "cap_nanos": 1_500_000_000,
        "used_nanos": 0,
        "reserved_nanos": 1_000_000_000,
    }


@pytest.mark.parametrize("window", BudgetWindow)
async def test_the_database_and_the_core_begin_periods_on_the_same_day(pool: Pool, window: BudgetWindow) -> None:
    days = [date(2028, 2, 29), date(2030, 1, 1), date(2030, 12, 31)]
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT budget_period(%s, d) FROM unnest(%s::date[]) AS d", (window.value, days)
        )
        told = [start for (start,) in await cursor.fetchall()]
    assert told == [starts_on(window, datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)) for day in days]
