"""What accepted commands do to wallet, hold and books."""

from dataclasses import replace

import pytest

from deepspace_core.ledger import Expire, HoldState, OutcomeCode, TransactionType, WalletView
from deepspace_core.ledger.transaction import moves_of
from tests.core.ledger.asking import MINUTE, ORG, OTHER_WALLET, WALLET, Caller
from tests.core.ledger.shelf import Shelf

ME = Caller()


def _funded(amount: int = 100, *, credit_limit: int = 0) -> Shelf:
    shelf = Shelf(credit_limit=credit_limit)
    shelf.ask(ME.top_up("paid", amount))
    return shelf


def _numbers(view: WalletView | None) -> tuple[int, int, int]:
    assert view is not None
    return view.balance_nanos, view.frozen_nanos, view.receivable_nanos


def test_a_hold_freezes_and_a_final_capture_takes_the_cost_and_frees_the_rest() -> None:
    shelf = _funded()
    held = shelf.ask(ME.hold("h", 30))
    assert _numbers(held.wallet) == (100, 30, 0)
    taken = shelf.ask(ME.capture("c", "h", 12))
    assert _numbers(taken.wallet) == (88, 0, 0)
    assert taken.transaction is not None
    assert (taken.transaction.released_nanos, taken.transaction.ends_hold) == (18, True)
    assert shelf.hold("h").state is HoldState.CAPTURED


def test_partial_captures_draw_the_hold_down_and_the_final_one_ends_it() -> None:
    shelf = _funded()
    shelf.ask(ME.hold("h", 30))
    for count in range(2):
        part = shelf.ask(ME.capture(f"c{count}", "h", 10, final=False))
        assert part.hold is not None
        assert (part.hold.state, part.hold.remaining_nanos) == (HoldState.PARTIALLY_CAPTURED, 20 - 10 * count)
    shelf.ask(ME.capture("last", "h", 4))
    hold = shelf.hold("h")
    assert (hold.captured_nanos, hold.released_nanos, hold.remaining_nanos) == (24, 6, 0)
    assert _numbers(shelf.ask(ME.top_up("probe", 1)).wallet) == (77, 0, 0)


OVER_CAPTURES = [
    # top-up, credit limit, held, captured -> balance, receivable
    (100, 0, 30, 30, 70, 0),
    (100, 0, 30, 50, 50, 0),
    (100, 0, 30, 100, 0, 0),
    (100, 0, 30, 120, 0, 20),
    (100, 50, 30, 120, -20, 0),
    (100, 50, 30, 170, -50, 20),
    (30, 0, 30, 31, 0, 1),
]


@pytest.mark.parametrize(("paid", "limit", "held", "captured", "balance", "receivable"), OVER_CAPTURES)
def test_a_capture_draws_the_hold_then_available_then_credit_then_becomes_owed(
    *, paid: int, limit: int, held: int, captured: int, balance: int, receivable: int
) -> None:
    shelf = _funded(paid, credit_limit=limit)
    shelf.ask(ME.hold("h", held))
    outcome = shelf.ask(ME.capture("c", "h", captured))
    assert outcome.accepted
    assert _numbers(outcome.wallet) == (balance, 0, receivable)
    assert shelf.hold("h").overage_nanos == captured - held


def test_over_capture_never_touches_what_other_holds_have_frozen() -> None:
    shelf = _funded(100)
    shelf.ask(ME.hold("mine", 10))
    shelf.ask(ME.hold("theirs", 90))
    outcome = shelf.ask(ME.capture("c", "mine", 40))
    assert _numbers(outcome.wallet) == (90, 90, 30)


def test_money_that_comes_in_settles_what_is_owed_first() -> None:
    shelf = _funded(10)
    shelf.ask(ME.hold("h", 10))
    shelf.ask(ME.capture("c", "h", 40))
    assert _numbers(shelf.ask(ME.top_up("t", 20)).wallet) == (0, 0, 10)
    assert _numbers(shelf.ask(ME.refund("r", "c", 5)).wallet) == (0, 0, 5)
    assert _numbers(shelf.ask(ME.adjust("a", 20)).wallet) == (15, 0, 0)


