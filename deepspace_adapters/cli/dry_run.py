"""The `--dry-run` of commands that set a rule: what it would have done to the calls of the past days."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.output import Row, json_wanted, moment, print_json, print_table, remark
from deepspace_core.kernel.ids import show_id
from deepspace_core.pipeline.dry_run import DryRun

Command = TypeVar("Command", bound=Callable[..., None])

DAYS_MAX = 31


def dry_run_options(command: Command) -> Command:
    """Adds `--dry-run` and `--days`."""
    days = click.option(
        "--days", type=click.IntRange(1, DAYS_MAX), default=1, show_default=True, help="Of the dry run: how many."
    )
    flag = click.option(
        "--dry-run", is_flag=True, help="Set nothing; say which calls of the last days it would have rejected."
    )
    return flag(days(command))


def past_days(app: Application, days: int) -> tuple[datetime, datetime]:
    """From then until now."""
    now = app.clock.now()
    return now - timedelta(days=days), now


def show_dry_run(told: DryRun) -> None:
    """Prints what a rule would have done."""
    rows = [_row(told, number) for number in range(len(told.examples))]
    if json_wanted():
        counts = {"calls": told.calls, "rejected": told.rejected, "is_partial": told.is_partial}
        print_json({"since": moment(told.since), "until": moment(told.until), **counts, "examples": rows})
        return
    more = " (of more than are looked through)" if told.is_partial else ""
    click.echo(f"It would have rejected {told.rejected} of {told.calls} calls{more}. Nothing was set.")
    if rows:
        print_table(rows, columns=["at", "trace_id", "api_key_id", "model", "address", "calls"])
        if told.rejected > sum(one.calls for one in told.examples):
            remark(f"The first {len(rows)} of them.")


def _row(told: DryRun, number: int) -> Row:
    one = told.examples[number]
    return {
        "at": moment(one.at),
        "trace_id": one.trace_id,
        "api_key_id": None if one.api_key_id is None else show_id("api_key", one.api_key_id),
        "model": one.model_name,
        "address": one.address,
        "calls": one.calls,
    }
