"""Timetables as people write them."""

from datetime import UTC, datetime

import pytest

from deepspace_adapters.cron import CronCalendar
from deepspace_core.work import InvalidSchedule, Timetable


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "time_zone", "moment", "expected"),
    [
        ("* * * * *", "UTC", "2030-01-01 12:00:00", "2030-01-01 12:01:00"),
        ("* * * * *", "UTC", "2030-01-01 12:00:59.9", "2030-01-01 12:01:00"),
        ("*/10 * * * * *", "UTC", "2030-01-01 12:00:09.5", "2030-01-01 12:00:10"),
        ("*/10 * * * * *", "UTC", "2030-01-01 12:00:10", "2030-01-01 12:00:20"),
        ("15 3 * * *", "UTC", "2030-01-01 12:00:00", "2030-01-02 03:15:00"),
        ("0 9 * * MON", "Europe/Berlin", "2030-01-01 12:00:00", "2030-01-07 08:00:00"),
        ("0 9 * * *", "Europe/Berlin", "2030-07-01 00:00:00", "2030-07-01 07:00:00"),
        # The clocks go from 2:00 to 3:00: the job of the lost hour runs right after it, and not twice.
        ("30 2 * * *", "Europe/Berlin", "2030-03-31 00:00:00", "2030-03-31 01:00:00"),
        ("30 2 * * *", "Europe/Berlin", "2030-03-31 01:00:00", "2030-04-01 00:30:00"),
        # The clocks go from 3:00 back to 2:00: 2:30 comes twice, the job once.
        ("30 2 * * *", "Europe/Berlin", "2030-10-26 23:00:00", "2030-10-27 00:30:00"),
        ("30 2 * * *", "Europe/Berlin", "2030-10-27 00:30:00", "2030-10-28 01:30:00"),
    ],
)
def test_the_next_time(cron: str, time_zone: str, moment: str, expected: str) -> None:
    assert CronCalendar().next_after(Timetable(cron, time_zone), at(moment)) == at(expected)


@pytest.mark.parametrize(
    ("cron", "time_zone", "param"),
    [
        ("soon", "UTC", "cron"),
        ("* * * *", "UTC", "cron"),
        ("61 * * * *", "UTC", "cron"),
        ("0 0 31 2 *", "UTC", "cron"),
        ("* * * * *", "Mars/Olympus", "time_zone"),
        ("* * * * *", "", "time_zone"),
        ("* * * * *", "../../etc/passwd", "time_zone"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(cron: str, time_zone: str, param: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        CronCalendar().next_after(Timetable(cron, time_zone), at("2030-01-01"))
    assert refused.value.param == param
