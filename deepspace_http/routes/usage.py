"""What was used and what it cost: records, totals, and sums over time."""

from datetime import datetime
from typing import Annotated, TypeAlias

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import OrgId, TraceId, UsageRecordId, read_id
from deepspace_core.kernel.page import Page
from deepspace_core.usage.ports import UsageFilters
from deepspace_core.usage.record import Ending, UsageSource
from deepspace_core.usage.rollup import Bucket, Dimension, Period, UsageSummaryRow
from deepspace_core.usage.summary import SUMMARY_ROWS_MAX, SummaryRequest
from deepspace_http.application import UsageUseCases
from deepspace_http.oversight import Oversight
from deepspace_http.parameters import Caller, CursorText, From, To, WantedPage, optional_id
from deepspace_http.schemas.forecast import ForecastBody, show_forecast
from deepspace_http.schemas.usage import (
    UsageBreakdownBody,
    UsageRecordBody,
    UsageSummaryBody,
    UsageTotalsBody,
    show_breakdown,
    show_summary_row,
    show_totals,
    show_usage_record,
)
from deepspace_http.schemas.wire import PageBody, page_body, utc

Usage: TypeAlias = NamedDependency[SkipValidation[UsageUseCases]]
SummaryLimit = Annotated[
    int | None,
    QueryParameter(name="limit", description=f"Rows of a page, 1 to {SUMMARY_ROWS_MAX}; so many when absent."),
]
WantedSummary: TypeAlias = NamedDependency[SkipValidation[SummaryRequest]]
Filters: TypeAlias = NamedDependency[SkipValidation[UsageFilters]]
GroupBy = Annotated[Dimension, QueryParameter(name="group_by", description="What each step of time is split by.")]


def provide_usage_filters(
    *,
    workspace_id: FromQuery[str | None] = None,
    project_id: FromQuery[str | None] = None,
    api_key_id: FromQuery[str | None] = None,
    user_id: FromQuery[str | None] = None,
    app_id: FromQuery[str | None] = None,
    model: FromQuery[str | None] = None,
    trace_id: FromQuery[str | None] = None,
    ending: FromQuery[Ending | None] = None,
    usage_source: FromQuery[UsageSource | None] = None,
    since: From = None,
    until: To = None,
) -> UsageFilters:
    """What every usage route is narrowed by."""
    return UsageFilters(
        workspace_id=optional_id("workspace", workspace_id, param="workspace_id"),
        project_id=optional_id("project", project_id, param="project_id"),
        api_key_id=optional_id("api_key", api_key_id, param="api_key_id"),
        user_id=optional_id("user", user_id, param="user_id"),
        app_id=optional_id("app", app_id, param="app_id"),
        model_name=model,
        trace_id=None if trace_id is None else TraceId(trace_id),
        ending=ending,
        usage_source=usage_source,
        since=utc(since, param="from"),
        until=utc(until, param="to"),
    )


def provide_summary_page(limit: SummaryLimit = None, cursor: CursorText = None) -> SummaryRequest:
    """Raises InvalidInput naming `limit` or `cursor`."""
    return SummaryRequest.read(limit=limit, cursor=cursor)


@get("/records", summary="List usage records")
async def list_usage(caller: Caller, usage: Usage, page: WantedPage, filters: Filters) -> PageBody[UsageRecordBody]:
    """One row for every metered call of the organization."""
    return page_body(await usage.list_usage(principal=caller, page=page, filters=filters), show_usage_record)


@get("/records/{usage_id:str}", summary="Show a usage record")
async def get_usage(caller: Caller, usage: Usage, usage_id: FromPath[str]) -> UsageRecordBody:
    """One metered call."""
    wanted = UsageRecordId(read_id("usage_record", usage_id, param="usage_id"))
    return show_usage_record(await usage.get_usage(principal=caller, record_id=wanted))


@get("/totals", summary="Total usage")
async def total_usage(caller: Caller, usage: Usage, filters: Filters) -> UsageTotalsBody:
    """Computed over all rows that match, never over a page of them."""
    return show_totals(await usage.total_usage(principal=caller, filters=filters))


