"""The lifecycle is its table, and the documentation draws the same table."""

from pathlib import Path

from deepspace_core.ledger.hold import OPEN_STATES, TRANSITIONS, HoldEvent, HoldState, diagram
from deepspace_core.ledger.outcome import OutcomeCode

BILLING = Path(__file__).parents[3] / "docs" / "billing.md"


def test_no_event_brings_a_hold_back_to_life() -> None:
    reopened = [step for step, end in TRANSITIONS.items() if step[0] not in OPEN_STATES and end in OPEN_STATES]
    assert not reopened


def test_whatever_ends_a_hold_ends_it_from_every_open_state() -> None:
    for event in (HoldEvent.CAPTURE_FINAL, HoldEvent.RELEASE, HoldEvent.EXPIRE):
        assert {TRANSITIONS[state, event] in OPEN_STATES for state in OPEN_STATES} == {False}


def test_every_state_and_every_event_is_used() -> None:
    assert {state for step, end in TRANSITIONS.items() for state in (step[0], end)} == set(HoldState)
    assert {event for _, event in TRANSITIONS} == set(HoldEvent)


def test_the_documentation_draws_this_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in BILLING.read_text(encoding="utf-8")


def test_the_documentation_names_every_outcome_in_order() -> None:
    text = BILLING.read_text(encoding="utf-8")
    places = [text.find(f"`{code}`") for code in OutcomeCode]
    assert -1 not in places
    assert places == sorted(places)
