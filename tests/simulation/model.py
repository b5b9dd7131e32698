"""The ledger once more, single-threaded and without batches, refs, rows or a sweeper, from docs/billing.md alone.

It shares the words with the book (commands, codes) and no code. Time is eager here: a hold that is over counts as free
money at once, whether or not anybody has written that down.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from deepspace_core.ledger import Adjust, Capture, Extend, Hold, OutcomeCode, Refund, Release, TopUp
from deepspace_core.ledger.budget import BudgetKey, BudgetScope, BudgetWindow
from deepspace_core.ledger.command import CallersCommand
from tests.fakes import NOON

Line = tuple[BudgetKey, BudgetWindow, date]
"""A budget in one period, by its first day."""


def first_days(day: date) -> dict[BudgetWindow, date]:
    """The first day of each period that a day is in."""
    return {BudgetWindow.DAY: day, BudgetWindow.MONTH: day.replace(day=1), BudgetWindow.TOTAL: date(1970, 1, 1)}


@dataclass(slots=True)
class ModelHold:
    """A hold. `state` is what has been written down of it."""

    amount: int
    remaining: int
    until: datetime
    state: str = "pending"
    extended: int = 0
    captured: int = 0
    released: int = 0
    expired: int = 0
    over: int = 0
    settled: bool = False
    lines: tuple[Line, ...] = ()

    @property
    def open(self) -> bool:
        return self.state in {"pending", "partially_captured"}

    def due(self, now: datetime) -> bool:
        return self.open and now >= self.until


@dataclass(frozen=True, slots=True)
class Moves:
    """What an accepted command does to a wallet."""

    balance: int = 0
    frozen: int = 0
    receivable: int = 0
    released: int = 0
    late: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a command is refused, how much was asked and there, and which budget it ran into."""

    code: OutcomeCode
    needed: int | None = None
    available: int | None = None
    line: Line | None = None


