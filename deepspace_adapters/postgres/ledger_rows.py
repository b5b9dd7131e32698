"""The ledger's values as rows, and rows as values. What goes to `write_batch` is named as its parameters are.

An outcome is kept as JSON without the transaction it wrote: that row stands in the books and is joined again when a ref
is replayed. It is the list of its values, as it is written; those of earlier versions have names (`ToldOutcome`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec.structs import astuple

from deepspace_adapters.postgres.arrays import Columns, array_of, columns_of, documents_of, plain_array_of
from deepspace_core.kernel.ids import HoldId, WalletId
from deepspace_core.ledger.budget import KEYS_REMEMBERED, BudgetKey, BudgetLine, BudgetScope, BudgetWindow, read_key
from deepspace_core.ledger.fingerprint import read_fingerprint
from deepspace_core.ledger.hold import HoldAccount, HoldState, HoldView
from deepspace_core.ledger.outcome import Outcome, OutcomeCode, WalletView
from deepspace_core.ledger.state import NumberedRef, RefKey, StoredOutcome
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType
from deepspace_core.ledger.wallet import Wallet

Row: TypeAlias = tuple[Any, ...]
ToldValues: TypeAlias = tuple[HoldView | None, WalletView | None, int | None, int | None, BudgetLine | None]
"""What is kept of an outcome as JSON: hold, wallet, needed, available, budget."""

Value = TypeVar("Value")

HOLD_CHANGES = (
    "id",
    "state",
    "extended_nanos",
    "captured_nanos",
    "released_nanos",
    "expired_nanos",
    "remaining_nanos",
    "overage_nanos",
    "settled_late",
    "expires_at",
    "updated_at",
    "version",
)
TRANSACTION_COLUMNS = (*(f"t_{name}" for name in LedgerTransaction._fields), "t_root")
HOLD_COLUMNS = (*(f"h_{name}" for name in HoldAccount._fields if name not in ("rates", "caps")), "h_rates", "h_caps")
RATES, CAPS = HoldAccount._fields.index("rates"), HoldAccount._fields.index("caps")
REF_COLUMNS = ("r_org_id", "r_ref", "r_wallet_id", "r_seq", "r_at", "r_code", "r_fingerprint", "r_outcome")
TOLD_FROM = Outcome._fields.index("hold")
"""The values of an outcome that are kept as JSON: this one and all after it."""
WALLET_CHANGES = ("id", "balance_nanos", "frozen_nanos", "receivable_nanos", "version", "updated_at")
LINE_CHANGES = ("wallet_id", "key.scope", "key.scope_id", "window", "used_nanos", "reserved_nanos")
CHANGE_COLUMNS = (*(f"c_{name}" for name in HOLD_CHANGES), "c_version_before")
WALLET_COLUMNS = (*(f"w_{name}" for name in WALLET_CHANGES), "w_root", "w_version_before", "w_root_before", "w_terms")
LINE_COLUMNS = (*(f"b_{name.removeprefix('key.')}" for name in LINE_CHANGES), "b_starts_on")


class ToldHold(msgspec.Struct, frozen=True):
    """A HoldView with its names, in which JSON tells it."""

    id: HoldId
    ref: str
    state: HoldState
    remaining_nanos: int
    captured_nanos: int
    overage_nanos: int
    expires_at: datetime


class ToldWallet(msgspec.Struct, frozen=True):
    """A WalletView with its names."""

    wallet_id: WalletId
    currency: str
    balance_nanos: int
    frozen_nanos: int
    receivable_nanos: int
    credit_limit_nanos: int
    version: int


class ToldOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `ledger_refs.outcome` held."""

    hold: ToldHold | None = None
    wallet: ToldWallet | None = None
    needed_nanos: int | None = None
    available_nanos: int | None = None
    budget: BudgetLine | None = None

    def values(self) -> ToldValues:
        """As they are kept now."""
        hold = None if self.hold is None else HoldView(*astuple(self.hold))
        wallet = None if self.wallet is None else WalletView(*astuple(self.wallet))
        return hold, wallet, self.needed_nanos, self.available_nanos, self.budget


class StoredRow(msgspec.Struct, frozen=True):
    """A row of `ledger_refs`; `place` is the key of the transaction it wrote."""

    key: NumberedRef
    stored: StoredOutcome
    place: tuple[WalletId, int, datetime] | None


_changed, _moved, _counted = (attrgetter(*names) for names in (HOLD_CHANGES, WALLET_CHANGES, LINE_CHANGES))
_encode = msgspec.json.Encoder().encode
_told: msgspec.json.Decoder[ToldOutcome | ToldValues] = msgspec.json.Decoder(ToldOutcome | ToldValues)
_fingerprint = msgspec.json.Decoder(list[str | int | bool | None] | dict[str, str | int | bool])


