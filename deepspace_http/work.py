"""The use cases of jobs and schedules that routes call, and the listeners of this process."""

from dataclasses import dataclass

from deepspace_core.work import (
    CancelJob,
    CancelOwnJob,
    ChangeSchedule,
    GetJob,
    GetOwnJob,
    GetSchedule,
    ListJobs,
    ListOwnJobs,
    ListSchedules,
    RetryDeadJobs,
    RetryJob,
    RetryOwnJob,
    RunSchedule,
    TakeCensus,
)
from deepspace_http.job_feed import JobFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUseCases:
    """Jobs and schedules."""

    list_own_jobs: ListOwnJobs
    get_own_job: GetOwnJob
    cancel_own_job: CancelOwnJob
    retry_own_job: RetryOwnJob
    list_jobs: ListJobs
    get_job: GetJob
    cancel_job: CancelJob
    retry_job: RetryJob
    retry_dead_jobs: RetryDeadJobs
    take_census: TakeCensus
    list_schedules: ListSchedules
    get_schedule: GetSchedule
    change_schedule: ChangeSchedule
    run_schedule: RunSchedule
    feed: JobFeed
