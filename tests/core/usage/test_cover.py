"""Which sums answer a question: without gap or overlap, each in its bucket, and few of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.usage import Block, Bucket, Period, Span, bucket_start, cover
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
def test_blocks_cover_a_period_hour_by_hour_each_in_the_bucket_that_the_hour_belongs_to(period: Period) -> None:
    covered = [(hour, block.bucket_start) for block in cover(period) for hour in hours_of(block)]
    hours = [period.since + n * HOUR for n in range((period.until - period.since) // HOUR)]
    assert covered == [(hour, bucket_start(hour, period.bucket, period.zone)) for hour in hours]


@given(periods)
def test_a_sum_begins_and_ends_where_one_is_kept(period: Period) -> None:
    for block in cover(period):
        match block.span:
            case Span.THIRD:
                assert (block.since.hour % 8, block.until - block.since) == (0, THIRD)
            case Span.DAY:
                assert (block.since.hour, block.until - block.since) == (0, DAY)
            case Span.MONTH:
                assert (block.since.day, block.since.hour, block.until.day, block.until.hour) == (1, 0, 1, 0)
            case Span.HOUR:
                assert block.until - block.since < 2 * THIRD  # or one of them would be a sum


@pytest.mark.parametrize(
    ("zone", "bucket", "spans"),
    [
        ("UTC", Bucket.DAY, {Span.DAY: 365}),
        ("UTC", Bucket.MONTH, {Span.MONTH: 12}),
        ("Asia/Shanghai", Bucket.DAY, {Span.THIRD: 3 * 365}),
        ("Asia/Shanghai", Bucket.MONTH, {Span.DAY: 365 - 12, Span.THIRD: 12 * 3}),
    ],
)
def test_a_year_is_few_blocks(zone: str, bucket: Bucket, spans: dict[Span, int]) -> None:
    offset = timedelta(hours=8) if zone == "Asia/Shanghai" else timedelta(0)
    since, until = datetime(2030, 1, 1, tzinfo=UTC) - offset, datetime(2031, 1, 1, tzinfo=UTC) - offset
    assert Counter(block.span for block in cover(Period(since, until, bucket, time_zone=zone))) == spans


def test_a_day_anywhere_is_no_more_than_two_thirds_and_two_runs_of_hours() -> None:
    for zone in ZONES:
        period = Period(BEGINNING, BEGINNING + timedelta(days=90), Bucket.DAY, time_zone=zone)
        assert max(Counter(block.bucket_start for block in cover(period)).values()) <= 4, zone
