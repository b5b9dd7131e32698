"""The life of a job: the transition table, the lease, the pauses between attempts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import JobId
from deepspace_core.work import NO_PROGRESS, Backoff, Delivery, JobRun, JobSpec, JobState, JobStateConflict, Progress
from deepspace_core.work.delivery import VISIBILITY_FIRST, VISIBILITY_LONGEST
from deepspace_core.work.job import ERROR_CHARACTERS_MAX, HELD, SETTLED, TRANSITIONS, JobStep
from deepspace_core.work.progress import NOTE_CHARACTERS_MAX
from tests.fakes import NOON, TRACE

LEASE = timedelta(seconds=30)
SPEC = JobSpec("test.job", timedelta(minutes=1), attempts_max=3, backoff=Backoff(first=LEASE, longest=LEASE))
QUEUED = JobRun(
    id=JobId(UUID(int=0)), name="test.job", payload={}, trace_id=TRACE, org_id=None, queued_at=NOON, due_at=NOON
)
RUNNING = QUEUED.start(now=NOON, lease=LEASE, spec=SPEC)
IN_STATE = {
    JobState.QUEUED: QUEUED,
    JobState.RUNNING: RUNNING,
    JobState.SUCCEEDED: RUNNING.succeed(now=NOON),
    JobState.CANCELLING: RUNNING.cancel(now=NOON),
    JobState.DEAD: RUNNING.give_up(now=NOON, error="broken", error_code="internal"),
    JobState.CANCELLED: QUEUED.cancel(now=NOON),
}
STEPS: dict[JobStep, Callable[[JobRun], JobRun]] = {
    JobStep.START: lambda job: job.start(now=NOON, lease=LEASE, spec=SPEC),
    JobStep.RECLAIM: lambda job: job.start(now=NOON + LEASE, lease=LEASE, spec=SPEC),
    JobStep.SUCCEED: lambda job: job.succeed(now=NOON),
    JobStep.POSTPONE: lambda job: job.postpone(now=NOON, due_at=NOON, error="broken", error_code="internal"),
    JobStep.YIELD: lambda job: job.hand_back(now=NOON),
    JobStep.GIVE_UP: lambda job: job.give_up(now=NOON, error="broken", error_code="internal"),
    JobStep.CANCEL: lambda job: job.cancel(now=NOON),
    JobStep.STOP: lambda job: job.stop(now=NOON),
    JobStep.REPLAY: lambda job: job.replay(now=NOON),
}
PAIRS = [
    (state, step)
    for state in JobState
    for step in JobStep
    # A job that nobody holds has no lease to run out, so that this step is a plain start there.
    if step is not JobStep.RECLAIM or state in HELD
]


@pytest.mark.parametrize(("state", "step"), PAIRS)
def test_a_step_leads_where_the_table_says_or_is_refused(state: JobState, step: JobStep) -> None:
    if (state, step) in TRANSITIONS:
        assert STEPS[step](IN_STATE[state]).state is TRANSITIONS[state, step]
    else:
        with pytest.raises(JobStateConflict) as refused:
            STEPS[step](IN_STATE[state])
        assert refused.value.fields == {"state": state.value, "step": step.value}


@pytest.mark.parametrize("state", JobState)
def test_a_job_has_an_end_exactly_when_it_is_settled_and_a_lease_exactly_when_it_is_held(state: JobState) -> None:
    job = IN_STATE[state]
    assert job.settled == (state in SETTLED) == (job.finished_at is not None)
    assert (job.lease_expires_at is not None) == (state in HELD)


def test_each_start_has_a_fence_of_its_own_under_which_alone_the_job_is_held() -> None:
    reclaimed = RUNNING.start(now=NOON + LEASE, lease=LEASE, spec=SPEC)
    assert (RUNNING.held_under(1), reclaimed.held_under(1), reclaimed.held_under(2)) == (True, False, True)


def test_a_replay_and_a_shutdown_leave_the_fence_standing() -> None:
    restarted = [IN_STATE[JobState.DEAD].replay(now=NOON), RUNNING.hand_back(now=NOON)]
    assert [job.start(now=NOON, lease=LEASE, spec=SPEC).fence for job in restarted] == [2, 2]


def test_a_shutdown_does_not_use_up_an_attempt() -> None:
    assert RUNNING.hand_back(now=NOON).attempts == QUEUED.attempts


def test_a_replay_starts_over() -> None:
    replayed = IN_STATE[JobState.DEAD].replay(now=NOON + LEASE)
    assert (replayed.error, replayed.error_code, replayed.attempts_max) == ("broken", "internal", 3)
    renewed = replace(replayed, fence=0, error=None, error_code=None, attempts_max=None, time_limit=None)
    assert renewed == replace(QUEUED, queued_at=NOON + LEASE, due_at=NOON + LEASE)


def test_a_job_shows_what_its_worker_promised() -> None:
    assert (RUNNING.attempts_max, RUNNING.time_limit) == (SPEC.attempts_max, SPEC.time_limit)


@pytest.mark.parametrize("step", [JobStep.POSTPONE, JobStep.YIELD, JobStep.GIVE_UP, JobStep.STOP])
def test_a_job_that_was_asked_to_stop_is_not_begun_again(step: JobStep) -> None:
    assert STEPS[step](IN_STATE[JobState.CANCELLING]).state is JobState.CANCELLED


@pytest.mark.parametrize(
    ("progress", "percent"),
    [
        (NO_PROGRESS, None),
        (Progress(7), None),
        (Progress(0, 3), 0),
        (Progress(999, 1000), 99),
        (Progress(3, 3), 100),
        (Progress(4, 3), 100),
        (Progress(0, 0), 100),
    ],
)
def test_percent_are_rounded_down_and_100_means_done(progress: Progress, percent: int | None) -> None:
    assert progress.percent == percent


def test_progress_stays_within_bounds() -> None:
    assert Progress(-1, -1, "x" * 1_000).bounded() == Progress(0, 0, "x" * NOTE_CHARACTERS_MAX)


def test_a_job_that_succeeds_has_done_all_there_was() -> None:
    done = [RUNNING.succeed(now=NOON, progress=one).progress for one in (None, Progress(8, 10), Progress(12, 10))]
    assert [(one.done, one.total) for one in done] == [(0, 0), (10, 10), (12, 12)]


def test_a_new_attempt_begins_its_progress_anew() -> None:
    half = replace(RUNNING, progress=Progress(5, 10))
    assert half.start(now=NOON + LEASE, lease=LEASE, spec=SPEC).progress == NO_PROGRESS


def test_an_endless_error_is_cut() -> None:
    assert len(RUNNING.give_up(now=NOON, error="x" * 10_000, error_code="internal").error or "") == ERROR_CHARACTERS_MAX


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(first=timedelta(seconds=5), longest=timedelta(seconds=60))
    pauses = [backoff.pause(attempt=attempt, job_id=QUEUED.id).total_seconds() for attempt in range(1, 7)]
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_pauses_of_jobs_that_failed_together_are_spread_over_a_quarter() -> None:
    backoff = Backoff(first=timedelta(seconds=100), longest=timedelta(seconds=100))
    pauses = {backoff.pause(attempt=1, job_id=JobId(UUID(int=n))).total_seconds() for n in range(1_000)}
    assert min(pauses) == 100
    assert 120 < max(pauses) < 125
    assert len(pauses) > 200


def test_a_delivery_that_nobody_starts_is_due_again_ever_more_rarely() -> None:
    delivery = Delivery(QUEUED.id, "test.job", TRACE, created_at=NOON, available_at=NOON)
    waits = []
    for _ in range(50):
        delivery = delivery.claim(now=NOON)
        waits.append(delivery.available_at - NOON)
    assert waits[:3] == [VISIBILITY_FIRST, VISIBILITY_FIRST * 2, VISIBILITY_FIRST * 4]
    assert waits[-1] == VISIBILITY_LONGEST