@dataclass(slots=True)
class ModelWallet:
    """`money` is what is available, as written down; `owed` what was taken beyond the credit limit.

    `caps` are its budgets, each with the first day that it counts. `used` is what captures have taken of every period,
    whether or not there was a budget; what is reserved is what remains on the holds. `at` is the time of the last row:
    a day that has begun in the books doesn't end when a clock is set back.
    """

    currency: str
    limit: int
    closed: bool = False
    money: int = 0
    owed: int = 0
    holds: dict[str, ModelHold] = field(default_factory=dict)
    captures: dict[str, int] = field(default_factory=dict)
    caps: dict[tuple[BudgetKey, BudgetWindow], tuple[int, date]] = field(default_factory=dict)
    used: Counter[Line] = field(default_factory=Counter)
    at: datetime = NOON

    @property
    def frozen(self) -> int:
        return sum(hold.remaining for hold in self.holds.values())

    def room(self, now: datetime) -> int:
        """What can be had at `now` without owing anything beyond the limit."""
        return self.money + self.limit + sum(hold.remaining for hold in self.holds.values() if hold.due(now))

    def decide(self, command: CallersCommand, now: datetime) -> Moves | Refused:
        """What becomes of `command` at `now`; changes nothing."""
        if barred := self._barred(command):
            return Refused(barred)
        match command:
            case Hold(amount_nanos=amount):
                lines = self._lines(command, now)
                return self._spend(amount, now, Moves(frozen=amount), lines)
            case Adjust(amount_nanos=amount) if amount < 0:
                return self._spend(-amount, now, Moves(balance=amount))
            case TopUp(amount_nanos=amount) | Adjust(amount_nanos=amount):
                return self._come_in(amount)
            case Refund(amount_nanos=amount, capture_ref=ref):
                left = self.captures.get(ref, 0)
                if amount > left:
                    return Refused(OutcomeCode.REFUND_EXCEEDS_CAPTURED, amount, left)
                return self._come_in(amount)
            case Extend() | Release() | Capture():
                return self._about_a_hold(command, now)

    def take(self, command: CallersCommand, moves: Moves, now: datetime) -> None:
        """Does what was decided."""
        lines = self._lines(command, now) if isinstance(command, Hold) else ()
        self.at = max(self.at, now)
        self.money += moves.balance - moves.frozen
        self.owed += moves.receivable
        match command:
            case Hold(ref=ref, amount_nanos=amount, lifetime_seconds=seconds):
                self.holds[ref] = ModelHold(amount, amount, now + timedelta(seconds=seconds), lines=lines)
            case Refund(capture_ref=ref, amount_nanos=amount):
                self.captures[ref] -= amount
            case Extend(hold_ref=str(ref), amount_nanos=amount, lifetime_seconds=lifetime):
                hold = self.holds[ref]
                hold.extended += amount
                hold.remaining += amount
                hold.until = max(hold.until, now + timedelta(seconds=lifetime or 0))
            case Release(hold_ref=str(ref)):
                self._end(self.holds[ref], "released")
            case Capture(hold_ref=str(ref)):
                self._capture(self.holds[ref], command, moves)

    def expire(self, ref: str, now: datetime) -> None:
        """Writes down that a hold is over."""
        self.at = max(self.at, now)
        hold = self.holds[ref]
        self.money += hold.remaining
        self._end(hold, "expired")

    def reserved(self, line: Line, now: datetime | None = None) -> int:
        """What open holds set aside of a budget; at `now`, without those that are over."""
        counting = (hold for hold in self.holds.values() if now is None or not hold.due(now))
        return sum(hold.remaining for hold in counting if line in hold.lines)

    def _barred(self, command: CallersCommand) -> OutcomeCode | None:
        """What a wallet refuses whatever is in it."""
        if self.closed and isinstance(command, TopUp | Hold | Extend | Adjust):
            return OutcomeCode.WALLET_CLOSED
        return None if command.currency in {None, self.currency} else OutcomeCode.CURRENCY_MISMATCH

    def _lines(self, command: Hold, now: datetime) -> tuple[Line, ...]:
        """The budgets that a hold counts against, if there are such, in the order of precedence."""
        starts = first_days(max(self.at, now).date())
        return tuple(
            (key, window, starts[window])
            for scope in BudgetScope
            for key in command.caps
            if key.scope is scope
            for window in BudgetWindow
        )

    def counts(self, line: Line) -> bool:
        """Whether there is a budget for it, and it counts that far back."""
        return line[:2] in self.caps and line[2] >= self.caps[line[:2]][1]

    def cap(self, key: BudgetKey, window: BudgetWindow, cap: int | None, at: datetime) -> None:
        """Sets, changes or removes a budget. A new one counts the whole period it is set in."""
        known = self.caps.pop((key, window), None)
        if cap is not None:
            self.caps[key, window] = cap, known[1] if known else first_days(at.date())[window]

    def _spend(self, amount: int, now: datetime, moves: Moves, lines: tuple[Line, ...] = ()) -> Moves | Refused:
        there = max(0, self.room(now) - self.owed)
        if amount <= there:
            for line in filter(self.counts, lines):
                left = max(0, self.caps[line[:2]][0] - self.used[line] - self.reserved(line, now))
                if amount > left:
                    return Refused(OutcomeCode.BUDGET_EXCEEDED, amount, left, line)
            return moves
        code = OutcomeCode.CREDIT_LIMIT_EXCEEDED if self.limit else OutcomeCode.INSUFFICIENT_FUNDS
        return Refused(code, amount, there)

    def _come_in(self, amount: int) -> Moves:
        paid = min(self.owed, amount)
        return Moves(balance=amount - paid, receivable=-paid)

    def _about_a_hold(self, command: Extend | Release | Capture, now: datetime) -> Moves | Refused:
        hold = self.holds.get(command.hold_ref or "")
        if hold is None:
            return Refused(OutcomeCode.HOLD_NOT_FOUND)
        if hold.state == "captured" or hold.settled:
            return Refused(OutcomeCode.HOLD_ALREADY_CAPTURED)
        over = hold.due(now) or hold.state == "expired"
        if hold.state == "released" or (over and not isinstance(command, Capture)):
            return Refused(OutcomeCode.HOLD_ALREADY_RELEASED)
        match command:
            case Extend(amount_nanos=amount):
                return self._spend(amount, now, Moves(frozen=amount), hold.lines)
            case Release():
                return Moves(frozen=-hold.remaining, ends=True)
            case Capture(amount_nanos=amount, final=final):
                drawn = 0 if over else min(amount, hold.remaining)
                freed = hold.remaining - drawn if final and not over else 0
                owed = max(0, amount - drawn - max(0, self.room(now)))
                return Moves(owed - amount, -drawn - freed, owed, freed, late=over, ends=final and not over)

    def _capture(self, hold: ModelHold, command: Capture, moves: Moves) -> None:
        drawn = -moves.frozen - moves.released
        self.captures[command.ref] = command.amount_nanos
        self.used.update(dict.fromkeys(hold.lines, command.amount_nanos))
        hold.captured += drawn
        hold.over += command.amount_nanos - drawn
        hold.remaining -= drawn
        if moves.late:
            hold.settled = command.final
        elif command.final:
            self._end(hold, "captured", "released")
        else:
            hold.state = "partially_captured"

    def _end(self, hold: ModelHold, state: str, into: str | None = None) -> None:
        """What remains goes to the sum named `into`, which is most often named as the state is."""
        name = into or state
        setattr(hold, name, getattr(hold, name) + hold.remaining)
        hold.remaining, hold.state = 0, state
