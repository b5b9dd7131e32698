"""What every wire type shares: strictness, examples, ids, times, money and pages.

Rules: requests refuse fields they don't know; ids travel as prefixed text; times as ISO 8601 in UTC; money as integer
nano-units beside a decimal string for people. Every field carries an example, from which the OpenAPI document
composes the example of the whole (tests/http/test_openapi.py refuses one without).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.kernel.page import Page
from deepspace_core.ledger.command import REF_CHARACTERS_MAX

TEXT_CHARACTERS_MAX = 200
REASON_CHARACTERS_MAX = 500

_HEX = "0198c0ffee007abc8def0123456789ab"
UserIdText = Annotated[str, Meta(examples=[f"user_{_HEX}"])]
SessionIdText = Annotated[str, Meta(examples=[f"sess_{_HEX}"])]
OrgIdText = Annotated[str, Meta(examples=[f"org_{_HEX}"])]
WorkspaceIdText = Annotated[str, Meta(examples=[f"ws_{_HEX}"])]
ProjectIdText = Annotated[str, Meta(examples=[f"proj_{_HEX}"])]
ApiKeyIdText = Annotated[str, Meta(examples=[f"key_{_HEX}"])]
AppIdText = Annotated[str, Meta(examples=[f"app_{_HEX}"])]
WalletIdText = Annotated[str, Meta(examples=[f"wal_{_HEX}"])]
HoldIdText = Annotated[str, Meta(examples=[f"hold_{_HEX}"])]
TransactionIdText = Annotated[str, Meta(examples=[f"txn_{_HEX}"])]
ModelIdText = Annotated[str, Meta(examples=[f"model_{_HEX}"])]
PriceIdText = Annotated[str, Meta(examples=[f"price_{_HEX}"])]
UsageRecordIdText = Annotated[str, Meta(examples=[f"usage_{_HEX}"])]
EventIdText = Annotated[str, Meta(examples=[f"evt_{_HEX}"])]
TraceIdText = Annotated[str, Meta(examples=["4bf92f3577b34da6a3ce929d0e0e4736"])]

Name = Annotated[str, Meta(min_length=1, max_length=TEXT_CHARACTERS_MAX, examples=["Research"])]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["research"])]
Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["ada@example.com"])]
Reason = Annotated[str, Meta(min_length=1, max_length=REASON_CHARACTERS_MAX, examples=["Invoice 2026-0142 paid"])]
Ref = Annotated[str, Meta(min_length=1, max_length=REF_CHARACTERS_MAX, examples=["invoice-2026-0142"])]
Time = Annotated[datetime, Meta(tz=True, examples=["2026-01-31T12:00:00Z"])]
NanosNumber = Annotated[int, Meta(examples=[1_500_000_000])]
PositiveNanos = Annotated[int, Meta(gt=0, le=2**63 - 1, examples=[10_000_000_000])]
DecimalText = Annotated[str, Meta(examples=["1.5"])]
Cursor = Annotated[str, Meta(examples=[_HEX])]
Count = Annotated[int, Meta(examples=[42])]

Item = TypeVar("Item")
Row = TypeVar("Row")


class RequestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what clients send."""


class ResponseBody(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what clients get."""


class MoneyBody(ResponseBody, frozen=True, kw_only=True):
    """An amount twice: exactly, and to be read."""

    nanos: NanosNumber
    decimal: DecimalText


class PageBody(ResponseBody, Generic[Item], frozen=True, kw_only=True):
    """Rows, newest first. Ask for the next page with `cursor=next_cursor`; null means there is none."""

    data: list[Item]
    next_cursor: Cursor | None = None


def page_body(page: Page[Row], show: Callable[[Row], Item]) -> PageBody[Item]:
    """Shows each row of a page."""
    return PageBody(data=[show(row) for row in page.rows], next_cursor=page.next_cursor)


def decimal(amount_nanos: int) -> str:
    """Nanos for people."""
    return decimal_from_nanos(amount_nanos)


def utc(moment: datetime | None, *, param: str) -> datetime | None:
    """A query's time in UTC. Raises InvalidInput for one without an offset: whose midnight would it be?"""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise InvalidInput(f"{param} needs an offset, such as 2026-01-31T12:00:00Z", param=param)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(
            f"{param} lies before the first or after the last year there is in UTC", param=param
        ) from None
