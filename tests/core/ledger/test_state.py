"""What an adapter must load before a batch can be decided, and when it must look for holds that are over."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import HoldId
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow, Command, Expire, Linked, Outcome
from deepspace_core.ledger.budget import EPOCH, BudgetLine
from deepspace_core.ledger.command import Asked
from deepspace_core.ledger.fingerprint import fingerprint_of
from deepspace_core.ledger.state import StoredOutcome, caps_needed, needs_of, short_wallets
from tests.core.ledger.asking import CAP, ORG, OTHER_ORG, OTHER_WALLET, WALLET, Caller
from tests.core.ledger.shelf import Shelf
from tests.fakes import NOON

PROJECT = BudgetKey(BudgetScope.PROJECT, UUID(int=0xC))
ME, OTHER = Caller(caps=(CAP, PROJECT)), Caller(wallet_id=OTHER_WALLET)
HOLD = HoldId(UUID(int=7))
DAY = timedelta(days=1)


def _expire() -> Expire:
    return Expire(org_id=ORG, wallet_id=OTHER_WALLET, hold_id=HOLD)


def test_what_a_batch_needs_is_sorted_and_named_once() -> None:
    by_id = replace(ME.capture("c2", None, 1), hold_id=HoldId(UUID(int=8)))
    asked: list[Asked] = [
        ME.top_up("", 1),
        _expire(),
        ME.top_up("t", 1),
        Linked((ME.hold("h", 1), ME.capture("c", "h", 1))),
        by_id,
        ME.release("r", "a"),
        ME.extend("e", "h", 1),
        ME.refund("back", "c", 1),
        ME.refund("again", "b", 1),
        ME.refund("twice", "c", 1),
        ME.adjust("x", 1),
        replace(OTHER, org_id=OTHER_ORG).top_up("t", 1),
        replace(ME, wallet_id=HOLD).top_up("malformed", 0),  # type: ignore[arg-type]
    ]
    needs = needs_of(asked)
    assert needs.wallet_ids == [WALLET, OTHER_WALLET]
    mine = ["again", "back", "c", "c2", "e", "h", "r", "t", "twice", "x"]
    assert needs.refs == [*((ORG, ref) for ref in mine), (OTHER_ORG, "t")]
    assert needs.hold_refs == [(ORG, "a"), (ORG, "h")]
    assert needs.hold_ids == [(ORG, HOLD), (ORG, HoldId(UUID(int=8)))]
    assert needs.capture_refs == [(ORG, "b"), (ORG, "c")]


def _capped(shelf: Shelf) -> None:
    shelf.state = replace(shelf.state, wallets={**shelf.state.wallets, WALLET: replace(shelf.wallet, capped=True)})


def test_budgets_are_looked_for_where_there_are_any_in_the_periods_that_count() -> None:
    shelf = Shelf()
    shelf.ask_all([ME.top_up("paid", 100), replace(ME, caps=(PROJECT,)).hold("old", 1)])
    shelf.clock.advance(DAY)
    shelf.ask(replace(ME, caps=(CAP,)).hold("new", 1))
    asked: list[Command] = [ME.hold("h", 1), ME.hold("i", 1), ME.top_up("t", 1), OTHER.hold("j", 1)]
    now = shelf.clock.now() + timedelta(hours=1)
    assert caps_needed(shelf.state, asked, now) == []
    _capped(shelf)
    assert caps_needed(shelf.state, asked, now) == [
        (WALLET, CAP, now),
        (WALLET, PROJECT, NOON),
        (WALLET, PROJECT, now),
    ]
    assert caps_needed(shelf.state, [], now) == [(WALLET, CAP, NOON + DAY), (WALLET, PROJECT, NOON)]
    set_back = caps_needed(shelf.state, [ME.hold("h", 1)], NOON - DAY)
    assert set_back == [(WALLET, CAP, NOON + DAY), (WALLET, PROJECT, NOON), (WALLET, PROJECT, NOON + DAY)]
    grouped = caps_needed(shelf.state, [Linked((ME.hold("h", 1),))], now)
    assert grouped == [(WALLET, CAP, now), (WALLET, PROJECT, NOON), (WALLET, PROJECT, now)]


def _furnished() -> Shelf:
    """100 paid in, of which an open hold has 30: 70 may be spent."""
    shelf = Shelf()
    shelf.ask_all([ME.top_up("paid", 100), ME.hold("h", 30)])
    shelf.ask(replace(OTHER, currency="EUR").top_up("paid too", 10))
    return shelf


HELD = _furnished().hold("h").id
DRAINING: list[tuple[list[Asked], list[object]]] = [
    ([], []),
    ([ME.hold("a", 70)], []),
    ([ME.hold("a", 71)], [WALLET]),
    ([ME.hold("a", 70), ME.hold("b", 1)], [WALLET]),
    ([ME.extend("a", "h", 71)], [WALLET]),
    ([ME.adjust("a", -71)], [WALLET]),
    ([ME.adjust("a", -70), ME.adjust("b", 5)], []),
    ([ME.top_up("a", 500), ME.hold("b", 71)], [WALLET]),
    ([ME.capture("a", "h", 100)], []),
    ([ME.capture("a", "h", 101)], [WALLET]),
    ([ME.capture("a", "h", 30, final=False), ME.capture("b", "h", 71)], [WALLET]),
    ([ME.capture("a", "h", 20, final=False), ME.capture("b", "h", 80)], []),
    ([ME.capture("a", "h", 20, final=False), ME.capture("b", "h", 81)], [WALLET]),
    ([replace(ME.capture("a", None, 100), hold_id=HELD)], []),
    ([replace(ME.capture("a", None, 101), hold_id=HELD)], [WALLET]),
    ([ME.hold("a", 70), ME.release("b", "h"), ME.top_up("c", 1)], []),
    ([replace(ME.capture("a", None, 70), hold_id=HOLD)], []),
    ([replace(ME.capture("a", None, 71), hold_id=HOLD)], [WALLET]),
    ([ME.capture("a", "nothing", 70)], []),
    ([ME.capture("a", "nothing", 71)], [WALLET]),
    ([ME.release("a", "h"), ME.refund("b", "c", 500), _expire()], []),
    ([ME.hold("a", 71), OTHER.hold("b", 11)], [WALLET, OTHER_WALLET]),
    ([OTHER.hold("b", 10)], []),
    ([Linked((ME.hold("a", 40), ME.hold("b", 31)))], [WALLET]),
    ([replace(ME, wallet_id=HOLD).hold("a", 900)], []),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("asked", "short"), DRAINING, ids=[str(number) for number in range(len(DRAINING))])
def test_a_wallet_that_a_batch_might_drain_is_named(asked: list[Asked], short: list[object]) -> None:
    assert short_wallets(_furnished().state, asked) == short


@pytest.mark.parametrize(
    ("caps", "short"), [((500, 40), False), ((39, 500), True), ((500, 39), True), ((40, 40), False)]
)
def test_the_tightest_budget_in_sight_may_drain_too(caps: tuple[int, int], short: bool) -> None:
    shelf = _furnished()
    lines = [
        BudgetLine(WALLET, CAP, window, EPOCH, cap, 0, 0)
        for window, cap in zip((BudgetWindow.DAY, BudgetWindow.TOTAL), caps, strict=True)
    ]
    state = replace(shelf.state, lines={line.line_key: line for line in lines})
    assert short_wallets(state, [ME.hold("a", 40)]) == [WALLET] * short


def test_a_stored_answer_keeps_its_fingerprint_when_its_row_is_found_again() -> None:
    shelf = Shelf()
    command = ME.top_up("paid", 1)
    outcome = shelf.ask(command)
    stored = StoredOutcome(fingerprint_of(command), outcome._replace(transaction=None))
    assert stored.with_transaction(outcome.transaction) == StoredOutcome(fingerprint_of(command), outcome)


def test_deciding_about_some_wallets_and_going_on_is_deciding_at_once() -> None:
    parted, whole = _furnished(), _furnished()
    line = BudgetLine(WALLET, CAP, BudgetWindow.TOTAL, EPOCH, 1_000, 0, 30)
    other = replace(line, wallet_id=OTHER_WALLET)
    for shelf in (parted, whole):
        _capped(shelf)
        shelf.state = replace(shelf.state, lines={line.line_key: line, other.line_key: other})
    elsewhere = replace(OTHER, currency="EUR")
    asked: list[Asked] = [ME.hold("a", 5), Linked((elsewhere.top_up("b", 1),)), ME.capture("c", "a", 2)]
    outcomes: list[Outcome] = []
    for command in asked:
        before, parted.state = parted.state, parted.state.about([command])
        assert set(parted.state.wallets) == {line.wallet_id for line in parted.state.lines.values()}
        assert len(parted.state.wallets) == 1
        assert parted.state.holds is before.holds
        outcomes += parted.ask_all([command])
        parted.state = before.followed_by(parted.state)
    assert outcomes == whole.ask_all(asked)
    assert parted.state == whole.state
