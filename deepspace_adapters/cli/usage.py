"""`deepspace usage`: what was called, by whom, and what it cost."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import OPERATOR, find_organization, org_option
from deepspace_adapters.cli.output import (
    Row,
    json_option,
    json_wanted,
    moment,
    money,
    page_options,
    print_json,
    print_table,
    read_page,
    show_page,
    show_record,
)
from deepspace_core.kernel.ids import OrgId, read_id, show_id
from deepspace_core.kernel.page import Page
from deepspace_core.usage import Bucket, Dimension, Period, SummaryRequest, UsageFilters, UsageRecord, UsageSummaryRow


def _read_app(_context: click.Context, _parameter: click.Parameter, text: str | None) -> UUID | None:
    return None if text is None else read_id("app", text, param="app")


DAYS_DEFAULT = 30
PAGES_MAX = 50
RECORDS = "usage_records"
app_option = click.option("--app", "app_id", callback=_read_app, metavar="ID", help="Only this app's calls.")


@click.group()
def usage() -> None:
    """Usage: every metered call, and sums over time."""


@usage.command("list")
@click.option("--model", metavar="NAME", help="Only this model's calls.")
@click.option("--days", type=click.IntRange(1), help="Only the last so many days.")
@app_option
@org_option
@page_options
@json_option
@click.pass_obj
def list_(
    deployment: Deployment,
    *,
    model: str | None,
    days: int | None,
    app_id: UUID | None,
    org: str | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List calls, newest first; of every organization unless one is named."""

    async def work(app: Application) -> Page[UsageRecord]:
        org_id = await _org_id(app, org)
        since = None if days is None else app.clock.now() - timedelta(days=days)
        filters = UsageFilters(model_name=model, app_id=app_id, since=since)
        return await app.list_all_usage(actor=OPERATOR, org_id=org_id, page=read_page(limit, cursor), filters=filters)

    columns = ["ended_at", "model", "input_tokens", "output_tokens", "cost", "ending", "trace_id"]
    show_page(deployment.run(work), usage_row, columns=columns)


@usage.command()
@click.option("--by", type=click.Choice([one.value for one in Dimension]), default="model", show_default=True)
@click.option("--bucket", type=click.Choice([one.value for one in Bucket]), default="day", show_default=True)
@click.option("--days", type=click.IntRange(1), default=DAYS_DEFAULT, show_default=True, help="How far back.")
@click.option("--time-zone", default="UTC", show_default=True, help="Whose days: an IANA name.")
@click.option("--model", metavar="NAME", help="Only this model's calls.")
@app_option
@org_option
@json_option
@click.pass_obj
def summary(
    deployment: Deployment,
    *,
    by: str,
    bucket: str,
    days: int,
    time_zone: str,
    model: str | None,
    app_id: UUID | None,
    org: str | None,
) -> None:
    """Sum calls, tokens and cost over time."""

    async def work(app: Application) -> list[UsageSummaryRow]:
        now = app.clock.now()
        period = Period(since=now - timedelta(days=days), until=now, bucket=Bucket(bucket), time_zone=time_zone)
        filters = UsageFilters(model_name=model, app_id=app_id)
        return await _all_pages(app, await _org_id(app, org), period, Dimension(by), filters)

    rows = [_summary_row(row) for row in deployment.run(work)]
    if json_wanted():
        print_json({"data": rows})
    else:
        columns = ["bucket_start", "value", "requests", "input_tokens", "output_tokens", "cost", "currency"]
        print_table(rows, columns=columns)


@usage.command()
@click.option("--from", "since", type=click.DateTime(), required=True, help="In UTC; its hour and all after it.")
@click.option("--to", "until", type=click.DateTime(), help="In UTC. Default: the last hour that is over.")
@json_option
@click.pass_obj
def recompute(deployment: Deployment, *, since: datetime, until: datetime | None) -> None:
    """Make the roll-ups and sums of a stretch of time anew from the records.

    They come to the same, unless somebody changed them by hand: `deepspace reconcile books` tells. Answers stay right
    meanwhile. Months whose records are archived are refused: restore them first, or keep the roll-ups that there are.
    """

    async def work(app: Application) -> int:
        begin = since.replace(tzinfo=UTC)
        end = app.clock.now() if until is None else until.replace(tzinfo=UTC)
        kept = (await app.report_retention(actor=OPERATOR)).tables
        first = next((one.on_disk.first_month for one in kept if one.on_disk.table == RECORDS), None)
        if first is not None and f"{begin:%Y-%m}" < first:
            raise click.ClickException(
                f"the records are here from {first} on: say --from {first}-01, or bring older ones back with"
                " `deepspace archive restore`"
            )
        return await app.recompute_usage(actor=OPERATOR, since=begin, until=end)

    show_record({"rows": deployment.run(work)})


def usage_row(one: UsageRecord) -> Row:
    """A usage record as commands print it."""
    return {
        "id": show_id("usage_record", one.id),
        "ended_at": moment(one.ended_at),
        "org_id": show_id("org", one.org_id),
        "project_id": None if one.project_id is None else show_id("project", one.project_id),
        "api_key_id": None if one.api_key_id is None else show_id("api_key", one.api_key_id),
        "app_id": None if one.app_id is None else show_id("app", one.app_id),
        "model": one.model_name,
        "route": one.route,
        "stream": one.stream,
        "input_tokens": one.leaves.input_total,
        "output_tokens": one.leaves.output_total,
        **money("cost", one.cost_nanos),
        "cost_picos": one.cost_picos,
        "currency": one.currency,
        "usage_source": one.usage_source.value,
        "ending": one.ending.value,
        "latency_ms": one.latency_ms,
        "first_token_ms": one.first_token_ms,
        "trace_id": one.trace_id,
    }


async def _all_pages(
    app: Application, org_id: OrgId | None, period: Period, dimension: Dimension, filters: UsageFilters
) -> list[UsageSummaryRow]:
    rows: list[UsageSummaryRow] = []
    cursor: str | None = None
    for _ in range(PAGES_MAX):
        page = await app.all_usage_by_period(
            actor=OPERATOR,
            org_id=org_id,
            period=period,
            dimension=dimension,
            filters=filters,
            page=SummaryRequest.read(limit=None, cursor=cursor),
        )
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return rows
    raise click.ClickException(f"more than {len(rows)} rows; ask for fewer days, or a wider --bucket")


async def _org_id(app: Application, org: str | None) -> OrgId | None:
    return None if org is None else (await find_organization(app, org)).id


def _summary_row(row: UsageSummaryRow) -> Row:
    return {
        "bucket_start": moment(row.bucket_start),
        "value": row.value,
        "requests": row.sums.requests,
        "input_tokens": row.sums.leaves.input_total,
        "output_tokens": row.sums.leaves.output_total,
        **money("cost", row.sums.cost_nanos),
        "currency": row.currency,
    }
