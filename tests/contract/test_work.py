"""Jobs and their deliveries, the same on memory and PostgreSQL: from the transaction that causes them to their end."""

from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import JobId, OrgId, show_id
from deepspace_core.kernel.page import PageRequest
from deepspace_core.pipeline.trace_source import JobTrace
from deepspace_core.work import (
    JobFilter,
    JobNotFound,
    JobRun,
    JobState,
    JobStateConflict,
    Lease,
    ListJobs,
    Progress,
    PruneJobs,
    RelayJobs,
)
from deepspace_core.work.delivery import VISIBILITY_FIRST
from deepspace_core.work.use_cases.run import LEASE
from tests.contract.work_yard import DAY, NAME, ORG, PAUSE, SPEC, PasserBy, Yard, yard_of
from tests.core.webhooks.kinds import misfits
from tests.fakes import NOON, TRACE


@pytest.fixture(params=["memory", "postgres"])
def yard(request: pytest.FixtureRequest) -> Yard:
    return yard_of(request)


async def test_a_job_comes_into_being_with_the_commit_of_its_cause(yard: Yard) -> None:
    job_id = await yard.enqueue(org_id=ORG)
    assert await yard.job(job_id) == JobRun(
        id=job_id, name=NAME, payload={"n": 1}, trace_id=TRACE, org_id=ORG, queued_at=NOON, due_at=NOON
    )
    assert await yard.relay() == [job_id]


async def test_a_rolled_back_cause_leaves_no_job(yard: Yard) -> None:
    async with yard.unit_of_work() as tx:
        await yard.queue.enqueue(tx, name=NAME, payload={}, trace_id=TRACE)
    assert (await yard.relay(), await yard.jobs()) == ([], [])


async def test_a_delayed_job_is_not_relayed_before_its_time(yard: Yard) -> None:
    job_id = await yard.enqueue(delay=PAUSE)
    assert await yard.relay() == []
    yard.clock.advance(PAUSE)
    assert await yard.relay() == [job_id]


async def test_a_job_that_this_worker_does_not_know_waits_for_one_that_does(yard: Yard) -> None:
    job_id = await yard.enqueue(name="test.new")
    assert await yard.relay() == []
    assert await yard.relay("test.new") == [job_id]


async def test_the_longest_due_go_first_and_no_more_than_a_batch(yard: Yard) -> None:
    late = await yard.enqueue(delay=timedelta(seconds=2))
    early = await yard.enqueue(delay=timedelta(seconds=1))
    yard.clock.advance(seconds=3)
    relay = RelayJobs(yard.unit_of_work, yard.outbox, yard.van, yard.clock)
    assert await relay(names=[NAME], limit=1) == 1
    assert yard.van.delivered == [early]
    assert await relay(names=[NAME], limit=1) == 1
    assert yard.van.delivered == [early, late]


async def test_what_the_broker_would_not_take_is_relayed_when_it_is_back(yard: Yard) -> None:
    job_id = await yard.enqueue()
    yard.van.broken = True
    with pytest.raises(Unavailable):
        await yard.relay()
    yard.van.broken = False
    yard.clock.advance(seconds=1)
    assert await yard.relay() == [job_id]


async def test_what_the_broker_lost_is_relayed_again_until_a_worker_starts_it(yard: Yard) -> None:
    job_id = await yard.enqueue()
    assert await yard.relay() == [job_id]
    assert await yard.relay() == []
    yard.clock.advance(VISIBILITY_FIRST)
    assert await yard.relay() == [job_id]
    assert await yard.start(job_id) is not None
    yard.clock.advance(LEASE - timedelta(seconds=1))
    assert await yard.relay() == []


async def test_a_second_copy_of_a_message_starts_nothing(yard: Yard) -> None:
    lease = await yard.started()
    assert await yard.start(lease.job_id) is None
    await yard.finish(lease)
    assert await yard.start(lease.job_id) is None
    assert await yard.start(JobId(UUID(int=404))) is None


async def test_a_finished_job_is_done_for_good(yard: Yard) -> None:
    lease = await yard.started()
    assert await yard.finish(lease)
    job = await yard.job(lease.job_id)
    assert (job.state, job.progress.percent, job.finished_at) == (JobState.SUCCEEDED, 100, NOON)
    yard.clock.advance(DAY)
    assert await yard.relay() == []


