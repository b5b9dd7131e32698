"""Jobs: an organization's own, and all of them for the operator; their progress as a stream of events."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter, SkipValidation
from litestar.response import Stream

from deepspace_adapters.reasons import because
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import JobId, OrgId, TraceId, read_id
from deepspace_core.work import JobFilter, JobRun, JobState
from deepspace_http.parameters import Caller, From, To, WantedPage, Why, optional_id
from deepspace_http.schemas.wire import PageBody, page_body, utc
from deepspace_http.schemas.work import (
    AnyJobBody,
    CensusBody,
    JobBody,
    RetriedBody,
    RetryDeadBody,
    show_any_job,
    show_census,
    show_job,
)
from deepspace_http.work import WorkUseCases

Work: TypeAlias = NamedDependency[SkipValidation[WorkUseCases]]
Matching: TypeAlias = NamedDependency[SkipValidation[JobFilter]]
LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="last-event-id", description="The `id` of the last event heard; a browser sends it by itself."
    ),
]
Standing = Annotated[JobState | None, QueryParameter(name="state", description="Only jobs in this state.")]
EVENTS = (
    "Events `job`, whose data is the job and whose id is its revision: one at once, one at every change (at most one a "
    "second), the last one when the job is settled. Comments keep the connection alive."
)
EXAMPLE = 'id: 7\nevent: job\ndata: {"id":"job_0198c0ffee007abc8def0123456789ab","state":"running"}\n\n'
REVISION_DIGITS_MAX = 18
KEEP_ALIVE = b": keep-alive\n\n"

encode = msgspec.json.Encoder().encode


@dataclass
class FollowOperation(Operation):
    """The operation with the stream that its handler's type doesn't tell."""

    def __post_init__(self) -> None:
        shape = Schema(type=OpenAPIType.STRING, description=EVENTS)
        media = OpenAPIMediaType(schema=shape, example=EXAMPLE)
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(description="The job's events", content={"text/event-stream": media}),
        }


def provide_job_filter(
    *,
    standing: Standing = None,
    name: FromQuery[str | None] = None,
    trace_id: FromQuery[str | None] = None,
    since: From = None,
    until: To = None,
) -> JobFilter:
    """What lists of jobs are narrowed by; the times are those of queueing."""
    return JobFilter(
        state=standing,
        name=name,
        trace_id=None if trace_id is None else TraceId(trace_id),
        since=utc(since, param="from"),
        until=utc(until, param="to"),
    )


@get("/", summary="List jobs")
async def list_jobs(caller: Caller, work: Work, page: WantedPage, matching: Matching) -> PageBody[JobBody]:
    """The organization's own: exports, deliveries and whatever else it had done."""
    return page_body(await work.list_own_jobs(principal=caller, matching=matching, page=page), show_job)


@get("/{job_id:str}", summary="Show a job")
async def get_job(caller: Caller, work: Work, job_id: FromPath[str]) -> JobBody:
    """With its progress."""
    return show_job(await work.get_own_job(principal=caller, job_id=_job(job_id)))


@get("/{job_id:str}/events", summary="Follow a job", operation_class=FollowOperation)
async def follow_job(caller: Caller, work: Work, job_id: FromPath[str], last_event_id: LastEventId = None) -> Stream:
    """Its progress as server-sent events, until it is settled."""
    job = await work.get_own_job(principal=caller, job_id=_job(job_id))
    return _stream(work, job, last_event_id, show_job)


@post("/{job_id:str}/cancel", summary="Cancel a job", status_code=200)
async def cancel_job(caller: Caller, work: Work, job_id: FromPath[str]) -> JobBody:
    """One that waits is over; one that runs is `cancelling` until it has stopped, which takes seconds."""
    return show_job(await work.cancel_own_job(principal=caller, job_id=_job(job_id)))


@post("/{job_id:str}/retry", summary="Retry a job", status_code=200)
async def retry_job(caller: Caller, work: Work, job_id: FromPath[str]) -> JobBody:
    """One that is dead or cancelled, under its own id, so that no effect happens twice."""
    return show_job(await work.retry_own_job(principal=caller, job_id=_job(job_id)))


