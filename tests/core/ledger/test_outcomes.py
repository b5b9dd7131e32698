"""Each outcome is reached, in the order of precedence, and a refusal changes nothing but its own memory."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger import Command, Extend, OutcomeCode
from deepspace_core.ledger.command import AMOUNT_NANOS_MAX, LIFETIME_SECONDS_MAX, LIFETIME_SECONDS_MIN, fault_of
from deepspace_core.ledger.outcome import Outcome
from tests.core.ledger.asking import OTHER_ORG, OTHER_WALLET, Caller
from tests.core.ledger.shelf import Shelf

ME = Caller()
CODE = OutcomeCode
NOWHERE = replace(ME, wallet_id=WalletId(OTHER_ORG))


def _furnished() -> Shelf:
    """10 paid in; one hold open, one captured, one released, one expired; 100 would be too much."""
    shelf = Shelf()
    shelf.ask(ME.top_up("paid", 10))
    shelf.ask(replace(ME, wallet_id=OTHER_WALLET).top_up("paid-other", 10))
    for ref in ("open", "taken", "freed"):
        shelf.ask(ME.hold(ref, 1))
    shelf.ask(replace(ME, wallet_id=OTHER_WALLET).hold("other", 1))
    shelf.ask(ME.capture("capture", "taken", 1))
    shelf.ask(ME.release("release", "freed"))
    shelf.ask(ME.hold("denied", 100))
    return shelf


MALFORMED: list[tuple[Command, OutcomeCode]] = [
    (ME.hold("", 1), CODE.INVALID_REF),
    (ME.hold("x" * 129, 1), CODE.INVALID_REF),
    (ME.hold("line\nbreak", 1), CODE.INVALID_REF),
    (ME.hold("ledger:expire:1", 1), CODE.INVALID_REF),
    (ME.top_up("t", 0), CODE.INVALID_AMOUNT),
    (ME.top_up("t", AMOUNT_NANOS_MAX + 1), CODE.INVALID_AMOUNT),
    (ME.hold("t", -1), CODE.INVALID_AMOUNT),
    (ME.capture("t", "open", -1), CODE.INVALID_AMOUNT),
    (ME.capture("t", "open", 0, final=False), CODE.INVALID_AMOUNT),
    (ME.extend("t", "open", 0), CODE.INVALID_AMOUNT),
    (ME.refund("t", "capture", 0), CODE.INVALID_AMOUNT),
    (ME.adjust("t", 0), CODE.INVALID_AMOUNT),
    (ME.hold("t", 1, seconds=0), CODE.INVALID_LIFETIME),
    (ME.hold("t", 1, seconds=LIFETIME_SECONDS_MAX + 1), CODE.INVALID_LIFETIME),
    (ME.extend("t", "open", 1, seconds=0), CODE.INVALID_LIFETIME),
    (ME.capture("t", None, 1), CODE.HOLD_REF_REQUIRED),
]
WELL_FORMED: list[Command] = [
    ME.hold("x" * 128, AMOUNT_NANOS_MAX, seconds=LIFETIME_SECONDS_MAX),
    ME.hold("x", 0, seconds=LIFETIME_SECONDS_MIN),
    ME.top_up("x", AMOUNT_NANOS_MAX),
    ME.top_up("x", 1),
    ME.capture("x", "h", AMOUNT_NANOS_MAX),
    ME.capture("x", "h", 0),
    ME.capture("x", "h", 1, final=False),
    ME.extend("x", "h", AMOUNT_NANOS_MAX),
    ME.extend("x", "h", 1),
    ME.extend("x", "h", 0, seconds=LIFETIME_SECONDS_MAX),
    ME.refund("x", "c", AMOUNT_NANOS_MAX),
    ME.adjust("x", AMOUNT_NANOS_MAX),
    ME.adjust("x", -AMOUNT_NANOS_MAX),
    ME.adjust("x", -1),
    ME.release("x", "h"),
]
CONFLICTING: list[tuple[Command, OutcomeCode]] = [
    (ME.top_up("open", 1), CODE.EXISTS_WITH_DIFFERENT_TYPE),
    (replace(ME, wallet_id=OTHER_WALLET).hold("open", 1), CODE.EXISTS_WITH_DIFFERENT_WALLET),
    (ME.capture("capture", "open", 1), CODE.EXISTS_WITH_DIFFERENT_HOLD),
    (ME.hold("open", 2), CODE.EXISTS_WITH_DIFFERENT_AMOUNT),
    (ME.hold("denied", 1), CODE.EXISTS_WITH_DIFFERENT_AMOUNT),
    (ME.capture("capture", "taken", 1, final=False), CODE.EXISTS_WITH_DIFFERENT_FINAL),
    (ME.hold("open", 1, seconds=61), CODE.EXISTS_WITH_DIFFERENT_LIFETIME),
    (replace(ME, currency="USD").hold("open", 1), CODE.EXISTS_WITH_DIFFERENT_CURRENCY),
]
REFUSED: list[tuple[Command, OutcomeCode]] = [
    (NOWHERE.hold("n", 1), CODE.WALLET_NOT_FOUND),
    (replace(ME, org_id=OTHER_ORG).hold("n", 1), CODE.WALLET_NOT_FOUND),
    (replace(ME, currency="EUR").hold("n", 1), CODE.CURRENCY_MISMATCH),
    (ME.capture("n", "nothing", 1), CODE.HOLD_NOT_FOUND),
    (ME.capture("n", "capture", 1), CODE.HOLD_NOT_FOUND),
    (ME.capture("n", "other", 1), CODE.HOLD_WALLET_MISMATCH),
    (ME.capture("n", "taken", 1), CODE.HOLD_ALREADY_CAPTURED),
    (ME.release("n", "taken"), CODE.HOLD_ALREADY_CAPTURED),
    (ME.capture("n", "freed", 1), CODE.HOLD_ALREADY_RELEASED),
    (ME.extend("n", "freed", 1), CODE.HOLD_ALREADY_RELEASED),
    (ME.refund("n", "capture", 2), CODE.REFUND_EXCEEDS_CAPTURED),
    (ME.refund("n", "nothing", 1), CODE.REFUND_EXCEEDS_CAPTURED),
    (ME.hold("n", 100), CODE.INSUFFICIENT_FUNDS),
    (ME.extend("n", "open", 100), CODE.INSUFFICIENT_FUNDS),
    (ME.adjust("n", -100), CODE.INSUFFICIENT_FUNDS),
]


@pytest.mark.parametrize("command", WELL_FORMED, ids=str)
def test_what_is_just_within_the_bounds_is_understood(command: Command) -> None:
    assert fault_of(command) is None


@pytest.mark.parametrize(("command", "code"), [*MALFORMED, *CONFLICTING], ids=lambda value: str(value)[:40])
def test_what_is_malformed_or_conflicting_is_told_and_forgotten(command: Command, code: OutcomeCode) -> None:
    shelf = _furnished()
    before, rows = shelf.state, len(shelf.rows)
    outcome = shelf.ask(command)
    assert outcome == Outcome(code=code, ref=command.ref)
    assert shelf.state == before
    assert len(shelf.rows) == rows


@pytest.mark.parametrize(("command", "code"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_refusal_changes_nothing_but_its_own_stored_outcome(command: Command, code: OutcomeCode) -> None:
    shelf = _furnished()
    before, rows = shelf.state, len(shelf.rows)
    outcome = shelf.ask(command)
    assert outcome.code is code
    assert (shelf.state.wallets, shelf.state.holds) == (before.wallets, before.holds)
    assert len(shelf.rows) == rows
    assert shelf.state.refs.keys() - before.refs.keys() == {(command.org_id.int, "n")}


@pytest.mark.parametrize(("command", "code"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_refusal_stands_when_it_is_tried_again_in_better_times(command: Command, code: OutcomeCode) -> None:
    shelf = _furnished()
    first = shelf.ask(command)
    shelf.ask(ME.top_up("riches", 1_000))
    again = shelf.ask(command)
    assert again == first._replace(replayed=True)
    assert again.answered_as is CODE.EXISTS


def test_a_closed_wallet_takes_nothing_new_and_settles_what_it_owes() -> None:
    shelf = _furnished()
    shelf.close_wallet()
    refused: list[Command] = [ME.top_up("a", 1), ME.hold("b", 1), ME.extend("c", "open", 1), ME.adjust("d", 1)]
    assert {outcome.code for outcome in shelf.ask_all(refused)} == {CODE.WALLET_CLOSED}
    settled: list[Command] = [ME.capture("e", "open", 1), ME.refund("f", "capture", 1)]
    assert all(outcome.accepted for outcome in shelf.ask_all(settled))


def test_a_denial_tells_what_was_needed_and_what_there_was() -> None:
    outcome = _furnished().ask(ME.hold("n", 100))
    assert (outcome.needed_nanos, outcome.available_nanos) == (100, 8)
    assert outcome.wallet is not None
    assert outcome.wallet.spendable_nanos == 8


def test_a_credit_limit_names_itself_when_it_is_what_ran_out() -> None:
    shelf = Shelf(credit_limit=5)
    assert shelf.ask(ME.hold("a", 5)).accepted
    denied = shelf.ask(ME.hold("b", 1))
    assert (denied.code, denied.available_nanos) == (CODE.CREDIT_LIMIT_EXCEEDED, 0)


WORSE_AND_WORSE: list[tuple[Callable[[Extend], Extend], OutcomeCode]] = [
    (lambda command: command, CODE.INSUFFICIENT_FUNDS),
    (lambda command: replace(command, hold_ref="freed"), CODE.HOLD_ALREADY_RELEASED),
    (lambda command: replace(command, hold_ref="taken"), CODE.HOLD_ALREADY_CAPTURED),
    (lambda command: replace(command, hold_ref="other"), CODE.HOLD_WALLET_MISMATCH),
    (lambda command: replace(command, hold_ref="nothing"), CODE.HOLD_NOT_FOUND),
    (lambda command: replace(command, currency="EUR"), CODE.CURRENCY_MISMATCH),
    (lambda command: replace(command, wallet_id=WalletId(OTHER_ORG)), CODE.WALLET_NOT_FOUND),
    (lambda command: replace(command, ref="open"), CODE.EXISTS_WITH_DIFFERENT_TYPE),
    (lambda command: replace(command, hold_ref=None), CODE.HOLD_REF_REQUIRED),
    (lambda command: replace(command, lifetime_seconds=0), CODE.INVALID_LIFETIME),
    (lambda command: replace(command, amount_nanos=-1), CODE.INVALID_AMOUNT),
    (lambda command: replace(command, ref=""), CODE.INVALID_REF),
]
"""One command that gets one more thing wrong at each step; the code must be of the step, not of an earlier one."""


@pytest.mark.parametrize("steps", range(1, len(WORSE_AND_WORSE) + 1))
def test_the_first_code_in_precedence_is_answered(steps: int) -> None:
    command = ME.extend("n", "open", 100)
    for spoil, _ in WORSE_AND_WORSE[:steps]:
        command = spoil(command)
    assert _furnished().ask(command).code is WORSE_AND_WORSE[steps - 1][1]


def test_the_table_above_goes_up_the_precedence() -> None:
    order = list(OutcomeCode)
    places = [order.index(code) for _, code in WORSE_AND_WORSE]
    assert all(later < earlier for earlier, later in pairwise(places))


def test_amounts_that_no_column_holds_are_refused_before_anything_is_written() -> None:
    shelf = Shelf()
    codes = {shelf.ask(ME.top_up(f"t{count}", AMOUNT_NANOS_MAX)).code for count in range(12)}
    assert codes == {CODE.ACCEPTED, CODE.INVALID_AMOUNT}
    assert shelf.wallet.balance_nanos < 2**63
