"""What happens to jobs while they run, the same on memory and PostgreSQL: progress, and the wish that they stop."""

import pytest

from deepspace_core.work import (
    JobState,
    Progress,
)
from deepspace_core.work.use_cases.run import LEASE
from tests.contract.work_yard import DAY, Yard, yard_of
from tests.fakes import NOON


@pytest.fixture(params=["memory", "postgres"])
def yard(request: pytest.FixtureRequest) -> Yard:
    return yard_of(request)


async def test_a_running_job_that_is_cancelled_is_asked_to_stop_and_stops(yard: Yard) -> None:
    lease, other = await yard.started(), await yard.started()
    assert (await yard.cancel(lease.job_id)).state is JobState.CANCELLING
    assert await yard.attend(lease, other) == {lease.job_id}
    assert await yard.renew(lease) == set()
    assert await yard.stop(lease)
    job = await yard.job(lease.job_id)
    assert (job.state, job.finished_at, job.lease_expires_at) == (JobState.CANCELLED, NOON, None)
    yard.clock.advance(DAY)
    assert lease.job_id not in await yard.relay()


async def test_a_job_that_ends_before_it_hears_that_it_should_stop_has_succeeded(yard: Yard) -> None:
    lease = await yard.started()
    await yard.cancel(lease.job_id)
    assert await yard.finish(lease)
    assert (await yard.job(lease.job_id)).state is JobState.SUCCEEDED


async def test_a_job_that_was_asked_to_stop_is_not_tried_again_however_it_leaves_its_worker(yard: Yard) -> None:
    failed, yielded, lost = await yard.started(), await yard.started(), await yard.started()
    for lease in (failed, yielded, lost):
        await yard.cancel(lease.job_id)
    assert await yard.fail(failed) is JobState.CANCELLED
    assert await yard.give_back(yielded) is JobState.CANCELLED
    yard.clock.advance(LEASE)
    assert await yard.relay() == [lost.job_id]
    assert await yard.start(lost.job_id) is None
    assert (await yard.job(lost.job_id)).state is JobState.CANCELLED
    yard.clock.advance(DAY)
    assert await yard.relay() == []


async def test_progress_is_written_and_each_writing_makes_a_new_revision(yard: Yard) -> None:
    lease = await yard.started()
    before = (await yard.job(lease.job_id)).revision
    await yard.attend(lease, progress=Progress(3, 10, "copying"))
    job = await yard.job(lease.job_id)
    assert (job.progress, job.revision) == (Progress(3, 10, "copying"), before + 1)
    assert await yard.attend(lease) == await yard.attend() == set()
    assert (await yard.job(lease.job_id)).revision == before + 1
    await yard.attend(lease, progress=Progress(4))
    assert (await yard.job(lease.job_id)).progress == Progress(4, None, None)
