"""Looking at channels: the list, their health, and what they earn."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from deepspace_core.channels.breaker import BreakerBoard, BreakerState, RestingPart
from deepspace_core.channels.channel import Channel, all_channels
from deepspace_core.channels.errors import ChannelNotFound
from deepspace_core.channels.health import CHECKS_KEPT, DETAIL_CHARACTERS_MAX, ChannelHealth, CheckedHour
from deepspace_core.channels.margin import MarginRow
from deepspace_core.channels.ports import ChannelProbe, ChannelRepository, GivenChannel, MarginReader
from deepspace_core.identity import Actor, SystemActor, require_administrator, told
from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput
from deepspace_core.kernel.ids import ChannelId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork

ChannelKey: TypeAlias = tuple[ChannelId, int]
CHECKS_AT_ONCE = 8
NANOS_PER_MILLISECOND = 1_000_000
NANOS_PER_SECOND = 1_000_000_000
PERIOD_MAX = timedelta(days=400)
CHECKER = SystemActor("channel-check")


@dataclass(frozen=True, slots=True)
class SeenChannel:
    """A channel, and how it was found the last time."""

    channel: Channel
    health: ChannelHealth | None


@dataclass(frozen=True, slots=True)
class ListChannels:
    """Every channel, the one of the settings first, each with its last health."""

    unit_of_work: UnitOfWork
    channels: ChannelRepository
    given: GivenChannel

    async def __call__(self, *, actor: Actor) -> Sequence[SeenChannel]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            stored, found = await self.channels.list_channels(tx), await self.channels.list_health(tx)
        health = {one.channel_id: one for one in found}
        return [SeenChannel(one, health.get(one.id)) for one in all_channels(stored, self.given.channel())]


@dataclass(frozen=True, slots=True)
class GetChannel:
    """One channel by name."""

    list_channels: ListChannels

    async def __call__(self, *, actor: Actor, name: str) -> SeenChannel:
        """Raises AdministratorRequired or ChannelNotFound."""
        for seen in await self.list_channels(actor=actor):
            if seen.channel.name == name:
                return seen
        raise absent(name)


@dataclass(frozen=True, slots=True)
class LookAtChannel:
    """Asks a channel for its list of models, now."""

    get_channel: GetChannel
    probe: ChannelProbe
    clock: Clock

    async def __call__(self, *, actor: Actor, name: str) -> ChannelHealth:
        """What was found, good or bad. Raises AdministratorRequired or ChannelNotFound."""
        seen = await self.get_channel(actor=actor, name=name)
        return await _looked_at(seen.channel, self.probe, self.clock)


@dataclass(frozen=True, slots=True)
class CheckChannels:
    """The worker's job: looks at every enabled channel, remembers what it found, and says so where it changed."""

    unit_of_work: UnitOfWork
    channels: ChannelRepository
    given: GivenChannel
    probe: ChannelProbe
    events: EventLog
    tasks: Tasks
    ids: IdSource
    clock: Clock

    async def __call__(self) -> Sequence[ChannelHealth]:
        """What was found of each."""
        async with self.unit_of_work() as tx:
            stored, known = await self.channels.list_channels(tx), await self.channels.list_health(tx)
        channels = [one for one in all_channels(stored, self.given.channel()) if one.enabled]
        before = {one.channel_id: one.healthy for one in known}
        found: list[ChannelHealth] = []
        for start in range(0, len(channels), CHECKS_AT_ONCE):
            some = channels[start : start + CHECKS_AT_ONCE]
            found += await self.tasks.gather(*(_looked_at(one, self.probe, self.clock) for one in some))
        trace_id = self.ids.trace_id()
        async with self.unit_of_work() as tx:
            for channel, health in zip(channels, found, strict=True):
                await self.channels.save_health(tx, health)
                if before.get(channel.id, True) != health.healthy:
                    await self._tell(tx, channel, health, trace_id)
            await self.channels.forget_checks(tx, before=self.clock.now() - CHECKS_KEPT)
            await tx.commit()
        return found

    async def _tell(self, tx: Transaction, channel: Channel, health: ChannelHealth, trace_id: TraceId) -> None:
        event = told(
            self.ids,
            now=health.checked_at,
            event_type="channel.recovered" if health.healthy else "channel.failed",
            org_id=None,
            actor=CHECKER.actor,
            subject=show_id("channel", channel.id),
            trace_id=trace_id,
            payload={"name": channel.name, "detail": health.detail},
        )
        await self.events.append(tx, event)


