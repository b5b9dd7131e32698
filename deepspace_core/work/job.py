"""A job's life, from the transaction that causes it to its end.

    queued --start--> running --succeed--> succeeded
      ^ |              | | | `--give_up--> dead
      | |              | | `----cancel---> cancelling --stop--> cancelled
      |<-----postpone--' |                 (asked to stop; its worker still holds it, and may yet succeed)
      |<-----yield-------'
      | |              (postpone: it failed and will be tried again; yield: its worker shuts down)
      | |--cancel--> cancelled
      | `--give_up--> dead     (a release that allows fewer attempts than the job has had)
      `----replay--- dead, cancelled

A worker holds a running job under a lease that it renews; when it dies, the lease runs out and another worker may
reclaim the job. `fence` grows with every start and never goes back: a worker that lost its lease without noticing
can't settle the job, because its fence is no longer the present one. (`attempts` would not do: a replay starts it
over.) Jobs run at least once; the fence makes the *record* right, and the job's own idempotence (its id is a fit `ref`)
makes the *effect* right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from deepspace_core.kernel.ids import JobId, OrgId, TraceId
from deepspace_core.work.errors import JobStateConflict
from deepspace_core.work.job_spec import JobSpec
from deepspace_core.work.progress import NO_PROGRESS, Progress

ERROR_CHARACTERS_MAX = 2_000


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    DEAD = "dead"
    CANCELLED = "cancelled"


class JobStep(StrEnum):
    """What can happen to a job."""

    START = "start"
    RECLAIM = "reclaim"
    SUCCEED = "succeed"
    POSTPONE = "postpone"
    YIELD = "yield"
    GIVE_UP = "give_up"
    CANCEL = "cancel"
    STOP = "stop"
    REPLAY = "replay"


TRANSITIONS: Mapping[tuple[JobState, JobStep], JobState] = MappingProxyType(
    {
        (JobState.QUEUED, JobStep.START): JobState.RUNNING,
        (JobState.QUEUED, JobStep.CANCEL): JobState.CANCELLED,
        (JobState.QUEUED, JobStep.GIVE_UP): JobState.DEAD,
        (JobState.RUNNING, JobStep.RECLAIM): JobState.RUNNING,
        (JobState.RUNNING, JobStep.SUCCEED): JobState.SUCCEEDED,
        (JobState.RUNNING, JobStep.POSTPONE): JobState.QUEUED,
        (JobState.RUNNING, JobStep.YIELD): JobState.QUEUED,
        (JobState.RUNNING, JobStep.GIVE_UP): JobState.DEAD,
        (JobState.RUNNING, JobStep.CANCEL): JobState.CANCELLING,
        # Asked to stop: it may still have come to its end, but whatever else happens, it is not begun again.
        (JobState.CANCELLING, JobStep.CANCEL): JobState.CANCELLING,
        (JobState.CANCELLING, JobStep.SUCCEED): JobState.SUCCEEDED,
        (JobState.CANCELLING, JobStep.STOP): JobState.CANCELLED,
        (JobState.CANCELLING, JobStep.POSTPONE): JobState.CANCELLED,
        (JobState.CANCELLING, JobStep.YIELD): JobState.CANCELLED,
        (JobState.CANCELLING, JobStep.GIVE_UP): JobState.CANCELLED,
        (JobState.DEAD, JobStep.REPLAY): JobState.QUEUED,
        (JobState.CANCELLED, JobStep.REPLAY): JobState.QUEUED,
    }
)
"""Every step there is; a pair that is not here is refused."""

HELD = frozenset({JobState.RUNNING, JobState.CANCELLING})
"""A worker has it, under a lease."""

SETTLED = frozenset({JobState.SUCCEEDED, JobState.DEAD, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class JobRun:
    """One job: what is to be done (`name`, `payload`), for whom, and how far it came.

    `due_at` is when its next attempt may start. `attempts_max` and `time_limit` are what its worker promised at its
    last start, None before the first. `revision` grows with everything that is written of the job.
    """

    id: JobId
    name: str
    payload: Mapping[str, object]
    trace_id: TraceId
    org_id: OrgId | None
    queued_at: datetime
    due_at: datetime
    state: JobState = JobState.QUEUED
    attempts: int = 0
    fence: int = 0
    progress: Progress = NO_PROGRESS
    error: str | None = None
    error_code: str | None = None
    attempts_max: int | None = None
    time_limit: timedelta | None = None
    started_at: datetime | None = None
    lease_expires_at: datetime | None = None
    finished_at: datetime | None = None
    revision: int = 0

    @property
    def settled(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in SETTLED

    def lease_ran_out(self, now: datetime) -> bool:
        """Whether the job is held under a lease that nobody renewed in time."""
        return self.lease_expires_at is not None and self.lease_expires_at <= now

    def held_under(self, fence: int) -> bool:
        """Whether the worker that started the job under this fence still holds it."""
        return self.state in HELD and self.fence == fence

    def start(self, *, now: datetime, lease: timedelta, spec: JobSpec) -> "JobRun":
        """Hands the job to a worker; a running one only when its lease ran out."""
        step = JobStep.RECLAIM if self.lease_ran_out(now) else JobStep.START
        return replace(
            self._after(step, now=now),
            attempts=self.attempts + 1,
            attempts_max=spec.attempts_max,
            time_limit=spec.time_limit,
            fence=self.fence + 1,
            progress=NO_PROGRESS,
            started_at=now,
            lease_expires_at=now + lease,
        )

    def succeed(self, *, now: datetime, progress: Progress | None = None) -> "JobRun":
        """The work is done. The error of an earlier attempt is forgotten."""
        reached = progress or self.progress
        ended = self._after(JobStep.SUCCEED, now=now)
        return replace(ended, progress=reached.completed(), error=None, error_code=None)

    def postpone(self, *, now: datetime, due_at: datetime, error: str, error_code: str) -> "JobRun":
        """The attempt failed and another will follow, unless the job was asked to stop."""
        left = self._after(JobStep.POSTPONE, now=now)
        return replace(left, due_at=due_at, error=_bounded(error), error_code=error_code)

    def hand_back(self, *, now: datetime) -> "JobRun":
        """The worker shuts down. The attempt is not counted: a deployment must not use up a job's retries."""
        return replace(self._after(JobStep.YIELD, now=now), attempts=self.attempts - 1, due_at=now)

    def give_up(self, *, now: datetime, error: str, error_code: str) -> "JobRun":
        """No attempt is left, or none would help: a dead letter, kept for a person to read and replay."""
        return replace(self._after(JobStep.GIVE_UP, now=now), error=_bounded(error), error_code=error_code)

    def cancel(self, *, now: datetime) -> "JobRun":
        """Somebody no longer wants it: one that waits is over, one that runs is asked to stop."""
        return self._after(JobStep.CANCEL, now=now)

    def stop(self, *, now: datetime) -> "JobRun":
        """It was asked to stop and did, or its worker was lost meanwhile. A part of its effect may be there."""
        return self._after(JobStep.STOP, now=now)

    def replay(self, *, now: datetime) -> "JobRun":
        """A dead or cancelled job gets all its attempts anew, under its own id, so that its effect stays single."""
        queued = self._after(JobStep.REPLAY, now=now)
        return replace(queued, attempts=0, progress=NO_PROGRESS, queued_at=now, due_at=now, started_at=None)

    def _after(self, step: JobStep, *, now: datetime) -> "JobRun":
        """In the state where the step leads: a lease exactly while it is held, an end exactly when it is settled."""
        try:
            state = TRANSITIONS[self.state, step]
        except KeyError:
            raise JobStateConflict(
                f"a job that is {self.state} can't {step.replace('_', ' ')}", state=self.state.value, step=step.value
            ) from None
        lease = self.lease_expires_at if state in HELD else None
        return replace(self, state=state, lease_expires_at=lease, finished_at=now if state in SETTLED else None)


def _bounded(error: str) -> str:
    return error[:ERROR_CHARACTERS_MAX]
