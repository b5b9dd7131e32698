"""Wire types of jobs and schedules."""

from typing import Annotated, Any

from msgspec import Meta

from deepspace_core.kernel.ids import show_id
from deepspace_core.work import JobCount, JobRun, JobState, Progress, Schedule, WorkCensus
from deepspace_core.work.progress import NOTE_CHARACTERS_MAX
from deepspace_http.schemas.wire import Count, OrgIdText, RequestBody, ResponseBody, Time, TraceIdText

INTERNAL = "internal"
HIDDEN = "it failed on our side; the trace id tells the operator why"

JobIdText = Annotated[str, Meta(examples=["job_0198c0ffee007abc8def0123456789ab"])]
JobName = Annotated[str, Meta(examples=["exports.write"])]
ScheduleName = Annotated[str, Meta(examples=["usage.roll_up"])]
Cron = Annotated[str, Meta(min_length=1, max_length=100, examples=["15 3 * * *"])]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64, examples=["Asia/Shanghai"])]


class ProgressBody(ResponseBody, frozen=True, kw_only=True):
    """`done` of `total` of the job's own units; `total` and `percent` null while nobody knows how many."""

    done: Annotated[int, Meta(examples=[1200])]
    total: Annotated[int, Meta(examples=[5000])] | None
    percent: Annotated[int, Meta(examples=[24])] | None
    note: Annotated[str, Meta(max_length=NOTE_CHARACTERS_MAX, examples=["writing transactions"])] | None


class JobErrorBody(ResponseBody, frozen=True, kw_only=True):
    """Why its last attempt failed."""

    code: Annotated[str, Meta(examples=["unavailable"])]
    message: Annotated[str, Meta(examples=["unavailable: the database can't be reached just now"])]


class JobBody(ResponseBody, frozen=True, kw_only=True):
    """A job. `due_at` is when its next attempt may start; attempts and time limit are promised once it has started."""

    id: JobIdText
    name: JobName
    state: JobState
    progress: ProgressBody
    attempts: Annotated[int, Meta(examples=[1])]
    attempts_max: Annotated[int, Meta(examples=[5])] | None
    time_limit_seconds: Annotated[float, Meta(examples=[3600.0])] | None
    error: JobErrorBody | None
    trace_id: TraceIdText
    org_id: OrgIdText | None
    queued_at: Time
    due_at: Time
    started_at: Time | None
    finished_at: Time | None
    revision: Annotated[int, Meta(examples=[7])]


class AnyJobBody(JobBody, frozen=True, kw_only=True):
    """A job as the operator sees it: with its payload, and errors in full."""

    payload: Annotated[dict[str, Any], Meta(examples=[{"export_id": "0198c0ffee007abc8def0123456789ab"}])]


class JobCountBody(ResponseBody, frozen=True, kw_only=True):
    """How many jobs of a name are in a state, and since when the first of them is due."""

    name: JobName
    state: JobState
    count: Count
    oldest_due_at: Time


class CensusBody(ResponseBody, frozen=True, kw_only=True):
    """What is to be done and what failed; and how far the relay is behind."""

    data: list[JobCountBody]
    deliveries_due: Count
    oldest_delivery_at: Time | None


class RetryDeadBody(RequestBody, frozen=True, kw_only=True):
    """Which dead letters; all, where no name is given."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["exports.write"])] | None = None


class RetriedBody(ResponseBody, frozen=True, kw_only=True):
    """The jobs that were queued again, at most a page of them: call again until there are none."""

    data: list[AnyJobBody]


class ScheduleBody(ResponseBody, frozen=True, kw_only=True):
    """A job that comes by the clock."""

    name: ScheduleName
    cron: Cron
    time_zone: TimeZone
    job_name: JobName
    enabled: Annotated[bool, Meta(examples=[True])]
    next_fire_at: Time
    last_fired_at: Time | None
    last_job_id: JobIdText | None


class SchedulesBody(ResponseBody, frozen=True, kw_only=True):
    """Every schedule: there are dozens, not pages."""

    data: list[ScheduleBody]


class ChangeScheduleBody(RequestBody, frozen=True, kw_only=True):
    """What is absent stays. `cron` has five fields, or six where the first is seconds."""

    cron: Cron | None = None
    time_zone: TimeZone | None = None
    enabled: Annotated[bool, Meta(examples=[True])] | None = None


def show_job(job: JobRun) -> JobBody:
    """As its organization sees it: what went wrong inside is the operator's business."""
    return JobBody(**_common(job), error=_error(job, hide=job.error_code == INTERNAL))


def show_any_job(job: JobRun) -> AnyJobBody:
    """As the operator sees it."""
    return AnyJobBody(**_common(job), error=_error(job, hide=False), payload=dict(job.payload))


def show_census(census: WorkCensus) -> CensusBody:
    """Counts by name and state."""
    return CensusBody(
        data=[_count(one) for one in census.counts],
        deliveries_due=census.deliveries_due,
        oldest_delivery_at=census.oldest_delivery_at,
    )


def show_schedule(schedule: Schedule) -> ScheduleBody:
    """One schedule."""
    return ScheduleBody(
        name=schedule.name,
        cron=schedule.timetable.cron,
        time_zone=schedule.timetable.time_zone,
        job_name=schedule.job_name,
        enabled=schedule.enabled,
        next_fire_at=schedule.next_fire_at,
        last_fired_at=schedule.last_fired_at,
        last_job_id=None if schedule.last_job_id is None else show_id("job", schedule.last_job_id),
    )


def _common(job: JobRun) -> dict[str, Any]:
    return {
        "id": show_id("job", job.id),
        "name": job.name,
        "state": job.state,
        "progress": _progress(job.progress),
        "attempts": job.attempts,
        "attempts_max": job.attempts_max,
        "time_limit_seconds": None if job.time_limit is None else job.time_limit.total_seconds(),
        "trace_id": job.trace_id,
        "org_id": None if job.org_id is None else show_id("org", job.org_id),
        "queued_at": job.queued_at,
        "due_at": job.due_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "revision": job.revision,
    }


def _progress(progress: Progress) -> ProgressBody:
    return ProgressBody(done=progress.done, total=progress.total, percent=progress.percent, note=progress.note)


def _error(job: JobRun, *, hide: bool) -> JobErrorBody | None:
    if job.error is None:
        return None
    return JobErrorBody(code=job.error_code or INTERNAL, message=HIDDEN if hide else job.error)


def _count(one: JobCount) -> JobCountBody:
    return JobCountBody(name=one.name, state=one.state, count=one.count, oldest_due_at=one.oldest_due_at)
