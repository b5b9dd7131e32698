"""Jobs: work that need not happen while somebody waits, and the schedules that cause some of it.

Owns the life of a job (`job.py`), its delivery to a broker that may forget (`delivery.py`) and schedules. Knows neither
what a job does (the context that enqueues it does) nor which broker carries it.
"""

from deepspace_core.work.delivery import Delivery
from deepspace_core.work.errors import (
    ArchiveDamaged,
    ArchiveNotFound,
    InvalidSchedule,
    JobNotFound,
    JobStateConflict,
    ScheduleNotFound,
)
from deepspace_core.work.job import JobRun, JobState
from deepspace_core.work.job_spec import Backoff, JobSpec
from deepspace_core.work.ports import (
    ArchivedMonth,
    DetachedMonth,
    JobCount,
    JobFilter,
    JobRuns,
    Lease,
    ProgressReport,
    ReadLines,
    TableOnDisk,
    WorkCensus,
)
from deepspace_core.work.progress import NO_PROGRESS, Progress
from deepspace_core.work.schedule import Schedule, ScheduleDeclaration, Timetable
from deepspace_core.work.story import told_job
from deepspace_core.work.use_cases.archive import ArchiveMonths, RetentionPolicy
from deepspace_core.work.use_cases.desk import JobDesk, JobTrail
from deepspace_core.work.use_cases.keep_schedules import ChangeSchedule, GetSchedule, ListSchedules, RunSchedule
from deepspace_core.work.use_cases.oversee import (
    CancelJob,
    GetJob,
    JobSteps,
    ListJobs,
    RetryDeadJobs,
    RetryJob,
    TakeCensus,
)
from deepspace_core.work.use_cases.own import CancelOwnJob, FindJobs, GetOwnJob, ListOwnJobs, RetryOwnJob
from deepspace_core.work.use_cases.relay import RelayJobs
from deepspace_core.work.use_cases.restore import ListArchives, RestoreMonth
from deepspace_core.work.use_cases.retention import KeptTable, ReportRetention, RetentionReport
from deepspace_core.work.use_cases.run import AttendJobs, FailJob, FinishJob, RenewLeases, StartJob, StopJob, YieldJob
from deepspace_core.work.use_cases.schedule import DeclareSchedules, FireSchedules
from deepspace_core.work.use_cases.upkeep import AnalyzeTables, MakePartitionsAhead, PruneJobs

__all__ = [
    "NO_PROGRESS",
    "AnalyzeTables",
    "ArchiveDamaged",
    "ArchiveMonths",
    "ArchiveNotFound",
    "ArchivedMonth",
    "AttendJobs",
    "Backoff",
    "CancelJob",
    "CancelOwnJob",
    "ChangeSchedule",
    "DeclareSchedules",
    "Delivery",
    "DetachedMonth",
    "FailJob",
    "FindJobs",
    "FinishJob",
    "FireSchedules",
    "GetJob",
    "GetOwnJob",
    "GetSchedule",
    "InvalidSchedule",
    "JobCount",
    "JobDesk",
    "JobFilter",
    "JobNotFound",
    "JobRun",
    "JobRuns",
    "JobSpec",
    "JobState",
    "JobStateConflict",
    "JobSteps",
    "JobTrail",
    "KeptTable",
    "Lease",
    "ListArchives",
    "ListJobs",
    "ListOwnJobs",
    "ListSchedules",
    "MakePartitionsAhead",
    "Progress",
    "ProgressReport",
    "PruneJobs",
    "ReadLines",
    "RelayJobs",
    "RenewLeases",
    "ReportRetention",
    "RestoreMonth",
    "RetentionPolicy",
    "RetentionReport",
    "RetryDeadJobs",
    "RetryJob",
    "RetryOwnJob",
    "RunSchedule",
    "Schedule",
    "ScheduleDeclaration",
    "ScheduleNotFound",
    "StartJob",
    "StopJob",
    "TableOnDisk",
    "TakeCensus",
    "Timetable",
    "WorkCensus",
    "YieldJob",
    "told_job",
]
