"""Groups over the bare book: what breaks one, what is kept of it, and that nothing else is left."""

from dataclasses import replace

import pytest

from deepspace_core.ledger import Linked, Outcome, OutcomeCode
from deepspace_core.ledger.command import CallersCommand
from tests.core.ledger.asking import Caller
from tests.core.ledger.shelf import Shelf

ME = Caller()
ACCEPTED, FAILED = OutcomeCode.ACCEPTED, OutcomeCode.LINKED_FAILED


@pytest.fixture
def shelf() -> Shelf:
    made = Shelf()
    made.ask(ME.top_up("paid", 100))
    return made


def _codes(shelf: Shelf, *commands: CallersCommand) -> list[OutcomeCode]:
    return [outcome.code for outcome in shelf.ask_all([Linked(commands)])]


@pytest.mark.parametrize(
    ("breaking", "code"),
    [
        (ME.top_up("t", 0), OutcomeCode.INVALID_AMOUNT),
        (ME.top_up("paid", 7), OutcomeCode.EXISTS_WITH_DIFFERENT_AMOUNT),
    ],
)
def test_a_group_that_could_not_be_understood_leaves_its_refs_free(
    shelf: Shelf, breaking: CallersCommand, code: OutcomeCode
) -> None:
    before = shelf.state
    assert _codes(shelf, ME.hold("a", 1), breaking, ME.hold("b", 1)) == [FAILED, code, FAILED]
    assert shelf.state == before
    assert _codes(shelf, ME.hold("a", 1), ME.top_up("t", 5), ME.hold("b", 1)) == [ACCEPTED] * 3


def test_a_group_that_was_refused_is_remembered(shelf: Shelf) -> None:
    before = shelf.state
    group = (ME.hold("a", 60), ME.capture("c", "a", 5), ME.refund("r", "c", 2), ME.hold("b", 98), ME.hold("d", 1))
    outcomes = shelf.ask_all([Linked(group)])
    assert [one.code for one in outcomes] == [FAILED, FAILED, FAILED, OutcomeCode.INSUFFICIENT_FUNDS, FAILED]
    assert {one.wallet.version for one in outcomes if one.wallet} == {1}
    changed = replace(shelf.state, refs=before.refs)
    assert changed == before
    assert {ref for _, ref in shelf.state.refs} == {"paid", "a", "c", "r", "b", "d"}
    assert shelf.ask_all([Linked(group)]) == [one._replace(replayed=True) for one in outcomes]


def test_what_is_malformed_in_a_broken_group_says_so_and_nothing_else(shelf: Shelf) -> None:
    outcomes = shelf.ask_all([Linked((ME.hold("a", 900), ME.top_up("", 1), ME.release("r", "x")))])
    assert outcomes[1] == Outcome(code=OutcomeCode.INVALID_REF, ref="")
    assert [one.ref for one in outcomes] == ["a", "", "r"]


def test_what_follows_a_broken_group_sees_nothing_of_it(shelf: Shelf) -> None:
    broken = Linked((ME.hold("a", 60), ME.capture("c", "a", 5, final=False), ME.hold("b", 60)))
    after = shelf.ask_all([broken, ME.capture("x", "a", 1), ME.refund("y", "c", 1), ME.hold("z", 100)])[3:]
    assert [one.code for one in after] == [
        OutcomeCode.HOLD_NOT_FOUND,
        OutcomeCode.REFUND_EXCEEDS_CAPTURED,
        ACCEPTED,
    ]
    assert [row.ref for row in shelf.rows] == ["paid", "z"]
    assert [hold.ref for hold in shelf.state.holds.values()] == ["z"]


def test_what_came_before_a_broken_group_stays(shelf: Shelf) -> None:
    broken = Linked((ME.hold("a", 60), ME.top_up("t", 0)))
    shelf.ask_all([ME.hold("h", 7), ME.capture("c", "h", 3, final=False), broken, ME.refund("r", "c", 1)])
    assert [row.ref for row in shelf.rows] == ["paid", "h", "c", "r"]
    assert (shelf.wallet.balance_nanos, shelf.wallet.frozen_nanos, shelf.wallet.version) == (98, 4, 4)
    assert shelf.hold("h").captured_nanos == 3


def test_what_broke_a_group_tells_of_no_hold_as_the_group_left_it(shelf: Shelf) -> None:
    shelf.ask_all([ME.hold("h", 7), ME.release("r", "h")])
    outcomes = shelf.ask_all([Linked((ME.top_up("t", 1), ME.release("again", "h")))])
    assert outcomes[1].code is OutcomeCode.HOLD_ALREADY_RELEASED
    assert [one.hold for one in outcomes] == [None, None]