@dataclass(frozen=True, slots=True)
class ListCheckedHours:
    """How a channel has been, by the hour."""

    get_channel: GetChannel
    unit_of_work: UnitOfWork
    channels: ChannelRepository

    async def __call__(self, *, actor: Actor, name: str, since: datetime, until: datetime) -> Sequence[CheckedHour]:
        """Raises AdministratorRequired, ChannelNotFound, or InvalidInput for a period longer than is remembered."""
        seen = await self.get_channel(actor=actor, name=name)
        if not timedelta(0) < until - since <= CHECKS_KEPT:
            raise InvalidInput(
                f"the period must be longer than nothing and at most {CHECKS_KEPT.days} days", param="from"
            )
        async with self.unit_of_work() as tx:
            return await self.channels.checked_hours(tx, seen.channel.id, since=since, until=until)


@dataclass(frozen=True, slots=True)
class ListRestingParts:
    """The breakers of the gateway process that is asked which have something to remember, open ones first.

    Each process learns for itself: what rests in one may be tried in another.
    """

    list_channels: ListChannels
    breakers: BreakerBoard
    clock: Clock

    async def __call__(self, *, actor: Actor) -> Sequence[RestingPart]:
        """Raises AdministratorRequired."""
        names = {seen.channel.key: seen.channel.name for seen in await self.list_channels(actor=actor)}
        now = self.clock.monotonic_nanos()
        found: list[RestingPart] = []
        for key, breaker in self.breakers:
            channel_key, model = _part_of(key, names)
            if channel_key is not None:
                left = breaker.rested_nanos - now if breaker.at(now).state is BreakerState.OPEN else 0
                found.append(
                    RestingPart(
                        channel=names[channel_key],
                        model_name=model,
                        state=breaker.at(now).state,
                        calls=breaker.calls,
                        failures=breaker.failures,
                        rests_seconds=max(0, -(-left // NANOS_PER_SECOND)),
                    )
                )
        return sorted(found, key=lambda one: (one.state is BreakerState.CLOSED, one.channel, one.model_name or ""))


@dataclass(frozen=True, slots=True)
class ShowMargins:
    """What the calls of the last days brought in and cost, by channel and model."""

    unit_of_work: UnitOfWork
    margins: MarginReader

    async def __call__(self, *, actor: Actor, since: datetime, until: datetime) -> Sequence[MarginRow]:
        """Raises AdministratorRequired, or InvalidInput for a period that is empty or longer than PERIOD_MAX."""
        require_administrator(actor)
        if not timedelta(0) < until - since <= PERIOD_MAX:
            raise InvalidInput(
                f"the period must be longer than nothing and at most {PERIOD_MAX.days} days", param="since"
            )
        async with self.unit_of_work() as tx:
            return await self.margins.margins(tx, since=since, until=until)


def absent(name: str) -> ChannelNotFound:
    """The error for a name that no channel has."""
    return ChannelNotFound(f"there is no channel {name[:64]!r}; `deepspace channel list` shows them", param="name")


def _part_of(key: Hashable, names: Mapping[ChannelKey, str]) -> tuple[ChannelKey | None, str | None]:
    """The channel that a breaker's key stands for, and the model; no channel where it is one that has changed since."""
    for channel_key in names:
        if key == channel_key:
            return channel_key, None
        match key:
            case (part, str() as model) if part == channel_key:
                return channel_key, model
    return None, None


async def _looked_at(channel: Channel, probe: ChannelProbe, clock: Clock) -> ChannelHealth:
    began = clock.monotonic_nanos()
    models, detail, healthy = None, "", True
    try:
        models = await probe.probe(channel)
    except DeepSpaceError as fault:
        told_by_upstream = fault.fields.get("upstream_message")
        detail = f"{fault.code}: {told_by_upstream or fault.message}"[:DETAIL_CHARACTERS_MAX]
        healthy = False
    return ChannelHealth(
        channel_id=channel.id,
        checked_at=clock.now(),
        healthy=healthy,
        latency_ms=(clock.monotonic_nanos() - began) // NANOS_PER_MILLISECOND,
        models=models,
        detail=detail,
    )
