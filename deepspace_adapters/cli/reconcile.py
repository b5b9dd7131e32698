"""`deepspace reconcile`: our book of calls beside the upstreams' own, and our own books beside each other."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR
from deepspace_adapters.cli.output import (
    Row,
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
from deepspace_core.kernel.ids import ReconciliationId, read_id, show_id
from deepspace_core.usage import FindingKind, Reconciliation

EXIT_DIFFERENT = 1
HOURS_DEFAULT = 24
HOURS_MAX = 7 * 24
DAYS_DEFAULT = 7
DAYS_MAX = 31


@click.group()
def reconcile() -> None:
    """Reconciliation: our books beside the upstreams' and beside each other, and what differs."""


@reconcile.command()
@click.option("--hours", type=click.IntRange(1, HOURS_MAX), help=f"The last so many. Default: {HOURS_DEFAULT}.")
@click.option("--from", "since", type=click.DateTime(), help="In UTC, with --to, instead of --hours.")
@click.option("--to", "until", type=click.DateTime(), help="In UTC.")
@json_option
@click.pass_context
def run(ctx: click.Context, *, hours: int | None, since: datetime | None, until: datetime | None) -> None:
    """Compare now, and store what is found. Exits with 1 when the books differ or one can't be read.

    A channel's log is read where it says how: `deepspace channel edit NAME --log-url … --log-user … --log-token …`.
    """
    deployment: Deployment = ctx.obj

    async def work(app: Application) -> Reconciliation:
        end = app.clock.now() if until is None else until.replace(tzinfo=UTC)
        begin = end - timedelta(hours=hours or HOURS_DEFAULT) if since is None else since.replace(tzinfo=UTC)
        return await app.run_reconciliation(actor=OPERATOR, trace_id=app.ids.trace_id(), since=begin, until=end)

    found = deployment.run(work)
    _show(found)
    if found.differences or found.report["unread"]:
        ctx.exit(EXIT_DIFFERENT)


@reconcile.command()
@click.option(
    "--days", type=click.IntRange(1, DAYS_MAX), default=DAYS_DEFAULT, show_default=True, help="The last so many."
)
@json_option
@click.pass_context
def books(ctx: click.Context, *, days: int) -> None:
    """Compare our own books now: captures, usage, roll-ups and sums of whole days in UTC, today left out.

    Exits with 1 when they differ. A worker does the same each night for the last seven days.
    """
    deployment: Deployment = ctx.obj

    async def work(app: Application) -> Reconciliation:
        now = app.clock.now()
        return await app.compare_own_books(
            actor=OPERATOR, trace_id=app.ids.trace_id(), since=now - timedelta(days=days), until=now
        )

    found = deployment.run(work)
    _show(found)
    if found.differences:
        ctx.exit(EXIT_DIFFERENT)


@reconcile.command("list")
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, limit: int, cursor: str | None) -> None:
    """List comparisons, newest first."""
    page = deployment.run(lambda app: app.list_reconciliations(actor=OPERATOR, page=read_page(limit, cursor)))
    columns = ["id", "period_start", "period_end", "in_both", *(kind.value for kind in FindingKind), "without_book"]
    show_page(page, reconciliation_row, columns=columns)


@reconcile.command()
@click.argument("reconciliation", metavar="ID")
@json_option
@click.pass_obj
def show(deployment: Deployment, reconciliation: str) -> None:
    """Show one comparison with all that it found."""
    wanted = ReconciliationId(read_id("reconciliation", reconciliation, param="reconciliation"))
    _show(deployment.run(lambda app: app.get_reconciliation(actor=OPERATOR, reconciliation_id=wanted)))


def reconciliation_row(one: Reconciliation) -> Row:
    """A comparison as commands print it."""
    return {
        "id": show_id("reconciliation", one.id),
        "period_start": moment(one.period_start),
        "period_end": moment(one.period_end),
        "finished_at": moment(one.finished_at),
        "rows_compared": one.rows_compared,
        "differences": one.differences,
        **one.report,
    }


def _show(found: Reconciliation) -> None:
    row = reconciliation_row(found)
    if json_wanted():
        print_json(row)
        return
    findings, disagreements = found.report.get("findings"), found.report.get("disagreements")
    show_record({name: value for name, value in row.items() if name not in {"findings", "disagreements", "note"}})
    if note := found.report.get("note"):
        remark(str(note))
    if isinstance(findings, list) and findings:
        columns = ["kind", "at", "model", "trace_id", "request_id", "ours", "theirs"]
        print_table([_finding_row(finding) for finding in findings], columns=columns)
    if isinstance(disagreements, list) and disagreements:
        print_table(disagreements, columns=["kind", "about", "here", "there"])


def _finding_row(finding: Mapping[str, Mapping[str, object]]) -> Row:
    ours, theirs = finding["ours"] or {}, finding["theirs"] or {}
    return {
        "kind": finding["kind"],
        "at": finding["at"],
        "model": ours.get("model") or theirs.get("model"),
        "trace_id": ours.get("trace_id"),
        "request_id": ours.get("request_id") or theirs.get("request_id"),
        "ours": _side(ours),
        "theirs": _side(theirs),
    }


def _side(side: Mapping[str, object]) -> str | None:
    return f"{side['input_tokens']}+{side['output_tokens']}" if side else None
