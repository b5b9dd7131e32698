"""The values that the book decides over, what it decides, and how an adapter knows which values to load.

An adapter locks the wallets of `needs_of(commands)`, loads the rest of what is needed, then the budgets of
`caps_needed`, asks `short_wallets` whether any wallet or budget may run out (only then do due holds matter, and only
then are they loaded, with their budgets), and calls `book.apply`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from deepspace_core.kernel.ids import HoldId, OrgId, WalletId
from deepspace_core.ledger.budget import BudgetKey, BudgetLine, BudgetWindow, LineKey, starts_on
from deepspace_core.ledger.command import (
    Adjust,
    Asked,
    Capture,
    Command,
    Expire,
    Extend,
    Hold,
    HoldCommand,
    Refund,
    Release,
    TopUp,
    fault_of,
    flat,
)
from deepspace_core.ledger.fingerprint import Fingerprint
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.transaction import LedgerTransaction
from deepspace_core.ledger.wallet import Wallet

RefKey: TypeAlias = tuple[OrgId, str]
NumberedRef: TypeAlias = tuple[int, str]
"""A RefKey with the number of its organization: what is looked up for every command goes by an id's number, because an
id itself is hashed and compared by Python."""


class StoredOutcome(NamedTuple):
    """What is kept about a ref for ever: which command it named and how that was answered."""

    fingerprint: Fingerprint
    outcome: Outcome

    def with_transaction(self, row: LedgerTransaction | None) -> "StoredOutcome":
        """With the row that the command wrote, where a store keeps it apart."""
        return StoredOutcome(self.fingerprint, self.outcome._replace(transaction=row))


class CaptureTotal(NamedTuple):
    """A capture and what has been refunded of it so far."""

    wallet_id: WalletId
    hold_id: HoldId | None
    captured_nanos: int
    refunded_nanos: int


@dataclass(frozen=True, slots=True)
class BookState:
    """The part of the books that a batch of commands may see; holds by the number of their id."""

    wallets: Mapping[WalletId, Wallet] = field(default_factory=dict)
    holds: Mapping[int, HoldAccount] = field(default_factory=dict)
    refs: Mapping[NumberedRef, StoredOutcome] = field(default_factory=dict)
    captures: Mapping[NumberedRef, CaptureTotal] = field(default_factory=dict)
    lines: Mapping[LineKey, BudgetLine] = field(default_factory=dict)

    def about(self, commands: Sequence[Asked]) -> "BookState":
        """With no wallets, and budgets of wallets, but those that `commands` name: what is left out costs nothing."""
        named = {command.wallet_id for command in flat(commands)}
        return replace(
            self,
            wallets={wallet_id: wallet for wallet_id, wallet in self.wallets.items() if wallet_id in named},
            lines={key: line for key, line in self.lines.items() if line.wallet_id in named},
        )

    def followed_by(self, after: "BookState") -> "BookState":
        """As a decision on `about` some commands left it."""
        return replace(after, wallets={**self.wallets, **after.wallets}, lines={**self.lines, **after.lines})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a batch of commands came to; nothing has been written yet.

    `outcomes` in the order of the commands. `rows` in the order of their making; per wallet by seq. `wallets` and
    `holds` and `lines` are those that changed, `refs` those newly answered, each once.
    """

    state: BookState
    outcomes: Sequence[Outcome]
    rows: Sequence[LedgerTransaction]
    wallets: Sequence[Wallet]
    holds: Sequence[HoldAccount]
    refs: Sequence[tuple[RefKey, StoredOutcome]]
    lines: Sequence[BudgetLine] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """The keys of what a batch must see. `wallet_ids` are sorted: that is the order to lock them in."""

    wallet_ids: Sequence[WalletId]
    refs: Sequence[RefKey]
    hold_refs: Sequence[RefKey]
    hold_ids: Sequence[tuple[OrgId, HoldId]]
    capture_refs: Sequence[RefKey]


