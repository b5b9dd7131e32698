"""The use cases that run jobs, whatever the jobs do."""

from dataclasses import dataclass

from deepspace_core.work import (
    AttendJobs,
    DeclareSchedules,
    FailJob,
    FinishJob,
    FireSchedules,
    RelayJobs,
    RenewLeases,
    StartJob,
    StopJob,
    TakeCensus,
    YieldJob,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What it takes to run jobs, whatever they do."""

    start_job: StartJob
    renew_leases: RenewLeases
    attend_jobs: AttendJobs
    finish_job: FinishJob
    fail_job: FailJob
    yield_job: YieldJob
    stop_job: StopJob
    relay_jobs: RelayJobs
    declare_schedules: DeclareSchedules
    fire_schedules: FireSchedules
    take_census: TakeCensus
