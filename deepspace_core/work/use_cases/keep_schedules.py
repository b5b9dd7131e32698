"""What an operator does with schedules: read them, change them, have one's job done now."""

from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.identity import Actor, require_administrator
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import EventId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.work.errors import JobStateConflict
from deepspace_core.work.job import JobRun
from deepspace_core.work.ports import Calendar, JobRuns, Schedules
from deepspace_core.work.schedule import Schedule, Timetable


@dataclass(frozen=True, slots=True)
class ListSchedules:
    """Every schedule of the installation, by name. Raises AdministratorRequired."""

    unit_of_work: UnitOfWork
    schedules: Schedules

    async def __call__(self, *, actor: Actor) -> Sequence[Schedule]:
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.schedules.list(tx)


@dataclass(frozen=True, slots=True)
class GetSchedule:
    """One schedule. Raises AdministratorRequired, ScheduleNotFound."""

    unit_of_work: UnitOfWork
    schedules: Schedules

    async def __call__(self, *, actor: Actor, name: str) -> Schedule:
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.schedules.get(tx, name)


@dataclass(frozen=True, slots=True)
class ChangeSchedule:
    """Another time, another time zone, on or off; what is None stays.

    The next fire is counted from now, so that nothing missed is made up for. Raises AdministratorRequired,
    ScheduleNotFound, or InvalidSchedule naming `cron` or `time_zone`.
    """

    unit_of_work: UnitOfWork
    schedules: Schedules
    calendar: Calendar
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(
        self,
        *,
        actor: Actor,
        trace_id: TraceId,
        name: str,
        cron: str | None = None,
        time_zone: str | None = None,
        enabled: bool | None = None,
    ) -> Schedule:
        require_administrator(actor)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            found = await self.schedules.get(tx, name)
            timetable = Timetable(cron or found.timetable.cron, time_zone or found.timetable.time_zone)
            next_fire_at = self.calendar.next_after(timetable, now)
            changed = found.change(timetable=timetable, enabled=enabled, next_fire_at=next_fire_at)
            await self.schedules.save(tx, changed)
            event = Event(
                id=EventId(self.ids.uuid()),
                at=now,
                event_type="schedule.changed",
                org_id=None,
                actor=actor.actor,
                subject=f"schedule:{name}",
                trace_id=trace_id,
                payload={"cron": timetable.cron, "time_zone": timetable.time_zone, "enabled": changed.enabled},
            )
            await self.events.append(tx, event)
            await tx.commit()
        return changed


@dataclass(frozen=True, slots=True)
class RunSchedule:
    """Queues a schedule's job now, enabled or not; its next fire stays where it is.

    Raises AdministratorRequired, ScheduleNotFound, or JobStateConflict while its last job is not settled.
    """

    unit_of_work: UnitOfWork
    schedules: Schedules
    runs: JobRuns
    queue: JobQueue
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, actor: Actor, trace_id: TraceId, name: str) -> JobRun:
        require_administrator(actor)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            found = await self.schedules.get(tx, name)
            last = None if found.last_job_id is None else await self.runs.lock(tx, found.last_job_id)
            if last is not None and not last.settled:
                last_id = show_id("job", last.id)
                raise JobStateConflict(f"its last job {last_id} is {last.state}: wait for it or cancel it")
            job_id = await self.queue.enqueue(tx, name=found.job_name, payload=found.payload, trace_id=trace_id)
            await self.schedules.save(tx, found.run(now=now, job_id=job_id))
            event = Event(
                id=EventId(self.ids.uuid()),
                at=now,
                event_type="schedule.run",
                org_id=None,
                actor=actor.actor,
                subject=f"schedule:{name}",
                trace_id=trace_id,
                payload={"job_id": show_id("job", job_id)},
            )
            await self.events.append(tx, event)
            job = await self.runs.get(tx, job_id, org_id=None)
            await tx.commit()
        return job
