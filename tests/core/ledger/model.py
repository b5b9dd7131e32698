"""The ledger in a few lines: what it ought to do, without rows, refs, batches or a sweeper. Expiry is eager here."""

from datetime import datetime


class Model:
    """One wallet. `money` is what is available, `held` what remains on each open hold, `over` how the others ended."""

    def __init__(self, *, limit: int, cap: int) -> None:
        self.money, self.owed, self.limit = 0, 0, limit
        self.cap, self.used = cap, 0
        self.held: dict[str, int] = {}
        self.until: dict[str, datetime] = {}
        self.over: dict[str, str] = {}
        self.captured: dict[str, int] = {}

    def tick(self, now: datetime) -> None:
        for ref in [ref for ref in self.held if now >= self.until[ref]]:
            self.end(ref, "expired")

    def end(self, ref: str, how: str) -> None:
        self.money += self.held.pop(ref)
        self.over[ref] = how

    def affords(self, amount: int) -> bool:
        return amount <= max(0, self.money + self.limit - self.owed)

    def allows(self, amount: int) -> bool:
        return amount <= max(0, self.cap - self.used - sum(self.held.values()))

    def take_in(self, amount: int) -> None:
        paid = min(self.owed, amount)
        self.owed, self.money = self.owed - paid, self.money + amount - paid

    def freeze(self, ref: str, amount: int) -> None:
        self.money, self.held[ref] = self.money - amount, self.held.get(ref, 0) + amount

    def capture(self, ref: str, amount: int, *, final: bool) -> None:
        drawn = min(amount, self.held.get(ref, 0))
        self.used += amount
        debit = min(amount - drawn, max(0, self.money + self.limit))
        self.money, self.owed = self.money - debit, self.owed + amount - drawn - debit
        if ref in self.held:
            self.held[ref] -= drawn
            if final:
                self.end(ref, "captured")
        elif final:
            self.over[ref] = "captured"
