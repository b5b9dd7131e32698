"""What must be true of books that nobody has tampered with, checked on rows as they are read.

Pure and streaming: rows go in one by one, findings come out. docs/billing.md tells why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from deepspace_core.kernel.ids import HoldId
from deepspace_core.ledger.budget import Budget, BudgetLine, LineKey, line_keys, used_by
from deepspace_core.ledger.chain import GENESIS, link
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType, moves_of
from deepspace_core.ledger.wallet import Wallet

UNBROKEN = "the chain of roots is unbroken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which invariant, where, and what was seen instead."""

    invariant: str
    where: str
    message: str


@dataclass(slots=True)
class RowChain:
    """Follows the rows of one wallet in order of seq."""

    wallet: Wallet
    seq: int = 0
    balance_nanos: int = 0
    frozen_nanos: int = 0
    receivable_nanos: int = 0
    root: bytes = GENESIS
    findings: list[Finding] = field(default_factory=list)
    _last: LedgerTransaction | None = None
    _last_root: bytes | None = None

    def begin_after(self, row: LedgerTransaction, root: bytes) -> None:
        """Takes everything up to `row` on trust, as an earlier audit has checked it."""
        self.seq, self.root, self._last, self._last_root = row.seq, root, row, root
        self.balance_nanos = row.balance_after_nanos
        self.frozen_nanos = row.frozen_after_nanos
        self.receivable_nanos = row.receivable_after_nanos

    def follow(self, row: LedgerTransaction, root: bytes | None) -> None:
        """Takes in the next row, and the root that it carries, if any."""
        where = f"wallet {self.wallet.id} seq {row.seq}"
        if row.seq != self.seq + 1:
            self._find("versions are contiguous", where, f"follows seq {self.seq}")
        if self._last is not None and row.at < self._last.at:
            self._find("versions are contiguous", where, "is earlier than the row before it")
        if sum(moves_of(row).values()) != 0:
            self._find("accounts sum to zero", where, f"the moves of this {row.type} don't sum to zero")
        self.seq = row.seq
        self._last = row
        self.balance_nanos += row.balance_delta_nanos
        self.frozen_nanos += row.frozen_delta_nanos
        self.receivable_nanos += row.receivable_delta_nanos
        self._seal(where, row, root)
        self._compare(where, "balance", row.balance_after_nanos, self.balance_nanos)
        self._compare(where, "frozen", row.frozen_after_nanos, self.frozen_nanos)
        self._compare(where, "receivable", row.receivable_after_nanos, self.receivable_nanos)

    def close(self) -> None:
        """Compares the wallet itself with its rows."""
        where = f"wallet {self.wallet.id}"
        self._compare(where, "balance", self.wallet.balance_nanos, self.balance_nanos)
        self._compare(where, "frozen", self.wallet.frozen_nanos, self.frozen_nanos)
        self._compare(where, "receivable", self.wallet.receivable_nanos, self.receivable_nanos)
        if self.wallet.version != self.seq:
            self._find("versions are contiguous", where, f"version is {self.wallet.version}, the last row {self.seq}")
        if self.seq > self.wallet.chained_after and self._last_root is None:
            self._find(UNBROKEN, where, "its last row carries no root")
        if self.wallet.root != self.root:
            self._find(UNBROKEN, where, "its root is not the one of its rows")
        if self.wallet.frozen_nanos < 0:
            self._find("frozen is never negative", where, f"frozen is {self.wallet.frozen_nanos}")
        if self.wallet.available_nanos < -self.wallet.credit_limit_nanos:
            self._find("available stays within the credit limit", where, f"available is {self.wallet.available_nanos}")

    def _seal(self, where: str, row: LedgerTransaction, root: bytes | None) -> None:
        if row.seq <= self.wallet.chained_after:
            return
        self.root, self._last_root = link(self.root, row), root
        if root is not None and root != self.root:
            self._find(UNBROKEN, where, "this row, or one since the root before, is not what was sealed")
            # On from the root as told, so that one change is one finding.
            self.root = root

    def _compare(self, where: str, noun: str, told: int, summed: int) -> None:
        if told != summed:
            message = f"{noun} is {told}, its rows sum to {summed}"
            self._find("balance and frozen are the sums of the rows", where, message)

    def _find(self, invariant: str, where: str, message: str) -> None:
        self.findings.append(Finding(invariant, where, message))


