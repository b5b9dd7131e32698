"""What happened: audited events, requests, and the whole story of one trace."""

from dataclasses import replace
from typing import Annotated, TypeAlias

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation

from deepspace_core.audit.ports import EventFilters, RequestLogFilters
from deepspace_core.kernel.ids import OrgId, TraceId, read_id
from deepspace_core.usage.record import Ending
from deepspace_http.application import AuditUseCases
from deepspace_http.oversight import Oversight
from deepspace_http.parameters import Caller, From, To, WantedPage, optional_id
from deepspace_http.schemas.audit import (
    AnyRequestLogBody,
    EventBody,
    FoundTracesBody,
    RequestLogBody,
    RequestTotalsBody,
    TraceStoryBody,
    show_any_request_log,
    show_event,
    show_request_log,
    show_request_totals,
    show_story,
)
from deepspace_http.schemas.wire import PageBody, page_body, utc

Audit: TypeAlias = NamedDependency[SkipValidation[AuditUseCases]]
WantedEvents: TypeAlias = NamedDependency[SkipValidation[EventFilters]]
WantedRequests: TypeAlias = NamedDependency[SkipValidation[RequestLogFilters]]
EventType = Annotated[
    str | None,
    QueryParameter(
        name="event_type", description='Exactly, or a family by a trailing dot: "api_key." for all of keys.'
    ),
]

TraceName = Annotated[
    str,
    QueryParameter(
        name="name",
        description="A trace id, a request's id (ours or the upstream's), a ref, or the id of a hold, transaction, "
        "usage record or job, or of whatever an event is about.",
    ),
]


def provide_event_filters(
    *,
    event_type: EventType = None,
    actor: FromQuery[str | None] = None,
    subject: FromQuery[str | None] = None,
    trace_id: FromQuery[str | None] = None,
    since: From = None,
    until: To = None,
) -> EventFilters:
    """What lists of events are narrowed by."""
    return EventFilters(
        event_type=event_type,
        actor=actor,
        subject=subject,
        trace_id=None if trace_id is None else TraceId(trace_id),
        since=utc(since, param="from"),
        until=utc(until, param="to"),
    )


def provide_request_filters(
    *,
    api_key_id: FromQuery[str | None] = None,
    user_id: FromQuery[str | None] = None,
    project_id: FromQuery[str | None] = None,
    workspace_id: FromQuery[str | None] = None,
    app_id: FromQuery[str | None] = None,
    ending: FromQuery[Ending | None] = None,
    model: FromQuery[str | None] = None,
    error_code: FromQuery[str | None] = None,
    status_min: FromQuery[int | None] = None,
    status_max: FromQuery[int | None] = None,
    route: FromQuery[str | None] = None,
    slower_than_ms: FromQuery[int | None] = None,
    trace_id: FromQuery[str | None] = None,
    since: From = None,
    until: To = None,
) -> RequestLogFilters:
    """What lists of requests are narrowed by; `status_min` 400 shows the failed ones."""
    return RequestLogFilters(
        api_key_id=optional_id("api_key", api_key_id, param="api_key_id"),
        user_id=optional_id("user", user_id, param="user_id"),
        project_id=optional_id("project", project_id, param="project_id"),
        workspace_id=optional_id("workspace", workspace_id, param="workspace_id"),
        app_id=optional_id("app", app_id, param="app_id"),
        ending=None if ending is None else ending.value,
        model_name=model,
        error_code=error_code,
        status_min=status_min,
        status_max=status_max,
        route=route,
        slower_than_ms=slower_than_ms,
        trace_id=None if trace_id is None else TraceId(trace_id),
        since=utc(since, param="from"),
        until=utc(until, param="to"),
    )


def provide_any_request_filters(
    request_filters: WantedRequests, channel: FromQuery[str | None] = None
) -> RequestLogFilters:
    """An administrator's: by channel too."""
    return replace(request_filters, channel=channel)


