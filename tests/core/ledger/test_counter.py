"""What people see and do of wallets: customers their own, administrators any, strangers none."""

from dataclasses import replace
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

import pytest

from deepspace_core.identity import Actor
from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import HoldId, OrgId, TraceId, show_id
from deepspace_core.kernel.page import PageRequest
from deepspace_core.ledger import OutcomeCode, TransactionType
from deepspace_core.ledger.counter import (
    AdjustOrganization,
    GetAnyBalance,
    GetAnyWallet,
    GetBalance,
    GetHold,
    GetWallet,
    ListAnyTransactions,
    ListHolds,
    ListTransactions,
    RefundOrganization,
    TopUpOrganization,
)
from deepspace_core.ledger.ports import OpenHolds, TransactionFilter
from deepspace_core.ledger.use_cases import AdjustWallet, CountHolds, RefundCapture, TopUpWallet
from tests.core.ledger.asking import MINUTE, ORG, OTHER_ORG, Caller
from tests.core.ledger.desks import OPERATOR, Desks
from tests.fakes import NOON, TRACE

ANY, PAGE = TransactionFilter(), PageRequest()


class Asked(TypedDict):
    """Who moves whose money."""

    actor: Actor
    org_id: OrgId
    trace_id: TraceId


@pytest.fixture
async def desks() -> Desks:
    """100 paid in at noon; a minute later one call that took 4 of 10, and 5 that are held."""
    made = Desks()
    caller = await made.open()
    await made.ledger.apply(caller.top_up("paid", 100))
    made.clock.advance(seconds=MINUTE)
    await made.ledger.apply_many([caller.hold("h", 10), caller.capture("c", "h", 4), caller.hold("open", 5)])
    return made


async def test_a_customer_sees_the_wallet_now_and_as_of_any_time(desks: Desks) -> None:
    wallet = await GetWallet(desks.books)(principal=desks.owner)
    assert (wallet.id, wallet.balance_nanos, wallet.frozen_nanos) == (desks.opened.id, 96, 5)
    assert await GetAnyWallet(desks.books)(actor=OPERATOR, org_id=ORG) == wallet
    for at, seq, balance in ((NOON - timedelta(seconds=1), 0, 0), (NOON, 1, 100), (desks.clock.now(), 4, 96)):
        told = await GetBalance(desks.books)(principal=desks.owner, at=at)
        assert (told.wallet_id, told.at, told.seq, told.balance_nanos) == (desks.opened.id, at, seq, balance)
        assert await GetAnyBalance(desks.books)(actor=OPERATOR, org_id=ORG, at=at) == told


async def test_movements_are_listed_by_page_and_filter(desks: Desks) -> None:
    mine = await ListTransactions(desks.books)(principal=desks.owner, page=PageRequest(limit=3), where=ANY)
    assert [row.seq for row in mine.rows] == [4, 3, 2]
    theirs = await ListAnyTransactions(desks.books)(actor=OPERATOR, org_id=ORG, page=PageRequest(limit=3), where=ANY)
    assert theirs == mine
    held = TransactionFilter(types=[TransactionType.HOLD])
    assert [
        row.ref for row in (await ListTransactions(desks.books)(principal=desks.owner, page=PAGE, where=held)).rows
    ] == ["open", "h"]
    assert [
        row.ref
        for row in (await ListAnyTransactions(desks.books)(actor=OPERATOR, org_id=ORG, page=PAGE, where=held)).rows
    ] == ["open", "h"]


async def test_movements_are_of_one_organization(desks: Desks) -> None:
    neighbour = await desks.ledger.open_wallet(org_id=OrgId(OTHER_ORG))
    await desks.ledger.apply(Caller(org_id=OrgId(OTHER_ORG), wallet_id=neighbour.id).top_up("theirs", 1))
    mine = await ListTransactions(desks.books)(principal=desks.owner, page=PAGE, where=ANY)
    named = await ListAnyTransactions(desks.books)(actor=OPERATOR, org_id=ORG, page=PAGE, where=ANY)
    assert [row.seq for row in mine.rows] == [row.seq for row in named.rows] == [4, 3, 2, 1]


async def test_open_holds_are_counted_and_those_that_are_over(desks: Desks) -> None:
    count = CountHolds(desks.books.reader, desks.unit_of_work, desks.clock)
    [hold] = (await ListHolds(desks.books)(principal=desks.owner, page=PAGE, open_only=True)).rows
    assert await count() == OpenHolds(open=1, overdue=0, oldest_due_at=None)
    desks.clock.advance(hold.expires_at - desks.clock.now())
    assert await count() == OpenHolds(open=1, overdue=1, oldest_due_at=hold.expires_at)