@dataclass(slots=True)
class CapProof:
    """Counts the rows of a wallet's holds against its budgets once more, and compares."""

    wallet: Wallet
    budgets: Sequence[Budget]
    _counted: dict[LineKey, tuple[int, int]] = field(default_factory=dict)

    def follow(self, hold: HoldAccount, rows: Sequence[LedgerTransaction]) -> None:
        """Takes in a hold and the rows about it."""
        counted_from = {(one.key.scope, one.key.scope_id.int, one.window): one.counted_from for one in self.budgets}
        if not counted_from:
            return
        used = sum(map(used_by, rows))
        reserved = sum(row.frozen_delta_nanos for row in rows)
        for line_key in line_keys(hold.wallet_id, hold.caps, hold.created_at):
            _, scope, number, window, start = line_key
            since = counted_from.get((scope, number, window))
            if since is not None and start >= since:
                before = self._counted.get(line_key, (0, 0))
                self._counted[line_key] = (before[0] + used, before[1] + reserved)

    def close(self, lines: Sequence[BudgetLine]) -> list[Finding]:
        """Compares the counters with what was counted here, and the wallet's mark with there being budgets."""
        told = {line.line_key: (line.used_nanos, line.reserved_nanos) for line in lines}
        findings = [
            Finding(
                "budget counters are the sums of the rows",
                f"wallet {self.wallet.id} {key[1]}:{key[2]:032x} {key[3]} {key[4]}",
                "used and reserved are {} and {}, the rows say {} and {}".format(
                    *told.get(key, (0, 0)), *self._counted.get(key, (0, 0))
                ),
            )
            for key in told.keys() | self._counted.keys()
            if told.get(key, (0, 0)) != self._counted.get(key, (0, 0))
        ]
        if self.wallet.capped != bool(self.budgets):
            message = f"capped is {self.wallet.capped}, and there are {len(self.budgets)} budgets"
            findings.append(Finding("budget counters are the sums of the rows", f"wallet {self.wallet.id}", message))
        return findings


def check_hold(hold: HoldAccount, rows: Sequence[LedgerTransaction]) -> list[Finding]:
    """Compares a hold with the rows about it, given by seq."""
    where = f"hold {hold.id}"
    findings: list[Finding] = []
    for noun, told, summed in _hold_sums(hold, rows):
        if told != summed:
            message = f"{noun} is {told}, its rows say {summed}"
            findings.append(Finding("a hold's amounts add up", where, message))
    ends = sum(row.ends_hold for row in rows)
    if ends != (0 if hold.state.open else 1):
        findings.append(Finding("one event ends a hold", where, f"{hold.state} after {ends} ending events"))
    if not hold.state.open and hold.remaining_nanos != 0:
        findings.append(Finding("one event ends a hold", where, f"{hold.remaining_nanos} remains on it"))
    return findings + list(_check_refunds(where, rows))


def check_frozen(wallet: Wallet, remaining_by_hold: int) -> list[Finding]:
    """Compares what a wallet has frozen with what remains on its holds."""
    if wallet.frozen_nanos == remaining_by_hold:
        return []
    message = f"frozen is {wallet.frozen_nanos}, its holds have {remaining_by_hold}"
    return [Finding("frozen is the sum of the open holds", f"wallet {wallet.id}", message)]


def by_hold(rows: Iterable[LedgerTransaction]) -> Mapping[HoldId, Sequence[LedgerTransaction]]:
    """Rows grouped by the hold they are about, in the order given."""
    groups: dict[HoldId, list[LedgerTransaction]] = {}
    for row in rows:
        if row.hold_id is not None:
            groups.setdefault(row.hold_id, []).append(row)
    return groups


def _hold_sums(hold: HoldAccount, rows: Sequence[LedgerTransaction]) -> list[tuple[str, int, int]]:
    amounts = {kind: sum(row.amount_nanos for row in rows if row.type is kind) for kind in TransactionType}
    captures = [row for row in rows if row.type is TransactionType.CAPTURE]
    freed = sum(row.released_nanos for row in captures)
    drawn = sum(-row.frozen_delta_nanos - row.released_nanos for row in captures)
    remaining = sum(row.frozen_delta_nanos for row in rows)
    return [
        ("amount", hold.amount_nanos, amounts[TransactionType.HOLD]),
        ("extended", hold.extended_nanos, amounts[TransactionType.EXTEND]),
        ("captured", hold.captured_nanos, drawn),
        ("overage", hold.overage_nanos, amounts[TransactionType.CAPTURE] - drawn),
        ("released", hold.released_nanos, amounts[TransactionType.RELEASE] + freed),
        ("expired", hold.expired_nanos, amounts[TransactionType.EXPIRE]),
        ("remaining", hold.remaining_nanos, remaining),
    ]


def _check_refunds(where: str, rows: Sequence[LedgerTransaction]) -> Iterable[Finding]:
    captured = {row.ref: row.amount_nanos for row in rows if row.type is TransactionType.CAPTURE}
    refunded: dict[str, int] = {}
    for row in rows:
        if row.type is TransactionType.REFUND and row.capture_ref is not None:
            refunded[row.capture_ref] = refunded.get(row.capture_ref, 0) + row.amount_nanos
    for ref, nanos in refunded.items():
        if nanos > captured.get(ref, 0):
            message = f"{nanos} was refunded of capture {ref!r}, which took {captured.get(ref, 0)}"
            yield Finding("refunds never exceed the capture", where, message)