def needs_of(commands: Sequence[Asked]) -> Needs:
    """What to load before `commands` can be decided. A malformed command needs nothing."""
    wallet_ids: set[WalletId] = set()
    refs: set[RefKey] = set()
    hold_refs: set[RefKey] = set()
    hold_ids: set[tuple[OrgId, HoldId]] = set()
    capture_refs: set[RefKey] = set()
    for command in flat(commands):
        if fault_of(command) is not None:
            continue
        wallet_ids.add(command.wallet_id)
        if isinstance(command, Expire):
            hold_ids.add((command.org_id, command.hold_id))
            continue
        refs.add((command.org_id, command.ref))
        if isinstance(command, HoldCommand):
            if command.hold_ref is not None:
                hold_refs.add((command.org_id, command.hold_ref))
            if command.hold_id is not None:
                hold_ids.add((command.org_id, command.hold_id))
        elif isinstance(command, Refund):
            capture_refs.add((command.org_id, command.capture_ref))
    return Needs(sorted(wallet_ids), sorted(refs), sorted(hold_refs), sorted(hold_ids), sorted(capture_refs))


def caps_needed(
    state: BookState, commands: Sequence[Asked], now: datetime
) -> Sequence[tuple[WalletId, BudgetKey, datetime]]:
    """Whose budgets the commands and holds in sight may count against, each with a moment of the period; sorted.

    Nothing for wallets that have no budgets. Once a day each: periods are whole days.
    """
    capped = {wallet_id: wallet for wallet_id, wallet in state.wallets.items() if wallet.capped}
    if not capped:
        return []
    wanted = {
        (hold.wallet_id, key, starts_on(BudgetWindow.DAY, hold.created_at)): hold.created_at
        for hold in state.holds.values()
        if hold.wallet_id in capped
        for key in hold.caps
    }
    for command in flat(commands):
        if isinstance(command, Hold) and command.wallet_id in capped:
            at = max(now, capped[command.wallet_id].updated_at)
            wanted |= {(command.wallet_id, key, starts_on(BudgetWindow.DAY, at)): at for key in command.caps}
    found = [(wallet_id, key, at) for (wallet_id, key, _), at in wanted.items()]
    return sorted(found, key=lambda one: (one[0], str(one[1]), one[2]))


def short_wallets(state: BookState, commands: Sequence[Asked]) -> Sequence[WalletId]:
    """The wallets that `commands` might drain, sorted: those whose due holds the decision may turn on.

    Counts every outflow and no inflow, and all of it against the tightest budget in sight, so that it may name a wallet
    too many but never one too few.
    """
    left = {wallet_id: wallet.spendable_nanos for wallet_id, wallet in state.wallets.items()}
    for line in state.lines.values():
        left[line.wallet_id] = min(left[line.wallet_id], line.left_nanos)
    held = {hold.id: hold.remaining_nanos for hold in state.holds.values()}
    named = {(hold.org_id, hold.ref): hold.id for hold in state.holds.values()}
    for command in flat(commands):
        if command.wallet_id in left:
            left[command.wallet_id] -= _outflow(command, held, named)
    return sorted(wallet_id for wallet_id, nanos in left.items() if nanos < 0)


def _outflow(command: Command, held: dict[HoldId, int], named: Mapping[RefKey, HoldId]) -> int:
    match command:
        case Hold(amount_nanos=amount) | Extend(amount_nanos=amount):
            return amount
        case Capture(amount_nanos=amount):
            hold_id = command.hold_id or named.get((command.org_id, command.hold_ref or ""))
            drawn = min(amount, held.get(hold_id, 0)) if hold_id else 0
            if hold_id and drawn:
                held[hold_id] -= drawn
            return amount - drawn
        case Adjust(amount_nanos=amount):
            return max(0, -amount)
        case TopUp() | Release() | Refund() | Expire():
            return 0
