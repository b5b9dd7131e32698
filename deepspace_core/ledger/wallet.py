"""A wallet: prepaid money of one organization in one currency.

The numbers, all in nano-units:

- `balance` is what the customer owns here: available + frozen. A hold doesn't change it; a capture does.
- `frozen` is the part of the balance that open holds have set aside; never negative.
- `available` = balance - frozen. It may go down to -credit_limit, never below.
- `receivable` is what the customer owes beyond the credit limit, because a call cost more than was held and the
  provider had already been paid. Money that comes in (top-up, refund, adjust) settles it first.
- `spendable` = available + credit_limit - receivable, at least 0: the largest hold that would be admitted.

`version` counts the rows of the wallet: it is the `seq` of the last one. `capped` tells that budgets are set for it, so
that a batch looks for budgets only where there are any. `root` seals all rows after the first `chained_after`
(chain.py).
"""

from dataclasses import dataclass
from datetime import datetime

from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.ledger.chain import GENESIS

CURRENCY_DEFAULT = "USD"


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet as it stands. Replaced, never changed."""

    id: WalletId
    org_id: OrgId
    currency: str
    balance_nanos: int
    frozen_nanos: int
    receivable_nanos: int
    credit_limit_nanos: int
    version: int
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    capped: bool = False
    root: bytes = GENESIS
    chained_after: int = 0

    @property
    def available_nanos(self) -> int:
        """Owned and not frozen; negative while the credit limit is in use."""
        return self.balance_nanos - self.frozen_nanos

    @property
    def spendable_nanos(self) -> int:
        """The largest hold that would be admitted."""
        return max(0, self.available_nanos + self.credit_limit_nanos - self.receivable_nanos)

    @property
    def closed(self) -> bool:
        """A closed wallet takes no money and no new holds; what is already held still settles."""
        return self.closed_at is not None


@dataclass(frozen=True, slots=True)
class BalanceAt:
    """A wallet's numbers as they stood after its last row at or before `at`; `seq` 0 before there was any."""

    wallet_id: WalletId
    currency: str
    at: datetime
    seq: int
    balance_nanos: int
    frozen_nanos: int
    receivable_nanos: int

    @property
    def available_nanos(self) -> int:
        """Owned and not frozen."""
        return self.balance_nanos - self.frozen_nanos

    @property
    def owned_nanos(self) -> int:
        """The balance, less what is owed."""
        return self.balance_nanos - self.receivable_nanos


def open_wallet(
    *,
    org_id: OrgId,
    wallet_id: WalletId,
    now: datetime,
    currency: str = CURRENCY_DEFAULT,
    credit_limit_nanos: int = 0,
) -> Wallet:
    """A new wallet with nothing in it and no rows."""
    return Wallet(
        id=wallet_id,
        org_id=org_id,
        currency=currency,
        balance_nanos=0,
        frozen_nanos=0,
        receivable_nanos=0,
        credit_limit_nanos=credit_limit_nanos,
        version=0,
        opened_at=now,
        updated_at=now,
    )
