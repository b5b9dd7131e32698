"""Schedules in PostgreSQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import JobId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.work.errors import ScheduleNotFound
from deepspace_core.work.schedule import Schedule, Timetable

LEADER_LOCK = 0x_DEE9_5C4E_D01E
"""The advisory lock of the one scheduler that fires. Any number would do; this one is ours."""


@dataclass(frozen=True, slots=True)
class _Statements:
    lead: sql.Statement
    add_missing: sql.Statement
    list_schedules: sql.Statement
    list_due: sql.Statement
    get_schedule: sql.Statement
    save_schedule: sql.Statement
    advance: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresSchedules:
    """The `Schedules` port.

    Leadership is an advisory lock of the transaction, not of the session: it needs no connection of its own, passes
    through a pooler, and a leader that dies leaves nothing held.
    """

    async def lead(self, tx: Transaction) -> bool:
        row = await (await connection_of(tx).execute(SQL.lead, {"key": LEADER_LOCK})).fetchone()
        return row is not None and row[0] is True

    async def add_missing(self, tx: Transaction, schedules: Iterable[Schedule]) -> None:
        rows = [
            {
                "name": schedule.name,
                "cron": schedule.timetable.cron,
                "time_zone": schedule.timetable.time_zone,
                "job_name": schedule.job_name,
                "payload": Jsonb(dict(schedule.payload)),
                "enabled": schedule.enabled,
                "next_fire_at": schedule.next_fire_at,
            }
            for schedule in sorted(schedules, key=lambda schedule: schedule.name)
        ]
        async with connection_of(tx).cursor() as cursor:
            await cursor.executemany(SQL.add_missing, rows)

    async def list(self, tx: Transaction) -> Sequence[Schedule]:
        return await _schedules(tx, SQL.list_schedules, {})

    async def list_due(self, tx: Transaction, *, now: datetime) -> Sequence[Schedule]:
        return await _schedules(tx, SQL.list_due, {"now": now})

    async def get(self, tx: Transaction, name: str) -> Schedule:
        found = await _schedules(tx, SQL.get_schedule, {"name": name})
        if not found:
            raise ScheduleNotFound(f"there is no schedule {name[:100]!r}; `deepspace schedule list` shows them")
        return found[0]

    async def save(self, tx: Transaction, schedule: Schedule) -> None:
        values = {
            "name": schedule.name,
            "cron": schedule.timetable.cron,
            "time_zone": schedule.timetable.time_zone,
            "enabled": schedule.enabled,
            "next_fire_at": schedule.next_fire_at,
            "last_fired_at": schedule.last_fired_at,
            "last_job_id": schedule.last_job_id,
        }
        await connection_of(tx).execute(SQL.save_schedule, values)

    async def advance(self, tx: Transaction, fired: Schedule, *, was_due_at: datetime) -> bool:
        values = {
            "name": fired.name,
            "next_fire_at": fired.next_fire_at,
            "last_fired_at": fired.last_fired_at,
            "last_job_id": fired.last_job_id,
            "was_due_at": was_due_at,
        }
        return (await connection_of(tx).execute(SQL.advance, values)).rowcount == 1


async def _schedules(tx: Transaction, statement: sql.Statement, values: dict[str, object]) -> Sequence[Schedule]:
    async with connection_of(tx).cursor(row_factory=kwargs_row(_schedule_of)) as cursor:
        return await (await cursor.execute(statement, values)).fetchall()


def _schedule_of(
    *,
    name: str,
    cron: str,
    time_zone: str,
    job_name: str,
    payload: dict[str, object],
    next_fire_at: datetime,
    enabled: bool,
    last_fired_at: datetime | None,
    last_job_id: UUID | None,
) -> Schedule:
    """A row, by the names of its columns."""
    return Schedule(
        name=name,
        timetable=Timetable(cron=cron, time_zone=time_zone),
        job_name=job_name,
        payload=payload,
        next_fire_at=next_fire_at,
        enabled=enabled,
        last_fired_at=last_fired_at,
        last_job_id=None if last_job_id is None else JobId(last_job_id),
    )