def test_who_owes_gets_no_new_hold_even_when_an_old_one_is_freed() -> None:
    shelf = _funded(20)
    shelf.ask(ME.hold("a", 10))
    shelf.ask(ME.hold("b", 10))
    shelf.ask(ME.capture("c", "a", 30))
    shelf.ask(ME.release("r", "b"))
    denied = shelf.ask(ME.hold("n", 1))
    assert (denied.code, denied.available_nanos) == (OutcomeCode.INSUFFICIENT_FUNDS, 0)


def test_a_free_call_holds_and_captures_nothing_like_any_other() -> None:
    shelf = Shelf()
    assert shelf.ask(ME.hold("h", 0)).accepted
    assert shelf.ask(ME.capture("c", "h", 0)).accepted
    assert shelf.wallet.version == 2


def test_a_hold_is_over_at_its_very_second() -> None:
    shelf = _funded()
    shelf.ask(ME.hold("h", 30, seconds=MINUTE))
    shelf.clock.advance(seconds=MINUTE - 1)
    assert not shelf.hold("h").due(shelf.clock.now())
    shelf.clock.advance(seconds=1)
    assert shelf.ask(ME.release("r", "h")).code is OutcomeCode.HOLD_ALREADY_RELEASED


@pytest.mark.parametrize("swept", [False, True])
def test_a_capture_after_expiry_is_a_direct_debit_marked_late(swept: bool) -> None:
    shelf = _funded()
    held = shelf.ask(ME.hold("h", 30))
    shelf.clock.advance(seconds=MINUTE)
    assert held.hold is not None
    if swept:
        shelf.ask(Expire(org_id=ORG, wallet_id=WALLET, hold_id=held.hold.id))
    outcome = shelf.ask(ME.capture("c", "h", 12))
    assert outcome.transaction is not None
    assert outcome.transaction.late
    assert _numbers(outcome.wallet) == (88, 0, 0)
    assert [row.type for row in shelf.rows] == ["top_up", "hold", "expire", "capture"]
    assert shelf.hold("h").state is HoldState.EXPIRED
    assert shelf.ask(ME.capture("again", "h", 12)).code is OutcomeCode.HOLD_ALREADY_CAPTURED


def test_due_holds_are_freed_when_a_hold_would_be_denied_without_them_and_no_sooner() -> None:
    shelf = _funded(100)
    shelf.ask(ME.hold("old", 60))
    shelf.ask(ME.hold("older", 30, seconds=30))
    shelf.clock.advance(seconds=MINUTE)
    assert shelf.ask(ME.hold("small", 10)).accepted
    assert shelf.hold("older").state is HoldState.PENDING
    assert shelf.ask(ME.hold("large", 25)).accepted
    assert shelf.hold("older").state is HoldState.EXPIRED
    assert shelf.hold("old").state is HoldState.PENDING


def test_a_denial_counts_due_holds_but_leaves_them_alone() -> None:
    shelf = _funded(100)
    shelf.ask(ME.hold("old", 60))
    shelf.clock.advance(seconds=MINUTE)
    before = shelf.state.holds
    denied = shelf.ask(ME.hold("huge", 101))
    assert (denied.code, denied.available_nanos) == (OutcomeCode.INSUFFICIENT_FUNDS, 100)
    assert shelf.state.holds == before


def test_due_holds_are_freed_before_a_capture_becomes_owed() -> None:
    shelf = _funded(100)
    shelf.ask(ME.hold("old", 60, seconds=1))
    shelf.ask(ME.hold("h", 40))
    shelf.clock.advance(seconds=2)
    assert _numbers(shelf.ask(ME.capture("c", "h", 90)).wallet) == (10, 0, 0)


