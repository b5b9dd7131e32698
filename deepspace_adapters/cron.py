"""The `Calendar` port on cronsim and the time zone database."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from deepspace_core.work.errors import InvalidSchedule
from deepspace_core.work.schedule import Timetable


class CronCalendar:
    """Reads five-field cron expressions, and six-field ones whose first field is seconds.

    Around a change of the clocks five fields behave as Debian's cron does: a daily job that falls into the lost hour
    runs right after it, one in the doubled hour runs once.
    """

    def next_after(self, timetable: Timetable, moment: datetime) -> datetime:
        try:
            # UTC needs no time zone database, which the smallest images lack.
            zone = UTC if timetable.time_zone == "UTC" else ZoneInfo(timetable.time_zone)
        except (KeyError, ValueError, OSError) as fault:
            raise InvalidSchedule(
                f"time_zone must be a name of the IANA database such as Europe/Berlin, not {timetable.time_zone!r}",
                param="time_zone",
            ) from fault
        try:
            found = next(CronSim(timetable.cron, moment.astimezone(zone)))
        except (CronSimError, StopIteration) as fault:
            raise InvalidSchedule(
                f"cron must have five fields, or six with seconds first, not {timetable.cron!r}: "
                f"{fault or 'no such day comes'}",
                param="cron",
            ) from fault
        return found.astimezone(UTC)