async def test_holds_are_listed_and_shown(desks: Desks) -> None:
    live = await ListHolds(desks.books)(principal=desks.owner, page=PAGE, open_only=True)
    every = await ListHolds(desks.books)(principal=desks.owner, page=PAGE, open_only=False)
    assert ([hold.ref for hold in live.rows], [hold.ref for hold in every.rows]) == (["open"], ["open", "h"])
    first = await ListHolds(desks.books)(principal=desks.owner, page=PageRequest(limit=1), open_only=False)
    assert [hold.ref for hold in first.rows] == ["open"]
    assert await GetHold(desks.books)(principal=desks.owner, hold_id=live.rows[0].id) == live.rows[0]
    with pytest.raises(NotFound):
        await GetHold(desks.books)(principal=desks.owner, hold_id=HoldId(UUID(int=9)))


async def test_who_lacks_the_permission_sees_nothing(desks: Desks) -> None:
    hold_id = HoldId(UUID(int=9))
    for attempt in (
        GetWallet(desks.books)(principal=desks.stranger),
        GetBalance(desks.books)(principal=desks.stranger, at=NOON),
        ListTransactions(desks.books)(principal=desks.stranger, page=PAGE, where=ANY),
        ListHolds(desks.books)(principal=desks.stranger, page=PAGE, open_only=True),
        GetHold(desks.books)(principal=desks.stranger, hold_id=hold_id),
        desks.state_month(principal=desks.stranger, month="2030-01"),
    ):
        with pytest.raises(PermissionMissing):
            await attempt


async def test_an_organization_without_a_wallet_has_none(desks: Desks) -> None:
    elsewhere = replace(desks.owner, org_id=OrgId(OTHER_ORG))
    for attempt in (
        GetWallet(desks.books)(principal=elsewhere),
        GetBalance(desks.books)(principal=elsewhere, at=NOON),
        desks.state_month(principal=elsewhere, month="2030-01"),
        GetAnyWallet(desks.books)(actor=OPERATOR, org_id=OTHER_ORG),
    ):
        with pytest.raises(NotFound) as refused:
            await attempt
        assert refused.value.message == "there is no wallet of such an organization"
        assert refused.value.param == "org_id"


async def test_an_owner_is_no_administrator(desks: Desks) -> None:
    told = {"actor": desks.owner, "org_id": ORG, "ref": "r", "amount_nanos": 1, "trace_id": TRACE}
    for attempt in (
        GetAnyWallet(desks.books)(actor=desks.owner, org_id=ORG),
        GetAnyBalance(desks.books)(actor=desks.owner, org_id=ORG, at=NOON),
        ListAnyTransactions(desks.books)(actor=desks.owner, org_id=ORG, page=PAGE, where=ANY),
        TopUpOrganization(desks.books, TopUpWallet(desks.operator))(**told, description="d"),  # type: ignore[arg-type]
        AdjustOrganization(desks.books, AdjustWallet(desks.operator))(**told, reason="r"),  # type: ignore[arg-type]
        RefundOrganization(desks.books, RefundCapture(desks.operator))(**told, capture_ref="c", reason="r"),  # type: ignore[arg-type]
    ):
        with pytest.raises(AdministratorRequired):
            await attempt
    assert (await desks.wallet()).version == 4


async def test_an_administrator_moves_money_once_and_it_is_told(desks: Desks) -> None:
    common: Asked = {"actor": OPERATOR, "org_id": ORG, "trace_id": TRACE}
    for _ in range(2):
        moved = [
            await TopUpOrganization(desks.books, TopUpWallet(desks.operator))(
                **common,
                ref="in",
                amount_nanos=7,
                description="Bank transfer",
            ),
            await AdjustOrganization(desks.books, AdjustWallet(desks.operator))(
                **common,
                ref="fix",
                amount_nanos=-2,
                reason="counted twice",
            ),
            await RefundOrganization(desks.books, RefundCapture(desks.operator))(
                **common,
                ref="back",
                capture_ref="c",
                amount_nanos=3,
                reason="wrong answer",
            ),
        ]
    rows = [outcome.transaction for outcome in moved if outcome.transaction]
    assert [outcome.answered_as for outcome in moved] == [OutcomeCode.EXISTS] * 3
    assert [(row.ref, row.amount_nanos, row.description) for row in rows] == [
        ("in", 7, "Bank transfer"),
        ("fix", -2, "counted twice"),
        ("back", 3, "wrong answer"),
    ]
    assert {(row.wallet_id, row.actor, row.trace_id) for row in rows} == {(desks.opened.id, "system:test", TRACE)}
    assert rows[2].capture_ref == "c"
    assert (await desks.wallet()).balance_nanos == 96 + 7 - 2 + 3
    events = await desks.events()
    assert [(event.event_type, event.payload) for event in events] == [
        ("wallet.topped_up", {"ref": "in", "amount_nanos": 7}),
        ("wallet.adjusted", {"ref": "fix", "amount_nanos": -2, "reason": "counted twice"}),
        ("capture.refunded", {"ref": "back", "amount_nanos": 3, "capture_ref": "c", "reason": "wrong answer"}),
    ]
    assert {(event.org_id, event.actor, event.trace_id, event.subject, event.at) for event in events} == {
        (ORG, "system:test", TRACE, show_id("wallet", desks.opened.id), desks.clock.now())
    }
    assert len({event.id for event in events}) == 3
