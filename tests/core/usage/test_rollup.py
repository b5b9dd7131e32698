"""Roll-ups: the same sums from any order and partition of the records; periods and buckets in time zones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import Bucket, InvalidPeriod, Period, RollupKey, Sums, UsageRecord, bucket_start, roll_up
from deepspace_core.usage.rollup import DAILY_PERIOD_MAX, HOURLY_PERIOD_MAX, checked
from deepspace_core.usage.use_cases import ROLLUP_SPAN_MAX, spans
from tests.core.metering_values import ORG, OTHER_ORG, PAST, USED

HOUR = timedelta(hours=1)


@st.composite
def records(draw: st.DrawFn) -> UsageRecord:
    return replace(
        USED,
        org_id=draw(st.sampled_from([ORG, OTHER_ORG])),
        api_key_id=draw(st.sampled_from([USED.api_key_id, None])),
        model_name=draw(st.sampled_from(["smollm2", "other"])),
        currency=draw(st.sampled_from(["USD", "EUR"])),
        ended_at=PAST + timedelta(minutes=draw(st.integers(0, 300))),
        leaves=TokenLeaves(input_uncached=draw(st.integers(0, 99)), output_text=draw(st.integers(0, 99))),
        cost_nanos=draw(st.integers(0, 10**9)),
    )


@given(st.lists(records(), max_size=30), st.data())
def test_any_order_and_partition_of_the_records_gives_the_same_sums(
    found: list[UsageRecord], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(found))
    cut = data.draw(st.integers(0, len(found)))
    merged: dict[RollupKey, Sums] = {}
    for part in (shuffled[:cut], shuffled[cut:]):
        for key, sums in roll_up(part).items():
            merged[key] = merged.get(key, Sums()) + sums
    assert merged == roll_up(found)


@given(st.lists(records(), max_size=30))
def test_no_request_token_or_cent_is_lost_or_made(found: list[UsageRecord]) -> None:
    total = sum(roll_up(found).values(), Sums())
    assert (total.requests, total.cost_nanos) == (len(found), sum(record.cost_nanos for record in found))
    assert total.leaves.total == sum(record.leaves.total for record in found)


@pytest.mark.parametrize(
    ("hour", "zone", "day"),
    [
        ("2024-01-10T12", "UTC", "2024-01-10T00"),
        ("2024-01-10T22", "Europe/Berlin", "2024-01-09T23"),
        ("2024-01-10T23", "Europe/Berlin", "2024-01-10T23"),
        ("2024-03-31T12", "Europe/Berlin", "2024-03-30T23"),
        ("2024-03-31T22", "Europe/Berlin", "2024-03-31T22"),
        ("2024-01-10T15", "Asia/Shanghai", "2024-01-09T16"),
        ("2024-01-10T04", "America/New_York", "2024-01-09T05"),
    ],
)
def test_a_local_day_takes_the_hours_that_begin_in_it(hour: str, zone: str, day: str) -> None:
    assert bucket_start(_at(hour), Bucket.DAY, ZoneInfo(zone)) == _at(day)


def test_an_hour_is_its_own_bucket_in_every_zone() -> None:
    assert bucket_start(PAST, Bucket.HOUR, ZoneInfo("Asia/Kolkata")) == PAST


def test_a_period_is_widened_to_whole_hours() -> None:
    period = checked(Period(PAST + timedelta(minutes=20), PAST + timedelta(minutes=61), Bucket.HOUR))
    assert (period.since, period.until) == (PAST, PAST + 2 * HOUR)


@pytest.mark.parametrize(
    ("period", "param"),
    [
        (Period(PAST, PAST, Bucket.DAY), "from"),
        (Period(PAST, PAST - HOUR, Bucket.DAY), "from"),
        (Period(PAST, PAST + HOURLY_PERIOD_MAX + HOUR, Bucket.HOUR), "to"),
        (Period(PAST, PAST + DAILY_PERIOD_MAX + HOUR, Bucket.DAY), "to"),
        (Period(PAST, datetime.max.replace(tzinfo=UTC), Bucket.DAY), "to"),
        (Period(PAST, PAST + HOUR, Bucket.DAY, "Mars/Olympus"), "time_zone"),
        (Period(PAST, PAST + HOUR, Bucket.DAY, "../../etc/passwd"), "time_zone"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused_by_field(period: Period, param: str) -> None:
    with pytest.raises(InvalidPeriod) as refused:
        checked(period)
    assert refused.value.param == param


@given(st.sets(st.integers(0, 100)))
def test_spans_cover_each_hour_once_and_none_is_too_long(numbers: set[int]) -> None:
    hours = [PAST + number * HOUR for number in sorted(numbers)]
    covered = []
    for since, until in spans(hours):
        assert timedelta(0) < until - since <= ROLLUP_SPAN_MAX
        covered += [since + step * HOUR for step in range((until - since) // HOUR)]
    assert covered == hours


def test_a_key_tells_whose_usage_it_is() -> None:
    (key,) = roll_up([USED])
    assert (key.hour, key.org_id, key.model_name) == (PAST, OrgId(ORG), "smollm2")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00:00").replace(tzinfo=UTC)
