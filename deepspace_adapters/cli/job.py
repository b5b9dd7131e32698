"""`deepspace job`: what the worker does, did, and could not do."""

import asyncio
from datetime import timedelta

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR, find_organization, org_option
from deepspace_adapters.cli.output import (
    Row,
    cell,
    json_option,
    json_wanted,
    moment,
    page_options,
    print_json,
    print_table,
    read_page,
    remark,
    show_page,
    show_record,
)
from deepspace_core.kernel.ids import JobId, TraceId, read_id, show_id
from deepspace_core.kernel.page import Page
from deepspace_core.work import JobFilter, JobRun, JobState, Progress, WorkCensus

COLUMNS = ["id", "name", "state", "progress", "attempts", "queued_at", "finished_at", "error"]
LOOK_SECONDS = 0.5


@click.group()
def job() -> None:
    """Jobs: what the worker does, did, and could not do."""


@job.command("list")
@click.option("--state", type=click.Choice([one.value for one in JobState]), help="Only these; dead: dead letters.")
@click.option("--name", help="Only jobs of this name, such as usage.roll_up.")
@click.option("--trace", metavar="TRACE_ID", help="Only what one call caused.")
@click.option("--days", type=click.IntRange(1), help="Only those queued in the last so many days.")
@org_option
@page_options
@json_option
@click.pass_obj
def list_(
    deployment: Deployment,
    *,
    state: str | None,
    name: str | None,
    trace: str | None,
    days: int | None,
    org: str | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List jobs, newest first: the installation's own and every organization's, or of one."""

    async def work(app: Application) -> Page[JobRun]:
        matching = JobFilter(
            state=None if state is None else JobState(state),
            name=name,
            trace_id=None if trace is None else TraceId(trace),
            since=None if days is None else app.clock.now() - timedelta(days=days),
        )
        org_id = None if org is None else (await find_organization(app, org)).id
        return await app.list_jobs(actor=OPERATOR, matching=matching, page=read_page(limit, cursor), org_id=org_id)

    show_page(deployment.run(work), job_row, columns=COLUMNS)


@job.command()
@click.argument("job_id", metavar="JOB")
@json_option
@click.pass_obj
def show(deployment: Deployment, job_id: str) -> None:
    """Show one job, with its payload and its error in full."""
    wanted = _job(job_id)
    found = deployment.run(lambda app: app.get_job(actor=OPERATOR, job_id=wanted))
    show_record({**job_row(found), "payload": dict(found.payload)})


@job.command()
@click.argument("job_id", metavar="JOB")
@json_option
@click.pass_obj
def watch(deployment: Deployment, job_id: str) -> None:
    """Follow a job until it is settled, a line for each change. Fails unless it succeeded."""
    wanted = _job(job_id)

    async def work(app: Application) -> JobRun:
        found = await app.get_job(actor=OPERATOR, job_id=wanted)
        _tell(found)
        while not found.settled:
            await asyncio.sleep(LOOK_SECONDS)
            latest = await app.get_job(actor=OPERATOR, job_id=wanted)
            if latest.revision != found.revision:
                _tell(latest)
            found = latest
        return found

    settled = deployment.run(work)
    if json_wanted():
        print_json(job_row(settled))
    if settled.state is not JobState.SUCCEEDED:
        raise click.exceptions.Exit(1)


@job.command()
@click.argument("job_id", metavar="JOB")
@json_option
@click.pass_obj
def cancel(deployment: Deployment, job_id: str) -> None:
    """Stop a job. One that waits is over; one that runs is asked to stop, which takes seconds."""
    wanted = _job(job_id)
    show_record(job_row(deployment.run(lambda app: app.cancel_job(actor=OPERATOR, job_id=wanted))))


@job.command()
@click.argument("job_id", metavar="JOB", required=False)
@click.option("--dead", is_flag=True, help="Instead of one job: all dead letters, or those of --name.")
@click.option("--name", help="With --dead: only those of this name.")
@json_option
@click.pass_obj
def retry(deployment: Deployment, *, job_id: str | None, dead: bool, name: str | None) -> None:
    """Queue a dead or cancelled job again, or all dead letters; under their own ids, so that no effect comes twice."""
    if (job_id is None) is not dead or (name is not None and not dead):
        raise click.UsageError("name one JOB, or --dead (with --name, if you like)")
    if job_id is not None:
        wanted = _job(job_id)
        show_record(job_row(deployment.run(lambda app: app.retry_job(actor=OPERATOR, job_id=wanted))))
        return
    rows = [job_row(one) for one in deployment.run(lambda app: app.retry_dead_jobs(actor=OPERATOR, name=name))]
    if json_wanted():
        print_json({"data": rows})
    else:
        print_table(rows, columns=COLUMNS)


@job.command()
@json_option
@click.pass_obj
def census(deployment: Deployment) -> None:
    """Count what waits, runs and died, by name; and tell how far the relay is behind."""
    counted: WorkCensus = deployment.run(lambda app: app.take_census(actor=OPERATOR))
    rows = [
        {"name": one.name, "state": one.state.value, "count": one.count, "oldest_due_at": moment(one.oldest_due_at)}
        for one in counted.counts
    ]
    behind = {
        "deliveries_due": counted.deliveries_due,
        "oldest_delivery_at": moment(counted.oldest_delivery_at),
    }
    if json_wanted():
        print_json({"data": rows, **behind})
    else:
        print_table(rows, columns=["name", "state", "count", "oldest_due_at"])
        remark(f"Deliveries due: {counted.deliveries_due}")


def job_row(one: JobRun) -> Row:
    """A job as commands print it."""
    return {
        "id": show_id("job", one.id),
        "name": one.name,
        "state": one.state.value,
        "progress": _progress(one.progress),
        "attempts": one.attempts,
        "attempts_max": one.attempts_max,
        "time_limit_seconds": None if one.time_limit is None else one.time_limit.total_seconds(),
        "error": one.error,
        "error_code": one.error_code,
        "org_id": None if one.org_id is None else show_id("org", one.org_id),
        "trace_id": one.trace_id,
        "queued_at": moment(one.queued_at),
        "due_at": moment(one.due_at),
        "started_at": moment(one.started_at),
        "finished_at": moment(one.finished_at),
    }


def _job(text: str) -> JobId:
    return JobId(read_id("job", text, param="job"))


def _tell(one: JobRun) -> None:
    told = [one.state.value, cell(_progress(one.progress)), one.error or ""]
    remark("  ".join(part for part in told if part not in {"", "-"}))


def _progress(progress: Progress) -> str | None:
    if progress.total is None and not progress.done:
        return None
    counted = f"{progress.done}" if progress.total is None else f"{progress.done}/{progress.total}"
    percent = "" if progress.percent is None else f" ({progress.percent} %)"
    return counted + percent + (f" {progress.note}" if progress.note else "")
