"""Budgets: caps on what may be spent from a wallet, by whom, in a day, a month or altogether.

Rules:

- A budget belongs to a wallet, because a cap is an amount of one currency. So the wallet's lock covers its budgets,
  and a batch takes no lock more because of them.
- A hold counts against the caps its caller named (`Hold.caps`: whose call it is), in the period it was admitted in,
  with all that comes of it: an extension, a capture after midnight, a late one. Nothing has to be reset: a new period
  is a new counter.
- used + reserved <= cap at every hold and extend. A capture is never refused, so `used` may end above the cap.
- A refund gives money back, not room: a cap bounds what was done.
- Counters are a sum over the rows of the holds that count; whoever sets a budget late finds what was spent before.

Periods begin at midnight UTC.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias
from uuid import UUID

from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, UserId, WalletId
from deepspace_core.kernel.making import maker_of
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType

EPOCH = date(1970, 1, 1)
"""Where the one period of TOTAL begins."""

KEYS_REMEMBERED = 4_096
_CAPTURE = TransactionType.CAPTURE


class BudgetScope(StrEnum):
    """Whose spending is bounded; in the order in which caps are checked."""

    ORG = "org"
    PROJECT = "project"
    KEY = "key"
    USER = "user"
    APP = "app"
    RUN = "run"


class BudgetWindow(StrEnum):
    """Over what time; in the order in which caps are checked."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class BudgetKey:
    """Who in particular: this project, that key."""

    scope: BudgetScope
    scope_id: UUID

    def __str__(self) -> str:
        return f"{self.scope.value}:{self.scope_id.hex}"


Caps: TypeAlias = tuple[BudgetKey, ...]
"""Whose call it is: at most one of each scope."""


def caps_of(
    *, org_id: OrgId, project_id: ProjectId | None, api_key_id: ApiKeyId | None, user_id: UserId | None
) -> Caps:
    """Whose call it is, whatever budgets there are: one that is set later finds what was spent before.

    The same tuple for the same caller, by which the ledger knows it again (tally.py).
    """
    # Remembered by numbers: an id is hashed by Python.
    return _caps_of(org_id.int, project_id and project_id.int, api_key_id and api_key_id.int, user_id and user_id.int)


@lru_cache(maxsize=KEYS_REMEMBERED)
def _caps_of(org_id: int, project_id: int | None, api_key_id: int | None, user_id: int | None) -> Caps:
    scopes = (
        (BudgetScope.ORG, org_id),
        (BudgetScope.PROJECT, project_id),
        (BudgetScope.KEY, api_key_id),
        (BudgetScope.USER, user_id),
    )
    return tuple(BudgetKey(scope, UUID(int=number)) for scope, number in scopes if number is not None)


LineKey: TypeAlias = tuple[int, BudgetScope, int, BudgetWindow, date]
"""Which wallet's, whose, and what period's: with numbers for the ids, which are hashed by Python."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A cap as somebody set it. Periods that begin before `counted_from` are not counted."""

    org_id: OrgId
    wallet_id: WalletId
    key: BudgetKey
    window: BudgetWindow
    cap_nanos: int
    counted_from: date
    set_at: datetime


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One budget in one period: its cap, and what counts against it."""

    wallet_id: WalletId
    key: BudgetKey
    window: BudgetWindow
    starts_on: date
    cap_nanos: int
    used_nanos: int
    reserved_nanos: int

    @property
    def line_key(self) -> LineKey:
        """What tells it from every other line."""
        return self.wallet_id.int, self.key.scope, self.key.scope_id.int, self.window, self.starts_on

    @property
    def left_nanos(self) -> int:
        """What may still be held; at least 0."""
        return max(0, self.cap_nanos - self.used_nanos - self.reserved_nanos)

    def counting(self, *, used_nanos: int, reserved_nanos: int) -> "BudgetLine":
        """With these counted against it."""
        return _new_line(
            wallet_id=self.wallet_id,
            key=self.key,
            window=self.window,
            starts_on=self.starts_on,
            cap_nanos=self.cap_nanos,
            used_nanos=used_nanos,
            reserved_nanos=reserved_nanos,
        )

    def without(self, reserved_nanos: int) -> "BudgetLine":
        """With that much less reserved."""
        return replace(self, reserved_nanos=self.reserved_nanos - reserved_nanos)


_new_line = maker_of(BudgetLine)


def used_by(row: LedgerTransaction) -> int:
    """What a row of a hold uses of its caps, in nano-units; what it reserves is its frozen delta."""
    return row.amount_nanos if row.type is _CAPTURE else 0


def starts_on(window: BudgetWindow, at: datetime) -> date:
    """The first day, in UTC, of the period that `at` is in."""
    return _start(window, at.astimezone(UTC).date())


def _start(window: BudgetWindow, day: date) -> date:
    match window:
        case BudgetWindow.DAY:
            return day
        case BudgetWindow.MONTH:
            return day.replace(day=1)
        case BudgetWindow.TOTAL:
            return EPOCH


def midnight(day: date) -> datetime:
    """When a period that starts on `day` begins."""
    return datetime.combine(day, time.min, UTC)


def line_keys(wallet_id: WalletId, caps: Iterable[BudgetKey], at: datetime) -> Sequence[LineKey]:
    """Every line that a hold admitted at `at` may count against, in the order in which caps are checked."""
    return line_keys_on(wallet_id, caps, at.astimezone(UTC).date())


def line_keys_on(wallet_id: WalletId, caps: Iterable[BudgetKey], day: date) -> Sequence[LineKey]:
    """The same for a day in UTC."""
    return _line_keys(wallet_id.int, tuple([(key.scope, key.scope_id.int) for key in caps]), day)


@lru_cache(maxsize=KEYS_REMEMBERED)
def _line_keys(wallet: int, whose: Sequence[tuple[BudgetScope, int]], day: date) -> Sequence[LineKey]:
    """Remembered, because each batch with calls of a project asks for the same ones several times."""
    return tuple(
        (wallet, scope, number, window, _start(window, day))
        for scope, number in sorted(whose, key=_rank)
        for window in BudgetWindow
    )


def line_of(budget: Budget, at: datetime, *, used_nanos: int, reserved_nanos: int) -> BudgetLine | None:
    """A budget in the period of `at`; None for a period that isn't counted."""
    start = starts_on(budget.window, at)
    if start < budget.counted_from:
        return None
    return BudgetLine(
        wallet_id=budget.wallet_id,
        key=budget.key,
        window=budget.window,
        starts_on=start,
        cap_nanos=budget.cap_nanos,
        used_nanos=used_nanos,
        reserved_nanos=reserved_nanos,
    )


@lru_cache(maxsize=KEYS_REMEMBERED)
def read_key(text: str) -> BudgetKey:
    """A key from its text, `scope:hex`. Remembered, because every call of a project carries the same ones."""
    scope, _, hex_digits = text.partition(":")
    return BudgetKey(BudgetScope(scope), UUID(hex=hex_digits))


_RANKS: Mapping[BudgetScope, int] = {scope: rank for rank, scope in enumerate(BudgetScope)}


def _rank(whose: tuple[BudgetScope, int]) -> int:
    return _RANKS[whose[0]]
