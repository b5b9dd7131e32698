"""Budgets are set, kept and removed with what was spent before, told in the audit trail; and holds are only tried."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.ledger_reader import MemoryLedgerAuditReader
from deepspace_core.identity.errors import PermissionMissing
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, TraceId, UserId, show_id
from deepspace_core.kernel.money import NANOS_MAX
from deepspace_core.ledger import (
    BudgetKey,
    BudgetLine,
    BudgetScope,
    BudgetWindow,
    Command,
    Hold,
    Outcome,
    OutcomeCode,
    caps,
    caps_of,
)
from deepspace_core.ledger.budget import EPOCH
from deepspace_core.ledger.caps import ListBudgets, RemoveBudget, SetBudget, TryHold
from deepspace_core.ledger.command import AMOUNT_NANOS_MAX
from tests.core.ledger.asking import CAP, MINUTE, ORG, Caller
from tests.core.ledger.desks import Desks
from tests.fakes import NOON, CountingIds

DAY, MONTH, TOTAL = BudgetWindow.DAY, BudgetWindow.MONTH, BudgetWindow.TOTAL


@pytest.fixture
async def desks() -> Desks:
    made = Desks()
    caller = await made.open()
    await made.ledger.apply(caller.top_up("paid", 100))
    return made


def _calling(desks: Desks) -> Caller:
    return Caller(wallet_id=desks.opened.id, caps=(CAP,))


async def _set(desks: Desks, cap: int, *, window: BudgetWindow = DAY) -> BudgetLine:
    return await SetBudget(desks.cap_book)(principal=desks.owner, key=CAP, window=window, cap_nanos=cap)


async def test_setting_and_removing_a_budget_is_told_in_full(desks: Desks) -> None:
    await _set(desks, 25)
    desks.clock.advance(seconds=5)
    await RemoveBudget(desks.cap_book)(principal=desks.owner, key=CAP, window=DAY)
    set_, removed = await desks.events()
    assert (set_.event_type, removed.event_type) == ("budget.set", "budget.removed")
    named = {"scope": "org", "scope_id": CAP.scope_id.hex, "window": "day"}
    assert (set_.payload, removed.payload) == ({"cap_nanos": 25, **named}, named)
    assert (set_.at, removed.at) == (NOON, NOON + timedelta(seconds=5))
    for event in (set_, removed):
        assert event.org_id == ORG
        assert event.actor == desks.owner.actor
        assert event.subject == show_id("wallet", desks.opened.id)
        assert event.trace_id
    assert set_.id != removed.id
    assert set_.trace_id != removed.trace_id


async def test_a_budget_belongs_to_its_wallet_and_says_when_it_was_set(desks: Desks) -> None:
    desks.clock.advance(seconds=1)
    await _set(desks, 25)
    async with desks.unit_of_work() as tx:
        budget = await desks.cap_book.budgets.find_budget(tx, wallet_id=desks.opened.id, key=CAP, window=DAY)
    assert budget is not None
    assert (budget.org_id, budget.wallet_id, budget.cap_nanos) == (ORG, desks.opened.id, 25)
    assert (budget.counted_from, budget.set_at) == (NOON.date(), NOON + timedelta(seconds=1))
    assert (await desks.wallet()).capped


async def test_a_budget_that_is_changed_keeps_what_is_counted_and_since_when(desks: Desks) -> None:
    caller = _calling(desks)
    await _set(desks, 50)
    await desks.ledger.apply_many([caller.hold("h", 30), caller.capture("c", "h", 10)])
    desks.clock.advance(seconds=86_400)
    line = await _set(desks, 60)
    assert (line.cap_nanos, line.starts_on, line.used_nanos) == (60, NOON.date() + timedelta(days=1), 0)
    async with desks.unit_of_work() as tx:
        budget = await desks.cap_book.budgets.find_budget(tx, wallet_id=desks.opened.id, key=CAP, window=DAY)
        _, counters = await MemoryLedgerAuditReader().budgets_of_wallet(tx, wallet_id=desks.opened.id)
    assert budget is not None
    assert budget.counted_from == NOON.date()
    # No counter is begun for the new day: the first hold of it does that.
    assert [(one.starts_on, one.used_nanos, one.reserved_nanos) for one in counters] == [(NOON.date(), 10, 0)]


async def test_a_budget_that_is_set_late_finds_what_was_spent_and_is_held(desks: Desks) -> None:
    caller = _calling(desks)
    await desks.ledger.apply_many([caller.hold("h", 30), caller.capture("c", "h", 10), caller.hold("i", 7)])
    for window, start in ((DAY, NOON.date()), (MONTH, NOON.date().replace(day=1)), (TOTAL, EPOCH)):
        line = await _set(desks, 50, window=window)
        assert (line.starts_on, line.used_nanos, line.reserved_nanos) == (start, 10, 7)
        assert line.wallet_id == desks.opened.id
    denied = await desks.ledger.apply(caller.hold("j", 34))
    assert (denied.code, denied.available_nanos) == (OutcomeCode.BUDGET_EXCEEDED, 33)


@pytest.mark.parametrize("cap", [0, NANOS_MAX])
async def test_a_cap_may_be_nothing_and_as_much_as_a_column_holds(desks: Desks, cap: int) -> None:
    assert (await _set(desks, cap)).cap_nanos == cap


@pytest.mark.parametrize("cap", [-1, NANOS_MAX + 1])
async def test_a_cap_out_of_bounds_is_refused_by_name(desks: Desks, cap: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        await _set(desks, cap)
    assert (refused.value.param, refused.value.message) == ("cap_nanos", f"cap_nanos must be between 0 and {NANOS_MAX}")
    assert await desks.events() == []


async def test_a_budget_that_is_none_can_not_be_removed(desks: Desks) -> None:
    await _set(desks, 1, window=MONTH)
    with pytest.raises(NotFound) as refused:
        await RemoveBudget(desks.cap_book)(principal=desks.owner, key=CAP, window=DAY)
    assert (refused.value.param, refused.value.message) == ("budget", "there is no budget a day for this org")
    assert [event.event_type for event in await desks.events()] == ["budget.set"]


async def test_budgets_are_listed_in_the_period_that_is_now(desks: Desks) -> None:
    caller = _calling(desks)
    await _set(desks, 50)
    await desks.ledger.apply(caller.hold("h", 30))
    [line] = await ListBudgets(desks.cap_book)(principal=desks.owner)
    assert (line.key, line.starts_on, line.reserved_nanos) == (CAP, NOON.date(), 30)
    desks.clock.advance(seconds=86_400)
    [line] = await ListBudgets(desks.cap_book)(principal=desks.owner)
    assert (line.starts_on, line.reserved_nanos) == (NOON.date() + timedelta(days=1), 0)


async def test_budgets_and_trials_need_their_permissions(desks: Desks) -> None:
    for attempt in (
        SetBudget(desks.cap_book)(principal=desks.stranger, key=CAP, window=DAY, cap_nanos=1),
        RemoveBudget(desks.cap_book)(principal=desks.stranger, key=CAP, window=DAY),
        ListBudgets(desks.cap_book)(principal=desks.stranger),
        TryHold(desks.ledger, desks.ids)(principal=desks.stranger, amount_nanos=1, lifetime_seconds=MINUTE),
    ):
        with pytest.raises(PermissionMissing):
            await attempt
    assert await desks.events() == []


async def test_a_hold_that_is_tried_tells_what_is_missing_and_holds_nothing(desks: Desks) -> None:
    try_hold = TryHold(desks.ledger, desks.ids)
    fits = await try_hold(principal=desks.owner, amount_nanos=100, lifetime_seconds=MINUTE)
    assert (fits.accepted, fits.missing_nanos, fits.transaction) == (True, 0, None)
    short = await try_hold(principal=desks.owner, amount_nanos=130, lifetime_seconds=MINUTE)
    assert (short.code, short.missing_nanos) == (OutcomeCode.INSUFFICIENT_FUNDS, 30)
    await _set(desks, 40)
    capped = await try_hold(principal=desks.owner, amount_nanos=50, lifetime_seconds=MINUTE)
    assert (capped.code, capped.missing_nanos) == (OutcomeCode.BUDGET_EXCEEDED, 10)
    assert (await desks.wallet()).version == 1


class Heard:
    """The `DryLedger` port that admits everything, and remembers what it was asked."""

    async def would_admit(self, command: Command) -> Outcome:
        self.command = command
        return Outcome(OutcomeCode.ACCEPTED, command.ref)


async def test_a_hold_is_tried_as_a_call_of_the_same_principal_would_hold(desks: Desks) -> None:
    principal = replace(desks.owner, project_id=ProjectId(UUID(int=5)), api_key_id=ApiKeyId(UUID(int=6)))
    heard, ids = Heard(), CountingIds(run=4)
    await TryHold(heard, ids)(principal=principal, amount_nanos=9, lifetime_seconds=MINUTE)
    same = CountingIds(run=4)
    assert heard.command == Hold(
        org_id=ORG,
        wallet_id=desks.opened.id,
        ref=f"try:{same.uuid().hex}",
        trace_id=TraceId(same.trace_id()),
        actor=principal.actor,
        amount_nanos=9,
        lifetime_seconds=MINUTE,
        caps=(
            BudgetKey(BudgetScope.ORG, ORG),
            BudgetKey(BudgetScope.PROJECT, UUID(int=5)),
            BudgetKey(BudgetScope.KEY, UUID(int=6)),
            BudgetKey(BudgetScope.USER, principal.user_id),
        ),
    )


async def test_no_more_budgets_are_listed_than_are_read(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    await _set(desks, 50)
    await _set(desks, 60, window=TOTAL)
    monkeypatch.setattr(caps, "BUDGETS_LISTED_MAX", 1)
    assert len(await ListBudgets(desks.cap_book)(principal=desks.owner)) == 1


async def test_a_hold_that_makes_no_sense_is_refused_as_it_would_be(desks: Desks) -> None:
    with pytest.raises(InvalidInput) as refused:
        await TryHold(desks.ledger, desks.ids)(
            principal=desks.owner, amount_nanos=AMOUNT_NANOS_MAX + 1, lifetime_seconds=MINUTE
        )
    assert refused.value.param == "amount_nanos"
    with pytest.raises(InvalidInput) as refused:
        await TryHold(desks.ledger, desks.ids)(principal=desks.owner, amount_nanos=1, lifetime_seconds=0)
    assert refused.value.param == "lifetime_seconds"


def test_caps_name_whose_call_it_is() -> None:
    one, two, three, four = (UUID(int=number) for number in range(1, 5))
    everybody = caps_of(org_id=OrgId(one), project_id=ProjectId(two), api_key_id=ApiKeyId(three), user_id=UserId(four))
    assert everybody == (
        BudgetKey(BudgetScope.ORG, one),
        BudgetKey(BudgetScope.PROJECT, two),
        BudgetKey(BudgetScope.KEY, three),
        BudgetKey(BudgetScope.USER, four),
    )
    assert caps_of(org_id=OrgId(one), project_id=None, api_key_id=None, user_id=None) == everybody[:1]
