from datetime import UTC, datetime
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import OrgId, TraceId, TransactionId, WalletId
from deepspace_core.ledger import LedgerTransaction, TransactionType
from deepspace_core.pipeline import Purpose, PurposeKind, Route, read_purpose
from deepspace_core.pipeline.purpose import worded_call, worded_undelivered

WORDS = worded_call(Route.CHAT_COMPLETIONS, "small")
OF_CALLS = pytest.mark.parametrize("type_", ["hold", "extend", "capture", "release"])


@OF_CALLS
@pytest.mark.parametrize("route", Route)
@pytest.mark.parametrize("model", ["small", "a model with a long name"])
def test_what_a_call_wrote_into_the_books_is_read_from_them(route: Route, model: str, type_: str) -> None:
    purpose = read_purpose(_row(type_, worded_call(route, model)))
    assert purpose == Purpose(model, route)
    assert purpose.kind is PurposeKind.CALL


@OF_CALLS
def test_a_purpose_without_a_route_is_that_nothing_was_delivered(type_: str) -> None:
    purpose = read_purpose(_row(type_, worded_undelivered("small")))
    assert purpose == Purpose("small")
    assert purpose.kind is PurposeKind.UNDELIVERED


@pytest.mark.parametrize("type_", ["top_up", "refund", "adjust", "expire"])
def test_peoples_own_words_are_left_alone(type_: str) -> None:
    assert read_purpose(_row(type_, WORDS)) is None


@pytest.mark.parametrize("words", ["", "coffee with milk", "reserved by hand", "chat/completions without"])
def test_other_words_tell_no_purpose(words: str) -> None:
    assert read_purpose(_row("hold", words)) is None


def _row(type_: str, description: str) -> LedgerTransaction:
    return LedgerTransaction(
        id=TransactionId(UUID(int=1)),
        org_id=OrgId(UUID(int=2)),
        wallet_id=WalletId(UUID(int=3)),
        seq=1,
        type=TransactionType(type_),
        ref="a",
        amount_nanos=1,
        balance_delta_nanos=0,
        frozen_delta_nanos=1,
        receivable_delta_nanos=0,
        released_nanos=0,
        balance_after_nanos=1,
        frozen_after_nanos=1,
        receivable_after_nanos=0,
        currency="USD",
        hold_id=None,
        capture_ref=None,
        late=False,
        ends_hold=False,
        trace_id=TraceId("0" * 32),
        actor="user:1",
        description=description,
        at=datetime(2030, 1, 1, tzinfo=UTC),
    )
