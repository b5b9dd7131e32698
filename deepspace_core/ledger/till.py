"""A wallet's numbers while a batch is being decided, and the one place where they move.

Every movement goes through `post`, which changes the numbers and makes the row that tells of it, so that the two can't
disagree. A till is private to one decision; what comes out of it is an immutable Wallet.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from deepspace_core.kernel.ids import HoldId, TraceId, TransactionId
from deepspace_core.kernel.making import maker_of
from deepspace_core.kernel.money import NANOS_MAX
from deepspace_core.ledger.chain import link
from deepspace_core.ledger.command import CallerCommand
from deepspace_core.ledger.outcome import WalletView
from deepspace_core.ledger.tally import Tallies
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType
from deepspace_core.ledger.wallet import Wallet

TillMark: TypeAlias = tuple[int, int, int, int, bytes]


_new_transaction, _new_view, _new_wallet = maker_of(LedgerTransaction), maker_of(WalletView), maker_of(Wallet)


class Words(NamedTuple):
    """What a row says of itself that no command asked for."""

    type: TransactionType
    ref: str
    trace_id: TraceId
    actor: str
    description: str


class Till:
    """The mutable twin of one Wallet."""

    __slots__ = ("_ids", "at", "balance", "frozen", "opened", "receivable", "root", "tallies", "version")

    def __init__(self, wallet: Wallet, *, now: datetime, ids: Callable[[], UUID]) -> None:
        self.opened = wallet
        self.balance = wallet.balance_nanos
        self.frozen = wallet.frozen_nanos
        self.receivable = wallet.receivable_nanos
        self.version = wallet.version
        self.root = wallet.root
        # A clock that was set back must not put a row before its predecessor: balance as of t is a prefix of the rows.
        self.at = max(now, wallet.updated_at)
        self.tallies = Tallies(wallet.id)
        self._ids = ids

    def mark(self) -> TillMark:
        """Its numbers now, to come back to with `reset`."""
        return self.balance, self.frozen, self.receivable, self.version, self.root

    def reset(self, mark: TillMark) -> None:
        """Forgets every movement since `mark`."""
        self.balance, self.frozen, self.receivable, self.version, self.root = mark

    @property
    def room(self) -> int:
        """What a capture may still take without owing beyond the credit limit; at least 0."""
        return max(0, self.balance - self.frozen + self.opened.credit_limit_nanos)

    @property
    def headroom(self) -> int:
        """What a hold may take; negative while the receivable isn't covered."""
        return self.balance - self.frozen + self.opened.credit_limit_nanos - self.receivable

    def fits(self, amount: int) -> bool:
        """Whether the numbers stay within a BIGINT after moving `amount`."""
        bound = NANOS_MAX - abs(amount)
        return -bound <= self.balance <= bound and self.receivable <= bound and self.frozen <= bound

    def settled(self, amount: int) -> int:
        """The part of incoming money that goes to what the customer owes."""
        return min(self.receivable, amount)

    def post(
        self,
        words: CallerCommand | Words,
        *,
        amount: int,
        balance: int = 0,
        frozen: int = 0,
        receivable: int = 0,
        released: int = 0,
        hold_id: HoldId | None = None,
        capture_ref: str | None = None,
        late: bool = False,
        ends_hold: bool = False,
        reason: str = "",
    ) -> LedgerTransaction:
        """Moves the numbers by the deltas given (nano-units) and returns the row, told in `words`.

        A reason that was given stands as the description.
        """
        self.balance += balance
        self.frozen += frozen
        self.receivable += receivable
        self.version += 1
        opened = self.opened
        # The first by place: a call with more than fifteen keywords is made through a dictionary of them.
        row = _new_transaction(
            TransactionId(self._ids()),
            opened.org_id,
            opened.id,
            self.version,
            words.type,
            words.ref,
            amount,
            balance,
            frozen,
            receivable,
            released,
            self.balance,
            self.frozen,
            self.receivable,
            opened.currency,
            hold_id,
            capture_ref=capture_ref,
            late=late,
            ends_hold=ends_hold,
            trace_id=words.trace_id,
            actor=words.actor,
            description=reason or words.description,
            at=self.at,
        )
        self.root = link(self.root, row)
        return row

    def view(self) -> WalletView:
        """The numbers as an outcome carries them."""
        opened = self.opened
        return _new_view(
            wallet_id=opened.id,
            currency=opened.currency,
            balance_nanos=self.balance,
            frozen_nanos=self.frozen,
            receivable_nanos=self.receivable,
            credit_limit_nanos=opened.credit_limit_nanos,
            version=self.version,
        )

    def wallet(self) -> Wallet:
        """The wallet as the decision leaves it; the very one it began with when nothing moved."""
        if self.version == self.opened.version:
            return self.opened
        opened = self.opened
        return _new_wallet(
            id=opened.id,
            org_id=opened.org_id,
            currency=opened.currency,
            balance_nanos=self.balance,
            frozen_nanos=self.frozen,
            receivable_nanos=self.receivable,
            credit_limit_nanos=opened.credit_limit_nanos,
            version=self.version,
            opened_at=opened.opened_at,
            updated_at=self.at,
            closed_at=opened.closed_at,
            capped=opened.capped,
            root=self.root,
            chained_after=opened.chained_after,
        )