@get("/events", summary="List audit events")
async def list_events(
    caller: Caller, audit: Audit, page: WantedPage, event_filters: WantedEvents
) -> PageBody[EventBody]:
    """Of the organization."""
    return page_body(await audit.list_events(principal=caller, page=page, filters=event_filters), show_event)


@get("/requests", summary="List requests")
async def list_requests(
    caller: Caller, audit: Audit, page: WantedPage, request_filters: WantedRequests
) -> PageBody[RequestLogBody]:
    """Every request of the organization, refused ones too."""
    found = await audit.list_requests(principal=caller, page=page, filters=request_filters)
    return page_body(found, show_request_log)


@get("/traces/{trace_id:str}", summary="Tell a trace")
async def tell_trace(caller: Caller, audit: Audit, trace_id: FromPath[str]) -> TraceStoryBody:
    """The whole story of one call: stages, hold, upstream, tokens, price, capture."""
    return show_story(await audit.tell_trace(principal=caller, trace_id=trace_id))


@get("/events", summary="List audit events of everybody")
async def list_all_events(
    caller: Caller,
    audit: Audit,
    page: WantedPage,
    event_filters: WantedEvents,
    org_id: FromQuery[str | None] = None,
) -> PageBody[EventBody]:
    """Of one organization, or of all."""
    found = await audit.list_all_events(actor=caller, org_id=_org(org_id), page=page, filters=event_filters)
    return page_body(found, show_event)


@get("/requests", summary="List requests of everybody")
async def list_all_requests(
    caller: Caller,
    audit: Audit,
    page: WantedPage,
    any_request_filters: WantedRequests,
    org_id: FromQuery[str | None] = None,
) -> PageBody[AnyRequestLogBody]:
    """Of one organization, or of all."""
    found = await audit.list_all_requests(actor=caller, org_id=_org(org_id), page=page, filters=any_request_filters)
    return page_body(found, show_any_request_log)


@get("/traces/{trace_id:str}", summary="Tell anybody's trace")
async def tell_any_trace(caller: Caller, audit: Audit, trace_id: FromPath[str]) -> TraceStoryBody:
    """The whole story of one call, whosever it was."""
    return show_story(await audit.tell_any_trace(actor=caller, trace_id=trace_id))


@get("/requests/totals", summary="Total requests of everybody")
async def total_all_requests(
    caller: Caller, oversight: Oversight, any_request_filters: WantedRequests, org_id: FromQuery[str | None] = None
) -> RequestTotalsBody:
    """Of one organization, or of all; computed over all requests that match."""
    totals = await oversight.total_all_requests(actor=caller, org_id=_org(org_id), filters=any_request_filters)
    return show_request_totals(totals)


@get("/find", summary="Find traces")
async def find_traces(caller: Caller, oversight: Oversight, name: TraceName) -> FoundTracesBody:
    """From what a customer has at hand to the traces that it stands in; none when nobody knows it."""
    found = await oversight.find_traces(actor=caller, name=name)
    return FoundTracesBody(trace_ids=list(found))


def _org(text: str | None) -> OrgId | None:
    return None if text is None else OrgId(read_id("org", text, param="org_id"))


FILTERS = {
    "event_filters": Provide(provide_event_filters, sync_to_thread=False),
    "request_filters": Provide(provide_request_filters, sync_to_thread=False),
}

audit_router = Router(
    "/audit", route_handlers=[list_events, list_requests, tell_trace], dependencies=FILTERS, tags=["Audit"]
)
ANY_FILTERS = FILTERS | {"any_request_filters": Provide(provide_any_request_filters, sync_to_thread=False)}

admin_audit_router = Router(
    "/audit",
    route_handlers=[list_all_events, list_all_requests, total_all_requests, find_traces, tell_any_trace],
    dependencies=ANY_FILTERS,
    tags=["Admin: audit"],
)