def test_extending_adds_money_and_time_but_never_takes_time_away() -> None:
    shelf = _funded()
    shelf.ask(ME.hold("h", 10, seconds=MINUTE))
    until = shelf.hold("h").expires_at
    more = shelf.ask(ME.extend("e", "h", 5, seconds=1))
    assert more.hold is not None
    assert (more.hold.remaining_nanos, more.hold.expires_at) == (15, until)
    shelf.clock.advance(seconds=30)
    assert shelf.ask(ME.extend("later", "h", seconds=MINUTE)).hold == more.hold._replace(
        expires_at=shelf.clock.now().replace(minute=1, second=30)
    )


def test_refunds_of_one_capture_never_exceed_it_also_within_a_batch() -> None:
    shelf = _funded()
    outcomes = shelf.ask_all(
        [
            ME.hold("h", 30),
            ME.capture("c", "h", 30),
            ME.refund("r1", "c", 20),
            ME.refund("r2", "c", 11),
            ME.refund("r3", "c", 10),
        ]
    )
    assert [outcome.code for outcome in outcomes[2:]] == ["accepted", "refund_exceeds_captured", "accepted"]
    assert (outcomes[3].needed_nanos, outcomes[3].available_nanos) == (11, 10)


def test_a_capture_is_refunded_to_the_wallet_that_paid_it_only() -> None:
    shelf = _funded()
    shelf.ask_all([ME.hold("h", 30), ME.capture("c", "h", 30)])
    stranger = replace(ME, wallet_id=OTHER_WALLET)
    assert shelf.ask(stranger.refund("r", "c", 1)).code is OutcomeCode.REFUND_EXCEEDS_CAPTURED


def test_an_adjustment_down_takes_no_more_than_is_spendable() -> None:
    shelf = _funded(100)
    shelf.ask(ME.hold("h", 90))
    assert shelf.ask(ME.adjust("a", -11)).code is OutcomeCode.INSUFFICIENT_FUNDS
    assert _numbers(shelf.ask(ME.adjust("b", -10)).wallet) == (90, 90, 0)


def test_the_same_ref_twice_in_one_batch_moves_money_once() -> None:
    shelf = _funded()
    first, second = shelf.ask_all([ME.hold("h", 30), ME.hold("h", 30)])
    assert second == first._replace(replayed=True)
    assert shelf.wallet.frozen_nanos == 30


def test_a_retry_may_differ_in_what_is_only_told() -> None:
    shelf = _funded()
    first = shelf.ask(ME.hold("h", 30))
    retry = replace(ME.hold("h", 30), actor="key:other", description="second try", rates={"input": 1})
    assert shelf.ask(retry) == first._replace(replayed=True)


def test_a_clock_set_back_never_puts_a_row_before_its_predecessor() -> None:
    shelf = _funded()
    shelf.ask(ME.hold("h", 30))
    shelf.clock.advance(seconds=-3600)
    shelf.ask(ME.release("r", "h"))
    times = [row.at for row in shelf.rows]
    assert times == sorted(times)


def test_one_commands_denial_does_not_harm_the_others_of_its_batch() -> None:
    shelf = _funded(100)
    outcomes = shelf.ask_all([ME.hold("a", 60), ME.hold("b", 60), ME.hold("c", 40)])
    assert [outcome.accepted for outcome in outcomes] == [True, False, True]


def test_versions_are_contiguous_and_each_row_moves_value_that_sums_to_zero() -> None:
    shelf = _funded(50)
    shelf.ask_all([ME.hold("h", 30), ME.extend("e", "h", 5), ME.capture("c", "h", 80), ME.refund("r", "c", 7)])
    shelf.ask_all([ME.adjust("a", 3), ME.hold("z", 0), ME.release("zr", "z")])
    assert [row.seq for row in shelf.rows] == list(range(1, 9))
    assert all(sum(moves_of(row).values()) == 0 for row in shelf.rows)


def test_expiring_what_is_not_due_does_nothing() -> None:
    shelf = _funded()
    held = shelf.ask(ME.hold("h", 30))
    assert held.hold is not None
    outcome = shelf.ask(Expire(org_id=ORG, wallet_id=WALLET, hold_id=held.hold.id))
    assert outcome.transaction is None
    assert shelf.rows[-1].type is TransactionType.HOLD
