"""Sums of a year: whatever comes in whatever order, they say what adding the records up says. On both adapters."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepspace_adapters.postgres.pool import make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork, connection_of
from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.kernel.ids import AppId, ProjectId, UsageRecordId, UserId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import (
    Bucket,
    Dimension,
    Period,
    SummaryRequest,
    Sums,
    UsageFilters,
    UsageRecord,
    UsageSummaryRow,
    bucket_start,
    key_of,
    value_of,
)
from deepspace_core.usage.ports import RollupRepository
from deepspace_core.usage.use_cases import AllUsageByPeriod, RecomputeUsage, RollUpUsage, UsageByPeriod
from tests.contract.metering_stores import Stores, postgres_stores, stores_of
from tests.core.metering_values import OPERATOR, ORG, OTHER_ORG, OWNER, PAST, PROJECT, USED

HOUR = timedelta(hours=1)
APP = AppId(UUID(int=0x97))
WEEKS = 70
"""How far back records lie: over two turns of the month."""
SINCE, UNTIL = PAST - WEEKS * 24 * HOUR, PAST + 24 * HOUR
ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata"]
FILTERS = [
    UsageFilters(),
    UsageFilters(project_id=PROJECT),
    UsageFilters(model_name="other"),
    UsageFilters(project_id=PROJECT, model_name="other"),
    UsageFilters(app_id=APP),
    UsageFilters(app_id=APP, model_name="other"),
    UsageFilters(project_id=PROJECT, user_id=USED.user_id, model_name="other"),
]
PAGES_MAX = 1_000
ROWS_A_PAGE = 7


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return stores_of(request)


@st.composite
def batches(draw: st.DrawFn) -> list[list[UsageRecord]]:
    """Records in the batches in which they are written; between two, the roll-up runs. Late ones are usual."""
    numbers = iter(range(1, 1_000))

    def record() -> UsageRecord:
        number = next(numbers)
        return replace(
            USED,
            id=UsageRecordId(UUID(int=number)),
            capture_ref=f"capture:{number}",
            org_id=draw(st.sampled_from([ORG, OTHER_ORG])),
            project_id=draw(st.sampled_from([PROJECT, ProjectId(UUID(int=0x99)), None])),
            user_id=draw(st.sampled_from([USED.user_id, UserId(UUID(int=0x98))])),
            model_name=draw(st.sampled_from(["smollm2", "other"])),
            app_id=draw(st.sampled_from([APP, None])),
            currency=draw(st.sampled_from(["USD", "EUR"])),
            ended_at=PAST - timedelta(minutes=draw(st.integers(0, 60 * 24 * WEEKS))),
            leaves=TokenLeaves(input_uncached=draw(st.integers(0, 99)), output_text=draw(st.integers(0, 99))),
            cost_nanos=draw(st.integers(0, 10**9)),
        )

    return [[record() for _ in range(draw(st.integers(0, 12)))] for _ in range(draw(st.integers(1, 4)))]


def expected(
    records: Sequence[UsageRecord], period: Period, dimension: Dimension, filters: UsageFilters
) -> list[UsageSummaryRow]:
    """The model: every record of the organization, added up one by one."""
    sums: dict[tuple[datetime, str | None, str], Sums] = {}
    for record in records:
        key = key_of(record)
        wanted = (
            record.org_id == ORG
            and filters.project_id in {None, record.project_id}
            and filters.model_name in {None, record.model_name}
            and filters.user_id in {None, record.user_id}
            and filters.app_id in {None, record.app_id}
            and period.since <= key.hour < period.until
        )
        if wanted:
            place = (bucket_start(key.hour, period.bucket, period.zone), value_of(key, dimension), key.currency)
            sums[place] = sums.get(place, Sums()) + Sums(1, record.leaves, record.cost_nanos)
    order = sorted(sums, key=lambda place: (place[0], place[1] is None, place[1] or "", place[2]))
    return [UsageSummaryRow(*place, sums=sums[place]) for place in order]


async def told(stores: Stores, period: Period, dimension: Dimension, filters: UsageFilters) -> list[UsageSummaryRow]:
    by_period = UsageByPeriod(stores.unit_of_work, stores.rollups)
    rows: list[UsageSummaryRow] = []
    cursor: str | None = None
    for _ in range(PAGES_MAX):
        request = SummaryRequest.read(limit=ROWS_A_PAGE, cursor=cursor)
        page = await by_period(principal=OWNER, period=period, dimension=dimension, filters=filters, page=request)
        rows, cursor = [*rows, *page.rows], page.next_cursor
        if cursor is None:
            return rows
    raise AssertionError("pages without end")


async def write(stores: Stores, records: Sequence[UsageRecord]) -> None:
    if not records:
        return
    async with stores.unit_of_work() as tx:
        await stores.stage.write_usage(tx, records)
        await tx.commit()


def spread(count: int) -> list[UsageRecord]:
    """One record every seventeen hours."""
    return [
        replace(
            USED,
            id=UsageRecordId(UUID(int=number)),
            capture_ref=f"capture:{number}",
            ended_at=PAST - number * 17 * HOUR,
            cost_nanos=number,
            project_id=PROJECT if number % 3 else None,
            app_id=APP if number % 2 else None,
            model_name="other" if number % 5 else "smollm2",
        )
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("rolled", ["not yet", "in part", "all"])
@pytest.mark.parametrize("bucket", [Bucket.DAY, Bucket.MONTH])
@pytest.mark.parametrize("zone", ZONES)
async def test_days_and_months_are_cut_in_any_zone_before_and_after_the_roll_up(
    stores: Stores, zone: str, bucket: Bucket, rolled: str
) -> None:
    records = spread(90)
    await write(stores, records[:45] if rolled == "in part" else records)
    if rolled != "not yet":
        await RollUpUsage(stores.unit_of_work, stores.rollups)()
    if rolled == "in part":
        await write(stores, records[45:])
        await RollUpUsage(stores.unit_of_work, stores.rollups)()
    period = Period(SINCE, UNTIL, bucket, time_zone=zone)
    for filters in FILTERS:
        for dimension in (Dimension.NONE, Dimension.PROJECT, Dimension.MODEL, Dimension.APP):
            assert await told(stores, period, dimension, filters) == expected(records, period, dimension, filters)


class Dying:
    """Roll-ups whose run ends where the first sums would be made."""

    def __init__(self, rollups: RollupRepository) -> None:
        self._rollups = rollups

    def __getattr__(self, name: str) -> object:
        return getattr(self._rollups, name)

    async def make_sums(self, tx: Transaction, days: Sequence[datetime], *, before: datetime) -> None:
        raise ConnectionError


@pytest.mark.parametrize("zone", ZONES)
async def test_a_late_record_is_not_in_the_hours_before_it_is_in_the_sums_they_are_taken_from(
    stores: Stores, zone: str
) -> None:
    records = spread(90)
    await write(stores, records)
    await RollUpUsage(stores.unit_of_work, stores.rollups)()
    late = [
        replace(USED, id=UsageRecordId(UUID(int=900 + hour)), capture_ref=f"late:{hour}", ended_at=SINCE + hour * HOUR)
        for hour in range(72, 96)
    ]
    await write(stores, late)
    with pytest.raises(ConnectionError):
        await RollUpUsage(stores.unit_of_work, cast(RollupRepository, Dying(stores.rollups)))()
    period = Period(SINCE, UNTIL, Bucket.DAY, time_zone=zone)
    rows = await told(stores, period, Dimension.NONE, UsageFilters())
    assert rows == expected(records, period, Dimension.NONE, UsageFilters())


async def test_an_administrator_sees_the_sums_of_all_organizations(stores: Stores) -> None:
    records = spread(20)
    await write(stores, records[:10])
    await write(stores, [replace(record, org_id=OTHER_ORG) for record in records[10:]])
    await RollUpUsage(stores.unit_of_work, stores.rollups)()
    by_period = AllUsageByPeriod(stores.unit_of_work, stores.rollups)
    period = Period(SINCE, UNTIL, Bucket.MONTH)
    everybody = await by_period(
        actor=OPERATOR,
        org_id=None,
        period=period,
        dimension=Dimension.NONE,
        filters=UsageFilters(),
        page=SummaryRequest(),
    )
    assert sum(row.sums.requests for row in everybody.rows) == 20


TABLES = (b"SELECT * FROM usage_rollups", b"SELECT * FROM usage_sums", b"SELECT * FROM usage_full_sums")


async def contents(tx: Transaction) -> list[list[tuple[object, ...]]]:
    """All that is derived, as it lies there."""
    connection = connection_of(tx)
    rows = [await (await connection.execute(table)).fetchall() for table in TABLES]
    return [sorted(found, key=repr) for found in rows]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=batches(), zone=st.sampled_from(ZONES))
def test_sums_made_bit_by_bit_are_those_made_from_scratch_and_those_of_the_records(
    database_url: str, written: list[list[UsageRecord]], zone: str
) -> None:
    asyncio.run(_bit_by_bit(database_url, written, zone))


async def _bit_by_bit(database_url: str, written: list[list[UsageRecord]], zone: str) -> None:
    async with make_pool(database_url) as pool:
        async with pool.connection() as connection:
            await connection.execute("TRUNCATE usage_records, usage_rollups, usage_sums, usage_full_sums")
            await connection.execute("UPDATE usage_rollup_state SET rolled_until = NULL, seen_until = NULL")
        stores = postgres_stores(PostgresUnitOfWork(pool))
        for batch in written:
            await write(stores, batch)
            await RollUpUsage(stores.unit_of_work, stores.rollups)()
        records = [record for batch in written for record in batch]
        for bucket in (Bucket.DAY, Bucket.MONTH):
            period = Period(SINCE, UNTIL, bucket, time_zone=zone)
            for dimension, filters in product(Dimension, FILTERS):
                assert await told(stores, period, dimension, filters) == expected(records, period, dimension, filters)
        async with stores.unit_of_work() as tx:
            bit_by_bit = await contents(tx)
        recompute = RecomputeUsage(stores.unit_of_work, stores.rollups)
        await recompute(actor=OPERATOR, since=SINCE - 24 * HOUR, until=UNTIL)
        async with stores.unit_of_work() as tx:
            assert await contents(tx) == bit_by_bit


async def test_sums_made_anew_after_a_migration_are_those_of_months_without_records_too(database_url: str) -> None:
    async with make_pool(database_url) as pool:
        stores = postgres_stores(PostgresUnitOfWork(pool))
        records = spread(20)
        await write(stores, records)
        await RollUpUsage(stores.unit_of_work, stores.rollups)()
        async with pool.connection() as connection:
            await connection.execute("TRUNCATE usage_records, usage_sums, usage_full_sums")
            await connection.execute("UPDATE usage_rollup_state SET rolled_until = NULL, seen_until = NULL")
        await RollUpUsage(stores.unit_of_work, stores.rollups)()
        # Nor does whoever doubts them lose what can't be made again.
        await RecomputeUsage(stores.unit_of_work, stores.rollups)(actor=OPERATOR, since=SINCE, until=UNTIL)
        period = Period(SINCE, UNTIL, Bucket.DAY)
        for dimension, filters in product(Dimension, FILTERS):
            assert await told(stores, period, dimension, filters) == expected(records, period, dimension, filters)


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "W10", "WzEsIlx1MDAwMCIsIlVTRCJd", "WzFlOTksbnVsbCwiVVNEIl0", "W" * 2_000]
)
def test_a_cursor_that_was_never_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        SummaryRequest.read(limit=None, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 2_001])
def test_a_page_of_a_summary_is_bounded(limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        SummaryRequest.read(limit=limit, cursor=None)
