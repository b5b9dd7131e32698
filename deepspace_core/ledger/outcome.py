"""What the ledger answers: one closed enum of codes in order of precedence, and the numbers that go with each.

A command that deserves several codes gets the first that applies. Classes of codes, in order:

1. malformed: the command can't be understood; nothing is stored, the caller may mend it and reuse the ref.
2. replay: the ref has been used; the original outcome is given again, or the difference is named.
3. state: the wallet, hold or capture isn't in a state that allows it; stored.
4. denial: the money (or a cap) doesn't allow it; stored.
5. linked: another command of the same all-or-nothing group failed; stored.
6. accepted: nothing above applied; stored.
7. unknown: the connection died at commit; the same ref tells, when tried again.

Classes 3, 4 and 5 are stored so that a retry of an old refusal can't succeed later by accident.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger.budget import BudgetLine
from deepspace_core.ledger.hold import HoldView
from deepspace_core.ledger.transaction import LedgerTransaction


class OutcomeCode(StrEnum):
    """Every answer there is; the order of definition is the order of precedence."""

    INVALID_REF = "invalid_ref"
    INVALID_AMOUNT = "invalid_amount"
    INVALID_LIFETIME = "invalid_lifetime"
    HOLD_REF_REQUIRED = "hold_ref_required"
    BATCH_TOO_LARGE = "batch_too_large"

    EXISTS = "exists"
    EXISTS_WITH_DIFFERENT_TYPE = "exists_with_different_type"
    EXISTS_WITH_DIFFERENT_WALLET = "exists_with_different_wallet"
    EXISTS_WITH_DIFFERENT_HOLD = "exists_with_different_hold"
    EXISTS_WITH_DIFFERENT_CAPTURE = "exists_with_different_capture"
    EXISTS_WITH_DIFFERENT_AMOUNT = "exists_with_different_amount"
    EXISTS_WITH_DIFFERENT_FINAL = "exists_with_different_final"
    EXISTS_WITH_DIFFERENT_LIFETIME = "exists_with_different_lifetime"
    EXISTS_WITH_DIFFERENT_CURRENCY = "exists_with_different_currency"

    WALLET_NOT_FOUND = "wallet_not_found"
    WALLET_CLOSED = "wallet_closed"
    CURRENCY_MISMATCH = "currency_mismatch"
    HOLD_NOT_FOUND = "hold_not_found"
    HOLD_WALLET_MISMATCH = "hold_wallet_mismatch"
    HOLD_ALREADY_CAPTURED = "hold_already_captured"
    HOLD_ALREADY_RELEASED = "hold_already_released"
    REFUND_EXCEEDS_CAPTURED = "refund_exceeds_captured"

    INSUFFICIENT_FUNDS = "insufficient_funds"
    CREDIT_LIMIT_EXCEEDED = "credit_limit_exceeded"
    BUDGET_EXCEEDED = "budget_exceeded"

    LINKED_FAILED = "linked_failed"

    ACCEPTED = "accepted"

    COMMIT_UNKNOWN = "commit_unknown"

    @property
    def malformed(self) -> bool:
        """Class 1: nothing was stored and the ref is still free."""
        return self in _MALFORMED

    @property
    def conflicting(self) -> bool:
        """The ref belongs to another command; nothing was changed or stored."""
        return self.value.startswith("exists_with_different_")

    @property
    def denied(self) -> bool:
        """Class 4: the command was right, the money (or a cap) was not there."""
        return self in _DENIED


ACCEPTED = OutcomeCode.ACCEPTED
"""Looked up once, as in `book`."""
_MALFORMED = frozenset(
    {
        OutcomeCode.INVALID_REF,
        OutcomeCode.INVALID_AMOUNT,
        OutcomeCode.INVALID_LIFETIME,
        OutcomeCode.HOLD_REF_REQUIRED,
        OutcomeCode.BATCH_TOO_LARGE,
    }
)
_DENIED = frozenset({OutcomeCode.INSUFFICIENT_FUNDS, OutcomeCode.CREDIT_LIMIT_EXCEEDED, OutcomeCode.BUDGET_EXCEEDED})


class WalletView(NamedTuple):
    """The wallet's numbers right after the command, in nano-units (see wallet.py for what each means)."""

    wallet_id: WalletId
    currency: str
    balance_nanos: int
    frozen_nanos: int
    receivable_nanos: int
    credit_limit_nanos: int
    version: int

    @property
    def available_nanos(self) -> int:
        """Owned and not frozen; negative while the credit limit is in use."""
        return self.balance_nanos - self.frozen_nanos

    @property
    def spendable_nanos(self) -> int:
        """The largest hold that would be admitted."""
        return max(0, self.available_nanos + self.credit_limit_nanos - self.receivable_nanos)


class Outcome(NamedTuple):
    """The answer to one command. A tuple for speed's sake, as a LedgerTransaction is, and so are its views.

    `code` is the original code also when the command is a replay (`replayed` is then True and `answered_as` is
    EXISTS). `transaction` is the row the command wrote; None for every rejection, and for a replay whose month has
    been archived. `needed_nanos` and `available_nanos` are set on denials and on refund_exceeds_captured: how much
    was asked for, how much there was. `budget` is the cap that a budget_exceeded ran into, as it stood.
    """

    code: OutcomeCode
    ref: str
    replayed: bool = False
    transaction: LedgerTransaction | None = None
    hold: HoldView | None = None
    wallet: WalletView | None = None
    needed_nanos: int | None = None
    available_nanos: int | None = None
    budget: BudgetLine | None = None

    @property
    def missing_nanos(self) -> int:
        """How much more there would have to be for the command to be admitted; 0 when money is not what is missing."""
        return max(0, (self.needed_nanos or 0) - (self.available_nanos or 0))

    @property
    def accepted(self) -> bool:
        """Whether the money moved as commanded, now or at the first time this ref was seen."""
        return self.code is ACCEPTED

    @property
    def answered_as(self) -> OutcomeCode:
        """The code by precedence: EXISTS for a replay, else `code`."""
        return OutcomeCode.EXISTS if self.replayed else self.code


def newly_accepted(outcomes: Sequence[Outcome]) -> bool:
    """Whether what was decided as one has moved anything just now: all accepted, and not all of it before."""
    is_new = False
    for outcome in outcomes:
        if not outcome.accepted:
            return False
        is_new |= not outcome.replayed
    return is_new
