"""`deepspace archive`: months that retention has put into storage, and the way back."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR
from deepspace_adapters.cli.output import Row, json_option, json_wanted, moment, print_json, print_table, show_record
from deepspace_core.work import ArchivedMonth, KeptTable


@click.group()
def archive() -> None:
    """Archives: months that are past their retention."""


@archive.command("list")
@json_option
@click.pass_obj
def list_(deployment: Deployment) -> None:
    """List the months that were archived, those that are back as well."""

    async def work(app: Application) -> list[Row]:
        return [_row(month) for month in await app.list_archives(actor=OPERATOR)]

    rows = deployment.run(work)
    if json_wanted():
        print_json({"data": rows})
    else:
        print_table(rows, columns=["name", "rows", "bytes", "archived_at", "key"])


@archive.command()
@json_option
@click.pass_obj
def retention(deployment: Deployment) -> None:
    """Show how long each large table keeps its months, and what of it is on disk."""

    async def work(app: Application) -> list[Row]:
        return [_kept_row(table) for table in (await app.report_retention(actor=OPERATOR)).tables]

    rows = deployment.run(work)
    if json_wanted():
        print_json({"data": rows})
    else:
        print_table(
            rows, columns=["table", "months_kept", "months", "first_month", "last_month", "rows_about", "bytes"]
        )


@archive.command()
@click.argument("month", metavar="MONTH")
@json_option
@click.pass_obj
def restore(deployment: Deployment, *, month: str) -> None:
    """Bring a month (usage_records_y2025m01) back from storage, after its checksum and its rows were verified."""

    async def work(app: Application) -> Row:
        restored, was_away = await app.restore_month(actor=OPERATOR, name=month, trace_id=app.ids.trace_id())
        return {**_row(restored), "state": "restored" if was_away else "was there already"}

    show_record(deployment.run(work))


def _kept_row(table: KeptTable) -> Row:
    there = table.on_disk
    return {
        "table": there.table,
        "months_kept": "for ever" if table.months_kept is None else table.months_kept,
        "months": there.months,
        "first_month": there.first_month,
        "last_month": there.last_month,
        "rows_about": there.rows_about,
        "bytes": there.size_bytes,
    }


def _row(month: ArchivedMonth) -> Row:
    return {
        "name": month.name,
        "table": month.table,
        "rows": month.rows,
        "bytes": month.size_bytes,
        "sha256": month.sha256,
        "key": month.key,
        "archived_at": moment(month.archived_at),
    }
