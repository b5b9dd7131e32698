"""Sums of a year: whatever comes in whatever order, they say what adding the records up says. On both adapters."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepspace_adapters.postgres.pool import make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork, connection_of
from deepspace_core.kernel.ids import ProjectId, UsageRecordId, UserId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import (
    Bucket,
    Dimension,
    Period,
    Sums,
    UsageFilters,
    UsageRecord,
    UsageSummaryRow,
    bucket_start,
    key_of,
    value_of,
)
from deepspace_core.usage.use_cases import AllUsageByPeriod, RecomputeUsage, RollUpUsage, UsageByPeriod
from tests.contract.metering_stores import Stores, postgres_stores, stores_of
from tests.core.metering_values import OPERATOR, ORG, OTHER_ORG, OWNER, PAST, PROJECT, USED

HOUR = timedelta(hours=1)
WEEKS = 70
"""How far back records lie: over two turns of the month."""
SINCE, UNTIL = PAST - WEEKS * 24 * HOUR, PAST + 24 * HOUR
ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata"]
FILTERS = [
    UsageFilters(),
    UsageFilters(project_id=PROJECT),
    UsageFilters(model_name="other"),
    UsageFilters(project_id=PROJECT, model_name="other"),
]


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
            and period.since <= key.hour < period.until
        )
        if wanted:
            place = (bucket_start(key.hour, period.bucket, period.zone), value_of(key, dimension), key.currency)
            sums[place] = sums.get(place, Sums()) + Sums(1, record.leaves, record.cost_nanos)
    order = sorted(sums, key=lambda place: (place[0], place[1] is None, place[1] or "", place[2]))
    return [UsageSummaryRow(*place, sums=sums[place]) for place in order]


async def told(stores: Stores, period: Period, dimension: Dimension, filters: UsageFilters) -> list[UsageSummaryRow]:
    by_period = UsageByPeriod(stores.unit_of_work, stores.rollups)
    return [*await by_period(principal=OWNER, period=period, dimension=dimension, filters=filters)]


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
        for dimension in (Dimension.NONE, Dimension.PROJECT, Dimension.MODEL):
            assert await told(stores, period, dimension, filters) == expected(records, period, dimension, filters)


async def test_an_administrator_sees_the_sums_of_all_organizations(stores: Stores) -> None:
    records = spread(20)
    await write(stores, records[:10])
    await write(stores, [replace(record, org_id=OTHER_ORG) for record in records[10:]])
    await RollUpUsage(stores.unit_of_work, stores.rollups)()
    by_period = AllUsageByPeriod(stores.unit_of_work, stores.rollups)
    period = Period(SINCE, UNTIL, Bucket.MONTH)
    everybody = await by_period(
        actor=OPERATOR, org_id=None, period=period, dimension=Dimension.NONE, filters=UsageFilters()
    )
    assert sum(row.sums.requests for row in everybody) == 20


TABLES = (b"SELECT * FROM usage_rollups", b"SELECT * FROM usage_sums")


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
            await connection.execute("TRUNCATE usage_records, usage_rollups, usage_sums")
            await connection.execute("UPDATE usage_rollup_state SET rolled_until = NULL, seen_until = NULL")
        stores = postgres_stores(PostgresUnitOfWork(pool))
        for batch in written:
            await write(stores, batch)
            await RollUpUsage(stores.unit_of_work, stores.rollups)()
        records = [record for batch in written for record in batch]
        for bucket in (Bucket.DAY, Bucket.MONTH):
            period = Period(SINCE, UNTIL, bucket, time_zone=zone)
            for dimension in Dimension:
                filters = UsageFilters()
                assert await told(stores, period, dimension, filters) == expected(records, period, dimension, filters)
        async with stores.unit_of_work() as tx:
            bit_by_bit = await contents(tx)
        recompute = RecomputeUsage(stores.unit_of_work, stores.rollups)
        await recompute(actor=OPERATOR, since=SINCE - 24 * HOUR, until=UNTIL)
        async with stores.unit_of_work() as tx:
            assert await contents(tx) == bit_by_bit
