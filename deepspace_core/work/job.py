"""A job's life, from the transaction that causes it to its end.

    queued --start--> running --succeed--> succeeded
      ^                 | |  `--give_up--> dead
      |<---postpone-----' |
      |<---yield----------'          (postpone: it failed and will be tried again; yield: its worker shuts down)
      |--cancel--> cancelled
      `--give_up--> dead          (a release that allows fewer attempts than the job has had)

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

ERROR_CHARACTERS_MAX = 2_000
PERCENT_MAX = 100


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
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
        (JobState.DEAD, JobStep.REPLAY): JobState.QUEUED,
        (JobState.CANCELLED, JobStep.REPLAY): JobState.QUEUED,
    }
)
"""Every step there is; a pair that is not here is refused."""

SETTLED = frozenset({JobState.SUCCEEDED, JobState.DEAD, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class JobRun:
    """One job: what is to be done (`name`, `payload`), for whom, and how far it came."""

    id: JobId
    name: str
    payload: Mapping[str, object]
    trace_id: TraceId
    org_id: OrgId | None
    queued_at: datetime
    state: JobState = JobState.QUEUED
    attempts: int = 0
    fence: int = 0
    progress_percent: int = 0
    error: str | None = None
    started_at: datetime | None = None
    lease_expires_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in SETTLED

    def lease_ran_out(self, now: datetime) -> bool:
        """Whether the job runs under a lease that nobody renewed in time."""
        return self.lease_expires_at is not None and self.lease_expires_at <= now

    def held_under(self, fence: int) -> bool:
        """Whether the worker that started the job under this fence still holds it."""
        return self.state is JobState.RUNNING and self.fence == fence

    def start(self, *, now: datetime, lease: timedelta) -> "JobRun":
        """Hands the job to a worker; a running one only when its lease ran out."""
        step = JobStep.RECLAIM if self.lease_ran_out(now) else JobStep.START
        return replace(
            self,
            state=self._after(step),
            attempts=self.attempts + 1,
            fence=self.fence + 1,
            started_at=now,
            lease_expires_at=now + lease,
        )

    def succeed(self, *, now: datetime) -> "JobRun":
        """The work is done. The error of an earlier attempt is forgotten."""
        return replace(
            self,
            state=self._after(JobStep.SUCCEED),
            progress_percent=PERCENT_MAX,
            error=None,
            lease_expires_at=None,
            finished_at=now,
        )

    def postpone(self, *, error: str) -> "JobRun":
        """The attempt failed and another will follow."""
        return replace(self, state=self._after(JobStep.POSTPONE), error=_bounded(error), lease_expires_at=None)

    def hand_back(self) -> "JobRun":
        """The worker shuts down. The attempt is not counted: a deployment must not use up a job's retries."""
        return replace(self, state=self._after(JobStep.YIELD), attempts=self.attempts - 1, lease_expires_at=None)

    def give_up(self, *, now: datetime, error: str) -> "JobRun":
        """No attempt is left, or none would help: a dead letter, kept for a person to read and replay."""
        return replace(
            self,
            state=self._after(JobStep.GIVE_UP),
            error=_bounded(error),
            lease_expires_at=None,
            finished_at=now,
        )

    def cancel(self, *, now: datetime) -> "JobRun":
        """Somebody no longer wants it. A running job can't be cancelled: it may have half of its effect already."""
        return replace(self, state=self._after(JobStep.CANCEL), finished_at=now)

    def replay(self, *, now: datetime) -> "JobRun":
        """A dead or cancelled job gets all its attempts anew, under its own id, so that its effect stays single."""
        return replace(
            self,
            state=self._after(JobStep.REPLAY),
            attempts=0,
            progress_percent=0,
            queued_at=now,
            started_at=None,
            finished_at=None,
        )

    def _after(self, step: JobStep) -> JobState:
        try:
            return TRANSITIONS[self.state, step]
        except KeyError:
            raise JobStateConflict(
                f"a job that is {self.state} can't {step.replace('_', ' ')}", state=self.state.value, step=step.value
            ) from None


def _bounded(error: str) -> str:
    return error[:ERROR_CHARACTERS_MAX]
