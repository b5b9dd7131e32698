"""Schedules: what comes by the clock, for the operator to look at and change."""

from typing import TypeAlias

from litestar import Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from deepspace_adapters.reasons import because
from deepspace_http.parameters import Caller, Why
from deepspace_http.schemas.work import (
    AnyJobBody,
    ChangeScheduleBody,
    ScheduleBody,
    SchedulesBody,
    show_any_job,
    show_schedule,
)
from deepspace_http.trace import current_trace_id
from deepspace_http.work import WorkUseCases

Work: TypeAlias = NamedDependency[SkipValidation[WorkUseCases]]


@get("/", summary="List schedules")
async def list_schedules(caller: Caller, work: Work) -> SchedulesBody:
    """Every one, by name."""
    return SchedulesBody(data=[show_schedule(one) for one in await work.list_schedules(actor=caller)])


@get("/{schedule_name:str}", summary="Show a schedule")
async def get_schedule(caller: Caller, work: Work, schedule_name: FromPath[str]) -> ScheduleBody:
    """When it fires next, and the job that it caused last."""
    return show_schedule(await work.get_schedule(actor=caller, name=schedule_name))


@patch("/{schedule_name:str}", summary="Change a schedule")
async def change_schedule(
    caller: Caller, work: Work, schedule_name: FromPath[str], data: JSONBody[ChangeScheduleBody], reason: Why = None
) -> ScheduleBody:
    """Another time, another time zone, on or off. Fires that were missed meanwhile are not made up for."""
    with because(reason):
        changed = await work.change_schedule(
            actor=caller,
            trace_id=current_trace_id(),
            name=schedule_name,
            cron=data.cron,
            time_zone=data.time_zone,
            enabled=data.enabled,
        )
    return show_schedule(changed)


@post("/{schedule_name:str}/run", summary="Run a schedule now", status_code=200)
async def run_schedule(caller: Caller, work: Work, schedule_name: FromPath[str], reason: Why = None) -> AnyJobBody:
    """Queues its job at once, enabled or not; its next fire stays where it is."""
    with because(reason):
        job = await work.run_schedule(actor=caller, trace_id=current_trace_id(), name=schedule_name)
    return show_any_job(job)


admin_schedules_router = Router(
    "/schedules",
    route_handlers=[list_schedules, get_schedule, change_schedule, run_schedule],
    tags=["Admin: schedules"],
)
