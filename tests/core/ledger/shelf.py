"""A book with nothing round it: state in, outcome out, the clock in the test's hand."""

from collections.abc import Sequence
from dataclasses import replace

from deepspace_core.ledger import Command, HoldAccount, LedgerTransaction, Outcome, Wallet, book
from deepspace_core.ledger.command import Asked
from deepspace_core.ledger.state import BookState
from deepspace_core.ledger.wallet import open_wallet
from tests.core.ledger.asking import ORG, OTHER_WALLET, WALLET
from tests.fakes import NOON, CountingIds, FixedClock


class Shelf:
    """Two wallets of one organization, and everything that was ever decided about them."""

    def __init__(self, *, credit_limit: int = 0) -> None:
        self.clock = FixedClock()
        self.ids = CountingIds()
        self.rows: list[LedgerTransaction] = []
        wallet = open_wallet(org_id=ORG, wallet_id=WALLET, now=NOON, credit_limit_nanos=credit_limit)
        other = open_wallet(org_id=ORG, wallet_id=OTHER_WALLET, now=NOON, currency="EUR")
        self.state = BookState(wallets={WALLET: wallet, OTHER_WALLET: other})

    def ask(self, command: Command) -> Outcome:
        """Decides one command and keeps what came of it."""
        [outcome] = self.ask_all([command])
        return outcome

    def ask_all(self, commands: Sequence[Asked]) -> Sequence[Outcome]:
        """Decides commands as one batch."""
        decision = book.apply(self.state, commands, self.clock.now(), self.ids.uuid)
        self.state = decision.state
        self.rows += decision.rows
        return decision.outcomes

    def close_wallet(self) -> None:
        """Closes the wallet, as an administrator would."""
        closed = replace(self.wallet, closed_at=self.clock.now())
        self.state = replace(self.state, wallets={**self.state.wallets, WALLET: closed})

    @property
    def wallet(self) -> Wallet:
        return self.state.wallets[WALLET]

    def hold(self, ref: str) -> HoldAccount:
        """The hold of that ref."""
        return next(hold for hold in self.state.holds.values() if hold.ref == ref)