async def test_a_failed_job_comes_back_after_its_pause_and_is_dead_after_its_last_attempt(yard: Yard) -> None:
    lease = await yard.started()
    assert await yard.fail(lease) is JobState.QUEUED
    job = await yard.job(lease.job_id)
    assert (job.error, job.error_code) == ("broken", "internal")
    assert job.due_at == NOON + SPEC.backoff.pause(attempt=1, job_id=job.id)
    assert (job.attempts_max, job.time_limit) == (SPEC.attempts_max, SPEC.time_limit)
    yard.clock.advance(PAUSE - timedelta(seconds=1))
    assert await yard.relay() == []
    yard.clock.advance(PAUSE)
    assert await yard.relay() == [lease.job_id]
    assert await yard.start(lease.job_id) is not None
    assert await yard.fail(Lease(lease.job_id, 2)) is JobState.DEAD
    yard.clock.advance(DAY)
    assert await yard.relay() == []


async def test_a_failure_that_no_retry_would_mend_is_dead_at_once(yard: Yard) -> None:
    lease = await yard.started()
    assert await yard.fail(lease, retryable=False) is JobState.DEAD


async def test_a_renewed_lease_keeps_the_job_and_an_expired_one_gives_it_to_another_worker(yard: Yard) -> None:
    lease = await yard.started()
    yard.clock.advance(LEASE - timedelta(seconds=1))
    assert await yard.renew(lease) == set()
    yard.clock.advance(LEASE - timedelta(seconds=1))
    assert await yard.relay() == []
    assert await yard.start(lease.job_id) is None
    yard.clock.advance(seconds=1)
    assert await yard.relay() == [lease.job_id]
    second = await yard.start(lease.job_id)
    assert second is not None
    assert second.attempts == 2


async def test_a_worker_that_lost_its_lease_can_neither_keep_nor_settle_the_job(yard: Yard) -> None:
    lease = await yard.started()
    yard.clock.advance(LEASE)
    assert await yard.start(lease.job_id) is not None
    assert await yard.renew(lease) == {lease.job_id}
    assert await yard.finish(lease) is False
    assert await yard.fail(lease) is None
    assert await yard.give_back(lease) is None
    assert await yard.stop(lease) is False
    assert await yard.attend(lease, progress=Progress(1, 2)) == set()
    job = await yard.job(lease.job_id)
    assert (job.state, job.attempts, job.progress.done) == (JobState.RUNNING, 2, 0)


async def test_a_job_that_kills_its_worker_every_time_is_given_up(yard: Yard) -> None:
    lease = await yard.started()
    for _ in range(SPEC.attempts_max):
        yard.clock.advance(LEASE)
        await yard.start(lease.job_id)
    job = await yard.job(lease.job_id)
    assert job.state is JobState.DEAD
    assert "worker was lost" in (job.error or "")
    yard.clock.advance(DAY)
    assert await yard.relay() == []


async def test_a_yielded_job_is_relayed_at_once_with_all_its_attempts(yard: Yard) -> None:
    lease = await yard.started()
    assert await yard.give_back(lease) is JobState.QUEUED
    assert await yard.relay() == [lease.job_id]
    assert (await yard.job(lease.job_id)).attempts == 0


async def test_a_queued_job_can_be_cancelled_and_replayed_with_a_trace_of_both(yard: Yard) -> None:
    job_id = await yard.enqueue()
    assert (await yard.cancel(job_id)).state is JobState.CANCELLED
    assert await yard.relay() == []
    assert (await yard.retry(job_id)).state is JobState.QUEUED
    assert await yard.relay() == [job_id]
    assert yard.events.types == ["job.cancelled", "job.replayed"]


async def test_an_organization_is_told_of_each_step_of_its_jobs(yard: Yard) -> None:
    lease = await yard.started(org_id=ORG)
    await yard.fail(lease)
    yard.clock.advance(PAUSE)
    again = await yard.start(lease.job_id)
    assert again is not None
    await yard.fail(Lease(again.id, again.fence))
    await yard.retry(lease.job_id)
    last = await yard.start(lease.job_id)
    assert last is not None
    await yard.finish(Lease(last.id, last.fence))
    told = [(event.event_type, event.payload["attempts"], event.payload["error_code"]) for event in yard.events.events]
    assert told == [
        ("job.started", 1, None),
        ("job.attempt_failed", 1, "internal"),
        ("job.started", 2, "internal"),
        ("job.failed", 2, "internal"),
        ("job.replayed", 0, "internal"),
        ("job.started", 1, "internal"),
        ("job.succeeded", 1, None),
    ]
    for event in yard.events.events:
        data = {"org_id": "org_1", "trace_id": event.trace_id, "actor": event.actor, "subject": event.subject}
        assert misfits(event.event_type, {**data, **event.payload}) == []


async def test_a_job_that_stops_when_asked_tells_that_it_was_asked_and_that_it_stopped(yard: Yard) -> None:
    for end in ("stop", "fail", "give_back", "finish"):
        lease = await yard.started(org_id=ORG)
        await yard.cancel(lease.job_id)
        await getattr(yard, end)(lease)
        last = "job.succeeded" if end == "finish" else "job.cancelled"
        assert yard.events.types[-3:] == ["job.started", "job.cancel_requested", last]


