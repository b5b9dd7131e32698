"""Declares schedules and fires those that are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deepspace_core.kernel.ids import JobId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.work.errors import InvalidSchedule
from deepspace_core.work.ports import Calendar, JobRuns, Schedules
from deepspace_core.work.schedule import Schedule, ScheduleDeclaration


@dataclass(frozen=True, slots=True)
class DeclareSchedules:
    """Adds the product's schedules that the database lacks. Raises InvalidSchedule for one that can't be read."""

    unit_of_work: UnitOfWork
    schedules: Schedules
    calendar: Calendar
    clock: Clock

    async def __call__(self, *, declarations: Sequence[ScheduleDeclaration]) -> None:
        now = self.clock.now()
        declared = [self._schedule(declaration, now) for declaration in declarations]
        async with self.unit_of_work() as tx:
            await self.schedules.add_missing(tx, declared)
            await tx.commit()

    def _schedule(self, declaration: ScheduleDeclaration, now: datetime) -> Schedule:
        return Schedule(
            name=declaration.name,
            timetable=declaration.timetable,
            job_name=declaration.job_name,
            payload=declaration.payload,
            next_fire_at=self.calendar.next_after(declaration.timetable, now),
        )


@dataclass(frozen=True, slots=True)
class FireSchedules:
    """Queues the jobs of the schedules that are due; returns the names of the schedules that it moved on.

    One scheduler leads at a time, which spares the others the work; what makes a double fire impossible is that a
    schedule moves on only from the time it was read at, in the transaction that queues its job. Raises InvalidSchedule
    at the end when one of them can't be read.
    """

    unit_of_work: UnitOfWork
    schedules: Schedules
    runs: JobRuns
    queue: JobQueue
    calendar: Calendar
    ids: IdSource
    clock: Clock

    async def __call__(self) -> Sequence[str]:
        async with self.unit_of_work() as tx:
            due = await self.schedules.list_due(tx, now=self.clock.now())
        fired, unreadable = [], None
        for schedule in due:
            try:
                if await self._fire(schedule):
                    fired.append(schedule.name)
            except InvalidSchedule as fault:
                # One that an operator broke must not keep the others from firing.
                unreadable = fault
        if unreadable is not None:
            raise unreadable
        return fired

    async def _fire(self, schedule: Schedule) -> bool:
        now = self.clock.now()
        next_fire_at = self.calendar.next_after(schedule.timetable, now)
        async with self.unit_of_work() as tx:
            if not await self.schedules.lead(tx):
                return False
            job_id = await self._queue_unless_pending(tx, schedule)
            fired = schedule.fire(now=now, next_fire_at=next_fire_at, job_id=job_id)
            if not await self.schedules.advance(tx, fired, was_due_at=schedule.next_fire_at):
                return False
            await tx.commit()
            return True

    async def _queue_unless_pending(self, tx: Transaction, schedule: Schedule) -> JobId | None:
        last = None if schedule.last_job_id is None else await self.runs.lock(tx, schedule.last_job_id)
        if last is not None and not last.settled:
            return None
        return await self.queue.enqueue(
            tx, name=schedule.job_name, payload=schedule.payload, trace_id=self.ids.trace_id()
        )
