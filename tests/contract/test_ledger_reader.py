"""`LedgerReader` and `LedgerAuditReader`: lists, filters, pages, tenants, the trial balance and the audit."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import HoldId, OrgId, TraceId, WalletId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.ledger import Account, HoldState, TransactionFilter, TransactionType
from tests.contract.ledger_world import LedgerWorld, memory_world, postgres_world
from tests.core.ledger.asking import MINUTE, OTHER_ORG, OTHER_WALLET, Caller
from tests.fakes import NOON

LATER_TRACE = TraceId("f" * 32)


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> LedgerWorld:
    if request.param == "memory":
        return memory_world()
    return postgres_world(request.getfixturevalue("pool"))


async def _busy(world: LedgerWorld) -> Caller:
    """Seven rows, two open holds and two that are over, the last hold in another trace an hour later."""
    me = await world.caller()
    await world.ledger.apply_many([me.top_up("paid", 100), me.hold("a", 10), me.hold("b", 20), me.hold("c", 30)])
    await world.ledger.apply_many([me.capture("take-a", "a", 12), me.release("free-c", "c")])
    world.clock.advance(timedelta(hours=1))
    await world.ledger.apply(replace(me, trace_id=LATER_TRACE).hold("d", 5))
    return me


FILTERS: list[tuple[TransactionFilter, list[str]]] = [
    (TransactionFilter(), ["d", "free-c", "take-a", "c", "b", "a", "paid"]),
    (TransactionFilter(types=[TransactionType.CAPTURE, TransactionType.RELEASE]), ["free-c", "take-a"]),
    (TransactionFilter(types=[]), []),
    (TransactionFilter(trace_id=LATER_TRACE), ["d"]),
    (TransactionFilter(since=NOON + timedelta(hours=1)), ["d"]),
    (TransactionFilter(until=NOON), []),
    (TransactionFilter(until=NOON + timedelta(hours=1), types=[TransactionType.HOLD]), ["c", "b", "a"]),
    (TransactionFilter(wallet_id=OTHER_WALLET), []),
]


@pytest.mark.parametrize(("where", "refs"), FILTERS, ids=[str(number) for number in range(len(FILTERS))])
async def test_rows_are_listed_newest_first_and_filtered(
    world: LedgerWorld, where: TransactionFilter, refs: list[str]
) -> None:
    me = await _busy(world)
    async with world.unit_of_work() as tx:
        page = await world.reader.list_transactions(tx, org_id=me.org_id, page=PageRequest(), where=where)
    assert [row.ref for row in page.rows] == refs


async def test_rows_of_one_hold_are_listed(world: LedgerWorld) -> None:
    me = await _busy(world)
    async with world.unit_of_work() as tx:
        hold = await world.reader.find_hold_by_ref(tx, org_id=me.org_id, ref="a")
        assert hold is not None
        where = TransactionFilter(hold_id=hold.id)
        page = await world.reader.list_transactions(tx, org_id=me.org_id, page=PageRequest(), where=where)
    assert [row.ref for row in page.rows] == ["take-a", "a"]


async def test_pages_of_rows_join_without_gap_or_overlap(world: LedgerWorld) -> None:
    me = await _busy(world)
    refs: list[str] = []
    cursor = None
    async with world.unit_of_work() as tx:
        for _ in range(4):
            request = PageRequest.read(limit=2, cursor=cursor)
            page = await world.reader.list_transactions(tx, org_id=me.org_id, page=request)
            refs += [row.ref for row in page.rows]
            cursor = page.next_cursor
    assert refs == ["d", "free-c", "take-a", "c", "b", "a", "paid"]
    assert cursor is None


async def test_pages_of_holds_have_the_open_ones_first(world: LedgerWorld) -> None:
    me = await _busy(world)
    refs: list[str] = []
    cursor = None
    async with world.unit_of_work() as tx:
        for _ in range(4):
            request = PageRequest.read(limit=1, cursor=cursor)
            page = await world.reader.list_holds(tx, org_id=me.org_id, page=request)
            refs += [hold.ref for hold in page.rows]
            cursor = page.next_cursor
        only_open = await world.reader.list_holds(tx, org_id=me.org_id, page=PageRequest(), open_only=True)
    assert refs == ["d", "b", "c", "a"]
    assert cursor is None
    assert [hold.ref for hold in only_open.rows] == ["d", "b"]


async def test_a_trace_has_its_rows_and_its_holds(world: LedgerWorld) -> None:
    me = await _busy(world)
    async with world.unit_of_work() as tx:
        rows = await world.reader.transactions_of_trace(tx, org_id=me.org_id, trace_id=me.trace_id)
        holds = await world.reader.holds_of_trace(tx, org_id=None, trace_id=LATER_TRACE)
        strangers = await world.reader.transactions_of_trace(tx, org_id=OTHER_ORG, trace_id=me.trace_id)
        strange_holds = await world.reader.holds_of_trace(tx, org_id=OTHER_ORG, trace_id=me.trace_id)
    assert [row.ref for row in rows] == ["paid", "a", "b", "c", "take-a", "free-c"]
    assert [hold.ref for hold in holds] == ["d"]
    assert not strangers
    assert not strange_holds


async def test_what_belongs_to_another_organization_is_not_found(world: LedgerWorld) -> None:
    me = await _busy(world)
    async with world.unit_of_work() as tx:
        hold = await world.reader.find_hold_by_ref(tx, org_id=me.org_id, ref="a")
        assert hold is not None
        with pytest.raises(NotFound):
            await world.reader.get_wallet(tx, org_id=OTHER_ORG, wallet_id=me.wallet_id)
        with pytest.raises(NotFound):
            await world.reader.get_hold(tx, org_id=OTHER_ORG, hold_id=hold.id)
        assert await world.reader.get_hold(tx, org_id=me.org_id, hold_id=hold.id) == hold
        assert await world.reader.find_hold_by_ref(tx, org_id=OTHER_ORG, ref="a") is None
        assert await world.reader.find_wallet_of_org(tx, org_id=OTHER_ORG) is None
        listed = await world.reader.list_transactions(tx, org_id=OTHER_ORG, page=PageRequest())
        assert not listed.rows
        assert not (await world.reader.list_holds(tx, org_id=OTHER_ORG, page=PageRequest())).rows


async def test_an_absent_wallet_or_hold_is_not_found(world: LedgerWorld) -> None:
    async with world.unit_of_work() as tx:
        with pytest.raises(NotFound):
            await world.reader.get_wallet(tx, org_id=OTHER_ORG, wallet_id=WalletId(UUID(int=9)))
        with pytest.raises(NotFound):
            await world.reader.get_hold(tx, org_id=OTHER_ORG, hold_id=HoldId(UUID(int=9)))


async def test_the_wallet_of_an_organization_is_its_first(world: LedgerWorld) -> None:
    me = await world.caller()
    await world.caller(wallet_id=OTHER_WALLET, currency="EUR")
    async with world.unit_of_work() as tx:
        found = await world.reader.find_wallet_of_org(tx, org_id=me.org_id)
    assert found is not None
    assert found.id == me.wallet_id


async def test_a_wallet_opens_with_its_organization_or_not_at_all(world: LedgerWorld) -> None:
    me = Caller()
    for committed in (False, True):
        async with world.unit_of_work() as tx:
            await world.opening.open(tx, org_id=me.org_id, wallet_id=me.wallet_id, now=NOON)
            if committed:
                await tx.commit()
        async with world.unit_of_work() as tx:
            found = await world.reader.find_wallet_of_org(tx, org_id=me.org_id)
        assert (found is not None) is committed
    wallet = await world.wallet(me)
    assert (wallet.currency, wallet.balance_nanos, wallet.version, wallet.opened_at) == ("USD", 0, 0, NOON)


async def test_due_holds_come_longest_due_first_and_bounded(world: LedgerWorld) -> None:
    me = await world.caller()
    await world.ledger.apply(me.top_up("paid", 100))
    for ref, seconds in (("slow", 50), ("quick", 10), ("open", 2 * MINUTE)):
        await world.ledger.apply(me.hold(ref, 1, seconds=seconds))
    now = NOON + timedelta(seconds=MINUTE)
    holds = {hold.ref: hold.id for hold in await world.holds(me)}
    async with world.unit_of_work() as tx:
        due = await world.reader.due_holds(tx, now=now, limit=10)
        first = await world.reader.due_holds(tx, now=now, limit=1)
        counted = await world.reader.count_holds(tx, now=now)
        before = await world.reader.count_holds(tx, now=NOON)
    assert [expire.hold_id for expire in due] == [holds["quick"], holds["slow"]]
    assert [expire.hold_id for expire in first] == [holds["quick"]]
    assert (counted.open, counted.overdue, counted.oldest_due_at) == (3, 2, NOON + timedelta(seconds=10))
    assert (before.open, before.overdue, before.oldest_due_at) == (3, 0, None)


async def test_the_trial_balance_sums_to_zero_per_currency(world: LedgerWorld) -> None:
    await _busy(world)
    euros = await world.caller(OrgId(UUID(int=3)), WalletId(UUID(int=30)), currency="EUR")
    await world.ledger.apply_many([euros.top_up("e", 10), euros.hold("h", 10), euros.capture("c", "h", 25)])
    await world.ledger.apply_many([euros.refund("r", "c", 5), euros.adjust("a", 1)])
    async with world.unit_of_work() as tx:
        lines = await world.reader.trial_balance(tx)
    assert {(line.currency, line.account): line.balance_nanos for line in lines} == {
        ("EUR", Account.WORLD): -10,
        ("EUR", Account.AVAILABLE): 0,
        ("EUR", Account.FROZEN): 0,
        ("EUR", Account.RECEIVABLE): -9,
        ("EUR", Account.REVENUE): 20,
        ("EUR", Account.ADJUSTMENT): -1,
        ("USD", Account.WORLD): -100,
        ("USD", Account.AVAILABLE): 63,
        ("USD", Account.FROZEN): 25,
        ("USD", Account.RECEIVABLE): 0,
        ("USD", Account.REVENUE): 12,
        ("USD", Account.ADJUSTMENT): 0,
    }


async def test_the_audit_tells_what_it_looked_at(world: LedgerWorld) -> None:
    await _busy(world)
    report = await world.audit()
    assert report.sound, report.findings
    assert (report.wallets, report.holds, report.rows) == (1, 4, 7)


async def test_a_swept_hold_reads_as_expired(world: LedgerWorld) -> None:
    me = await _busy(world)
    await world.sweep()
    states = {hold.ref: hold.state for hold in await world.holds(me)}
    assert states["b"] is HoldState.EXPIRED
    assert (await world.audit()).sound


async def test_rows_are_found_by_their_ref_and_by_that_of_the_capture_they_refund(world: LedgerWorld) -> None:
    me = await _busy(world)
    await world.ledger.apply(me.refund("back", "take-a", 1))
    async with world.unit_of_work() as tx:
        where = TransactionFilter(ref="take-a")
        for org_id in (me.org_id, None):
            page = await world.reader.list_transactions(tx, org_id=org_id, page=PageRequest(), where=where)
            assert [row.ref for row in page.rows] == ["back", "take-a"]
        other = await world.reader.list_transactions(tx, org_id=OTHER_ORG, page=PageRequest(), where=where)
    assert other.rows == []


async def test_rows_are_summed_by_currency_and_kind(world: LedgerWorld) -> None:
    me = await _busy(world)
    async with world.unit_of_work() as tx:
        own = await world.reader.total_transactions(tx, org_id=me.org_id, where=TransactionFilter())
        later = await world.reader.total_transactions(tx, org_id=None, where=TransactionFilter(trace_id=LATER_TRACE))
        nobodys = await world.reader.total_transactions(tx, org_id=OTHER_ORG, where=TransactionFilter())
    assert [(one.type, one.count, one.amount_nanos, one.balance_delta_nanos) for one in own] == [
        (TransactionType.CAPTURE, 1, 12, -12),
        (TransactionType.HOLD, 4, 65, 0),
        (TransactionType.RELEASE, 1, 30, 0),
        (TransactionType.TOP_UP, 1, 100, 100),
    ]
    assert [(one.type, one.frozen_delta_nanos) for one in later] == [(TransactionType.HOLD, 5)]
    assert nobodys == []


async def test_traces_are_found_by_ref_hold_and_row(world: LedgerWorld) -> None:
    me = await _busy(world)
    async with world.unit_of_work() as tx:
        hold = await world.reader.find_hold_by_ref(tx, org_id=me.org_id, ref="d")
        assert hold is not None
        page = await world.reader.list_transactions(tx, org_id=me.org_id, page=PageRequest(limit=1))
        asked = {"ref": "nobody's", "hold_id": None, "transaction_id": None, "limit": 9}
        by_hold = await world.reader.traces_of(tx, **(asked | {"hold_id": hold.id}))  # type: ignore[arg-type]
        by_row = await world.reader.traces_of(tx, **(asked | {"transaction_id": page.rows[0].id}))  # type: ignore[arg-type]
        by_ref = await world.reader.traces_of(tx, **(asked | {"ref": "d"}))  # type: ignore[arg-type]
        nothing = await world.reader.traces_of(tx, **asked)  # type: ignore[arg-type]
    assert (by_ref, by_hold, by_row, nothing) == ([LATER_TRACE], [LATER_TRACE], [LATER_TRACE], [])
