"""The seal over the audit trail: any edit, removal, addition or reordering shows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.audit import FaultKind, Seal, StoredEvent
from deepspace_core.audit.chain import GENESIS_ROOT, fault_of, make_seal, root_of
from deepspace_core.kernel.ids import EventId
from tests.core.metering_values import FACT, ORG, PAST

UNTIL = PAST + timedelta(hours=1)


def _stored(count: int) -> list[StoredEvent]:
    return [
        StoredEvent(replace(FACT, id=EventId(UUID(int=number))), PAST + timedelta(seconds=number))
        for number in range(1, count + 1)
    ]


EVENTS = _stored(4)


def _seal(events: list[StoredEvent], last: Seal | None = None) -> Seal:
    until = UNTIL if last is None else last.until + timedelta(hours=1)
    return make_seal(ORG, events, last=last, until=until, now=until)


def _edited(events: list[StoredEvent], **changes: object) -> list[StoredEvent]:
    return [*events[:-1], replace(events[-1], event=replace(events[-1].event, **changes))]  # type: ignore[arg-type]


TAMPERINGS: list[tuple[Callable[[list[StoredEvent]], list[StoredEvent]], FaultKind]] = [
    (lambda events: events[:-1], FaultKind.ROWS_MISSING),
    (lambda events: events[1:], FaultKind.ROWS_MISSING),
    (lambda events: [*events, replace(events[0], stored_at=PAST)], FaultKind.ROWS_ADDED),
    (lambda events: [events[1], events[0], *events[2:]], FaultKind.ROWS_CHANGED),
    (lambda events: _edited(events, actor="user:other"), FaultKind.ROWS_CHANGED),
    (lambda events: _edited(events, payload={"left": 1}), FaultKind.ROWS_CHANGED),
    (lambda events: _edited(events, org_id=None), FaultKind.ROWS_CHANGED),
    (lambda events: _edited(events, at=PAST + timedelta(microseconds=1)), FaultKind.ROWS_CHANGED),
    (lambda events: [*events[:-1], replace(events[-1], stored_at=PAST)], FaultKind.ROWS_CHANGED),
]


def test_what_was_sealed_and_left_alone_has_no_fault() -> None:
    first = _seal(EVENTS)
    assert fault_of(first, EVENTS, last=None) is None
    assert fault_of(_seal(EVENTS[:2], first), EVENTS[:2], last=first) is None


@pytest.mark.parametrize(("tamper", "kind"), TAMPERINGS)
def test_every_kind_of_tampering_shows(
    tamper: Callable[[list[StoredEvent]], list[StoredEvent]], kind: FaultKind
) -> None:
    fault = fault_of(_seal(EVENTS), tamper(EVENTS), last=None)
    assert fault is not None
    assert fault.kind is kind


def test_a_seal_made_anew_after_tampering_breaks_the_chain_behind_it() -> None:
    first = _seal(EVENTS)
    second = _seal(EVENTS[:2], first)
    forged = _seal(EVENTS[1:])
    fault = fault_of(second, EVENTS[:2], last=forged)
    assert fault is not None
    assert fault.kind is FaultKind.CHAIN_BROKEN


def test_a_missing_seal_breaks_the_chain() -> None:
    first = _seal(EVENTS)
    second = _seal(EVENTS[:2], first)
    fault = fault_of(second, EVENTS[:2], last=None)
    assert fault is not None
    assert fault.kind is FaultKind.CHAIN_BROKEN


@given(st.permutations(range(6)), st.permutations(range(6)), st.integers(0, 6))
def test_two_different_sequences_have_different_roots(one: list[int], other: list[int], size: int) -> None:
    stored = _stored(6)
    roots = [root_of([stored[index] for index in order[:size]], GENESIS_ROOT) for order in (one, other)]
    assert (roots[0] == roots[1]) is (one[:size] == other[:size])
