"""Which sums answer a question about a period: as few and as wide as its buckets allow.

Sums are kept by the month, the day and the third of a day (eight hours), all in UTC, beside the hours. A day of a local
calendar is covered by one day in UTC, by three thirds wherever the offset is a multiple of eight hours (China,
Singapore, western Australia, the Pacific coast in winter), and elsewhere by the sums that begin and end nearest to it,
with up to four hours at each end added or taken away: a day in Berlin is one in UTC with the hour before it and
without its last. A month is covered by days, and thirds and hours at its ends.

What is taken away must be in the sum that it is taken from. So sums change in one commit with the hours that they are
made of (`use_cases.py`).

Days and months in a time zone of the deployment's own were rejected: an organization abroad would have none, and a
change of the setting would mean computing all of them again.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from deepspace_core.usage.rollup import HOUR, Bucket, Period, bucket_start, hour_of

THIRD_HOURS = 8
THIRD = THIRD_HOURS * HOUR
NOON = 12
DAY = timedelta(days=1)


class Span(StrEnum):
    """How long a stretch one sum covers. HOUR stands for a run of hours, read from the roll-ups themselves."""

    HOUR = "hour"
    THIRD = "third"
    DAY = "day"
    MONTH = "month"


class Cut(NamedTuple):
    """A bucket of a period: its name, and the hours [since, until) of it that lie in the period."""

    bucket_start: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch [since, until) of UTC that is one sum, or a run of hours, and counts for one bucket: once, or once less
    (`sign` is 1 or -1)."""

    bucket_start: datetime
    span: Span
    since: datetime
    until: datetime
    sign: int = 1


def cover(cuts: Iterable[Cut], *, spans: Collection[Span] = tuple(Span)) -> Iterator[Block]:
    """The blocks that count each hour of these buckets once, in order of the buckets.

    `spans` are those that sums are kept by, THIRD among them, or none: hours are always there.
    """
    for start, since, until in cuts:
        first, last = _nearest(since), _nearest(until)
        if spans and first < last:
            yield from _run_of_hours(start, since, first)
            yield from _blocks(start, first, last, spans)
            yield from _run_of_hours(start, last, until)
        else:
            yield from _run_of_hours(start, since, until)


def buckets(period: Period) -> Iterator[Cut]:
    """Each bucket's name and the whole hours of it that lie in the period, which is whole hours (`checked`)."""
    since, start = period.since, bucket_start(period.since, period.bucket, period.zone)
    while since < period.until:
        following = _following(since, period.bucket, period.zone)
        until = min(_first_hour(following), period.until)
        yield Cut(start, since, until)
        since, start = until, following


def _following(hour: datetime, bucket: Bucket, zone: ZoneInfo) -> datetime:
    """The start of the bucket after that of `hour`."""
    if bucket is Bucket.HOUR:
        return hour + HOUR
    local = hour.astimezone(zone).date()
    following = _month_after(local) if bucket is Bucket.MONTH else local + DAY
    return datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)


def _first_hour(start: datetime) -> datetime:
    """In a zone that is off by half an hour, the hour across midnight belongs to the day it begins in."""
    begun = hour_of(start)
    return begun if begun == start else begun + HOUR


def _nearest(hour: datetime) -> datetime:
    """Where thirds meet, nearest to the hour; of two as near, the one nearer to midnight, from where days are."""
    beyond = timedelta(hours=hour.hour % THIRD_HOURS)
    back = beyond < THIRD / 2 or (beyond == THIRD / 2 and hour.hour < NOON)
    return hour - beyond if back else hour - beyond + THIRD


def _run_of_hours(start: datetime, since: datetime, until: datetime) -> Iterator[Block]:
    """The hours from `since` to `until`; those between them taken away, where `until` is the earlier."""
    if since < until:
        yield Block(start, Span.HOUR, since, until)
    elif since > until:
        yield Block(start, Span.HOUR, until, since, sign=-1)


def _blocks(start: datetime, since: datetime, until: datetime, spans: Collection[Span]) -> Iterator[Block]:
    """The widest sums there are; both ends are where thirds meet."""
    while since < until:
        span, end = next((span, end) for span, end in _sums_from(since) if span in spans and end <= until)
        yield Block(start, span, since, end)
        since = end


def _sums_from(since: datetime) -> Iterator[tuple[Span, datetime]]:
    """The sums that begin at `since`, widest first, and their ends."""
    if since.hour == 0 and since.day == 1:
        following = _month_after(since.date())
        yield Span.MONTH, since.replace(year=following.year, month=following.month)
    if since.hour == 0:
        yield Span.DAY, since + DAY
    yield Span.THIRD, since + THIRD


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
