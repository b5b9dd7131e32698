"""The contract of usage records and roll-ups, on memory and on PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import ApiKeyId, ProjectId, TraceId, UsageRecordId, WorkspaceId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import (
    Bucket,
    Dimension,
    Ending,
    Period,
    SummaryRequest,
    Sums,
    UsageFilters,
    UsageRecord,
    UsageRecordNotFound,
    UsageSource,
    UsageSummaryRow,
)
from deepspace_core.usage.use_cases import (
    AllUsageByPeriod,
    GetUsage,
    ListAllUsage,
    ListUsage,
    RecomputeUsage,
    RollUpUsage,
    TotalUsage,
    UsageByPeriod,
)
from tests.contract.metering_stores import Stores, stores_of
from tests.core.metering_values import NOBODY, OPERATOR, ORG, OTHER_ORG, OWNER, PAST, PROJECT, USED

ALL = UsageFilters()
HOUR = timedelta(hours=1)
OTHER_PROJECT = ProjectId(UUID(int=0x99))
DAY = Period(PAST - 12 * HOUR, PAST + 36 * HOUR, Bucket.HOUR)


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return stores_of(request)


def _used(number: int, *, minutes: int = 0, **changes: object) -> UsageRecord:
    unique = {"id": UsageRecordId(UUID(int=number)), "capture_ref": f"capture:{number}"}
    ended_at = PAST + timedelta(minutes=minutes)
    return replace(USED, ended_at=ended_at, **(unique | changes))  # type: ignore[arg-type]


BARE = _used(
    2,
    workspace_id=None,
    project_id=None,
    api_key_id=None,
    user_id=None,
    app_id=None,
    price_id=None,
    price_version=None,
    hold_ref=None,
    first_token_ms=None,
    usage_source=UsageSource.NONE,
    ending=Ending.TIMED_OUT,
    leaves=TokenLeaves(1, 2, 3, 4, 5, 6, 7, 8, 9),
)


async def _write(stores: Stores, *records: UsageRecord) -> None:
    async with stores.unit_of_work() as tx:
        await stores.stage.write_usage(tx, records)
        await tx.commit()


async def _list(stores: Stores, filters: UsageFilters) -> Sequence[UsageRecord]:
    page = await ListUsage(stores.unit_of_work, stores.usage)(principal=OWNER, page=PageRequest(), filters=filters)
    return page.rows


async def _summary(
    stores: Stores, *, period: Period = DAY, dimension: Dimension = Dimension.NONE, filters: UsageFilters = ALL
) -> Sequence[UsageSummaryRow]:
    page = await UsageByPeriod(stores.unit_of_work, stores.rollups)(
        principal=OWNER, period=period, dimension=dimension, filters=filters, page=SummaryRequest()
    )
    return page.rows


async def test_records_are_read_back_as_they_were_written(stores: Stores) -> None:
    await _write(stores, _used(1), BARE)
    assert await _list(stores, ALL) == [BARE, _used(1)]


async def test_writing_again_changes_nothing(stores: Stores) -> None:
    await _write(stores, _used(1))
    await _write(stores, _used(1), replace(_used(1), id=UsageRecordId(UUID(int=9))), _used(2))
    assert await _list(stores, ALL) == [_used(2), _used(1)]


async def test_one_record_is_found_in_its_organization_only(stores: Stores) -> None:
    await _write(stores, _used(1), _used(2, org_id=OTHER_ORG))
    get = GetUsage(stores.unit_of_work, stores.usage)
    assert await get(principal=OWNER, record_id=UsageRecordId(UUID(int=1))) == _used(1)
    with pytest.raises(UsageRecordNotFound):
        await get(principal=OWNER, record_id=UsageRecordId(UUID(int=2)))


FILTERED = [
    (ALL, [4, 3, 2, 1]),
    (UsageFilters(project_id=OTHER_PROJECT), [2]),
    (UsageFilters(workspace_id=WorkspaceId(UUID(int=0x77))), [4]),
    (UsageFilters(api_key_id=ApiKeyId(UUID(int=0x98))), [3]),
    (UsageFilters(user_id=USED.user_id), [4, 3, 2, 1]),
    (UsageFilters(model_name="other"), [4]),
    (UsageFilters(app_id=USED.app_id), [4, 3, 1]),
    (UsageFilters(trace_id=TraceId("f" * 32)), [3]),
    (UsageFilters(since=PAST + HOUR), [4, 3]),
    (UsageFilters(until=PAST + HOUR), [2, 1]),
    (UsageFilters(since=PAST + HOUR, until=PAST + 2 * HOUR, model_name="smollm2"), [3]),
]


async def test_records_are_filtered_newest_first(stores: Stores) -> None:
    await _write(
        stores,
        _used(1),
        _used(2, minutes=59, project_id=OTHER_PROJECT, app_id=None),
        _used(3, minutes=60, api_key_id=ApiKeyId(UUID(int=0x98)), trace_id="f" * 32),
        _used(4, minutes=120, model_name="other", workspace_id=WorkspaceId(UUID(int=0x77))),
        _used(5, org_id=OTHER_ORG),
    )
    for filters, numbers in FILTERED:
        assert [record.id.int for record in await _list(stores, filters)] == numbers, filters


async def test_totals_cover_all_records_by_currency(stores: Stores) -> None:
    await _write(stores, _used(1), _used(2, minutes=90), _used(3, currency="EUR"), _used(4, org_id=OTHER_ORG))
    totals = await TotalUsage(stores.unit_of_work, stores.usage)(principal=OWNER, filters=ALL)
    assert totals == {
        "USD": Sums(2, USED.leaves + USED.leaves, 54_000),
        "EUR": Sums(1, USED.leaves, 27_000),
    }


async def test_a_key_of_one_project_sees_no_other(stores: Stores) -> None:
    await _write(stores, _used(1), _used(2, project_id=OTHER_PROJECT))
    bound = replace(OWNER, is_project_bound=True)
    listed = await ListUsage(stores.unit_of_work, stores.usage)(principal=bound, page=PageRequest(), filters=ALL)
    assert listed.rows == [_used(1)]
    with pytest.raises(NotFound):
        await ListUsage(stores.unit_of_work, stores.usage)(
            principal=bound, page=PageRequest(), filters=UsageFilters(project_id=OTHER_PROJECT)
        )
    with pytest.raises(UsageRecordNotFound):
        await GetUsage(stores.unit_of_work, stores.usage)(principal=bound, record_id=UsageRecordId(UUID(int=2)))


async def test_usage_needs_its_permission(stores: Stores) -> None:
    with pytest.raises(PermissionMissing):
        await ListUsage(stores.unit_of_work, stores.usage)(principal=NOBODY, page=PageRequest(), filters=ALL)
    with pytest.raises(AdministratorRequired):
        await ListAllUsage(stores.unit_of_work, stores.usage)(actor=OWNER, org_id=None, page=PageRequest(), filters=ALL)


async def test_an_administrator_sees_every_organization_or_one(stores: Stores) -> None:
    await _write(stores, _used(1), _used(2, org_id=OTHER_ORG))
    list_all = ListAllUsage(stores.unit_of_work, stores.usage)
    everybody = await list_all(actor=OPERATOR, org_id=None, page=PageRequest(), filters=ALL)
    one = await list_all(actor=OPERATOR, org_id=OTHER_ORG, page=PageRequest(), filters=ALL)
    assert ([len(everybody.rows), len(one.rows)]) == [2, 1]


async def test_a_summary_is_the_same_before_and_after_the_roll_up(stores: Stores) -> None:
    await _write(stores, *[_used(number, minutes=number * 17) for number in range(1, 30)], _used(99, currency="EUR"))
    before = await _summary(stores, dimension=Dimension.MODEL)
    run = await RollUpUsage(stores.unit_of_work, stores.rollups)()
    assert run.hours > 1
    assert await _summary(stores, dimension=Dimension.MODEL) == before
    assert sum(row.sums.requests for row in before) == 30


async def test_a_run_looks_a_little_back_and_then_finds_nothing_new(stores: Stores) -> None:
    await _write(stores, _used(1), _used(2, minutes=70))
    roll_up = RollUpUsage(stores.unit_of_work, stores.rollups)
    await roll_up()
    first = await _summary(stores)
    stores.later(10 * HOUR)
    assert [(await roll_up()).hours for _ in range(2)] == [2, 0]
    assert await _summary(stores) == first


async def test_a_late_record_is_added_to_its_hour_by_the_next_run(stores: Stores) -> None:
    roll_up = RollUpUsage(stores.unit_of_work, stores.rollups)
    await _write(stores, _used(1))
    await roll_up()
    await _write(stores, _used(2, minutes=5), _used(3, minutes=-300))
    assert (await roll_up()).hours == 2
    assert [(row.bucket_start, row.sums.requests) for row in await _summary(stores)] == [
        (PAST - 5 * HOUR, 1),
        (PAST, 2),
    ]


async def test_recomputing_all_from_scratch_gives_the_same(stores: Stores) -> None:
    await _write(stores, *[_used(number, minutes=number * 31) for number in range(1, 20)])
    await RollUpUsage(stores.unit_of_work, stores.rollups)()
    rolled = await _summary(stores)
    recompute = RecomputeUsage(stores.unit_of_work, stores.rollups)
    made = await recompute(actor=OPERATOR, since=PAST - 10 * HOUR, until=PAST + 40 * HOUR)
    assert made == len(rolled)
    assert await _summary(stores) == rolled
    with pytest.raises(AdministratorRequired):
        await recompute(actor=OWNER, since=PAST, until=PAST + HOUR)


SPLIT = [
    (Dimension.NONE, [None]),
    (Dimension.PROJECT, [str(PROJECT), str(OTHER_PROJECT), None]),
    (Dimension.MODEL, ["other", "smollm2"]),
    (Dimension.KEY, [str(USED.api_key_id), None]),
    (Dimension.USER, [str(USED.user_id), None]),
    (Dimension.WORKSPACE, [str(USED.workspace_id), None]),
    (Dimension.APP, [str(USED.app_id), None]),
]


@pytest.mark.parametrize("rolled", [True, False])
async def test_a_summary_is_split_by_its_dimension(stores: Stores, rolled: bool) -> None:
    await _write(stores, _used(1), BARE, _used(3, project_id=OTHER_PROJECT), _used(4, model_name="other"))
    if rolled:
        await RollUpUsage(stores.unit_of_work, stores.rollups)()
    for dimension, values in SPLIT:
        rows = await _summary(stores, dimension=dimension)
        assert [row.value for row in rows] == values, dimension
        assert sum(row.sums.requests for row in rows) == 4


@pytest.mark.parametrize("rolled", [True, False])
async def test_days_are_cut_in_the_time_zone_asked_for(stores: Stores, rolled: bool) -> None:
    await _write(stores, _used(1, minutes=3 * 60), _used(2, minutes=4 * 60), _used(3, minutes=5 * 60))
    if rolled:
        await RollUpUsage(stores.unit_of_work, stores.rollups)()
    period = replace(DAY, bucket=Bucket.DAY, time_zone="Asia/Shanghai")
    assert [(row.bucket_start, row.sums.requests) for row in await _summary(stores, period=period)] == [
        (PAST - 20 * HOUR, 1),
        (PAST + 4 * HOUR, 2),
    ]


@pytest.mark.parametrize("rolled", [True, False])
async def test_a_summary_is_filtered_and_kept_to_its_organization(stores: Stores, rolled: bool) -> None:
    await _write(stores, _used(1), _used(2, project_id=OTHER_PROJECT), _used(3, org_id=OTHER_ORG))
    if rolled:
        await RollUpUsage(stores.unit_of_work, stores.rollups)()
    (mine,) = await _summary(stores, filters=UsageFilters(project_id=PROJECT))
    assert mine.sums == Sums(1, USED.leaves, 27_000)
    by_period = AllUsageByPeriod(stores.unit_of_work, stores.rollups)
    counted = []
    for org_id in (None, ORG):
        page = await by_period(
            actor=OPERATOR,
            org_id=org_id,
            period=DAY,
            dimension=Dimension.NONE,
            filters=ALL,
            page=SummaryRequest(),
        )
        counted += [row.sums.requests for row in page.rows]
    assert counted == [3, 2]


async def test_a_period_takes_its_start_and_leaves_its_end(stores: Stores) -> None:
    await _write(stores, _used(1), _used(2, minutes=60), _used(3, minutes=120))
    rows = await _summary(stores, period=Period(PAST + HOUR, PAST + 2 * HOUR, Bucket.HOUR))
    assert [row.bucket_start for row in rows] == [PAST + HOUR]
