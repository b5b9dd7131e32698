"""A wallet's budgets while a batch is being decided: what counts against each, and which of them a hold counts against.

Every row of a hold asks for the hold's budgets, and finding them takes a key for each cap and window. So those of
some caps and moment are looked up once, and remembered by the very tuple and moment that were given: commands of one
caller share the tuple (`caps_of` sees to it), rows of one batch the moment.

Private to the book, as a till is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger.budget import BudgetLine, Caps, LineKey, line_keys

TallyMark: TypeAlias = tuple[int, int, bool]


class Tally:
    """The mutable twin of one BudgetLine."""

    __slots__ = ("opened", "reserved", "touched", "used")

    def __init__(self, line: BudgetLine) -> None:
        self.opened = line
        self.used = line.used_nanos
        self.reserved = line.reserved_nanos
        self.touched = False

    def mark(self) -> TallyMark:
        """Its numbers now, to come back to with `reset`."""
        return self.used, self.reserved, self.touched

    def reset(self, mark: TallyMark) -> None:
        """Forgets every row since `mark`."""
        self.used, self.reserved, self.touched = mark

    @property
    def left(self) -> int:
        """What may still be held; at least 0."""
        left = self.opened.cap_nanos - self.used - self.reserved
        return left if left > 0 else 0

    def count(self, used_nanos: int, reserved_nanos: int) -> None:
        """Takes in what a row of a hold that counts here has used and reserved."""
        self.used += used_nanos
        self.reserved += reserved_nanos
        self.touched = True

    def line(self) -> BudgetLine:
        """The budget as the decision leaves it; the very one it began with when nothing was counted."""
        if not self.touched:
            return self.opened
        return self.opened.counting(used_nanos=self.used, reserved_nanos=self.reserved)


class Tallies:
    """The budgets of one wallet, as far as the batch may see them."""

    __slots__ = ("_by_key", "_remembered", "_wallet_id")

    def __init__(self, wallet_id: WalletId) -> None:
        self._wallet_id = wallet_id
        self._by_key: dict[LineKey, Tally] = {}
        self._remembered: dict[tuple[int, datetime], tuple[Caps, Sequence[Tally]]] = {}

    def open(self, key: LineKey, line: BudgetLine) -> Tally:
        """Takes a budget in."""
        tally = self._by_key[key] = Tally(line)
        return tally

    def of(self, caps: Caps, at: datetime) -> Sequence[Tally]:
        """The budgets that a hold of `caps` admitted at `at` counts against, in the order in which caps are checked."""
        if not self._by_key:
            return ()
        place = id(caps), at
        known = self._remembered.get(place)
        # The tuple is remembered too, so that its `id` can't become another's.
        if known is None:
            keys = line_keys(self._wallet_id, caps, at)
            known = self._remembered[place] = caps, [self._by_key[key] for key in keys if key in self._by_key]
        return known[1]
