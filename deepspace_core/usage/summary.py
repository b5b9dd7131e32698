"""Pages of a summary: a year by day for each of sixty keys is 21,900 rows, and nobody looks at them at once.

Rows stand in the order of their bucket, value (those without one last) and currency, which no two share; a cursor names
the last row that was given, so that rows that come late shift nothing.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.page import Page
from deepspace_core.usage.rollup import UsageSummaryRow

SUMMARY_ROWS_MAX = 2_000
"""Of a page; also how many there are when nobody says. A year of days is one page for five values."""
CURSOR_LENGTH_MAX = 1_000

Order: TypeAlias = tuple[datetime, bool, str, str]


@dataclass(frozen=True, slots=True)
class SummaryPlace:
    """Which row: its bucket, value and currency."""

    bucket_start: datetime
    value: str | None
    currency: str

    @property
    def order(self) -> Order:
        """Compares as the rows of a summary stand."""
        return (self.bucket_start, self.value is None, self.value or "", self.currency)


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """Which page: at most `limit` rows that come after `after`."""

    limit: int = SUMMARY_ROWS_MAX
    after: SummaryPlace | None = None

    @classmethod
    def read(cls, *, limit: int | None, cursor: str | None) -> "SummaryRequest":
        """From the edge. Raises InvalidInput naming `limit` or `cursor`."""
        size = SUMMARY_ROWS_MAX if limit is None else limit
        if not 1 <= size <= SUMMARY_ROWS_MAX:
            raise InvalidInput(f"limit must be between 1 and {SUMMARY_ROWS_MAX}, not {size}", param="limit")
        return cls(limit=size, after=None if cursor is None else _read_cursor(cursor))


def summary_page(rows: Sequence[UsageSummaryRow], *, limit: int) -> Page[UsageSummaryRow]:
    """Makes a page from up to `limit + 1` rows: the extra one tells that another page follows, and is dropped."""
    if len(rows) <= limit:
        return Page(rows=rows)
    return Page(rows=rows[:limit], next_cursor=_show_cursor(place_of(rows[limit - 1])))


def place_of(row: UsageSummaryRow) -> SummaryPlace:
    """Where the row stands."""
    return SummaryPlace(row.bucket_start, row.value, row.currency)


def _show_cursor(place: SummaryPlace) -> str:
    text = json.dumps([int(place.bucket_start.timestamp()), place.value, place.currency], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> SummaryPlace:
    try:
        seconds, value, currency = json.loads(urlsafe_b64decode(cursor[:CURSOR_LENGTH_MAX] + "=" * (-len(cursor) % 4)))
        return SummaryPlace(
            datetime.fromtimestamp(seconds, UTC), value if value is None else _text(value), _text(currency)
        )
    except (ValueError, TypeError, OverflowError, OSError, RecursionError):
        raise InvalidInput("cursor is not one that this API gave out; start again without it", param="cursor") from None


def _text(value: object) -> str:
    """Raises ValueError for what no store can hold as text: a NUL, half a surrogate pair."""
    text = str(value).encode().decode()
    if "\0" in text:
        raise ValueError(text)
    return text