def wallet_from(row: Row) -> Wallet:
    """From `lock_wallets` and its like."""
    return Wallet(*row)


def hold_from(row: Row) -> HoldAccount:
    """From any statement that selects all of HoldAccount's fields."""
    return HoldAccount(*(*row[:4], HoldState(row[4]), *row[5:-1], tuple(map(read_key, row[-1]))))


def transaction_from(row: Row) -> LedgerTransaction:
    """From any statement that selects all of LedgerTransaction's fields."""
    return LedgerTransaction(*(*row[:4], TransactionType(row[4]), *row[5:]))


def stored_from(row: Row) -> StoredRow:
    """From `find_refs`."""
    org_id, ref, wallet_id, seq, at, code, fingerprint, outcome = row
    told = _told.decode(outcome)
    hold, wallet, needed, available, budget = told.values() if isinstance(told, ToldOutcome) else told
    return StoredRow(
        key=(org_id.int, ref),
        stored=StoredOutcome(
            fingerprint=read_fingerprint(_fingerprint.decode(fingerprint)),
            outcome=Outcome(
                code=OutcomeCode(code),
                ref=ref,
                hold=hold,
                wallet=wallet,
                needed_nanos=needed,
                available_nanos=available,
                budget=budget,
            ),
        ),
        place=None if seq is None else (wallet_id, seq, at),
    )


def transaction_columns(rows: Sequence[LedgerTransaction], wallets: Sequence[Wallet]) -> Columns:
    """`wallets` as the batch leaves them: the last row of each carries its root."""
    roots = {(wallet.id.int, wallet.version): wallet.root.hex() for wallet in wallets}
    return columns_of(TRANSACTION_COLUMNS, [(*row, roots.get((row.wallet_id.int, row.seq))) for row in rows])


def hold_columns(holds: Sequence[HoldAccount]) -> Columns:
    """Of new holds."""
    rates, caps = _each_once([hold.rates for hold in holds], _rates), _each_once([hold.caps for hold in holds], _caps)
    return columns_of(
        HOLD_COLUMNS,
        [(*hold[:RATES], *hold[RATES + 1 : CAPS]) for hold in holds],
        plain_array_of([rates[id(hold.rates)] for hold in holds]),
        plain_array_of([caps[id(hold.caps)] for hold in holds]),
    )


def _each_once(values: Sequence[Value], write: Callable[[Value], str | None]) -> Mapping[int, str | None]:
    """Each value written, by its `id`; most are the very same object, for calls of a caller share their caps."""
    return {number: write(value) for number, value in {id(value): value for value in values}.items()}


def _rates(rates: Mapping[str, object] | None) -> str | None:
    return None if rates is None else _encode(rates).decode()


@lru_cache(maxsize=KEYS_REMEMBERED)
def _caps(caps: tuple[BudgetKey, ...]) -> str:
    return array_of(map(str, caps))


def hold_changes(holds: Sequence[tuple[HoldAccount, HoldAccount]]) -> Columns:
    """Of holds that were there: each as it was, and as it is."""
    return columns_of(CHANGE_COLUMNS, [(*_changed(after), before.version) for before, after in holds])


def wallet_changes(
    wallets: Sequence[Wallet], *, before: Mapping[WalletId, Wallet], terms: Mapping[WalletId, int]
) -> Columns:
    """`before` and `terms` are what was decided on."""
    return columns_of(WALLET_COLUMNS, [_wallet_row(wallet, before[wallet.id], terms[wallet.id]) for wallet in wallets])


def _wallet_row(wallet: Wallet, before: Wallet, terms: int) -> Row:
    return *_moved(wallet), wallet.root.hex(), before.version, before.root.hex(), terms


def line_from(row: Row) -> BudgetLine:
    """From `find_lines` and its like."""
    wallet_id, scope, scope_id, window, *numbers = row
    return BudgetLine(wallet_id, BudgetKey(BudgetScope(scope), scope_id), BudgetWindow(window), *numbers)


def line_columns(lines: Sequence[BudgetLine]) -> Columns:
    """Of budgets' counters."""
    return columns_of(LINE_COLUMNS, [(*_counted(line), line.starts_on.isoformat()) for line in lines])


def ref_columns(refs: Sequence[tuple[RefKey, StoredOutcome]], now: datetime) -> Columns:
    """Of new answers."""
    return columns_of(
        REF_COLUMNS,
        [_ref_row(key, stored, now) for key, stored in refs],
        documents_of([stored.fingerprint for _, stored in refs]),
        documents_of([stored.outcome[TOLD_FROM:] for _, stored in refs]),
    )


def _ref_row(key: RefKey, stored: StoredOutcome, now: datetime) -> Row:
    outcome, row = stored.outcome, stored.outcome.transaction
    if row is None:
        return *key, stored.fingerprint[1], None, now, outcome.code
    return *key, row.wallet_id, row.seq, row.at, outcome.code