@get("/", summary="List everybody's jobs")
async def list_all_jobs(
    caller: Caller, work: Work, page: WantedPage, matching: Matching, org_id: FromQuery[str | None] = None
) -> PageBody[AnyJobBody]:
    """The installation's own and every organization's, or of one; `state=dead` lists the dead letters."""
    org = optional_id("org", org_id, param="org_id")
    found = await work.list_jobs(actor=caller, matching=matching, page=page, org_id=None if org is None else OrgId(org))
    return page_body(found, show_any_job)


@get("/census", summary="Count the work")
async def take_census(caller: Caller, work: Work) -> CensusBody:
    """How many jobs wait, run and died, by name; and how far the relay is behind."""
    return show_census(await work.take_census(actor=caller))


@post("/retry-dead", summary="Retry dead letters", status_code=200)
async def retry_dead_jobs(caller: Caller, work: Work, data: JSONBody[RetryDeadBody], reason: Why = None) -> RetriedBody:
    """All, or those of one name, the newest first and a page at a time."""
    with because(reason):
        queued = await work.retry_dead_jobs(actor=caller, name=data.name)
    return RetriedBody(data=[show_any_job(job) for job in queued])


@get("/{job_id:str}", summary="Show anybody's job")
async def get_any_job(caller: Caller, work: Work, job_id: FromPath[str]) -> AnyJobBody:
    """With its payload, and its error in full."""
    return show_any_job(await work.get_job(actor=caller, job_id=_job(job_id)))


@get("/{job_id:str}/events", summary="Follow anybody's job", operation_class=FollowOperation)
async def follow_any_job(
    caller: Caller, work: Work, job_id: FromPath[str], last_event_id: LastEventId = None
) -> Stream:
    """Its progress as server-sent events, until it is settled."""
    return _stream(work, await work.get_job(actor=caller, job_id=_job(job_id)), last_event_id, show_any_job)


@post("/{job_id:str}/cancel", summary="Cancel anybody's job", status_code=200)
async def cancel_any_job(caller: Caller, work: Work, job_id: FromPath[str], reason: Why = None) -> AnyJobBody:
    """One that waits is over; one that runs is `cancelling` until it has stopped, which takes seconds."""
    with because(reason):
        return show_any_job(await work.cancel_job(actor=caller, job_id=_job(job_id)))


@post("/{job_id:str}/retry", summary="Retry anybody's job", status_code=200)
async def retry_any_job(caller: Caller, work: Work, job_id: FromPath[str], reason: Why = None) -> AnyJobBody:
    """One that is dead or cancelled, under its own id, so that no effect happens twice."""
    with because(reason):
        return show_any_job(await work.retry_job(actor=caller, job_id=_job(job_id)))


def _job(text: str) -> JobId:
    return JobId(read_id("job", text, param="job_id"))


def _stream(work: WorkUseCases, job: JobRun, last_event_id: str | None, show: Callable[[JobRun], JobBody]) -> Stream:
    seen = _revision(last_event_id)
    work.feed.admit()

    async def events() -> AsyncIterator[bytes]:
        async for news in work.feed.follow(job, seen=seen):
            yield KEEP_ALIVE if news is None else _event(news, show)

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return Stream(events(), media_type="text/event-stream", headers=headers)


def _event(job: JobRun, show: Callable[[JobRun], JobBody]) -> bytes:
    return b"id: %d\nevent: job\ndata: %s\n\n" % (job.revision, encode(show(job)))


def _revision(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= REVISION_DIGITS_MAX:
        return int(text)
    raise InvalidInput("last-event-id must be the id of an event of this stream, a number", param="last-event-id")


FILTER = {"matching": Provide(provide_job_filter, sync_to_thread=False)}

jobs_router = Router(
    "/jobs",
    route_handlers=[list_jobs, get_job, follow_job, cancel_job, retry_job],
    dependencies=FILTER,
    tags=["Jobs"],
)
admin_jobs_router = Router(
    "/jobs",
    route_handlers=[
        list_all_jobs,
        take_census,
        retry_dead_jobs,
        get_any_job,
        follow_any_job,
        cancel_any_job,
        retry_any_job,
    ],
    dependencies=FILTER,
    tags=["Admin: jobs"],
)
