"""The ledger's refusals as errors, for use cases that can't go on without the money.

The `Ledger` port answers with an `Outcome` and raises nothing for a refusal, because most callers want the numbers.
A caller that wants an exception instead asks `refusal_of`.
"""

from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput, NotFound, Unavailable
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.ledger.budget import BudgetLine, BudgetWindow
from deepspace_core.ledger.outcome import Outcome, OutcomeCode


class LedgerRefused(DeepSpaceError):
    """The wallet, hold or capture isn't in a state that allows the command; `fields["outcome"]` says which."""

    code = "ledger_refused"


class RefConflict(DeepSpaceError):
    """The ref has been used for another command; `fields["outcome"]` names what differs."""

    code = "ref_conflict"


class InsufficientFunds(DeepSpaceError):
    """Not enough money (or credit); `fields` hold needed_nanos and available_nanos."""

    code = "insufficient_funds"


class BudgetExceeded(DeepSpaceError):
    """A budget is used up; `fields["budget"]` tells which and how it stands (`budget_fields`)."""

    code = "budget_exceeded"


class CommitUnknown(Unavailable):
    """The connection died at commit: it may have been written. Send the same ref again; that can't charge twice."""

    code = "commit_unknown"


_MESSAGES = {
    OutcomeCode.INVALID_REF: "ref must be 1 to 128 printable characters and not begin with 'ledger:'",
    OutcomeCode.INVALID_AMOUNT: "amount_nanos must be positive (an adjustment: not zero) and at most a billion units",
    OutcomeCode.INVALID_LIFETIME: "lifetime_seconds must be between one second and one day",
    OutcomeCode.HOLD_REF_REQUIRED: "name the hold by hold_ref or hold_id",
    OutcomeCode.BATCH_TOO_LARGE: "too many commands at once; send at most 512",
    OutcomeCode.WALLET_CLOSED: "the wallet is closed",
    OutcomeCode.CURRENCY_MISMATCH: "the wallet is in another currency",
    OutcomeCode.HOLD_WALLET_MISMATCH: "the hold belongs to another wallet",
    OutcomeCode.HOLD_ALREADY_CAPTURED: "the hold has been captured already",
    OutcomeCode.HOLD_ALREADY_RELEASED: "the hold has been released already, or has expired",
    OutcomeCode.LINKED_FAILED: "another command of the same group failed",
}
_PARAMS = {
    OutcomeCode.INVALID_REF: "ref",
    OutcomeCode.INVALID_AMOUNT: "amount_nanos",
    OutcomeCode.INVALID_LIFETIME: "lifetime_seconds",
    OutcomeCode.HOLD_REF_REQUIRED: "hold_ref",
    OutcomeCode.BATCH_TOO_LARGE: "commands",
}
RETRY_AFTER_SECONDS = 1


def refusal_of(outcome: Outcome) -> DeepSpaceError | None:
    """The error that says what `outcome` says; None for an accepted one."""
    code = outcome.code
    if outcome.accepted:
        return None
    if code.malformed:
        return InvalidInput(_MESSAGES[code], param=_PARAMS[code], outcome=code.value)
    if code.conflicting:
        return RefConflict(f"ref {outcome.ref!r} was used before: {code.value}", param="ref", outcome=code.value)
    if code.denied:
        return _denial(outcome)
    if code in {OutcomeCode.WALLET_NOT_FOUND, OutcomeCode.HOLD_NOT_FOUND}:
        noun = code.value.removesuffix("_not_found")
        return NotFound(f"there is no such {noun} in this organization", param=noun, outcome=code.value)
    if code is OutcomeCode.COMMIT_UNKNOWN:
        return CommitUnknown(
            "the database connection was lost at commit; send the same ref again",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
    return _refused(outcome)


def budget_fields(line: BudgetLine) -> dict[str, str | int]:
    """Which budget, and how it stands, as error fields."""
    return {
        "scope": line.key.scope.value,
        "scope_id": line.key.scope_id.hex,
        "window": line.window.value,
        "cap_nanos": line.cap_nanos,
        "used_nanos": line.used_nanos,
        "reserved_nanos": line.reserved_nanos,
    }


def budget_sentence(line: BudgetLine) -> str:
    """Which budget, and how it stands, for a person."""
    span = "in all" if line.window is BudgetWindow.TOTAL else f"a {line.window.value}"
    return (
        f"the {line.key.scope.value}'s budget of {decimal_from_nanos(line.cap_nanos)} {span} has "
        f"{decimal_from_nanos(line.left_nanos)} left ({decimal_from_nanos(line.used_nanos)} used, "
        f"{decimal_from_nanos(line.reserved_nanos)} held by running calls)"
    )


def _denial(outcome: Outcome) -> DeepSpaceError:
    if outcome.budget is not None:
        needed = decimal_from_nanos(outcome.needed_nanos or 0)
        return BudgetExceeded(
            f"{budget_sentence(outcome.budget)}; {needed} is needed",
            outcome=outcome.code.value,
            needed_nanos=outcome.needed_nanos or 0,
            available_nanos=outcome.budget.left_nanos,
            budget=budget_fields(outcome.budget),
        )
    nanos, available = outcome.needed_nanos or 0, outcome.available_nanos or 0
    return InsufficientFunds(
        f"the wallet has {decimal_from_nanos(available)} to spend, {decimal_from_nanos(nanos)} is needed; top it up",
        outcome=outcome.code.value,
        needed_nanos=nanos,
        available_nanos=available,
    )


def _refused(outcome: Outcome) -> LedgerRefused:
    if outcome.code is OutcomeCode.REFUND_EXCEEDS_CAPTURED:
        left = decimal_from_nanos(outcome.available_nanos or 0)
        message = f"only {left} of that capture is left to refund"
        return LedgerRefused(message, param="amount_nanos", outcome=outcome.code.value)
    return LedgerRefused(_MESSAGES[outcome.code], outcome=outcome.code.value)
