"""Each way in which books can be wrong is found once, where it is, and told in words that say what was seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeAlias
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import HoldId
from deepspace_core.ledger import BudgetWindow, Finding, HoldAccount, HoldState, LedgerTransaction, TransactionType
from deepspace_core.ledger.budget import EPOCH, Budget, BudgetLine
from deepspace_core.ledger.chain import GENESIS, link
from deepspace_core.ledger.proof import CapProof, RowChain, by_hold, check_frozen, check_hold
from tests.core.ledger.asking import CAP, MINUTE, ORG, WALLET, Caller
from tests.core.ledger.shelf import Shelf
from tests.fakes import NOON

ME = Caller(caps=(CAP,))
SUMS, VERSIONS = "balance and frozen are the sums of the rows", "versions are contiguous"
UNBROKEN, ADD_UP, ENDS = "the chain of roots is unbroken", "a hold's amounts add up", "one event ends a hold"
COUNTED = "budget counters are the sums of the rows"
Rows: TypeAlias = list[LedgerTransaction]


@pytest.fixture
def shelf() -> Shelf:
    """100 paid in; a hold of 10 extended by 5, captured with 4, then 17; 3 of it refunded; a hold of 6 that is open."""
    made = Shelf()
    made.ask_all([ME.top_up("paid", 100), ME.hold("h", 10), ME.extend("more", "h", 5)])
    made.clock.advance(seconds=1)
    made.ask_all([ME.capture("part", "h", 4, final=False), ME.capture("c", "h", 17), ME.refund("back", "c", 3)])
    made.ask(ME.hold("open", 6))
    return made


def _followed(shelf: Shelf, rows: Sequence[LedgerTransaction], roots: Mapping[int, bytes] | None = None) -> RowChain:
    chain = RowChain(shelf.wallet)
    sealed = {shelf.wallet.version: shelf.wallet.root} if roots is None else roots
    for row in rows:
        chain.follow(row, sealed.get(row.seq))
    chain.close()
    return chain


def _at(seq: int, invariant: str, message: str) -> Finding:
    return Finding(invariant, f"wallet {WALLET} seq {seq}", message)


def _wallet(invariant: str, message: str) -> Finding:
    return Finding(invariant, f"wallet {WALLET}", message)


def test_sound_books_give_no_findings(shelf: Shelf) -> None:
    chain = _followed(shelf, shelf.rows)
    assert not chain.findings
    assert (chain.seq, chain.root) == (7, shelf.wallet.root)
    assert (chain.balance_nanos, chain.frozen_nanos, chain.receivable_nanos) == (82, 6, 0)


BROKEN_SEAL = _at(7, UNBROKEN, "this row, or one since the root before, is not what was sealed")
TAMPERED: list[tuple[str, Callable[[Rows], Rows], list[Finding]]] = [
    ("a gap", lambda rows: [*rows[:2], *rows[3:]], [_at(4, VERSIONS, "follows seq 2")]),
    (
        "back in time",
        lambda rows: [*rows[:3], rows[3]._replace(at=NOON - timedelta(microseconds=1)), *rows[4:]],
        [_at(4, VERSIONS, "is earlier than the row before it")],
    ),
    (
        "unbalanced",
        lambda rows: [rows[0]._replace(amount_nanos=99), *rows[1:]],
        [_at(1, "accounts sum to zero", "the moves of this top_up don't sum to zero")],
    ),
    (
        "a balance that doesn't follow",
        lambda rows: [*rows[:5], rows[5]._replace(balance_after_nanos=83), rows[6]],
        [_at(6, SUMS, "balance is 83, its rows sum to 82")],
    ),
    (
        "frozen that doesn't follow",
        lambda rows: [*rows[:6], rows[6]._replace(frozen_after_nanos=7)],
        [_at(7, SUMS, "frozen is 7, its rows sum to 6")],
    ),
    (
        "a receivable that doesn't follow",
        lambda rows: [rows[0]._replace(receivable_after_nanos=1), *rows[1:]],
        [_at(1, SUMS, "receivable is 1, its rows sum to 0")],
    ),
    ("another word", lambda rows: [*rows[:6], rows[6]._replace(description="a gift")], []),
]


@pytest.mark.parametrize(("tamper", "found"), [case[1:] for case in TAMPERED], ids=[case[0] for case in TAMPERED])
def test_a_tampered_row_is_found_where_it_is(
    shelf: Shelf, tamper: Callable[[Rows], Rows], found: list[Finding]
) -> None:
    told = _followed(shelf, tamper(shelf.rows)).findings
    named = {one.invariant for one in found}
    assert [one for one in told if one.invariant in named and one.where != f"wallet {WALLET}"] == found
    assert BROKEN_SEAL in told


def test_rows_at_one_instant_are_in_order(shelf: Shelf) -> None:
    assert shelf.rows[0].at == shelf.rows[1].at
    assert not _followed(shelf, shelf.rows).findings


def test_a_wallet_that_differs_from_its_rows_is_found(shelf: Shelf) -> None:
    wallet = replace(
        shelf.wallet,
        balance_nanos=-20,
        frozen_nanos=-1,
        receivable_nanos=2,
        version=9,
        root=GENESIS,
        credit_limit_nanos=18,
    )
    shelf.state = replace(shelf.state, wallets={WALLET: wallet})
    assert _followed(shelf, shelf.rows, {7: link_all(shelf.rows)}).findings == [
        _wallet(SUMS, "balance is -20, its rows sum to 82"),
        _wallet(SUMS, "frozen is -1, its rows sum to 6"),
        _wallet(SUMS, "receivable is 2, its rows sum to 0"),
        _wallet(VERSIONS, "version is 9, the last row 7"),
        _wallet(UNBROKEN, "its root is not the one of its rows"),
        _wallet("frozen is never negative", "frozen is -1"),
        _wallet("available stays within the credit limit", "available is -19"),
    ]


def link_all(rows: Sequence[LedgerTransaction]) -> bytes:
    """The root after all of these rows."""
    root = GENESIS
    for row in rows:
        root = link(root, row)
    return root


def test_what_is_just_within_its_bounds_is_no_finding() -> None:
    shelf = Shelf(credit_limit=5)
    shelf.ask_all([ME.hold("h", 5), ME.capture("c", "h", 5)])
    assert shelf.wallet.available_nanos == -5
    assert not _followed(shelf, shelf.rows).findings


def test_a_last_row_without_a_root_is_found(shelf: Shelf) -> None:
    assert _followed(shelf, shelf.rows, {6: link_all(shelf.rows[:6])}).findings == [
        _wallet(UNBROKEN, "its last row carries no root")
    ]


def test_one_change_is_one_finding_and_what_was_sealed_after_it_is_followed_on(shelf: Shelf) -> None:
    """Every row carries a root, and one row was changed: the chain goes on from what was sealed."""
    roots = {row.seq: link_all(shelf.rows[: row.seq]) for row in shelf.rows}
    changed = [*shelf.rows[:2], shelf.rows[2]._replace(actor="nobody"), *shelf.rows[3:]]
    broken = "this row, or one since the root before, is not what was sealed"
    assert _followed(shelf, changed, roots).findings == [_at(3, UNBROKEN, broken)]


def test_rows_from_before_there_was_a_chain_are_not_sealed(shelf: Shelf) -> None:
    root = GENESIS
    for row in shelf.rows[3:]:
        root = link(root, row)
    wallet = replace(shelf.wallet, chained_after=3, root=root)
    shelf.state = replace(shelf.state, wallets={WALLET: wallet})
    assert not _followed(shelf, shelf.rows, {7: root}).findings
    unchained = replace(wallet, chained_after=7, root=GENESIS)
    shelf.state = replace(shelf.state, wallets={WALLET: unchained})
    assert not _followed(shelf, shelf.rows, {}).findings


def test_a_chain_that_begins_later_trusts_what_came_before(shelf: Shelf) -> None:
    chain = RowChain(shelf.wallet)
    chain.begin_after(shelf.rows[2], link_all(shelf.rows[:3]))
    assert (chain.seq, chain.balance_nanos, chain.frozen_nanos, chain.receivable_nanos) == (3, 100, 15, 0)
    for row in shelf.rows[3:]:
        chain.follow(row, link_all(shelf.rows) if row.seq == 7 else None)
    chain.close()
    assert not chain.findings
    early = RowChain(shelf.wallet)
    early.begin_after(shelf.rows[3], link_all(shelf.rows[:4]))
    early.follow(shelf.rows[4]._replace(at=NOON), None)
    assert early.findings == [_at(5, VERSIONS, "is earlier than the row before it")]


def test_a_chain_that_nothing_follows_still_has_its_root() -> None:
    shelf = Shelf()
    shelf.ask(ME.top_up("paid", 1))
    chain = RowChain(shelf.wallet)
    chain.begin_after(shelf.rows[0], shelf.wallet.root)
    chain.close()
    assert not chain.findings


def test_receivables_are_summed_and_trusted_as_balances_are() -> None:
    shelf = Shelf()
    shelf.ask_all([ME.top_up("paid", 4), ME.hold("h", 4), ME.capture("c", "h", 9), ME.hold("free", 0)])
    shelf.ask_all([ME.capture("d", "free", 2), ME.top_up("settled", 6)])
    assert [row.receivable_after_nanos for row in shelf.rows] == [0, 0, 5, 5, 7, 1]
    assert not _followed(shelf, shelf.rows).findings
    chain = RowChain(shelf.wallet)
    chain.begin_after(shelf.rows[2], link_all(shelf.rows[:3]))
    assert chain.receivable_nanos == 5


HoldChange: TypeAlias = Mapping[str, object]
HOLDS: list[tuple[HoldChange, list[tuple[str, str]]]] = [
    ({}, []),
    ({"amount_nanos": 11}, [(ADD_UP, "amount is 11, its rows say 10")]),
    ({"extended_nanos": 6}, [(ADD_UP, "extended is 6, its rows say 5")]),
    ({"captured_nanos": 14}, [(ADD_UP, "captured is 14, its rows say 15")]),
    ({"overage_nanos": 5}, [(ADD_UP, "overage is 5, its rows say 6")]),
    ({"released_nanos": 1}, [(ADD_UP, "released is 1, its rows say 0")]),
    ({"expired_nanos": 1}, [(ADD_UP, "expired is 1, its rows say 0")]),
    ({"remaining_nanos": 1}, [(ADD_UP, "remaining is 1, its rows say 0"), (ENDS, "1 remains on it")]),
    ({"state": HoldState.PENDING}, [(ENDS, "pending after 1 ending events")]),
    ({"state": HoldState.PARTIALLY_CAPTURED}, [(ENDS, "partially_captured after 1 ending events")]),
    ({"state": HoldState.EXPIRED}, []),
]


@pytest.mark.parametrize(("change", "found"), HOLDS, ids=[str(change) for change, _ in HOLDS])
def test_a_hold_that_its_rows_contradict_is_found(
    shelf: Shelf, change: HoldChange, found: list[tuple[str, str]]
) -> None:
    hold = shelf.hold("h")._replace(**change)  # type: ignore[arg-type]
    rows = by_hold(shelf.rows)[hold.id]
    assert check_hold(hold, rows) == [Finding(invariant, f"hold {hold.id}", message) for invariant, message in found]


def test_a_hold_that_nothing_ended_is_found(shelf: Shelf) -> None:
    hold = shelf.hold("h")
    rows = [row for row in by_hold(shelf.rows)[hold.id] if row.type is not TransactionType.CAPTURE]
    assert Finding(ENDS, f"hold {hold.id}", "captured after 0 ending events") in check_hold(hold, rows)


def test_what_is_released_and_what_expires_is_counted_from_its_rows() -> None:
    shelf = Shelf()
    shelf.ask_all([ME.top_up("paid", 100), ME.hold("freed", 7), ME.hold("left", 9), ME.hold("part", 8)])
    shelf.ask_all([ME.release("r", "freed"), ME.capture("c", "part", 3), ME.hold("d", 1, seconds=2 * MINUTE)])
    shelf.clock.advance(seconds=MINUTE)
    shelf.ask(ME.hold("needs all", 96))
    for ref in ("freed", "left", "part", "d", "needs all"):
        hold = shelf.hold(ref)
        assert check_hold(hold, by_hold(shelf.rows).get(hold.id, ())) == []
    assert shelf.hold("left").expired_nanos == 9


def _refunds(shelf: Shelf, *changes: tuple[str, int]) -> list[Finding]:
    hold = shelf.hold("h")
    rows = list(by_hold(shelf.rows)[hold.id])
    back = rows.pop()
    rows += [back._replace(capture_ref=ref, amount_nanos=amount) for ref, amount in changes]
    return check_hold(hold, rows)


def test_refunds_beyond_their_capture_are_found(shelf: Shelf) -> None:
    exceeds, where = "refunds never exceed the capture", f"hold {shelf.hold('h').id}"
    assert _refunds(shelf, ("c", 17)) == []
    assert _refunds(shelf, ("c", 10), ("part", 4), ("c", 7)) == []
    assert _refunds(shelf, ("c", 10), ("c", 8)) == [
        Finding(exceeds, where, "18 was refunded of capture 'c', which took 17")
    ]
    assert _refunds(shelf, ("nothing", 1)) == [
        Finding(exceeds, where, "1 was refunded of capture 'nothing', which took 0")
    ]


def test_what_is_frozen_must_remain_on_holds(shelf: Shelf) -> None:
    assert check_frozen(shelf.wallet, 6) == []
    assert check_frozen(shelf.wallet, 5) == [
        _wallet("frozen is the sum of the open holds", "frozen is 6, its holds have 5")
    ]


def test_rows_are_grouped_by_the_hold_they_are_about(shelf: Shelf) -> None:
    groups = by_hold(shelf.rows)
    assert {hold_id: [row.seq for row in rows] for hold_id, rows in groups.items()} == {
        shelf.hold("h").id: [2, 3, 4, 5, 6],
        shelf.hold("open").id: [7],
    }


TODAY, TOMORROW = NOON.date(), NOON.date() + timedelta(days=1)


def _budget(window: BudgetWindow, *, counted_from: date) -> Budget:
    return Budget(ORG, WALLET, CAP, window, 100, counted_from, NOON)


def _line(window: BudgetWindow, starts_on: date, used: int, reserved: int) -> BudgetLine:
    return BudgetLine(WALLET, CAP, window, starts_on, 100, used, reserved)


def _counted(shelf: Shelf, budgets: Sequence[Budget], lines: Sequence[BudgetLine], *, capped: bool = True) -> object:
    proof = CapProof(replace(shelf.wallet, capped=capped), budgets)
    for hold in sorted(shelf.state.holds.values(), key=lambda hold: hold.ref):
        proof.follow(hold, by_hold(shelf.rows)[hold.id])
    return sorted(proof.close(lines), key=lambda finding: finding.where)


DAY = _budget(BudgetWindow.DAY, counted_from=TODAY)
TOTAL = _budget(BudgetWindow.TOTAL, counted_from=EPOCH)
SPENT = [_line(BudgetWindow.DAY, TODAY, 21, 6), _line(BudgetWindow.TOTAL, EPOCH, 21, 6)]


def _amiss(window: BudgetWindow, starts_on: date, told: str, counted: str) -> Finding:
    message = f"used and reserved are {told}, the rows say {counted}"
    return Finding(COUNTED, f"wallet {WALLET} {CAP} {window} {starts_on}", message)


def test_counters_that_are_right_give_no_findings(shelf: Shelf) -> None:
    assert _counted(shelf, [DAY, TOTAL], SPENT) == []


def test_counters_that_are_wrong_missing_or_too_many_are_found(shelf: Shelf) -> None:
    wrong = [_line(BudgetWindow.DAY, TODAY, 20, 6), SPENT[1]]
    assert _counted(shelf, [DAY, TOTAL], wrong) == [_amiss(BudgetWindow.DAY, TODAY, "20 and 6", "21 and 6")]
    reserved = [SPENT[0], _line(BudgetWindow.TOTAL, EPOCH, 21, 7)]
    assert _counted(shelf, [DAY, TOTAL], reserved) == [_amiss(BudgetWindow.TOTAL, EPOCH, "21 and 7", "21 and 6")]
    assert _counted(shelf, [DAY, TOTAL], SPENT[:1]) == [_amiss(BudgetWindow.TOTAL, EPOCH, "0 and 0", "21 and 6")]
    more = [*SPENT, _line(BudgetWindow.DAY, TOMORROW, 1, 0), _line(BudgetWindow.MONTH, TODAY, 0, 0)]
    assert _counted(shelf, [DAY, TOTAL], more) == [_amiss(BudgetWindow.DAY, TOMORROW, "1 and 0", "0 and 0")]


def test_periods_before_a_budget_was_set_are_not_counted(shelf: Shelf) -> None:
    assert _counted(shelf, [_budget(BudgetWindow.DAY, counted_from=TOMORROW)], []) == []
    assert _counted(shelf, [_budget(BudgetWindow.DAY, counted_from=TODAY)], SPENT[:1]) == []


def test_a_wallet_must_know_whether_it_has_budgets(shelf: Shelf) -> None:
    assert _counted(shelf, [], [], capped=False) == []
    assert _counted(shelf, [], []) == [_wallet(COUNTED, "capped is True, and there are 0 budgets")]
    assert _counted(shelf, [DAY], SPENT[:1], capped=False) == [
        _wallet(COUNTED, "capped is False, and there are 1 budgets")
    ]


def test_a_hold_counts_for_nobody_it_does_not_name(shelf: Shelf) -> None:
    hold: HoldAccount = shelf.hold("h")._replace(caps=(), id=HoldId(UUID(int=1)))
    proof = CapProof(replace(shelf.wallet, capped=True), [DAY])
    proof.follow(hold, by_hold(shelf.rows)[shelf.hold("h").id])
    assert proof.close([]) == []


def test_a_hold_of_nothing_needs_no_counter() -> None:
    shelf = Shelf()
    shelf.ask_all([ME.hold("free", 0), ME.release("freed", "free")])
    assert _counted(shelf, [DAY, TOTAL], []) == []


def test_only_refunds_give_back(shelf: Shelf) -> None:
    hold = shelf.hold("h")
    first, *rest = by_hold(shelf.rows)[hold.id]
    assert check_hold(hold, [first._replace(capture_ref="part"), *rest]) == []
