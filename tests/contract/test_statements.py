"""A month's statement adds up to the nano, and says the same on memory and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

import pytest

from deepspace_core.identity.errors import PermissionMissing
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.ids import ProjectId, UsageRecordId
from deepspace_core.ledger import Capture, TransactionType
from deepspace_core.ledger.statement import read_month
from deepspace_core.ledger.statement_use_cases import StateMonth
from deepspace_core.usage import UsageRecord
from tests.contract.ledger_world import LedgerWorld, memory_world, owner_of, postgres_world
from tests.core.ledger.asking import OTHER_ORG, OTHER_WALLET, Caller
from tests.core.metering_values import USED

Subject: TypeAlias = tuple[ProjectId, str]
COMET, HALLEY = ProjectId(UUID(int=71)), ProjectId(UUID(int=72))
MINUTES_TO_FEBRUARY = 31 * 24 * 60 - 12 * 60
"""From the worlds' noon of 2030-01-01."""


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> LedgerWorld:
    return memory_world() if request.param == "memory" else postgres_world(request.getfixturevalue("pool"))


async def _call(world: LedgerWorld, me: Caller, number: int, cost: int, subject: Subject) -> None:
    """One call: little is held, and what it cost captured with its usage in the same commit."""
    await world.ledger.apply(me.hold(f"h{number}", min(cost + 7, 1_000)))
    capture = me.capture(f"c{number}", f"h{number}", cost)
    await world.ledger.apply(capture, riders=[_usage(world, capture, number, subject)])


def _usage(world: LedgerWorld, capture: Capture, number: int, subject: Subject) -> UsageRecord:
    return replace(
        USED,
        id=UsageRecordId(UUID(int=1_000 + number)),
        org_id=capture.org_id,
        project_id=subject[0],
        model_name=subject[1],
        capture_ref=capture.ref,
        cost_nanos=capture.amount_nanos,
        ended_at=world.clock.now(),
    )


async def _january_and_february(world: LedgerWorld) -> Caller:
    """Everything that can be on a statement, with a call a minute before and a minute after the month's end in UTC."""
    me = await world.caller(credit_limit=5)
    await world.ledger.apply(me.top_up("paid", 1_000_000_003))
    await _call(world, me, 1, 333_333_333, (COMET, "small"))
    await _call(world, me, 2, 1, (COMET, "large"))
    await world.ledger.apply_many([me.adjust("gift", 17), me.refund("back", "c1", 111), me.hold("hand", 50)])
    await world.ledger.apply_many([me.capture("by hand", "hand", 40), me.hold("stays", 9)])
    world.clock.advance(seconds=60 * (MINUTES_TO_FEBRUARY - 1))
    await _call(world, me, 3, 700_000_000, (HALLEY, "small"))
    world.clock.advance(seconds=120)
    await world.ledger.apply_many([me.adjust("more", 5), me.top_up("again", 100_000_000), me.refund("late", "c2", 1)])
    await _call(world, me, 4, 20, (COMET, "small"))
    return me


async def test_opening_movements_and_closing_add_up_to_the_nano(world: LedgerWorld) -> None:
    me = await _january_and_february(world)
    january, february = await world.statement(me, "2030-01"), await world.statement(me, "2030-02")
    assert january.adds_up
    assert february.adds_up
    assert january.opening.owned_nanos == 0
    assert january.closing.owned_nanos == 1_000_000_003 - 333_333_333 - 1 + 17 + 111 - 40 - 700_000_000
    assert february.opening.owned_nanos == january.closing.owned_nanos
    assert february.closing.owned_nanos == january.closing.owned_nanos + 5 + 100_000_000 + 1 - 20
    assert february.closing.balance_nanos == (await world.wallet(me)).balance_nanos
    assert january.closing.receivable_nanos > 0
    assert [row.ref for row in january.entries] == ["paid", "gift", "back"]
    assert february.root == (await world.wallet(me)).root


async def test_calls_are_told_by_project_and_model_refunds_where_the_call_was(world: LedgerWorld) -> None:
    me = await _january_and_february(world)
    january, february = await world.statement(me, "2030-01"), await world.statement(me, "2030-02")
    assert [
        (one.project_id, one.model, one.calls, one.charged_nanos, one.refunded_nanos) for one in january.spending
    ] == [
        (COMET, "large", 1, 1, 0),
        (COMET, "small", 1, 333_333_333, 111),
        (HALLEY, "small", 1, 700_000_000, 0),
        (None, None, 1, 40, 0),
    ]
    assert [(one.model, one.calls, one.net_nanos) for one in february.spending] == [("large", 0, -1), ("small", 1, 20)]


async def test_a_month_is_one_of_a_time_zone(world: LedgerWorld) -> None:
    me = await _january_and_february(world)
    in_shanghai = await world.statement(me, "2030-02", "Asia/Shanghai")
    assert in_shanghai.adds_up
    assert in_shanghai.month.since == datetime(2030, 1, 31, 16, tzinfo=UTC)
    assert in_shanghai.total(TransactionType.CAPTURE) == 700_000_020


async def test_a_month_without_movements_has_an_opening_and_the_same_closing(world: LedgerWorld) -> None:
    me = await _january_and_february(world)
    for month, owned in (("2029-12", 0), ("2030-03", (await world.statement(me, "2030-02")).closing.owned_nanos)):
        empty = await world.statement(me, month)
        assert empty.adds_up
        assert (empty.opening.owned_nanos, empty.closing.owned_nanos) == (owned, owned)
        assert (empty.movements, empty.entries, empty.spending) == ([], [], [])


async def test_another_organizations_money_is_not_on_it(world: LedgerWorld) -> None:
    me = await _january_and_february(world)
    other = await world.caller(OTHER_ORG, OTHER_WALLET)
    await world.ledger.apply(other.top_up("paid", 5))
    assert (await world.statement(other, "2030-02")).closing.owned_nanos == 5
    assert (await world.statement(me, "2030-02")).total(TransactionType.TOP_UP) == 100_000_000


async def test_who_may_not_read_the_wallet_gets_no_statement(world: LedgerWorld) -> None:
    me = await world.caller()
    state = StateMonth(world.unit_of_work, world.reader, world.statements)
    with pytest.raises(PermissionMissing):
        await state(principal=replace(owner_of(me.org_id, me.wallet_id), permissions=frozenset()), month="2030-01")
    with pytest.raises(NotFound):
        await state(principal=owner_of(OTHER_ORG, me.wallet_id), month="2030-01")


@pytest.mark.parametrize("month", ["2030", "2030-13", "2030-00", "2030-1", "30-01-01", "0000-01", "٢٠٣٠-٠١", "9999-12"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_month(month, "UTC")
    assert refused.value.param == "month"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "Europe", ""])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_month("2030-01", zone)
    assert refused.value.param == "time_zone"
