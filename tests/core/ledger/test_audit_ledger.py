"""The audit looks at every wallet, row, hold and budget, page by page, adds up what it saw, and knows where to stop."""

from dataclasses import replace
from datetime import timedelta

import pytest

from deepspace_adapters.memory.unit_of_work import Table
from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger import Finding, metering_use_cases, use_cases
from deepspace_core.ledger.ports import AccountBalance
from deepspace_core.ledger.transaction import Account
from tests.core.ledger.asking import ORG, OTHER_ORG
from tests.core.ledger.auditorium import HOLDS, ROOTS, ROWS, WALLETS, Auditorium

SUMS = "balance and frozen are the sums of the rows"
ORPHANED, BALANCED = "nothing points to nothing", "accounts sum to zero"
ONE_TO_ONE = "usage and final captures are one to one"


@pytest.fixture(params=[2, 1_000], ids=["small pages", "one page"])
async def hall(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Auditorium:
    monkeypatch.setattr(use_cases, "AUDIT_PAGE_ROWS", request.param)
    monkeypatch.setattr(metering_use_cases, "AUDIT_PAGE_ROWS", request.param)
    made = Auditorium()
    await made.fill()
    return made


def off_by_one(table: Table) -> None:
    """A unit more in every wallet than its rows say."""
    for key, wallet in table.items():
        table[key] = replace(wallet, balance_nanos=wallet.balance_nanos + 1)


def finding_of(wallet_id: WalletId, *, balance: int = 97) -> Finding:
    return Finding(SUMS, f"wallet {wallet_id}", f"balance is {balance}, its rows sum to 96")


async def test_everything_is_looked_at_and_counted(hall: Auditorium) -> None:
    report = await hall.audit()
    assert report.sound, report.findings
    assert (report.wallets, report.holds, report.rows) == (WALLETS, WALLETS * len(HOLDS), WALLETS * ROWS)
    assert (report.roots, report.budgets, report.seq) == (WALLETS * ROOTS, WALLETS, ROWS)
    assert {line.account: line.balance_nanos for line in report.trial_balance} == {
        Account.WORLD: -100 * WALLETS,
        Account.AVAILABLE: 66 * WALLETS,
        Account.FROZEN: 30 * WALLETS,
        Account.RECEIVABLE: 0,
        Account.REVENUE: 4 * WALLETS,
        Account.ADJUSTMENT: 0,
    }


async def test_one_organization_is_looked_at_alone(hall: Auditorium) -> None:
    report = await hall.audit(org_id=OTHER_ORG)
    assert (report.wallets, report.rows, report.holds, report.roots, report.budgets) == (1, 8, 5, 4, 1)
    await hall.tamper("wallets", off_by_one)
    assert (await hall.audit(org_id=OTHER_ORG)).findings == [finding_of(hall.callers[-1].wallet_id)]
    assert [one.where for one in (await hall.audit(org_id=ORG)).findings] == [
        f"wallet {caller.wallet_id}" for caller in hall.callers[:-1]
    ]


async def test_what_is_wrong_in_one_wallet_hides_nothing_in_another(hall: Auditorium) -> None:
    await hall.tamper("wallets", off_by_one)
    hall.reader.lost = ["hold 7 has no wallet", "hold 8 has no wallet"]
    hall.reader.balance = [AccountBalance("EUR", Account.WORLD, -3), AccountBalance("EUR", Account.FROZEN, 1)]
    report = await hall.audit()
    assert report.findings == [
        *[finding_of(caller.wallet_id) for caller in hall.callers],
        Finding(ORPHANED, "ledger", "hold 7 has no wallet"),
        Finding(ORPHANED, "ledger", "hold 8 has no wallet"),
        Finding(BALANCED, "currency EUR", "the trial balance is off by -2"),
    ]
    assert not report.sound


async def test_every_kind_of_finding_about_a_wallet_is_told(hall: Auditorium) -> None:
    """Rows, then holds, then frozen, then budgets: none of them takes the place of another."""

    def forget_one(table: Table) -> None:
        del table[next(key for key, hold in table.items() if hold.ref == "e 1")]

    def count_more(table: Table) -> None:
        for key, line in table.items():
            table[key] = line.counting(used_nanos=line.used_nanos + 1, reserved_nanos=line.reserved_nanos)

    def take_more(table: Table) -> None:
        for key, hold in table.items():
            if hold.ref.startswith(("a ", "c ")):
                table[key] = hold._replace(overage_nanos=1)

    await hall.tamper("wallets", off_by_one)
    await hall.tamper("holds", take_more)
    await hall.tamper("holds", forget_one)
    await hall.tamper("budget_counters", count_more)
    first = hall.callers[0].wallet_id
    told = [one for one in (await hall.audit()).findings if one.where != "ledger"]
    assert [one.invariant for one in told[:5]] == [
        SUMS,
        "a hold's amounts add up",
        "a hold's amounts add up",
        "frozen is the sum of the open holds",
        "budget counters are the sums of the rows",
    ]
    assert told[3] == Finding(
        "frozen is the sum of the open holds", f"wallet {first}", "frozen is 30, its holds have 20"
    )
    assert len(told) == 5 + 4 * (WALLETS - 1)


async def test_a_hold_whose_rows_are_gone_is_found(hall: Auditorium) -> None:
    def forget(table: Table) -> None:
        for key in [key for key, row in table.items() if row.ref == "e 1"]:
            del table[key]

    await hall.tamper("transactions", forget)
    assert "amount is 10, its rows say 0" in {one.message for one in (await hall.audit()).findings}


async def test_it_stops_when_it_has_found_enough(hall: Auditorium, monkeypatch: pytest.MonkeyPatch) -> None:
    await hall.tamper("wallets", off_by_one)
    hall.reader.lost = ["hold 7 has no wallet"]
    monkeypatch.setattr(use_cases, "AUDIT_FINDINGS_MAX", 2)
    report = await hall.audit()
    assert report.wallets == 2
    assert report.findings == [finding_of(caller.wallet_id) for caller in hall.callers[:2]]
    monkeypatch.setattr(use_cases, "AUDIT_FINDINGS_MAX", WALLETS + 1)
    report = await hall.audit()
    assert report.wallets == WALLETS
    assert report.findings[-1] == Finding(ORPHANED, "ledger", "hold 7 has no wallet")


async def test_an_audit_that_continues_takes_the_rest_on_trust(hall: Auditorium) -> None:
    before = await hall.audit()
    me = hall.callers[1]
    hall.desks.clock.advance(seconds=1)
    await hall.desks.ledger.apply(me.hold("later", 7))
    await hall.desks.ledger.apply(me.capture("and taken", "later", 7))
    report = await hall.audit(from_seq=before.seq, org_id=ORG)
    assert report.sound, report.findings
    # The hold that the last trusted row was about is looked at again: something may have happened to it since.
    assert (report.wallets, report.rows, report.roots, report.seq) == (3, 2, 2, ROWS + 2)
    assert (report.holds, report.budgets) == (7, 0)


async def test_an_audit_that_continues_sees_no_old_change_but_every_later_one(hall: Auditorium) -> None:
    def rewrite(table: Table) -> None:
        for key in [key for key, row in table.items() if row.ref == "paid 1"]:
            table[key] = table[key]._replace(description="a gift")

    await hall.tamper("transactions", rewrite)
    assert [one.invariant for one in (await hall.audit()).findings] == ["the chain of roots is unbroken"]
    assert (await hall.audit(from_seq=1)).sound
    assert (await hall.audit(from_seq=ROWS)).sound
    await hall.tamper("wallets", off_by_one)
    assert len((await hall.audit(from_seq=ROWS)).findings) == WALLETS


async def test_the_whole_audit_adds_stray_usage_and_keeps_what_the_books_said(hall: Auditorium) -> None:
    await hall.tamper("wallets", off_by_one)
    hall.reader.strays = ["record 7 names nothing"]
    report = await hall.audit_books()
    assert report.findings == [
        *[finding_of(caller.wallet_id) for caller in hall.callers],
        Finding(ONE_TO_ONE, "usage", "record 7 names nothing"),
    ]
    assert hall.reader.metered == [caller.wallet_id for caller in hall.callers]
    assert hall.reader.strayed == [(None, None)]
    assert (report.wallets, report.rows, report.calls) == (WALLETS, WALLETS * ROWS, 0)


async def test_every_call_is_held_against_its_usage(hall: Auditorium) -> None:
    first, *_, last = hall.callers
    for name in "xyz":
        await hall.call(first, name)
    await hall.call(last, "w")
    report = await hall.audit_books()
    assert (report.calls, len(report.findings)) == (4, 4)
    assert {one.invariant for one in report.findings} == {ONE_TO_ONE}
    hall.reader.metered.clear()
    theirs = await hall.audit_books(org_id=OTHER_ORG)
    assert (theirs.wallets, theirs.calls, len(theirs.findings)) == (1, 1, 1)
    assert set(hall.reader.metered) == {last.wallet_id}
    assert hall.reader.strayed[-1] == (OTHER_ORG, None)


async def test_the_whole_audit_stops_when_it_has_found_enough(
    hall: Auditorium, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = hall.callers
    for name in "xyz":
        await hall.call(first, name)
    await hall.call(second, "w")
    monkeypatch.setattr(metering_use_cases, "AUDIT_FINDINGS_MAX", 3)
    report = await hall.audit_books()
    assert (report.calls, len(report.findings)) == (3, 3)
    assert set(hall.reader.metered) == {first.wallet_id}
    assert len(hall.reader.strayed) == 1


async def test_a_whole_audit_that_continues_looks_at_later_calls_only(hall: Auditorium) -> None:
    before = await hall.audit_books()
    began = hall.desks.clock.now()
    await hall.call(hall.callers[0], "x")
    hall.desks.clock.advance(seconds=1)
    await hall.call(hall.callers[1], "y")
    report = await hall.audit_books(from_seq=before.seq)
    assert (report.rows, report.calls) == (4, 2)
    later = await hall.audit_books(from_seq=before.seq + 2)
    assert later.calls == 0
    await hall.desks.ledger.open_wallet(org_id=ORG)
    await hall.audit_books(from_seq=before.seq)
    await hall.audit_books(from_seq=before.seq, org_id=OTHER_ORG)
    assert hall.reader.strayed == [
        (None, None),
        # The first wallet's last trusted row is the earliest: usage before it belongs to what is trusted.
        (None, began - timedelta(seconds=WALLETS - 1)),
        (None, began - timedelta(seconds=WALLETS - 3)),
        (None, None),
        (OTHER_ORG, began),
    ]
