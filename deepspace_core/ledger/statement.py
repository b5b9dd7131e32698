"""A month of a wallet as a finance office wants it: opening, movements, closing, and what was spent on what.

Rules: all numbers come from the rows; `adds_up` compares them with each other. A month is one of a time zone. What the
customer owns is balance - receivable: the opening of it, plus what came in, minus what was charged, is the closing.
Holds move nothing in or out; what they have set aside at either end is told beside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, ProjectId, WalletId
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType
from deepspace_core.ledger.wallet import BalanceAt

ENTRY_TYPES = (TransactionType.TOP_UP, TransactionType.REFUND, TransactionType.ADJUST)
"""Movements that a statement lists one by one; calls are summed by project and model."""

MONTH_TEXT = "YYYY-MM"
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Movement:
    """All rows of one kind in a span: how many, their amounts, and what they changed."""

    type: TransactionType
    rows: int
    amount_nanos: int
    balance_delta_nanos: int
    frozen_delta_nanos: int
    receivable_delta_nanos: int


@dataclass(frozen=True, slots=True)
class Spending:
    """What calls of one project to one model were charged, and given back, in a span.

    Both None for captures that no usage record belongs to: money moved by hand, through the library.
    """

    project_id: ProjectId | None
    project: str | None
    model: str | None
    calls: int
    charged_nanos: int
    refunded_nanos: int
    is_default_project: bool = False

    @property
    def net_nanos(self) -> int:
        """Charged and not given back."""
        return self.charged_nanos - self.refunded_nanos


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a time zone: the span [since, until), in UTC."""

    text: str
    time_zone: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """One wallet, one month. `root` seals every row up to the closing (chain.py): who keeps it can check the past."""

    org_id: OrgId
    wallet_id: WalletId
    currency: str
    month: Month
    opening: BalanceAt
    closing: BalanceAt
    movements: Sequence[Movement]
    entries: Sequence[LedgerTransaction]
    entries_omitted: int
    spending: Sequence[Spending]
    root: bytes | None

    def total(self, kind: TransactionType) -> int:
        """The amounts of all movements of a kind, in nano-units."""
        return sum(one.amount_nanos for one in self.movements if one.type is kind)

    @property
    def charged_nanos(self) -> int:
        """What calls cost, before refunds."""
        return self.total(TransactionType.CAPTURE)

    @property
    def net_nanos(self) -> int:
        """What the customer owns more (or less) at the end than at the beginning."""
        came_in = self.total(TransactionType.TOP_UP) + self.total(TransactionType.REFUND)
        return came_in + self.total(TransactionType.ADJUST) - self.charged_nanos

    @property
    def adds_up(self) -> bool:
        """Whether amounts, changes of the wallet and the break-down all say the same."""
        moved = sum(one.balance_delta_nanos - one.receivable_delta_nanos for one in self.movements)
        frozen = sum(one.frozen_delta_nanos for one in self.movements)
        return (
            self.opening.owned_nanos + self.net_nanos == self.closing.owned_nanos
            and self.opening.owned_nanos + moved == self.closing.owned_nanos
            and self.opening.frozen_nanos + frozen == self.closing.frozen_nanos
            and sum(one.charged_nanos for one in self.spending) == self.charged_nanos
            and sum(one.refunded_nanos for one in self.spending) == self.total(TransactionType.REFUND)
        )


def read_month(text: str, time_zone: str) -> Month:
    """Raises InvalidInput for anything but YYYY-MM and an IANA name."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"time_zone must be an IANA name such as Europe/Berlin, not {time_zone[:64]!r}", param="time_zone"
        ) from None
    year, _, number = text.partition("-")
    if len(text) != len(MONTH_TEXT) or not (year.isdecimal() and number.isdecimal() and text.isascii()):
        raise InvalidInput(f"month must look like 2026-11, not {text[:64]!r}", param="month")
    try:
        first = datetime(int(year), int(number), 1, tzinfo=zone)
        after = datetime(int(year) + int(number) // _MONTHS, int(number) % _MONTHS + 1, 1, tzinfo=zone)
        return Month(text, time_zone, first.astimezone(UTC), after.astimezone(UTC))
    except (ValueError, OverflowError):
        raise InvalidInput(f"there is no month {text!r}", param="month") from None
