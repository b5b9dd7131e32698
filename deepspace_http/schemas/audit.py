"""Wire types of the audit trail: events, requests, and the story of a trace."""

from typing import Annotated, Any

from msgspec import Meta

from deepspace_core.audit import RequestTotals, TraceEntry, TraceStory
from deepspace_core.audit.request_log import RequestLog
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import show_id
from deepspace_http.schemas.catalogue import ModelName
from deepspace_http.schemas.wire import (
    ApiKeyIdText,
    Count,
    EventIdText,
    OrgIdText,
    ProjectIdText,
    ResponseBody,
    Time,
    TraceIdText,
    UserIdText,
)

Details = Annotated[dict[str, Any], Meta(examples=[{"name": "Research", "prefix": "sk-ds-4f9a2b"}])]
Milliseconds = Annotated[int, Meta(examples=[840])]
Bytes = Annotated[int, Meta(examples=[1024])]


class EventBody(ResponseBody, frozen=True, kw_only=True):
    """One audited fact. `event_type` is dotted and past tense; `actor` is user:…, key:… or system:…."""

    id: EventIdText
    at: Time
    event_type: Annotated[str, Meta(examples=["api_key.created"])]
    org_id: OrgIdText | None
    actor: Annotated[str, Meta(examples=["user:0198c0ff-ee00-7abc-8def-0123456789ab"])]
    subject: Annotated[str, Meta(examples=["key_0198c0ffee007abc8def0123456789ab"])]
    trace_id: TraceIdText
    payload: Details


class StageBody(ResponseBody, frozen=True, kw_only=True):
    """One stage of the pipeline: when it began after the request's arrival, and how long it took."""

    name: Annotated[str, Meta(examples=["budget_hold"])]
    began_micros: Annotated[int, Meta(examples=[310])]
    duration_micros: Annotated[int, Meta(examples=[1850])]
    verdict: Annotated[str, Meta(examples=["passed"])]


class RequestLogBody(ResponseBody, frozen=True, kw_only=True):
    """One request that the gateway answered, refused ones too."""

    id: Annotated[str, Meta(examples=["0198c0ff-ee00-7abc-8def-0123456789ab"])]
    trace_id: TraceIdText
    org_id: OrgIdText | None
    project_id: ProjectIdText | None
    api_key_id: ApiKeyIdText | None
    user_id: UserIdText | None
    method: Annotated[str, Meta(examples=["POST"])]
    route: Annotated[str, Meta(examples=["/v1/chat/completions"])]
    model: ModelName | None
    stream: bool
    status: Annotated[int, Meta(examples=[200])]
    error_code: Annotated[str, Meta(examples=["insufficient_quota"])] | None
    stages: list[StageBody]
    client_address: Annotated[str, Meta(examples=["203.0.113.9"])] | None
    user_agent: Annotated[str, Meta(examples=["OpenAI/Python 3.54.0"])] | None
    request_bytes: Bytes
    response_bytes: Bytes
    started_at: Time
    duration_ms: Milliseconds
    first_token_ms: Milliseconds | None
    upstream_request_id: Annotated[str, Meta(examples=["2026013112000000000000"])] | None
    upstream_status: Annotated[int, Meta(examples=[200])] | None
    attempts: Annotated[int, Meta(examples=[1])]


class AnyRequestLogBody(RequestLogBody, frozen=True, kw_only=True):
    """A request as an administrator sees it: with the last channel that it was sent to."""

    channel: Annotated[str, Meta(examples=["default"])] | None


class RequestTotalsBody(ResponseBody, frozen=True, kw_only=True):
    """What requests add up to: `failed` were answered 400 or above, `faults` 500 or above."""

    requests: Count
    failed: Count
    faults: Count
    request_bytes: Bytes
    response_bytes: Bytes
    median_ms: Milliseconds | None
    p95_ms: Milliseconds | None


class FoundTracesBody(ResponseBody, frozen=True, kw_only=True):
    """The traces that a name stands in."""

    trace_ids: list[TraceIdText]


class TraceEntryBody(ResponseBody, frozen=True, kw_only=True):
    """One thing that is known of a trace."""

    at: Time
    kind: Annotated[str, Meta(examples=["ledger.hold"])]
    title: Annotated[str, Meta(examples=["Held 0.0021 USD"])]
    details: Details


class TraceStoryBody(ResponseBody, frozen=True, kw_only=True):
    """The whole story of one call, in the order it happened."""

    trace_id: TraceIdText
    entries: list[TraceEntryBody]


def show_event(event: Event) -> EventBody:
    """The wire form."""
    return EventBody(
        id=show_id("event", event.id),
        at=event.at,
        event_type=event.event_type,
        org_id=None if event.org_id is None else show_id("org", event.org_id),
        actor=event.actor,
        subject=event.subject,
        trace_id=event.trace_id,
        payload=dict(event.payload),
    )


def show_request_log(log: RequestLog) -> RequestLogBody:
    """The wire form."""
    return RequestLogBody(**_shown(log))


def show_any_request_log(log: RequestLog) -> AnyRequestLogBody:
    """The wire form for administrators."""
    return AnyRequestLogBody(**_shown(log), channel=log.channel)


def show_request_totals(totals: RequestTotals) -> RequestTotalsBody:
    """The wire form."""
    return RequestTotalsBody(
        requests=totals.requests,
        failed=totals.failed,
        faults=totals.faults,
        request_bytes=totals.request_bytes,
        response_bytes=totals.response_bytes,
        median_ms=totals.median_ms,
        p95_ms=totals.p95_ms,
    )


def show_story(story: TraceStory) -> TraceStoryBody:
    """The wire form."""
    return TraceStoryBody(trace_id=story.trace_id, entries=[_show_entry(entry) for entry in story.entries])


def _show_entry(entry: TraceEntry) -> TraceEntryBody:
    return TraceEntryBody(at=entry.at, kind=entry.kind, title=entry.title, details=dict(entry.details))


def _shown(log: RequestLog) -> dict[str, Any]:
    return {
        "id": str(log.id),
        "trace_id": log.trace_id,
        "org_id": None if log.org_id is None else show_id("org", log.org_id),
        "project_id": None if log.project_id is None else show_id("project", log.project_id),
        "api_key_id": None if log.api_key_id is None else show_id("api_key", log.api_key_id),
        "user_id": None if log.user_id is None else show_id("user", log.user_id),
        "method": log.method,
        "route": log.route,
        "model": log.model_name,
        "stream": log.stream,
        "status": log.status,
        "error_code": log.error_code,
        "stages": [
            StageBody(
                name=stage.name,
                began_micros=stage.began_micros,
                duration_micros=stage.duration_micros,
                verdict=stage.verdict,
            )
            for stage in log.stages
        ],
        "client_address": log.client_address,
        "user_agent": log.user_agent,
        "request_bytes": log.request_bytes,
        "response_bytes": log.response_bytes,
        "started_at": log.started_at,
        "duration_ms": log.duration_ms,
        "first_token_ms": log.first_token_ms,
        "upstream_request_id": log.upstream_request_id,
        "upstream_status": log.upstream_status,
        "attempts": log.attempts,
    }
