"""Each refusal as an error: its class, its words, the field at fault and the numbers that go with it."""

from dataclasses import replace
from typing import TypeAlias
from uuid import UUID

import pytest

from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput, NotFound
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow, Outcome, OutcomeCode, refusal_of
from deepspace_core.ledger.budget import EPOCH, BudgetLine
from deepspace_core.ledger.errors import (
    BudgetExceeded,
    CommitUnknown,
    InsufficientFunds,
    LedgerRefused,
    RefConflict,
    budget_fields,
    budget_sentence,
)
from tests.core.ledger.asking import WALLET
from tests.fakes import NOON

CODE = OutcomeCode
Told: TypeAlias = tuple[type[DeepSpaceError], str, str | None]
SHORT = Outcome(code=CODE.INSUFFICIENT_FUNDS, ref="r", needed_nanos=2_500_000_000, available_nanos=10_000_000)
REFUSALS: dict[OutcomeCode, Told] = {
    CODE.INVALID_REF: (
        InvalidInput,
        "ref must be 1 to 128 printable characters and not begin with 'ledger:'",
        "ref",
    ),
    CODE.INVALID_AMOUNT: (
        InvalidInput,
        "amount_nanos must be positive (an adjustment: not zero) and at most a billion units",
        "amount_nanos",
    ),
    CODE.INVALID_LIFETIME: (
        InvalidInput,
        "lifetime_seconds must be between one second and one day",
        "lifetime_seconds",
    ),
    CODE.HOLD_REF_REQUIRED: (InvalidInput, "name the hold by hold_ref or hold_id", "hold_ref"),
    CODE.BATCH_TOO_LARGE: (InvalidInput, "too many commands at once; send at most 512", "commands"),
    CODE.EXISTS_WITH_DIFFERENT_AMOUNT: (
        RefConflict,
        "ref 'r' was used before: exists_with_different_amount",
        "ref",
    ),
    CODE.WALLET_NOT_FOUND: (NotFound, "there is no such wallet in this organization", "wallet"),
    CODE.HOLD_NOT_FOUND: (NotFound, "there is no such hold in this organization", "hold"),
    CODE.WALLET_CLOSED: (LedgerRefused, "the wallet is closed", None),
    CODE.CURRENCY_MISMATCH: (LedgerRefused, "the wallet is in another currency", None),
    CODE.HOLD_WALLET_MISMATCH: (LedgerRefused, "the hold belongs to another wallet", None),
    CODE.HOLD_ALREADY_CAPTURED: (LedgerRefused, "the hold has been captured already", None),
    CODE.HOLD_ALREADY_RELEASED: (LedgerRefused, "the hold has been released already, or has expired", None),
    CODE.REFUND_EXCEEDS_CAPTURED: (
        LedgerRefused,
        "only 0.01 of that capture is left to refund",
        "amount_nanos",
    ),
    CODE.INSUFFICIENT_FUNDS: (
        InsufficientFunds,
        "the wallet has 0.01 to spend, 2.5 is needed; top it up",
        None,
    ),
    CODE.CREDIT_LIMIT_EXCEEDED: (
        InsufficientFunds,
        "the wallet has 0.01 to spend, 2.5 is needed; top it up",
        None,
    ),
    CODE.LINKED_FAILED: (LedgerRefused, "another command of the same group failed", None),
}


@pytest.mark.parametrize(("code", "told"), REFUSALS.items(), ids=str)
def test_a_refusal_is_told_in_full(code: OutcomeCode, told: Told) -> None:
    kind, message, param = told
    error = refusal_of(SHORT._replace(code=code))
    assert error is not None
    assert (type(error), error.message, error.param) == (kind, message, param)
    assert error.fields["outcome"] == code.value


def test_an_unknown_commit_asks_for_the_same_ref_again() -> None:
    error = refusal_of(SHORT._replace(code=CODE.COMMIT_UNKNOWN))
    assert isinstance(error, CommitUnknown)
    assert error.message == "the database connection was lost at commit; send the same ref again"
    assert error.fields["retry_after_seconds"] == 1


def test_a_denial_carries_its_numbers() -> None:
    error = refusal_of(SHORT)
    assert error is not None
    assert error.fields == {
        "outcome": "insufficient_funds",
        "needed_nanos": 2_500_000_000,
        "available_nanos": 10_000_000,
    }


@pytest.mark.parametrize("code", [CODE.INSUFFICIENT_FUNDS, CODE.REFUND_EXCEEDS_CAPTURED])
def test_numbers_that_nobody_told_are_zero(code: OutcomeCode) -> None:
    error = refusal_of(Outcome(code=code, ref="r"))
    assert error is not None
    assert error.message in {
        "the wallet has 0 to spend, 0 is needed; top it up",
        "only 0 of that capture is left to refund",
    }
    assert {error.fields.get(name, 0) for name in ("needed_nanos", "available_nanos")} == {0}


PROJECT = BudgetKey(BudgetScope.PROJECT, UUID(int=0xC))
LINE = BudgetLine(WALLET, PROJECT, BudgetWindow.DAY, NOON.date(), 5_000_000_000, 3_000_000_000, 500_000_000)


def test_a_budget_tells_how_it_stands() -> None:
    error = refusal_of(SHORT._replace(code=CODE.BUDGET_EXCEEDED, budget=LINE))
    assert isinstance(error, BudgetExceeded)
    assert error.message == (
        "the project's budget of 5 a day has 1.5 left (3 used, 0.5 held by running calls); 2.5 is needed"
    )
    assert error.fields == {
        "outcome": "budget_exceeded",
        "needed_nanos": 2_500_000_000,
        "available_nanos": 1_500_000_000,
        "budget": {
            "scope": "project",
            "scope_id": f"{0xC:032x}",
            "window": "day",
            "cap_nanos": 5_000_000_000,
            "used_nanos": 3_000_000_000,
            "reserved_nanos": 500_000_000,
        },
    }
    assert error.fields["budget"] == budget_fields(LINE)


def test_a_budget_without_end_is_told_in_all() -> None:
    assert budget_sentence(replace(LINE, window=BudgetWindow.TOTAL, starts_on=EPOCH)).startswith(
        "the project's budget of 5 in all has 1.5 left"
    )


def test_a_budget_denial_without_an_amount_needs_nothing() -> None:
    error = refusal_of(Outcome(code=CODE.BUDGET_EXCEEDED, ref="r", budget=LINE))
    assert error is not None
    assert error.message.endswith("; 0 is needed")
    assert error.fields["needed_nanos"] == 0
