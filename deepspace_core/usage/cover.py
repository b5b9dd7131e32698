"""Which sums answer a question about a period: as few and as wide as its buckets allow.

Sums are kept by the month, the day and the third of a day (eight hours), all in UTC, beside the hours. A day of a local
calendar is covered by one day in UTC, by three thirds wherever the offset is a multiple of eight hours (China,
Singapore, western Australia, the Pacific coast in winter), and by up to two thirds and eight hours elsewhere. A month
is covered by days, and thirds and hours at its ends.

Days and months in a time zone of the deployment's own were rejected: an organization abroad would have none, and a
change of the setting would mean computing all of them again.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from deepspace_core.usage.rollup import HOUR, Bucket, Period, bucket_start

THIRD = timedelta(hours=8)
DAY = timedelta(days=1)


class Span(StrEnum):
    """How long a stretch one sum covers. HOUR stands for a run of hours, read from the roll-ups themselves."""

    HOUR = "hour"
    THIRD = "third"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch [since, until) of UTC that belongs to one bucket and is one sum, or a run of hours."""

    bucket_start: datetime
    span: Span
    since: datetime
    until: datetime


def cover(period: Period, *, spans: Collection[Span] = tuple(Span)) -> Iterator[Block]:
    """The blocks of a period, in order, without gap or overlap; `period` is whole hours (`checked`).

    `spans` are those that sums are kept by; hours are always there.
    """
    for start, since, until in buckets(period):
        yield from _blocks(start, since, until, spans)


def buckets(period: Period) -> Iterator[tuple[datetime, datetime, datetime]]:
    """Each bucket's name and the whole hours of it that lie in the period."""
    since = period.since
    while since < period.until:
        start = bucket_start(since, period.bucket, period.zone)
        until = min(_next_start(since, period.bucket, period.zone), period.until)
        yield start, since, until
        since = until


def _next_start(hour: datetime, bucket: Bucket, zone: ZoneInfo) -> datetime:
    """The first hour of the bucket after that of `hour`."""
    if bucket is Bucket.HOUR:
        return hour + HOUR
    local = hour.astimezone(zone).date()
    following = _month_after(local) if bucket is Bucket.MONTH else local + DAY
    starts = datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)
    # In a zone that is off by half an hour, the hour across midnight belongs to the day it begins in.
    begun = starts.replace(minute=0, second=0, microsecond=0)
    return begun if begun == starts else begun + HOUR


def _blocks(start: datetime, since: datetime, until: datetime, spans: Collection[Span]) -> Iterator[Block]:
    hours_since = since
    while since < until:
        span, end = _widest(since, until, spans)
        if span is not Span.HOUR:
            if hours_since < since:
                yield Block(start, Span.HOUR, hours_since, since)
            yield Block(start, span, since, end)
            hours_since = end
        since = end
    if hours_since < until:
        yield Block(start, Span.HOUR, hours_since, until)


def _widest(since: datetime, until: datetime, spans: Collection[Span]) -> tuple[Span, datetime]:
    """The widest sum that begins at `since` and does not reach beyond `until`, and its end."""
    ends = ((span, end) for span, end in _sums_from(since) if span in spans and end <= until)
    return next(ends, (Span.HOUR, since + HOUR))


def _sums_from(since: datetime) -> Iterator[tuple[Span, datetime]]:
    """The sums that begin at `since`, widest first, and their ends."""
    if since.hour == 0 and since.day == 1:
        following = _month_after(since.date())
        yield Span.MONTH, since.replace(year=following.year, month=following.month)
    if since.hour == 0:
        yield Span.DAY, since + DAY
    if since.hour % (THIRD // HOUR) == 0:
        yield Span.THIRD, since + THIRD


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