@get("/summary", summary="Usage over time")
async def usage_by_period(
    *,
    caller: Caller,
    usage: Usage,
    filters: Filters,
    summary_page: WantedSummary,
    group_by: GroupBy = Dimension.NONE,
    bucket: FromQuery[Bucket] = Bucket.DAY,
    time_zone: FromQuery[str] = "UTC",
) -> UsageSummaryBody:
    """Sums by hour, day or month of a time zone between `from` and `to`, split by `group_by`."""
    page = await usage.usage_by_period(
        principal=caller,
        period=_period(filters, bucket, time_zone),
        dimension=group_by,
        filters=filters,
        page=summary_page,
    )
    return _summary(page, group_by)


@get("/breakdown", summary="What usage is made of")
async def break_down_usage(
    caller: Caller, usage: Usage, filters: Filters, group_by: GroupBy = Dimension.NONE
) -> UsageBreakdownBody:
    """Sums between `from` and `to` by `group_by`, beside the equally long stretch before; whole hours."""
    since, until = _bounds(filters)
    broken = await usage.break_down_usage(
        principal=caller, since=since, until=until, dimension=group_by, filters=filters
    )
    return show_breakdown(broken, group_by)


@get("/forecast", summary="What the month will come to")
async def forecast_spending(caller: Caller, usage: Usage, time_zone: FromQuery[str] = "UTC") -> ForecastBody:
    """From the eight weeks before, by weekday; and the day on which the balance ends."""
    return show_forecast(await usage.forecast_spending(principal=caller, time_zone=time_zone))


@get("/records", summary="List usage records of everybody")
async def list_all_usage(
    caller: Caller, usage: Usage, page: WantedPage, filters: Filters, org_id: FromQuery[str | None] = None
) -> PageBody[UsageRecordBody]:
    """Of one organization, or of all."""
    found = await usage.list_all_usage(actor=caller, org_id=_org(org_id), page=page, filters=filters)
    return page_body(found, show_usage_record)


@get("/totals", summary="Total usage of everybody")
async def total_all_usage(
    caller: Caller, oversight: Oversight, filters: Filters, org_id: FromQuery[str | None] = None
) -> UsageTotalsBody:
    """Of one organization, or of all; computed over all rows that match."""
    return show_totals(await oversight.total_all_usage(actor=caller, org_id=_org(org_id), filters=filters))


@get("/summary", summary="Usage of everybody over time")
async def all_usage_by_period(
    *,
    caller: Caller,
    usage: Usage,
    filters: Filters,
    summary_page: WantedSummary,
    org_id: FromQuery[str | None] = None,
    group_by: GroupBy = Dimension.NONE,
    bucket: FromQuery[Bucket] = Bucket.DAY,
    time_zone: FromQuery[str] = "UTC",
) -> UsageSummaryBody:
    """Of one organization, or of all."""
    page = await usage.all_usage_by_period(
        actor=caller,
        org_id=_org(org_id),
        period=_period(filters, bucket, time_zone),
        dimension=group_by,
        filters=filters,
        page=summary_page,
    )
    return _summary(page, group_by)


def _period(filters: UsageFilters, bucket: Bucket, time_zone: str) -> Period:
    since, until = _bounds(filters)
    return Period(since=since, until=until, bucket=bucket, time_zone=time_zone)


def _bounds(filters: UsageFilters) -> tuple[datetime, datetime]:
    """Both ends of a period. Raises InvalidInput naming the one that is missing."""
    since, until = filters.since, filters.until
    if since is None or until is None:
        param = "from" if since is None else "to"
        raise InvalidInput(f"{param} is needed, as a time such as 2026-01-31T00:00:00Z", param=param)
    return since, until


def _summary(page: Page[UsageSummaryRow], dimension: Dimension) -> UsageSummaryBody:
    return UsageSummaryBody(data=[show_summary_row(row, dimension) for row in page.rows], next_cursor=page.next_cursor)


def _org(text: str | None) -> OrgId | None:
    return None if text is None else OrgId(read_id("org", text, param="org_id"))


DEPENDENCIES = {
    "filters": Provide(provide_usage_filters, sync_to_thread=False),
    "summary_page": Provide(provide_summary_page, sync_to_thread=False),
}
usage_router = Router(
    "/usage",
    route_handlers=[list_usage, get_usage, total_usage, usage_by_period, break_down_usage, forecast_spending],
    dependencies=DEPENDENCIES,
    tags=["Usage"],
)
admin_usage_router = Router(
    "/usage",
    route_handlers=[list_all_usage, total_all_usage, all_usage_by_period],
    dependencies=DEPENDENCIES,
    tags=["Admin: usage"],
)
