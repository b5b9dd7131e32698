"""Budgets while a batch is being decided: which of them count a hold, what counts, what is forgotten again."""

from dataclasses import replace
from datetime import timedelta

from deepspace_core.ledger import BudgetKey, BudgetLine, BudgetScope, BudgetWindow, Linked, book
from deepspace_core.ledger.budget import EPOCH, Caps, caps_of
from deepspace_core.ledger.tally import Tallies, Tally
from tests.core.ledger.asking import CAP, ORG, OTHER_ORG, WALLET, Caller
from tests.core.ledger.shelf import Shelf
from tests.fakes import NOON

PROJECT = BudgetKey(BudgetScope.PROJECT, OTHER_ORG)
TODAY = NOON.date()


def line_of(key: BudgetKey, window: BudgetWindow, cap: int = 100) -> BudgetLine:
    start = EPOCH if window is BudgetWindow.TOTAL else TODAY
    return BudgetLine(WALLET, key, window, start, cap, 5, 7)


LINES = [line_of(PROJECT, BudgetWindow.TOTAL), line_of(CAP, BudgetWindow.DAY), line_of(CAP, BudgetWindow.TOTAL)]


def opened() -> tuple[Tallies, list[Tally]]:
    tallies = Tallies(WALLET)
    return tallies, [tallies.open(line.line_key, line) for line in LINES]


def test_a_hold_counts_against_the_budgets_of_its_caps_and_day_in_the_order_of_checking() -> None:
    tallies, [project, day, total] = opened()
    both: Caps = (PROJECT, CAP)
    assert tallies.of(both, NOON) == [day, total, project]
    assert tallies.of((CAP,), NOON) == [day, total]
    assert tallies.of(both, NOON + timedelta(days=1)) == [total, project]
    assert tallies.of((), NOON) == []
    assert Tallies(WALLET).of(both, NOON) == ()


def test_the_same_caps_at_the_same_moment_are_looked_up_once() -> None:
    tallies, _ = opened()
    caps: Caps = (CAP,)
    assert tallies.of(caps, NOON) is tallies.of(caps, NOON)
    again = caps_of(org_id=ORG, project_id=None, api_key_id=None, user_id=None)
    assert again is caps_of(org_id=ORG, project_id=None, api_key_id=None, user_id=None)
    assert again == caps


def test_what_nothing_was_counted_against_is_the_very_line_it_was() -> None:
    _, [project, *_] = opened()
    assert project.line() is LINES[0]
    assert project.left == 88
    assert Tally(line_of(CAP, BudgetWindow.DAY, cap=11)).left == 0


def test_a_group_that_fails_leaves_no_trace_in_the_budgets() -> None:
    shelf, me = Shelf(), Caller(caps=(CAP,))
    shelf.ask(me.top_up("paid", 50))
    shelf.state = replace(shelf.state, lines={line.line_key: line for line in LINES})
    before = shelf.state.lines
    outcomes = shelf.ask_all([me.hold("kept", 3), Linked((me.hold("a", 10), me.hold("b", 90)))])
    assert [outcome.accepted for outcome in outcomes] == [True, False, False]
    after = shelf.state.lines
    assert list(after) == list(before)
    assert after[LINES[0].line_key] is LINES[0]
    assert [(line.used_nanos, line.reserved_nanos) for line in after.values()] == [(5, 7), (5, 10), (5, 10)]
    assert shelf.ask_all([Linked((me.hold("c", 10), me.hold("d", 90)))])[0].code.value == "linked_failed"
    assert shelf.state.lines == after


def test_what_is_used_and_reserved_follows_the_rows() -> None:
    shelf, me = Shelf(), Caller(caps=(CAP,))
    shelf.ask(me.top_up("paid", 50))
    shelf.state = replace(shelf.state, lines={line.line_key: line for line in LINES})
    shelf.ask_all([me.hold("a", 10), me.capture("part", "a", 4, final=False), me.extend("more", "a", 2)])
    [_, day, total] = shelf.state.lines.values()
    assert (day.used_nanos, day.reserved_nanos, total.used_nanos, total.reserved_nanos) == (9, 15, 9, 15)
    shelf.ask(me.release("done", "a"))
    assert [(line.used_nanos, line.reserved_nanos) for line in shelf.state.lines.values()][1:] == [(9, 7), (9, 7)]


def test_only_budgets_that_something_was_counted_against_are_to_be_written() -> None:
    shelf, me = Shelf(), Caller(caps=(CAP,))
    shelf.ask(me.top_up("paid", 50))
    state = replace(shelf.state, lines={line.line_key: line for line in LINES})
    decision = book.apply(state, [me.hold("nothing", 0)], NOON, shelf.ids.uuid)
    assert decision.lines == LINES[1:]
    assert dict(decision.state.lines) == dict(state.lines)
    assert book.apply(state, [me.top_up("more", 1)], NOON, shelf.ids.uuid).lines == []


def test_an_extension_is_admitted_by_the_budgets_of_its_hold() -> None:
    shelf, me = Shelf(), Caller(caps=(CAP,))
    shelf.ask(me.top_up("paid", 500))
    shelf.state = replace(shelf.state, lines={line.line_key: line for line in LINES})
    shelf.ask(me.hold("h", 80))
    refused = shelf.ask(me.extend("beyond", "h", 9))
    assert refused.budget is not None
    assert refused.code.value == "budget_exceeded"
    assert (refused.budget.window, refused.missing_nanos) == (BudgetWindow.DAY, 1)
    assert shelf.ask(me.extend("within", "h", 8)).accepted
