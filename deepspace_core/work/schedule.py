"""Jobs that come by the clock.

A schedule fires by moving `next_fire_at` forward and queueing its job in one transaction. Fires missed while no
scheduler ran are not made up for one by one: one fire, then the next time after now. A schedule whose last job is not
settled yet does not queue another, so that an outage leaves one job to catch up with, not thousands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from deepspace_core.kernel.ids import JobId


@dataclass(frozen=True, slots=True)
class Timetable:
    """When: a cron expression in a named time zone.

    `cron` has the usual five fields, or six of which the first is seconds ("*/10 * * * * *"): expired holds must not
    wait a minute. An interval beside cron was rejected: two notations for one thing, and intervals drift.
    """

    cron: str
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ScheduleDeclaration:
    """A schedule that the product brings along; the database keeps it from its first start on."""

    name: str
    timetable: Timetable
    job_name: str
    payload: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as it stands in the database, where an operator may change or disable it."""

    name: str
    timetable: Timetable
    job_name: str
    payload: Mapping[str, object]
    next_fire_at: datetime
    enabled: bool = True
    last_fired_at: datetime | None = None
    last_job_id: JobId | None = None

    def fire(self, *, now: datetime, next_fire_at: datetime, job_id: JobId | None) -> "Schedule":
        """Moves on; `job_id` is None when the last job is not settled and no other was queued."""
        return replace(
            self,
            next_fire_at=next_fire_at,
            last_fired_at=now,
            last_job_id=self.last_job_id if job_id is None else job_id,
        )

    def change(self, *, timetable: Timetable | None, enabled: bool | None, next_fire_at: datetime) -> "Schedule":
        """What an operator changes; None stays. `next_fire_at` is by the new timetable.

        Fires missed while it was disabled, or due by the old timetable, are not made up for.
        """
        return replace(
            self,
            timetable=timetable or self.timetable,
            enabled=self.enabled if enabled is None else enabled,
            next_fire_at=next_fire_at,
        )

    def run(self, *, now: datetime, job_id: JobId) -> "Schedule":
        """An operator has its job done now; the next fire stays where it is."""
        return replace(self, last_fired_at=now, last_job_id=job_id)
