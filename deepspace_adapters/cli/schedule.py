"""`deepspace schedule`: what comes by the clock."""

import click

from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.job import job_row
from deepspace_adapters.cli.lookup import OPERATOR
from deepspace_adapters.cli.output import (
    Row,
    json_option,
    json_wanted,
    moment,
    print_json,
    print_table,
    show_record,
)
from deepspace_core.kernel.ids import show_id
from deepspace_core.work import Schedule


@click.group()
def schedule() -> None:
    """Schedules: what comes by the clock."""


@schedule.command("list")
@json_option
@click.pass_obj
def list_(deployment: Deployment) -> None:
    """List all schedules, by name."""
    rows = [schedule_row(one) for one in deployment.run(lambda app: app.list_schedules(actor=OPERATOR))]
    if json_wanted():
        print_json({"data": rows})
    else:
        print_table(rows, columns=["name", "cron", "time_zone", "enabled", "next_fire_at", "last_fired_at"])


@schedule.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(deployment: Deployment, name: str) -> None:
    """Show one schedule, and the job that it caused last."""
    show_record(schedule_row(deployment.run(lambda app: app.get_schedule(actor=OPERATOR, name=name))))


@schedule.command("set")
@click.argument("name")
@click.option("--cron", help='Five fields, or six where the first is seconds: "15 3 * * *".')
@click.option("--time-zone", help="Whose clock: an IANA name such as Asia/Shanghai.")
@json_option
@click.pass_obj
def set_(deployment: Deployment, *, name: str, cron: str | None, time_zone: str | None) -> None:
    """Give a schedule another time; what is left out stays. A time that the clocks skip or repeat fires once."""
    if cron is None and time_zone is None:
        raise click.UsageError("name what to change: --cron, --time-zone")
    _change(deployment, name, cron=cron, time_zone=time_zone)


@schedule.command()
@click.argument("name")
@json_option
@click.pass_obj
def enable(deployment: Deployment, name: str) -> None:
    """Let a schedule fire again, from its next time on: what it missed is not made up for."""
    _change(deployment, name, enabled=True)


@schedule.command()
@click.argument("name")
@json_option
@click.pass_obj
def disable(deployment: Deployment, name: str) -> None:
    """Keep a schedule from firing. A job of it that is queued already still runs (deepspace job cancel)."""
    _change(deployment, name, enabled=False)


@schedule.command()
@click.argument("name")
@json_option
@click.pass_obj
def run(deployment: Deployment, name: str) -> None:
    """Queue a schedule's job now, enabled or not; `deepspace job watch` follows it."""
    job = deployment.run(lambda app: app.run_schedule(actor=OPERATOR, trace_id=app.ids.trace_id(), name=name))
    show_record(job_row(job))


def schedule_row(one: Schedule) -> Row:
    """A schedule as commands print it."""
    return {
        "name": one.name,
        "cron": one.timetable.cron,
        "time_zone": one.timetable.time_zone,
        "enabled": one.enabled,
        "next_fire_at": moment(one.next_fire_at),
        "last_fired_at": moment(one.last_fired_at),
        "job_name": one.job_name,
        "last_job_id": None if one.last_job_id is None else show_id("job", one.last_job_id),
    }


def _change(
    deployment: Deployment,
    name: str,
    *,
    cron: str | None = None,
    time_zone: str | None = None,
    enabled: bool | None = None,
) -> None:
    changed = deployment.run(
        lambda app: app.change_schedule(
            actor=OPERATOR,
            trace_id=app.ids.trace_id(),
            name=name,
            cron=cron,
            time_zone=time_zone,
            enabled=enabled,
        )
    )
    show_record(schedule_row(changed))
