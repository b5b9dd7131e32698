"""Which sums answer a question: without gap or overlap, each in its bucket, and few of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.usage import Block, Bucket, Period, Span, bucket_start, buckets, cover
from deepspace_core.usage.cover import DAY, THIRD
from deepspace_core.usage.rollup import HOUR

ZONES = [
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/New_York",
    "Asia/Dubai",
    "America/Havana",
    "Asia/Beirut",
    "Pacific/Kiritimati",
]
BEGINNING = datetime(2029, 12, 30, tzinfo=UTC)

periods = st.builds(
    lambda first, hours, bucket, zone: Period(
        BEGINNING + first * HOUR, BEGINNING + (first + hours) * HOUR, bucket, time_zone=zone
    ),
    st.integers(0, 24 * 400),
    st.integers(1, 24 * 100),
    st.sampled_from([Bucket.DAY, Bucket.MONTH]),
    st.sampled_from(ZONES),
)


def hours_of(block: Block) -> list[datetime]:
    return [block.since + n * HOUR for n in range((block.until - block.since) // HOUR)]


@given(periods)
def test_blocks_count_each_hour_of_a_period_once_in_the_bucket_that_the_hour_belongs_to(period: Period) -> None:
    counted: Counter[tuple[datetime, datetime]] = Counter()
    for block in cover(buckets(period)):
        for hour in hours_of(block):
            counted[hour, block.bucket_start] += block.sign
    hours = [period.since + n * HOUR for n in range((period.until - period.since) // HOUR)]
    assert {place: times for place, times in counted.items() if times} == {
        (hour, bucket_start(hour, period.bucket, period.zone)): 1 for hour in hours
    }


@given(periods)
def test_without_sums_every_bucket_is_its_hours(period: Period) -> None:
    cuts = [*buckets(period)]
    assert [*cover(cuts, spans=())] == [Block(cut.bucket_start, Span.HOUR, cut.since, cut.until) for cut in cuts]


@given(periods)
def test_a_sum_begins_and_ends_where_one_is_kept_and_only_hours_are_taken_away(period: Period) -> None:
    for block in cover(buckets(period)):
        match block.span:
            case Span.THIRD:
                assert (block.since.hour % 8, block.until - block.since, block.sign) == (0, THIRD, 1)
            case Span.DAY:
                assert (block.since.hour, block.until - block.since, block.sign) == (0, DAY, 1)
            case Span.MONTH:
                assert (block.since.day, block.since.hour, block.until.day, block.until.hour) == (1, 0, 1, 0)
                assert block.sign == 1
            case Span.HOUR:
                assert block.until - block.since <= THIRD  # of a bucket that is shorter than a sum; else half of it


@pytest.mark.parametrize(
    ("zone", "bucket", "spans"),
    [
        ("UTC", Bucket.DAY, {Span.DAY: 365}),
        ("UTC", Bucket.MONTH, {Span.MONTH: 12}),
        ("Asia/Shanghai", Bucket.DAY, {Span.THIRD: 3 * 365}),
        ("Asia/Shanghai", Bucket.MONTH, {Span.DAY: 365 - 12, Span.THIRD: 12 * 3}),
        ("Africa/Lagos", Bucket.DAY, {Span.DAY: 365, Span.HOUR: 2 * 365}),
        ("Asia/Dubai", Bucket.DAY, {Span.DAY: 365, Span.HOUR: 2 * 365}),
    ],
)
def test_a_year_is_few_blocks(zone: str, bucket: Bucket, spans: dict[Span, int]) -> None:
    since, until = (datetime(year, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) for year in (2030, 2031))
    assert Counter(block.span for block in cover(buckets(Period(since, until, bucket, time_zone=zone)))) == spans


def test_a_day_anywhere_is_three_sums_at_most_and_four_hours_at_each_of_its_ends() -> None:
    for zone in ZONES:
        period = Period(BEGINNING, BEGINNING + timedelta(days=90), Bucket.DAY, time_zone=zone)
        blocks = [
            block for block in cover(buckets(period)) if period.since + DAY <= block.bucket_start < period.until - DAY
        ]
        assert max(Counter(block.bucket_start for block in blocks).values()) <= 5, zone
        assert all(len(hours_of(block)) <= 4 for block in blocks if block.span is Span.HOUR), zone
