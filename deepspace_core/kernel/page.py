"""Cursor pages: newest first unless a query says otherwise, bounded, stable under inserts.

A cursor is opaque to callers; it names the last row seen by its UUIDv7 id, which is time-ordered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from deepspace_core.kernel.errors import InvalidInput

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 200

Row = TypeVar("Row", covariant=True)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: at most `limit` rows that come after the row `after` (exclusive) in the query's order."""

    limit: int = PAGE_SIZE_DEFAULT
    after: UUID | None = None

    @classmethod
    def read(cls, *, limit: int | None, cursor: str | None) -> "PageRequest":
        """From the edge. Raises InvalidInput naming `limit` or `cursor`."""
        size = PAGE_SIZE_DEFAULT if limit is None else limit
        if not 1 <= size <= PAGE_SIZE_MAX:
            raise InvalidInput(f"limit must be between 1 and {PAGE_SIZE_MAX}, not {size}", param="limit")
        return cls(limit=size, after=None if cursor is None else _read_cursor(cursor))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page; `next_cursor` is None on the last."""

    rows: Sequence[Row]
    next_cursor: str | None = None


def page_of(rows: Sequence[Row], ids: Sequence[UUID], *, limit: int) -> Page[Row]:
    """Makes a page from up to `limit + 1` rows: the extra row tells that another page follows, and is dropped."""
    if len(rows) <= limit:
        return Page(rows=rows)
    return Page(rows=rows[:limit], next_cursor=ids[limit - 1].hex)


def _read_cursor(cursor: str) -> UUID:
    try:
        return UUID(hex=cursor)
    except ValueError:
        raise InvalidInput("cursor is not one that this API gave out; start again without it", param="cursor") from None
