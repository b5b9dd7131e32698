"""Jobs: work that need not happen while somebody waits, and the schedules that cause some of it.

Owns the life of a job (`job.py`), its delivery to a broker that may forget (`delivery.py`) and schedules. Knows neither
what a job does (the context that enqueues it does) nor which broker carries it.
"""

from deepspace_core.work.delivery import Delivery
from deepspace_core.work.errors import InvalidSchedule, JobNotFound, JobStateConflict
from deepspace_core.work.job import JobRun, JobState
from deepspace_core.work.job_spec import Backoff, JobSpec
from deepspace_core.work.ports import JobFilter, JobRuns, Lease, ProgressReport
from deepspace_core.work.progress import NO_PROGRESS, Progress
from deepspace_core.work.schedule import Schedule, ScheduleDeclaration, Timetable
from deepspace_core.work.story import told_job
from deepspace_core.work.use_cases.oversee import CancelJob, GetJob, ListJobs, RetryJob
from deepspace_core.work.use_cases.relay import RelayJobs
from deepspace_core.work.use_cases.run import AttendJobs, FailJob, FinishJob, RenewLeases, StartJob, StopJob, YieldJob
from deepspace_core.work.use_cases.schedule import DeclareSchedules, FireSchedules, ListSchedules
from deepspace_core.work.use_cases.upkeep import MakePartitionsAhead, PruneJobs

__all__ = [
    "NO_PROGRESS",
    "AttendJobs",
    "Backoff",
    "CancelJob",
    "DeclareSchedules",
    "Delivery",
    "FailJob",
    "FinishJob",
    "FireSchedules",
    "GetJob",
    "InvalidSchedule",
    "JobFilter",
    "JobNotFound",
    "JobRun",
    "JobRuns",
    "JobSpec",
    "JobState",
    "JobStateConflict",
    "Lease",
    "ListJobs",
    "ListSchedules",
    "MakePartitionsAhead",
    "Progress",
    "ProgressReport",
    "PruneJobs",
    "RelayJobs",
    "RenewLeases",
    "RetryJob",
    "Schedule",
    "ScheduleDeclaration",
    "StartJob",
    "StopJob",
    "Timetable",
    "YieldJob",
    "told_job",
]