async def test_a_worker_that_shuts_down_is_no_failed_attempt(yard: Yard) -> None:
    lease = await yard.started(org_id=ORG)
    await yard.give_back(lease)
    await yard.start(lease.job_id)
    assert [(event.event_type, event.payload["attempts"]) for event in yard.events.events] == [("job.started", 1)] * 2


async def test_of_the_installations_own_jobs_only_what_a_person_did_is_told(yard: Yard) -> None:
    lease = await yard.started()
    await yard.fail(lease, retryable=False)
    await yard.retry(lease.job_id)
    assert yard.events.types == ["job.replayed"]


async def test_a_dead_letter_can_be_read_and_replayed(yard: Yard) -> None:
    lease = await yard.started()
    await yard.fail(lease, retryable=False)
    assert await yard.jobs(state=JobState.DEAD) == [lease.job_id]
    await yard.retry(lease.job_id)
    assert await yard.relay() == [lease.job_id]
    assert await yard.start(lease.job_id) is not None


async def test_a_done_job_can_be_neither_cancelled_nor_replayed_and_a_running_one_not_replayed(yard: Yard) -> None:
    lease = await yard.started()
    with pytest.raises(JobStateConflict):
        await yard.retry(lease.job_id)
    await yard.finish(lease)
    for step in (yard.cancel, yard.retry):
        with pytest.raises(JobStateConflict):
            await step(lease.job_id)


async def test_an_unknown_job_is_not_found(yard: Yard) -> None:
    for step in (yard.job, yard.cancel, yard.retry):
        with pytest.raises(JobNotFound):
            await step(JobId(UUID(int=404)))


async def test_jobs_of_another_tenant_are_not_found(yard: Yard) -> None:
    job_id = await yard.enqueue(org_id=ORG)
    async with yard.unit_of_work() as tx:
        assert (await yard.runs.get(tx, job_id, org_id=ORG)).id == job_id
        with pytest.raises(JobNotFound):
            await yard.runs.get(tx, job_id, org_id=OrgId(UUID(int=8)))
        listed = await yard.runs.list(tx, org_id=OrgId(UUID(int=8)), matching=JobFilter(), page=PageRequest())
        assert listed.rows == []


async def test_only_an_administrator_sees_all_jobs(yard: Yard) -> None:
    with pytest.raises(AdministratorRequired):
        await ListJobs(yard.unit_of_work, yard.runs)(actor=PasserBy(), matching=JobFilter(), page=PageRequest())


async def test_jobs_are_listed_newest_first_by_filter_and_page(yard: Yard) -> None:
    first, second, third = [await yard.enqueue(name=name) for name in (NAME, "test.other", NAME)]
    assert await yard.jobs() == [third, second, first]
    assert await yard.jobs(name="test.other") == [second]
    assert await yard.jobs(trace_id=TRACE, state=JobState.QUEUED) == [third, second, first]
    assert await yard.jobs(state=JobState.DEAD) == []
    async with yard.unit_of_work() as tx:
        page = await yard.runs.list(tx, org_id=None, matching=JobFilter(), page=PageRequest(limit=2))
        assert page.next_cursor == second.hex
        rest = PageRequest.read(limit=2, cursor=page.next_cursor)
        last = await yard.runs.list(tx, org_id=None, matching=JobFilter(), page=rest)
    assert ([job.id for job in last.rows], last.next_cursor) == ([first], None)


async def test_a_job_tells_itself_in_the_story_of_its_trace_to_its_own_tenant(yard: Yard) -> None:
    job_id = await yard.enqueue(org_id=ORG)
    source = JobTrace(yard.unit_of_work, yard.runs)
    (entry,) = await source.tell(TRACE, ORG)
    assert await source.tell(TRACE, None) == [entry]
    assert await source.tell(TRACE, OrgId(UUID(int=8))) == []
    assert (entry.at, entry.kind, entry.title) == (NOON, "job", "job test.job queued")
    assert entry.details["job_id"] == show_id("job", job_id)


async def test_settled_jobs_go_after_their_retention_and_others_never(yard: Yard) -> None:
    waiting = await yard.enqueue(delay=DAY)
    done, dead = await yard.started(), await yard.started()
    await yard.finish(done)
    await yard.fail(dead, retryable=False)
    prune = PruneJobs(yard.unit_of_work, yard.runs, yard.clock)
    assert await prune() == 0
    yard.clock.advance(8 * DAY)
    assert await prune() == 1
    assert set(await yard.jobs()) == {waiting, dead.job_id}
    yard.clock.advance(100 * DAY)
    assert await prune() == 1
    assert await yard.jobs() == [waiting]
