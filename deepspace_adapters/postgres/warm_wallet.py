"""One remembered wallet, with its open holds and budgets, and what of it some commands need to see.

How it comes to be remembered, and when it no longer counts, is told in `warm_books`.

Must not know: connections, other wallets.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from deepspace_core.ledger.budget import BudgetKey, BudgetLine, BudgetWindow, Caps, LineKey, line_keys, starts_on
from deepspace_core.ledger.command import Capture, Command, Extend, Hold, HoldCommand, Release
from deepspace_core.ledger.hold import OPEN_STATES, HoldAccount
from deepspace_core.ledger.state import NumberedRef
from deepspace_core.ledger.wallet import Wallet

HOLDS_OF_A_WALLET_MAX = 16_384
LINES_OF_A_WALLET_MAX = 8_192

OF_HOLDS = (Capture, Release, Extend)
"""The commands that name a hold."""


@dataclass(slots=True)
class WarmWallet:
    """A wallet, its open holds and its budgets, as far as they were seen."""

    wallet: Wallet
    terms: int
    stale: bool = False
    """Whether somebody else is known to have written to it."""
    holds: dict[int, HoldAccount] = field(default_factory=dict)
    """As they are if the wallet is; by the number of their id, as in a BookState."""
    old_holds: dict[int, HoldAccount] = field(default_factory=dict)
    """As they stood before somebody else wrote to the wallet."""
    hold_ids: dict[NumberedRef, int] = field(default_factory=dict)
    lines: dict[LineKey, BudgetLine] = field(default_factory=dict)
    days: set[tuple[BudgetKey, date]] = field(default_factory=set)
    """Of whom and which day it is known whether there are budgets."""

    def hold_of(self, command: HoldCommand, *, old: bool = False) -> HoldAccount | None:
        """The hold that `command` names; with `old` also as it may no longer be."""
        number = None if command.hold_id is None else command.hold_id.int
        if command.hold_ref is not None:
            named = self.hold_ids.get((command.org_id.int, command.hold_ref))
            if number is not None and named != number:
                return None
            number = named
        if number is None:
            return None
        return self.holds.get(number) or (self.old_holds.get(number) if old else None)

    def put_hold(self, hold: HoldAccount) -> None:
        number = hold.id.int
        if self.old_holds:
            self.old_holds.pop(number, None)
        if hold.state in OPEN_STATES:
            self.holds[number] = hold
            self.hold_ids[hold.org_id.int, hold.ref] = number
        else:
            self.holds.pop(number, None)
            self.hold_ids.pop((hold.org_id.int, hold.ref), None)

    def age(self, unproven: Set[int]) -> None:
        """Somebody else has been here. Holds that are `unproven` may never have been as they are here."""
        self.stale = True
        self.old_holds |= {number: hold for number, hold in self.holds.items() if number not in unproven}
        self.holds.clear()
        self.lines.clear()
        self.days.clear()

    def view_of(self, commands: Sequence[Command], now: datetime) -> "View | None":
        """What `commands` need to see, or None when not all of it is known."""
        view, at = View(self.wallet, self.terms), max(now, self.wallet.updated_at)
        for command in commands:
            if isinstance(command, Hold):
                if not self._sees_caps(view, command.caps, at):
                    return None
                view.outflow_nanos += command.amount_nanos
            elif isinstance(command, OF_HOLDS):
                hold = self.hold_of(command)
                if hold is None:
                    return None
                view.holds[hold.id.int] = hold
                self._add_lines(view, hold.caps, hold.created_at)
                view.outflow_nanos += 0 if isinstance(command, Release) else command.amount_nanos
            else:
                return None
        return view

    def _sees_caps(self, view: "View", caps: Caps, at: datetime) -> bool:
        """Whether it is known which budgets a new hold counts against; adds them."""
        if not self.wallet.capped or id(caps) in view.admitted:
            return True
        day = starts_on(BudgetWindow.DAY, at)
        if not all((key, day) in self.days for key in caps):
            return False
        view.admitted[id(caps)] = caps
        self._add_lines(view, caps, at)
        return True

    def _add_lines(self, view: "View", caps: Caps, at: datetime) -> None:
        """Once for all holds of a caller's and a moment: hashing the keys costs more than everything else here."""
        place = id(caps), at
        if self.lines and place not in view.seen:
            view.seen[place] = caps
            view.lines.update(
                (key, self.lines[key]) for key in line_keys(self.wallet.id, caps, at) if key in self.lines
            )

    @property
    def overgrown(self) -> bool:
        """Whether there are more budgets than it may remember."""
        return max(len(self.lines), len(self.days)) > LINES_OF_A_WALLET_MAX

    def prune(self) -> None:
        """Forgets the oldest holds beyond the bound."""
        for holds in (self.old_holds, self.holds):
            for hold in list(islice(holds.values(), max(0, len(holds) - HOLDS_OF_A_WALLET_MAX))):
                del holds[hold.id.int]
                self.hold_ids.pop((hold.org_id.int, hold.ref), None)


@dataclass(slots=True)
class View:
    """What of a remembered wallet some commands need to see."""

    wallet: Wallet
    terms: int
    holds: dict[int, HoldAccount] = field(default_factory=dict)
    lines: dict[LineKey, BudgetLine] = field(default_factory=dict)
    admitted: dict[int, Caps] = field(default_factory=dict)
    """The caps of new holds, by their `id`; with the tuple, so that no other can come to have it."""
    seen: dict[tuple[int, datetime], Caps] = field(default_factory=dict)
    """The caps and moments of which `lines` has all there are, by `id` as well."""
    outflow_nanos: int = 0
    """What the commands ask for, even if their holds cover it."""

    def near_its_end(self) -> bool:
        """Whether the commands might drain the wallet or one of the budgets."""
        left = min([self.wallet.spendable_nanos, *[line.left_nanos for line in self.lines.values()]])
        return self.outflow_nanos > left
