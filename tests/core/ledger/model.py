"""The ledger in a few lines: what it ought to do, without rows, refs, batches or a sweeper. Expiry is eager here."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from deepspace_core.ledger import Adjust, Capture, Extend, Hold, OutcomeCode, Refund, TopUp
from deepspace_core.ledger.command import CallersCommand, HoldCommand

DONE = frozenset({OutcomeCode.ACCEPTED})
NO_FUNDS = frozenset({OutcomeCode.INSUFFICIENT_FUNDS, OutcomeCode.CREDIT_LIMIT_EXCEEDED})


class Model:
    """One wallet. `money` is what is available, `held` what remains on each open hold, `over` how the others ended."""

    def __init__(self, *, limit: int, cap: int, now: datetime) -> None:
        self.money, self.owed, self.limit = 0, 0, limit
        self.cap, self.used, self.now = cap, 0, now
        self.held: dict[str, int] = {}
        self.until: dict[str, datetime] = {}
        self.over: dict[str, str] = {}
        self.captured: dict[str, int] = {}

    def tick(self, now: datetime) -> None:
        self.now = now
        for ref in [ref for ref in self.held if now >= self.until[ref]]:
            self.end(ref, "expired")

    def play(self, command: CallersCommand) -> AbstractSet[OutcomeCode]:
        """What a new command may be answered; what it does is done when it is accepted."""
        if isinstance(command, HoldCommand):
            return self.play_on(command.hold_ref or "", command)
        match command:
            case Hold(ref=ref, amount_nanos=amount, lifetime_seconds=seconds):
                return self.freeze(ref, amount, seconds)
            case Refund(capture_ref=ref, amount_nanos=amount):
                if amount > self.captured.get(ref, 0):
                    return {OutcomeCode.REFUND_EXCEEDS_CAPTURED}
                self.captured[ref] -= amount
                self.take_in(amount)
            case TopUp(amount_nanos=amount) | Adjust(amount_nanos=amount):
                if amount < 0 and not self.affords(-amount):
                    return NO_FUNDS
                self.take_in(amount)
        return DONE

    def play_on(self, ref: str, command: HoldCommand) -> AbstractSet[OutcomeCode]:
        late = isinstance(command, Capture) and self.over.get(ref) == "expired"
        if ref not in self.held and not late:
            return {self.why_over(ref)}
        match command:
            case Extend(amount_nanos=amount, lifetime_seconds=seconds):
                return self.freeze(ref, amount, seconds or 0)
            case Capture():
                self.capture(ref, command)
            case _:
                self.end(ref, "released")
        return DONE

    def why_over(self, ref: str) -> OutcomeCode:
        if ref not in self.over:
            return OutcomeCode.HOLD_NOT_FOUND
        captured = self.over[ref] == "captured"
        return OutcomeCode.HOLD_ALREADY_CAPTURED if captured else OutcomeCode.HOLD_ALREADY_RELEASED

    def end(self, ref: str, how: str) -> None:
        self.money += self.held.pop(ref)
        self.over[ref] = how

    def affords(self, amount: int) -> bool:
        return amount <= max(0, self.money + self.limit - self.owed)

    def take_in(self, amount: int) -> None:
        paid = min(self.owed, max(0, amount))
        self.owed, self.money = self.owed - paid, self.money + amount - paid

    def freeze(self, ref: str, amount: int, seconds: int) -> AbstractSet[OutcomeCode]:
        if not self.affords(amount):
            return NO_FUNDS
        if amount > max(0, self.cap - self.used - sum(self.held.values())):
            return {OutcomeCode.BUDGET_EXCEEDED}
        self.money, self.held[ref] = self.money - amount, self.held.get(ref, 0) + amount
        self.until[ref] = max(self.until.get(ref, self.now), self.now + timedelta(seconds=seconds))
        return DONE

    def capture(self, ref: str, command: Capture) -> None:
        amount = command.amount_nanos
        drawn = min(amount, self.held.get(ref, 0))
        self.used, self.captured[command.ref] = self.used + amount, amount
        debit = min(amount - drawn, max(0, self.money + self.limit))
        self.money, self.owed = self.money - debit, self.owed + amount - drawn - debit
        if ref in self.held:
            self.held[ref] -= drawn
            if command.final:
                self.end(ref, "captured")
        elif command.final:
            self.over[ref] = "captured"
