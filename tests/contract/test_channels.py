"""The contract of channels, their health and their margins, on memory and on PostgreSQL."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.channels import MemoryChannels
from deepspace_adapters.postgres.channels import PostgresChannels
from deepspace_core.channels import (
    ANY_MODEL,
    ChannelHealth,
    ChannelNameTaken,
    ChannelNotFound,
    ChannelRepository,
    CheckedHour,
    LogAccess,
    MarginReader,
    MarginRow,
    given_channel,
)
from deepspace_core.kernel.ids import ChannelId, UsageRecordId
from deepspace_core.kernel.units import Unit
from deepspace_core.pricing import Leaf, Tier
from tests.contract.metering_stores import Stores, stores_of
from tests.core.channels.values import RATES, channel
from tests.core.metering_values import USED
from tests.fakes import NOON

FULL = channel(
    "full",
    priority=3,
    weight=7,
    models=frozenset({"small", "large"}),
    model_names={"small": "small-2024"},
    cost_rates={
        ANY_MODEL: RATES,
        "large": replace(
            RATES,
            currency="CNY",
            per_request_picos=5,
            unit_picos={Unit.IMAGES: 7},
            tiers=(*RATES.tiers, Tier(1_000, {Leaf.INPUT_UNCACHED: 2, Leaf.OUTPUT_TEXT: 3, Leaf.INPUT_AUDIO: 4})),
        ),
    },
    log=LogAccess(base_url="http://full.internal", user_id=1, sealed_token=b"sealed too", token_name="ours"),
    enabled=False,
)


@dataclass(frozen=True)
class World:
    """One adapter."""

    stores: Stores
    channels: ChannelRepository
    margins: MarginReader


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> World:
    found = MemoryChannels() if request.param == "memory" else PostgresChannels()
    return World(stores_of(request), found, found)


async def test_channels_are_kept_as_they_are_and_listed_by_name(world: World) -> None:
    settings_own = replace(given_channel("http://set/v1", created_at=NOON), version=1)
    async with world.stores.unit_of_work() as tx:
        for one in (FULL, settings_own, channel("a")):
            await world.channels.add_channel(tx, one)
        await tx.commit()
    async with world.stores.unit_of_work() as tx:
        assert await world.channels.list_channels(tx) == [channel("a"), settings_own, FULL]
        assert await world.channels.lock_channel(tx, "full") == FULL
        assert await world.channels.lock_channel(tx, "absent") is None


async def test_a_name_is_taken_once_and_a_saved_channel_replaces_the_one_before(world: World) -> None:
    async with world.stores.unit_of_work() as tx:
        await world.channels.add_channel(tx, FULL)
        changed = replace(FULL, version=2, models=None, log=None, enabled=True, model_names={}, cost_rates={})
        await world.channels.save_channel(tx, changed)
        assert await world.channels.list_channels(tx) == [changed]
        with pytest.raises(ChannelNotFound):
            await world.channels.save_channel(tx, channel("absent"))
        with pytest.raises(ChannelNameTaken):
            await world.channels.add_channel(tx, replace(FULL, id=ChannelId(UUID(int=99))))


async def test_findings_are_remembered_by_the_hour_and_forgotten_in_the_end(world: World) -> None:
    good = ChannelHealth(channel_id=FULL.id, checked_at=NOON, healthy=True, latency_ms=3)
    rows = [
        good,
        replace(good, checked_at=NOON + timedelta(minutes=1), healthy=False, latency_ms=9, detail="refused"),
        replace(good, checked_at=NOON + timedelta(minutes=2), latency_ms=5),
        replace(good, checked_at=NOON + timedelta(minutes=61), latency_ms=7),
        replace(good, channel_id=channel("a").id, checked_at=NOON),
    ]
    async with world.stores.unit_of_work() as tx:
        await world.channels.add_channel(tx, FULL)
        for row in rows:
            await world.channels.save_health(tx, row)
        period = {"since": NOON, "until": NOON + timedelta(hours=2)}
        assert await world.channels.checked_hours(tx, FULL.id, **period) == [
            CheckedHour(NOON, checks=3, failed=1, latency_ms=5, detail="refused"),
            CheckedHour(NOON + timedelta(hours=1), checks=1, failed=0, latency_ms=7, detail=""),
        ]
        await world.channels.forget_checks(tx, before=NOON + timedelta(hours=1))
        assert [one.checks for one in await world.channels.checked_hours(tx, FULL.id, **period)] == [1]
        await world.channels.remove_channel(tx, FULL.id)
        assert await world.channels.checked_hours(tx, FULL.id, **period) == []


async def test_a_removed_channel_takes_its_health_along(world: World) -> None:
    good = ChannelHealth(channel_id=FULL.id, checked_at=NOON, healthy=True, latency_ms=3, models=12)
    bad = ChannelHealth(channel_id=channel("a").id, checked_at=NOON, healthy=False, latency_ms=9, detail="refused")
    async with world.stores.unit_of_work() as tx:
        await world.channels.add_channel(tx, FULL)
        await world.channels.save_health(tx, replace(good, healthy=False, models=None))
        await world.channels.save_health(tx, good)
        await world.channels.save_health(tx, bad)
        assert {one.channel_id: one for one in await world.channels.list_health(tx)} == {
            FULL.id: good,
            bad.channel_id: bad,
        }
        await world.channels.remove_channel(tx, FULL.id)
        assert await world.channels.list_health(tx) == [bad]
        with pytest.raises(ChannelNotFound):
            await world.channels.remove_channel(tx, FULL.id)


async def test_margins_sum_the_calls_of_a_period_by_channel_model_and_currency(world: World) -> None:
    costed = replace(USED, channel="a", upstream_cost_picos=100, upstream_cost_currency="USD", attempts=2)
    records = [
        costed,
        replace(costed, upstream_cost_picos=50),
        replace(costed, upstream_cost_picos=None, upstream_cost_currency=None),
        replace(costed, upstream_cost_currency="CNY"),
        replace(costed, ended_at=USED.ended_at + timedelta(days=1)),
        replace(USED, model_name="other"),
    ]
    distinct = [
        replace(one, id=UsageRecordId(UUID(int=number)), capture_ref=f"capture:{number}")
        for number, one in enumerate(records, 1)
    ]
    async with world.stores.unit_of_work() as tx:
        await world.stores.stage.write_usage(tx, distinct)
        until = USED.ended_at + timedelta(hours=1)
        rows = await world.margins.margins(tx, since=USED.ended_at, until=until)
    price = USED.cost_picos
    assert rows == [
        MarginRow("", "other", USED.currency, 1, price, 0, 0, 0),
        MarginRow("a", USED.model_name, USED.currency, 4, 4 * price, 2, 2 * price, 150),
    ]
    assert rows[1].margin_picos == 2 * price - 150
    assert rows[0].margin_picos is None
    assert rows[0].margin_permille is None


async def test_what_a_call_cost_upstream_is_kept_on_its_record(world: World) -> None:
    told = replace(
        USED,
        channel="a",
        upstream_model="small-2024",
        upstream_request_id="up-7",
        attempts=3,
        upstream_cost_picos=0,
        upstream_cost_currency="USD",
    )
    async with world.stores.unit_of_work() as tx:
        await world.stores.stage.write_usage(tx, [told])
        assert await world.stores.usage.get_record(tx, told.org_id, told.id) == told
    assert told.margin_picos == told.cost_picos
    assert replace(told, upstream_cost_currency="CNY").margin_picos is None
