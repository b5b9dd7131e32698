"""Keeping channels and looking at them, on the memory adapter."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from deepspace_adapters.memory.channels import MemoryChannels
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_core.channels import (
    ANY_MODEL,
    DEFAULT_NAME,
    BreakerBoard,
    BreakerState,
    Channel,
    ChannelChanges,
    ChannelKept,
    ChannelNameTaken,
    ChannelNotFound,
    LogChanges,
    given_channel,
    purpose_of_key,
    purpose_of_log_token,
)
from deepspace_core.channels.use_cases import (
    AddChannel,
    CheckChannels,
    EditChannel,
    GetChannel,
    ListChannels,
    ListCheckedHours,
    ListRestingParts,
    LookAtChannel,
    RemoveChannel,
    ShowMargins,
)
from deepspace_core.identity import SystemActor
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput
from deepspace_core.pipeline import UpstreamMisconfigured
from tests.core.channels.values import RATES
from tests.core.metering_values import OWNER
from tests.fakes import NOON, TRACE, CountingIds, FixedClock, InlineTasks, ListedEvents, PlainBox

ROOT = SystemActor("test")
KEY = "sk-up-secret"


@dataclass
class Probe:
    """The `ChannelProbe` port: finds two models, or what it is told."""

    faults: dict[str, DeepSpaceError] = field(default_factory=dict)

    async def probe(self, channel: Channel) -> int | None:
        if channel.name in self.faults:
            raise self.faults[channel.name]
        return 2


@dataclass
class Settings:
    """The `GivenChannel` port."""

    given: Channel | None = field(default_factory=lambda: given_channel("http://set/v1", created_at=NOON))

    def channel(self) -> Channel | None:
        return self.given


class World:
    """Every verb over one store."""

    def __init__(self) -> None:
        unit_of_work, channels, clock, ids = (
            MemoryUnitOfWork(MemoryDatabase()),
            MemoryChannels(),
            FixedClock(),
            CountingIds(),
        )
        self.events, self.box, self.probe, self.settings = ListedEvents(), PlainBox(), Probe(), Settings()
        self.add = AddChannel(unit_of_work, channels, self.box, self.events, ids, clock)
        self.edit = EditChannel(unit_of_work, channels, self.settings, self.box, self.events, ids, clock)
        self.remove = RemoveChannel(unit_of_work, channels, self.events, ids, clock)
        self.list = ListChannels(unit_of_work, channels, self.settings)
        self.get = GetChannel(self.list)
        self.look = LookAtChannel(self.get, self.probe, clock)
        self.check = CheckChannels(
            unit_of_work, channels, self.settings, self.probe, self.events, InlineTasks(), ids, clock
        )
        self.margins = ShowMargins(unit_of_work, channels)
        self.hours = ListCheckedHours(self.get, unit_of_work, channels)
        self.breakers = BreakerBoard()
        self.resting = ListRestingParts(self.list, self.breakers, clock)

    async def added(self, name: str = "second", changes: ChannelChanges | None = None) -> Channel:
        return await self.add(
            actor=ROOT,
            trace_id=TRACE,
            name=name,
            base_url="http://second:3000/v1/",
            key=f" {KEY} ",
            changes=changes or ChannelChanges(),
        )

    async def changed(self, name: str, changes: ChannelChanges) -> Channel:
        return await self.edit(actor=ROOT, trace_id=TRACE, name=name, changes=changes)


@pytest.fixture
def world() -> World:
    return World()


async def test_a_channel_is_added_with_its_key_sealed_and_told_of_without_it(world: World) -> None:
    made = await world.added(changes=ChannelChanges(priority=5, cost_rates={ANY_MODEL: RATES}))
    assert (made.base_url, made.priority, made.version) == ("http://second:3000/v1", 5, 1)
    assert made.sealed_key is not None
    assert world.box.open(made.sealed_key, purpose=purpose_of_key(made.id)) == KEY
    assert world.events.types == ["channel.added"]
    assert KEY not in str(world.events.events)
    assert [seen.channel.name for seen in await world.list(actor=ROOT)] == [DEFAULT_NAME, "second"]


async def test_an_edit_makes_a_new_version_and_the_same_again_makes_none(world: World) -> None:
    await world.added()
    changes = ChannelChanges(weight=9, models=frozenset({"small"}), model_names={"small": "s"}, enabled=False)
    made = await world.changed("second", changes)
    assert (made.version, made.weight, made.models, made.enabled) == (2, 9, frozenset({"small"}), False)
    assert await world.changed("second", changes) == made
    assert (await world.changed("second", ChannelChanges(models=frozenset()))).models is None
    rekeyed = await world.changed("second", ChannelChanges(key="sk-new"))
    assert rekeyed.sealed_key is not None
    assert world.box.open(rekeyed.sealed_key, purpose=purpose_of_key(rekeyed.id)) == "sk-new"
    assert world.events.types == ["channel.added"] + ["channel.changed"] * 3
    assert world.events.events[-1].payload == {"name": "second", "key": "replaced"}


async def test_the_settings_channel_can_be_ranked_and_disabled_but_not_moved_or_removed(world: World) -> None:
    made = await world.changed(DEFAULT_NAME, ChannelChanges(priority=7, enabled=False))
    assert (made.base_url, made.priority, made.enabled, made.sealed_key) == ("http://set/v1", 7, False, None)
    assert (await world.changed(DEFAULT_NAME, ChannelChanges(weight=2))).priority == 7
    for moved in (ChannelChanges(base_url="http://else/v1"), ChannelChanges(key="sk")):
        with pytest.raises(InvalidInput, match="DEEPSPACE_NEWAPI_BASE_URL"):
            await world.changed(DEFAULT_NAME, moved)
    with pytest.raises(ChannelKept):
        await world.remove(actor=ROOT, trace_id=TRACE, name=DEFAULT_NAME)
    with pytest.raises(ChannelNameTaken):
        await world.added(DEFAULT_NAME)
    world.settings.given = None
    with pytest.raises(ChannelNotFound):
        await world.get(actor=ROOT, name=DEFAULT_NAME)


async def test_a_removed_channel_is_gone_and_its_name_is_free(world: World) -> None:
    await world.added()
    await world.remove(actor=ROOT, trace_id=TRACE, name="second")
    with pytest.raises(ChannelNotFound, match="deepspace channel list"):
        await world.remove(actor=ROOT, trace_id=TRACE, name="second")
    await world.added()


async def test_access_to_a_log_keeps_its_token_when_only_the_rest_changes(world: World) -> None:
    await world.added()
    with pytest.raises(InvalidInput, match="log_token"):
        await world.changed("second", ChannelChanges(log=LogChanges(base_url="http://second:3000", user_id=1)))
    first = LogChanges(base_url="http://second:3000/", user_id=1, token="admin-token")
    await world.changed("second", ChannelChanges(log=first))
    made = await world.changed("second", ChannelChanges(log=LogChanges(base_url="http://s:1", user_id=2)))
    assert made.log is not None
    assert (made.log.base_url, made.log.user_id) == ("http://s:1", 2)
    assert world.box.open(made.log.sealed_token, purpose=purpose_of_log_token(made.id)) == "admin-token"
    assert "admin-token" not in str(world.events.events)


async def test_access_to_a_log_is_forgotten_with_its_token(world: World) -> None:
    await world.added()
    access = LogChanges(base_url="http://second:3000/", user_id=1, token="admin-token")
    await world.changed("second", ChannelChanges(log=access))
    with pytest.raises(InvalidInput, match="leave `log` out"):
        await world.changed("second", ChannelChanges(log=access, forget_log=True))
    assert (await world.changed("second", ChannelChanges(forget_log=True))).log is None
    assert world.events.events[-1].payload.items() >= {"name": "second", "forget_log": True}.items()
    with pytest.raises(InvalidInput, match="log_token"):
        await world.changed("second", ChannelChanges(log=replace(access, token=None)))


@pytest.mark.parametrize("key", ["", " ", "with\nnewline", "käse", "x" * 2_001])
async def test_a_key_that_can_not_stand_in_a_header_is_refused_without_showing_it(world: World, key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await world.add(actor=ROOT, trace_id=TRACE, name="x", base_url="http://x/v1", key=key, changes=ChannelChanges())
    assert caught.value.param == "key"
    assert not key.strip() or key not in caught.value.message


async def test_a_check_remembers_what_it_found_and_tells_only_of_changes(world: World) -> None:
    await world.added()
    await world.added("off", ChannelChanges(enabled=False))
    await world.check()
    assert world.events.types == ["channel.added"] * 2, "well from the start is no news"
    world.probe.faults["second"] = UpstreamMisconfigured("refused", upstream_message="Invalid token")
    for _ in range(2):
        found = await world.check()
    assert [one.healthy for one in found] == [True, False]
    assert found[1].detail == "upstream_misconfigured: Invalid token"
    del world.probe.faults["second"]
    await world.check()
    assert world.events.types[2:] == ["channel.failed", "channel.recovered"]
    seen = {one.channel.name: one.health for one in await world.list(actor=ROOT)}
    assert seen["off"] is None
    assert seen["second"] is not None
    assert seen["second"].models == 2


async def test_a_look_tells_what_is_found_now_and_remembers_nothing(world: World) -> None:
    world.probe.faults[DEFAULT_NAME] = UpstreamMisconfigured("refused")
    assert (await world.look(actor=ROOT, name=DEFAULT_NAME)).healthy is False
    assert (await world.get(actor=ROOT, name=DEFAULT_NAME)).health is None


async def test_only_an_administrator_keeps_channels(world: World) -> None:
    somebody = OWNER
    with pytest.raises(AdministratorRequired):
        await world.list(actor=somebody)
    with pytest.raises(AdministratorRequired):
        await world.add(
            actor=somebody, trace_id=TRACE, name="x", base_url="http://x", key="k", changes=ChannelChanges()
        )
    with pytest.raises(AdministratorRequired):
        await world.edit(actor=somebody, trace_id=TRACE, name=DEFAULT_NAME, changes=ChannelChanges(weight=2))
    with pytest.raises(AdministratorRequired):
        await world.remove(actor=somebody, trace_id=TRACE, name="x")
    with pytest.raises(AdministratorRequired):
        await world.margins(actor=somebody, since=NOON, until=NOON)


async def test_a_period_of_margins_is_bounded(world: World) -> None:
    with pytest.raises(InvalidInput):
        await world.margins(actor=ROOT, since=NOON, until=NOON)


async def test_the_history_of_a_channel_is_an_administrators_and_bounded(world: World) -> None:
    await world.check()
    hours = await world.hours(
        actor=ROOT, name="default", since=NOON - timedelta(hours=1), until=NOON + timedelta(hours=1)
    )
    assert [one.checks for one in hours] == [1]
    with pytest.raises(InvalidInput):
        await world.hours(actor=ROOT, name="default", since=NOON - timedelta(days=40), until=NOON)
    with pytest.raises(ChannelNotFound):
        await world.hours(actor=ROOT, name="absent", since=NOON - timedelta(hours=1), until=NOON)
    with pytest.raises(AdministratorRequired):
        await world.hours(actor=OWNER, name="default", since=NOON - timedelta(hours=1), until=NOON)


async def test_what_rests_is_told_by_channel_and_model(world: World) -> None:
    second = await world.added()
    now = FixedClock().monotonic_nanos()
    for _ in range(10):
        world.breakers.failed((second.key, "small"), now)
    world.breakers.failed(second.key, now)
    world.breakers.failed(("gone", 1), now)
    assert [(one.channel, one.model_name, one.state, one.failures) for one in await world.resting(actor=ROOT)] == [
        ("second", "small", BreakerState.OPEN, 10),
        ("second", None, BreakerState.CLOSED, 1),
    ]
    assert [one.rests_seconds for one in await world.resting(actor=ROOT)] == [5, 0]
    with pytest.raises(AdministratorRequired):
        await world.resting(actor=OWNER)
