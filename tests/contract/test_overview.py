"""The contract of overviews: what is rolled up, and what is not yet, says what counting one by one says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from deepspace_adapters.memory.overview import MemoryOverview
from deepspace_adapters.postgres.overview import PostgresOverview
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.ids import ApiKeyId, UsageRecordId, UserId
from deepspace_core.overview import (
    AnomalyMeasure,
    CallTally,
    Latencies,
    LatencyMeasure,
    Leader,
    LeaderKind,
    OverviewReader,
    OverviewTooLong,
    Split,
)
from deepspace_core.overview.use_cases import FindAnomalies, ListLeaders, ShowOverview
from deepspace_core.usage import Bucket, Ending, Period, UsageRecord
from deepspace_core.usage.use_cases import RecomputeUsage, RollUpUsage
from tests.contract.metering_stores import Stores, stores_of
from tests.core.metering_values import NOBODY, OPERATOR, ORG, OTHER_ORG, PAST, REQUEST, USED
from tests.fakes import FixedClock

HOUR = timedelta(hours=1)
DAY = Period(PAST - 12 * HOUR, PAST + 36 * HOUR, Bucket.HOUR)
SHANGHAI = Period(PAST - 48 * HOUR, PAST + 48 * HOUR, Bucket.DAY, "Asia/Shanghai")
NUMBERS = count(1)


@dataclass(frozen=True)
class World:
    """One adapter."""

    stores: Stores
    reader: OverviewReader

    async def roll_up(self) -> None:
        await RollUpUsage(self.stores.unit_of_work, self.stores.rollups)()

    async def write(self, *records: UsageRecord) -> None:
        async with self.stores.unit_of_work() as tx:
            await self.stores.stage.write_usage(tx, records)
            await tx.commit()

    async def log(self, *statuses: tuple[int, str | None, datetime]) -> None:
        logs = [
            replace(REQUEST, id=UUID(int=next(NUMBERS)), status=status, error_code=code, started_at=at, channel="main")
            for status, code, at in statuses
        ]
        async with self.stores.unit_of_work() as tx:
            await self.stores.stage.write_requests(tx, logs)
            await tx.commit()


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    reader = MemoryOverview() if request.param == "memory" else PostgresOverview()
    return World(stores_of(request), reader)


def _used(at: datetime, **changes: object) -> UsageRecord:
    number = next(NUMBERS)
    unique = {"id": UsageRecordId(UUID(int=number)), "capture_ref": f"capture:{number}", "ended_at": at}
    return replace(USED, **(unique | changes))  # type: ignore[arg-type]


RECORDS = [
    (PAST, {"channel": "main", "upstream_cost_picos": 7_000_000, "upstream_cost_currency": "USD"}),
    (PAST + HOUR, {"model_name": "large", "ending": Ending.TIMED_OUT, "latency_ms": 9_000, "first_token_ms": None}),
    (PAST + HOUR, {"currency": "EUR", "org_id": OTHER_ORG, "user_id": UserId(UUID(int=0x77))}),
    (PAST + 30 * HOUR, {"channel": "main", "api_key_id": ApiKeyId(UUID(int=0x78)), "ending": Ending.UPSTREAM_ERROR}),
]


def _records() -> list[UsageRecord]:
    return [_used(at, **changes) for at, changes in RECORDS]


def _tally(records: Iterable[UsageRecord]) -> CallTally:
    """The model: one record after the other."""
    total = CallTally()
    for record in records:
        costed = record.upstream_cost_currency == record.currency
        total += CallTally(
            calls=1,
            input_tokens=record.leaves.input_total,
            output_tokens=record.leaves.output_total,
            price_picos=record.cost_picos,
            costed_calls=int(costed),
            costed_price_picos=record.cost_picos * costed,
            cost_picos=(record.upstream_cost_picos or 0) * costed,
            **{record.ending.value: 1},
        )
    return total


@pytest.mark.parametrize("rolled", ["between", "after", "never"])
@pytest.mark.parametrize("split", Split)
async def test_calls_add_up_wherever_the_roll_up_has_come_to(world: World, rolled: str, split: Split) -> None:
    records = _records()
    await _written(world, records, rolled)
    async with world.stores.unit_of_work() as tx:
        rows = await world.reader.call_sums(tx, period=DAY, split=split)
    names = {Split.NONE: None, Split.MODEL: "model_name", Split.CHANNEL: "channel"}
    expected: dict[tuple[datetime, str | None, str], list[UsageRecord]] = {}
    for record in records:
        name = names[split]
        value = None if name is None else getattr(record, name) or ""
        expected.setdefault((record.ended_at, value, record.currency), []).append(record)
    assert {(row.bucket_start, row.value, row.currency): row.tally for row in rows} == {
        place: _tally(some) for place, some in expected.items()
    }
    assert list(rows) == sorted(rows, key=lambda row: (row.bucket_start, row.value or "", row.currency))


async def _written(world: World, records: Sequence[UsageRecord], rolled: str) -> None:
    await world.write(*records[:2])
    if rolled == "between":
        await world.roll_up()
    await world.write(*records[2:])
    if rolled in {"between", "after"}:
        world.stores.later(timedelta(minutes=1))
        await world.roll_up()


async def test_days_are_those_of_the_time_zone(world: World) -> None:
    at = datetime.fromisoformat("2024-01-10T16:30:00+00:00")
    await world.write(_used(at), _used(at - HOUR))
    await world.roll_up()
    async with world.stores.unit_of_work() as tx:
        rows = await world.reader.call_sums(tx, period=SHANGHAI, split=Split.NONE)
    assert [(row.bucket_start.isoformat(), row.tally.calls) for row in rows] == [
        ("2024-01-09T16:00:00+00:00", 1),
        ("2024-01-10T16:00:00+00:00", 1),
    ]


async def test_requests_are_counted_with_those_that_were_logged_late(world: World) -> None:
    await world.log((200, None, PAST), (429, "rate_limited", PAST))
    await world.roll_up()
    now = await _now(world)
    await world.log((503, "upstream_unreachable", now - 2 * HOUR), (200, None, now))
    recent = Period(now - 3 * HOUR, now + 2 * HOUR, Bucket.HOUR)
    for _ in range(2):
        async with world.stores.unit_of_work() as tx:
            old = await world.reader.request_sums(tx, period=DAY)
            new = await world.reader.request_sums(tx, period=recent)
        assert [(row.channel, row.status, row.error_code, row.requests) for row in old] == [
            ("main", 200, None, 1),
            ("main", 429, "rate_limited", 1),
        ]
        # The late one is of an hour that is rolled up already: the next run counts it.
        await world.roll_up()
    assert [(row.status, row.requests) for row in new] == [(503, 1), (200, 1)]


async def _now(world: World) -> datetime:
    async with world.stores.unit_of_work() as tx:
        now = await world.stores.rollups.store_now(tx)
    return now.replace(minute=0, second=0, microsecond=0)


@pytest.mark.parametrize("rolled", [True, False])
async def test_latencies_are_counted_by_step(world: World, rolled: bool) -> None:
    await world.write(*_records())
    if rolled:
        await world.roll_up()
    async with world.stores.unit_of_work() as tx:
        rows = await world.reader.latency_sums(tx, period=DAY)
    assert {(row.bucket_start, row.measure): row.latencies for row in rows} == {
        (PAST, LatencyMeasure.ANSWER): Latencies.of([120]),
        (PAST, LatencyMeasure.FIRST_TOKEN): Latencies.of([40]),
        (PAST + HOUR, LatencyMeasure.ANSWER): Latencies.of([9_000, 120]),
        (PAST + HOUR, LatencyMeasure.FIRST_TOKEN): Latencies.of([40]),
        (PAST + 30 * HOUR, LatencyMeasure.ANSWER): Latencies.of([120]),
        (PAST + 30 * HOUR, LatencyMeasure.FIRST_TOKEN): Latencies.of([40]),
    }


async def test_recomputing_makes_the_same_sums_again(world: World) -> None:
    await world.write(*_records())
    await world.log((200, None, PAST))
    await world.roll_up()
    before = await _everything(world)
    recompute = RecomputeUsage(world.stores.unit_of_work, world.stores.rollups)
    await recompute(actor=OPERATOR, since=PAST - HOUR, until=PAST + 48 * HOUR)
    assert await _everything(world) == before


async def _everything(world: World) -> list[object]:
    async with world.stores.unit_of_work() as tx:
        return [
            *await world.reader.call_sums(tx, period=DAY, split=Split.CHANNEL),
            *await world.reader.request_sums(tx, period=DAY),
            *await world.reader.latency_sums(tx, period=DAY),
        ]


@pytest.mark.parametrize("rolled", [True, False])
async def test_leaders_are_those_that_spent_most(world: World, rolled: bool) -> None:
    await world.write(*_records(), _used(PAST, cost_nanos=10**9))
    if rolled:
        await world.roll_up()
    whole = Period(PAST - 48 * HOUR, PAST + 72 * HOUR, Bucket.DAY)
    list_leaders = ListLeaders(world.stores.unit_of_work, world.reader)
    orgs = await list_leaders(actor=OPERATOR, period=whole, kind=LeaderKind.ORGANIZATION)
    assert [(one.value, one.currency, one.calls, one.price_nanos) for one in orgs.rows] == [
        (str(ORG), "USD", 4, 10**9 + 3 * 27_000),
        (str(OTHER_ORG), "EUR", 1, 27_000),
    ]
    models = await list_leaders(actor=OPERATOR, period=whole, kind=LeaderKind.MODEL, limit=1)
    assert (models.total, [one.value for one in models.rows]) == (2, ["smollm2"])
    keys = await list_leaders(actor=OPERATOR, period=whole, kind=LeaderKind.KEY)
    assert (keys.total, _tokens(keys.rows)) == (2, 5 * USED.leaves.input_total + 5 * USED.leaves.output_total)
    users = await list_leaders(actor=OPERATOR, period=whole, kind=LeaderKind.USER)
    assert users.total == 2
    nothing = replace(whole, since=PAST + 70 * HOUR)
    assert (await list_leaders(actor=OPERATOR, period=nothing, kind=LeaderKind.USER)).total == 0


async def test_who_called_in_the_hour_after_a_local_day_is_no_leader_of_it(world: World) -> None:
    day = PAST.replace(hour=0)
    await world.write(
        _used(day + 12 * HOUR), _used(day + 23 * HOUR, org_id=OTHER_ORG), _used(day + 23 * HOUR, model_name="large")
    )
    await world.roll_up()
    lagos = Period(day - HOUR, day + 23 * HOUR, Bucket.DAY, time_zone="Africa/Lagos")
    list_leaders = ListLeaders(world.stores.unit_of_work, world.reader)
    [model] = (await list_leaders(actor=OPERATOR, period=lagos, kind=LeaderKind.MODEL)).rows
    assert (model.value, model.org_id, model.calls) == ("smollm2", ORG, 1)


def _tokens(rows: Sequence[Leader]) -> int:
    return sum(one.tokens for one in rows)


async def test_an_overview_stands_beside_the_period_before(world: World) -> None:
    await world.write(*_records(), _used(PAST - 20 * HOUR))
    await world.log((200, None, PAST), (503, "upstream_cut", PAST), (429, "rate_limited", PAST - 20 * HOUR))
    await world.roll_up()
    found = await ShowOverview(world.stores.unit_of_work, world.reader)(actor=OPERATOR, period=DAY)
    assert (found.previous.since, found.previous.until) == (DAY.since - 48 * HOUR, DAY.since)
    assert (found.now.calls.calls, found.before.calls.calls) == (4, 1)
    assert (found.now.failed_permille, found.before.refused) == (500, 1)
    assert (found.active.users, found.active.organizations, found.active.keys) == (2, 2, 2)
    assert found.active_before.users == 1
    assert len(found.trend) == 48
    assert sum(step.figures.calls.calls for step in found.trend) == 4
    assert [(one.error_code, one.requests, one.before) for one in found.errors] == [
        ("upstream_cut", 1, 0),
        ("rate_limited", 0, 1),
    ]
    assert [(row.value, row.tally.calls) for row in found.by_channel] == [("main", 2), ("", 1), ("", 1)]


async def test_an_overview_is_bounded_and_an_administrators(world: World) -> None:
    show = ShowOverview(world.stores.unit_of_work, world.reader)
    with pytest.raises(OverviewTooLong):
        await show(actor=OPERATOR, period=replace(DAY, since=PAST - 100 * 24 * HOUR, bucket=Bucket.DAY))
    for ask in (
        show(actor=NOBODY, period=DAY),
        ListLeaders(world.stores.unit_of_work, world.reader)(actor=NOBODY, period=DAY, kind=LeaderKind.KEY),
        FindAnomalies(world.stores.unit_of_work, world.reader, FixedClock(PAST))(actor=NOBODY),
    ):
        with pytest.raises(AdministratorRequired):
            await ask


async def test_an_organization_that_suddenly_spends_is_found(world: World) -> None:
    usual = [_used(PAST - number * HOUR, cost_nanos=1_000_000) for number in range(24 * 8)]
    await world.write(*usual, *(_used(PAST - 5 * HOUR, cost_nanos=10**10) for _ in range(40)))
    find = FindAnomalies(world.stores.unit_of_work, world.reader, FixedClock(PAST + HOUR))
    for rolled in (False, True):
        if rolled:
            await world.roll_up()
        found = await find(actor=OPERATOR)
        assert {(one.measure, one.place) for one in found} == {
            (AnomalyMeasure.SPENDING_NANOS, str(ORG)),
            (AnomalyMeasure.REQUESTS, "smollm2"),
        }
        assert {one.peak for one in found} == {PAST - 5 * HOUR}


async def test_one_failure_among_a_few_requests_is_no_anomaly(world: World) -> None:
    """A share of fewer than twenty requests says nothing of an hour; of many it does."""
    usual = [(200, None, PAST - number * HOUR) for number in range(1, 24 * 8)]
    await world.log(*(usual * 25), (503, "upstream_cut", PAST), (200, None, PAST))
    find = FindAnomalies(world.stores.unit_of_work, world.reader, FixedClock(PAST + HOUR))
    assert AnomalyMeasure.FAILED_PERMILLE not in {one.measure for one in await find(actor=OPERATOR)}
    await world.log(*[(503, "upstream_cut", PAST)] * 30)
    assert AnomalyMeasure.FAILED_PERMILLE in {one.measure for one in await find(actor=OPERATOR)}
