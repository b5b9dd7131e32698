"""Where the book turns from one answer to the next: exactly enough, exactly full, exactly now."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from deepspace_core.kernel.money import NANOS_MAX
from deepspace_core.ledger import BudgetKey, BudgetLine, BudgetScope, BudgetWindow, OutcomeCode, TransactionType, Wallet
from deepspace_core.ledger.budget import EPOCH, line_keys, line_keys_on, starts_on
from deepspace_core.ledger.command import Linked
from deepspace_core.ledger.desk import Refusal
from tests.core.ledger.asking import CAP, ORG, WALLET, Caller
from tests.core.ledger.shelf import Shelf
from tests.fakes import NOON

ME = Caller()
CAPPED = replace(ME, caps=(CAP,))


def _shelf(**numbers: int) -> Shelf:
    """A shelf whose wallet has these numbers, however it came by them."""
    shelf = Shelf()
    _set(shelf, replace(shelf.wallet, **numbers))  # type: ignore[arg-type]
    return shelf


def _set(shelf: Shelf, wallet: Wallet) -> None:
    shelf.state = replace(shelf.state, wallets={**shelf.state.wallets, WALLET: wallet})


def _cap(shelf: Shelf, nanos: int) -> None:
    """A cap on everything, with nothing counted yet."""
    line = BudgetLine(WALLET, CAP, BudgetWindow.TOTAL, EPOCH, nanos, 0, 0)
    shelf.state = replace(shelf.state, lines={line.line_key: line})
    _set(shelf, replace(shelf.wallet, capped=True))


def _types(shelf: Shelf) -> Sequence[TransactionType]:
    return [row.type for row in shelf.rows]


def test_a_group_adds_its_outcomes_to_those_before_it() -> None:
    outcomes = Shelf().ask_all([ME.top_up("a", 5), Linked((ME.top_up("b", 1), ME.hold("c", 2)))])
    assert [outcome.ref for outcome in outcomes] == ["a", "b", "c"]


def test_a_view_names_its_wallet() -> None:
    view = Shelf().ask(ME.top_up("a", 5)).wallet
    assert view is not None
    assert view.wallet_id == WALLET


def test_a_full_wallet_still_lets_go_of_a_hold() -> None:
    shelf = _shelf(balance_nanos=NANOS_MAX - 5)
    assert shelf.ask(ME.hold("h", 5)).accepted
    _set(shelf, replace(shelf.wallet, balance_nanos=NANOS_MAX))
    assert shelf.ask(ME.release("r", "h")).accepted


@pytest.mark.parametrize("full", ["balance_nanos", "receivable_nanos", "frozen_nanos"])
def test_a_number_may_grow_to_the_largest_there_is_and_not_beyond(full: str) -> None:
    shelf = _shelf(**{full: NANOS_MAX - 5})
    assert shelf.ask(ME.top_up("over", 6)).code is OutcomeCode.INVALID_AMOUNT
    assert shelf.ask(ME.top_up("full", 5)).accepted


def test_a_hold_tells_when_it_was_made_and_last_changed() -> None:
    shelf = _shelf(balance_nanos=100)
    shelf.ask(ME.hold("h", 10))
    assert (shelf.hold("h").created_at, shelf.hold("h").updated_at) == (NOON, NOON)
    later = shelf.clock.advance(seconds=3)
    shelf.ask(ME.extend("e", "h", 10))
    assert shelf.hold("h").updated_at == later


def test_an_extension_without_a_lifetime_leaves_the_end_where_it_is() -> None:
    shelf = _shelf(balance_nanos=100)
    shelf.ask(ME.hold("h", 10, seconds=5))
    shelf.clock.advance(seconds=4.5)
    shelf.ask(ME.extend("e", "h", 10))
    assert shelf.hold("h").expires_at == NOON + timedelta(seconds=5)


def test_taking_money_away_settles_nothing_that_is_owed() -> None:
    shelf = _shelf(balance_nanos=100, receivable_nanos=10)
    view = shelf.ask(ME.adjust("a", -5)).wallet
    assert view is not None
    assert (view.balance_nanos, view.receivable_nanos) == (95, 10)


def test_the_smallest_credit_limit_is_one() -> None:
    assert _shelf(credit_limit_nanos=1).ask(ME.hold("h", 2)).code is OutcomeCode.CREDIT_LIMIT_EXCEEDED


def test_a_cap_that_is_just_enough_admits_what_due_holds_pay_for() -> None:
    shelf = _shelf(balance_nanos=100)
    shelf.ask(ME.hold("old", 60, seconds=5))
    shelf.clock.advance(seconds=5)
    _cap(shelf, 80)
    assert shelf.ask(CAPPED.hold("new", 80)).accepted


def test_a_cap_that_is_just_enough_needs_no_due_hold() -> None:
    shelf = _shelf(balance_nanos=200)
    shelf.ask(ME.hold("old", 60, seconds=5))
    shelf.clock.advance(seconds=5)
    _cap(shelf, 80)
    shelf.ask(CAPPED.hold("new", 80))
    assert _types(shelf) == [TransactionType.HOLD, TransactionType.HOLD]


@pytest.mark.parametrize(("cost", "expired"), [(70, 0), (71, 1), (80, 1), (81, 2), (90, 2)])
def test_a_capture_frees_as_many_due_holds_as_it_needs(cost: int, expired: int) -> None:
    shelf = _shelf(balance_nanos=90)
    shelf.ask(ME.hold("h", 20, seconds=60))
    for ref in ("old", "older"):
        shelf.ask(ME.hold(ref, 10, seconds=5))
    shelf.clock.advance(seconds=5)
    assert shelf.ask(ME.capture("c", "h", cost)).accepted
    assert _types(shelf).count(TransactionType.EXPIRE) == expired


def test_a_refusal_says_its_code() -> None:
    assert Refusal(OutcomeCode.WALLET_CLOSED).args == (OutcomeCode.WALLET_CLOSED,)


def test_periods_begin_at_midnight_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2030, 1, 31, 23, 0, tzinfo=UTC)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert starts_on(BudgetWindow.DAY, at) == date(2030, 1, 31)
        assert [start for *_, start in line_keys(WALLET, [CAP], at)] == [date(2030, 1, 31), date(2030, 1, 1), EPOCH]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_lines_come_by_scope_then_window_however_caps_were_named() -> None:
    project = BudgetKey(BudgetScope.PROJECT, ORG)
    day = date(2030, 1, 31)
    starts = [(BudgetWindow.DAY, day), (BudgetWindow.MONTH, date(2030, 1, 1)), (BudgetWindow.TOTAL, EPOCH)]
    wanted = tuple(
        (WALLET.int, key.scope, key.scope_id.int, window, start) for key in (CAP, project) for window, start in starts
    )
    assert line_keys_on(WALLET, [project, CAP], day) == line_keys_on(WALLET, [CAP, project], day) == wanted
