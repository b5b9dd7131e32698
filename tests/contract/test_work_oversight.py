"""What people do with jobs, the same on memory and PostgreSQL: members with their own, operators with all."""

from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_core.identity import Permission, Principal
from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing
from deepspace_core.kernel.ids import JobId, OrgId, UserId, WalletId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.work import (
    CancelOwnJob,
    FindJobs,
    GetOwnJob,
    JobCount,
    JobFilter,
    JobNotFound,
    JobState,
    ListJobs,
    ListOwnJobs,
    RetryDeadJobs,
    RetryOwnJob,
    TakeCensus,
    WorkCensus,
)
from tests.contract.work_yard import NAME, OPERATOR, ORG, Yard, yard_of
from tests.fakes import NOON

OTHER = OrgId(UUID(int=8))
ALL = frozenset({Permission.READ_JOBS, Permission.MANAGE_JOBS})


@pytest.fixture(params=["memory", "postgres"])
def yard(request: pytest.FixtureRequest) -> Yard:
    return yard_of(request)


def member(*, org_id: OrgId = ORG, permissions: frozenset[Permission] = ALL) -> Principal:
    return Principal(
        kind="session",
        user_id=UserId(UUID(int=9)),
        org_id=org_id,
        wallet_id=WalletId(UUID(int=10)),
        permissions=permissions,
    )


async def test_members_see_and_change_the_jobs_of_their_own_organization(yard: Yard) -> None:
    mine, of_the_house = await yard.enqueue(org_id=ORG), await yard.enqueue()
    await yard.enqueue(org_id=OTHER)
    listed = await ListOwnJobs(yard.unit_of_work, yard.runs)(
        principal=member(), matching=JobFilter(), page=PageRequest()
    )
    assert [job.id for job in listed.rows] == [mine]
    get, cancel = GetOwnJob(yard.unit_of_work, yard.runs), CancelOwnJob(yard.steps)
    assert (await get(principal=member(), job_id=mine)).id == mine
    assert (await cancel(principal=member(), job_id=mine)).state is JobState.CANCELLED
    assert (await RetryOwnJob(yard.steps)(principal=member(), job_id=mine)).state is JobState.QUEUED
    assert yard.events.types == ["job.cancelled", "job.replayed"]
    for step in (get, cancel, RetryOwnJob(yard.steps)):
        for nobodys, who in ((of_the_house, member()), (mine, member(org_id=OTHER))):
            with pytest.raises(JobNotFound):
                await step(principal=who, job_id=nobodys)


async def test_each_step_needs_its_permission(yard: Yard) -> None:
    mine = await yard.enqueue(org_id=ORG)
    reader = member(permissions=frozenset({Permission.READ_JOBS}))
    for step in (CancelOwnJob(yard.steps), RetryOwnJob(yard.steps)):
        with pytest.raises(PermissionMissing):
            await step(principal=reader, job_id=mine)
    stranger = member(permissions=frozenset())
    with pytest.raises(PermissionMissing):
        await GetOwnJob(yard.unit_of_work, yard.runs)(principal=stranger, job_id=mine)
    with pytest.raises(PermissionMissing):
        await ListOwnJobs(yard.unit_of_work, yard.runs)(principal=stranger, matching=JobFilter(), page=PageRequest())
    with pytest.raises(AdministratorRequired):
        await RetryDeadJobs(ListJobs(yard.unit_of_work, yard.runs), yard.steps)(actor=member())
    with pytest.raises(AdministratorRequired):
        await TakeCensus(yard.unit_of_work, yard.runs, yard.clock)(actor=member())


async def test_an_operator_lists_by_organization_and_time(yard: Yard) -> None:
    early = await yard.enqueue(org_id=ORG)
    yard.clock.advance(seconds=60)
    late = await yard.enqueue(org_id=OTHER)
    minute = NOON + timedelta(seconds=60)
    listed = await ListJobs(yard.unit_of_work, yard.runs)(
        actor=OPERATOR, matching=JobFilter(), page=PageRequest(), org_id=OTHER
    )
    assert [job.id for job in listed.rows] == [late]
    assert (await yard.jobs(since=minute), await yard.jobs(until=minute)) == ([late], [early])


async def test_dead_letters_are_replayed_together_all_or_those_of_a_name(yard: Yard) -> None:
    leases = [await yard.started() for _ in range(3)]
    for lease in leases:
        await yard.fail(lease, retryable=False)
    waiting = await yard.enqueue()
    retry_dead = RetryDeadJobs(ListJobs(yard.unit_of_work, yard.runs), yard.steps)
    assert await retry_dead(actor=OPERATOR, name="test.other") == []
    queued = await retry_dead(actor=OPERATOR, name=NAME)
    assert {job.id for job in queued} == {lease.job_id for lease in leases}
    assert set(await yard.jobs(state=JobState.QUEUED)) == {waiting, *(lease.job_id for lease in leases)}
    assert await retry_dead(actor=OPERATOR) == []


async def test_the_census_counts_what_waits_runs_and_died_and_how_late_the_relay_is(yard: Yard) -> None:
    census = TakeCensus(yard.unit_of_work, yard.runs, yard.clock)
    assert await census(actor=OPERATOR) == WorkCensus([])
    done, dead, _running = [await yard.started() for _ in range(3)]
    await yard.finish(done)
    await yard.fail(dead, retryable=False)
    yard.clock.advance(seconds=1)
    for delay in (timedelta(0), timedelta(hours=1)):
        await yard.enqueue(name="test.other", delay=delay)
    second = NOON + timedelta(seconds=1)
    counts = [
        JobCount(NAME, JobState.DEAD, 1, NOON),
        JobCount(NAME, JobState.RUNNING, 1, NOON),
        JobCount("test.other", JobState.QUEUED, 2, second),
    ]
    assert await census(actor=OPERATOR) == WorkCensus(counts, 1, second)


async def test_jobs_are_found_by_their_ids(yard: Yard) -> None:
    first, second = await yard.enqueue(), await yard.enqueue(org_id=ORG)
    find = FindJobs(yard.unit_of_work, yard.runs)
    found = await find(job_ids=[first, second, JobId(UUID(int=404))])
    assert {job.id for job in found} == {first, second}
    assert await find(job_ids=[]) == []
