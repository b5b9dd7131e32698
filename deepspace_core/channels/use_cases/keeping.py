"""Adding, changing and removing channels. Every gateway goes by a change within a second."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepspace_core.channels.changes import ChannelChanges, sealed_key
from deepspace_core.channels.channel import CHANNELS_MAX, DEFAULT_NAME, Channel, all_channels
from deepspace_core.channels.errors import ChannelKept, ChannelNameTaken
from deepspace_core.channels.ports import ChannelRepository, GivenChannel
from deepspace_core.channels.use_cases.looking import absent
from deepspace_core.identity import Actor, require_administrator, told
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.ids import ChannelId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AddChannel:
    """Adds a channel; every gateway may use it within a second."""

    unit_of_work: UnitOfWork
    channels: ChannelRepository
    secret_box: SecretBox
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(
        self, *, actor: Actor, trace_id: TraceId, name: str, base_url: str, key: str, changes: ChannelChanges
    ) -> Channel:
        """Raises AdministratorRequired, InvalidInput, ChannelNameTaken or Conflict when there are CHANNELS_MAX."""
        require_administrator(actor)
        if name == DEFAULT_NAME:
            raise ChannelNameTaken(f"{DEFAULT_NAME!r} is the channel of the settings; edit that one", param="name")
        now, channel_id = self.clock.now(), ChannelId(self.ids.uuid())
        fresh = Channel(
            id=channel_id,
            name=name,
            base_url=base_url,
            sealed_key=sealed_key(self.secret_box, channel_id, key),
            priority=0,
            weight=1,
            models=None,
            model_names={},
            cost_rates={},
            log=None,
            enabled=True,
            version=0,
            created_at=now,
        )
        channel = changes.applied_to(fresh, self.secret_box)
        event = told(
            self.ids,
            now=now,
            event_type="channel.added",
            org_id=None,
            actor=actor.actor,
            subject=show_id("channel", channel_id),
            trace_id=trace_id,
            payload={"name": name, "base_url": channel.base_url} | changes.told(),
        )
        async with self.unit_of_work() as tx:
            if len(await self.channels.list_channels(tx)) >= CHANNELS_MAX:
                raise Conflict(f"there are {CHANNELS_MAX} channels already; remove one first")
            await self.channels.add_channel(tx, channel)
            await self.events.append(tx, event)
            await tx.commit()
        return channel


@dataclass(frozen=True, slots=True)
class EditChannel:
    """Changes a channel; every gateway goes by it within a second. Calls under way end where they are."""

    unit_of_work: UnitOfWork
    channels: ChannelRepository
    given: GivenChannel
    secret_box: SecretBox
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, actor: Actor, trace_id: TraceId, name: str, changes: ChannelChanges) -> Channel:
        """Raises AdministratorRequired, ChannelNotFound or InvalidInput."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            stored = await self.channels.lock_channel(tx, name)
            before = _found([] if stored is None else [stored], self.given, name)
            channel = changes.applied_to(before, self.secret_box)
            if replace(channel, version=before.version) == before:
                return before
            if stored is None:
                await self.channels.add_channel(tx, channel)
            else:
                await self.channels.save_channel(tx, channel)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=self.clock.now(),
                    event_type="channel.changed",
                    org_id=None,
                    actor=actor.actor,
                    subject=show_id("channel", channel.id),
                    trace_id=trace_id,
                    payload={"name": name} | changes.told(),
                ),
            )
            await tx.commit()
        return channel


@dataclass(frozen=True, slots=True)
class RemoveChannel:
    """Removes a channel. Usage records and traces keep its name."""

    unit_of_work: UnitOfWork
    channels: ChannelRepository
    events: EventLog
    ids: IdSource
    clock: Clock

    async def __call__(self, *, actor: Actor, trace_id: TraceId, name: str) -> Channel:
        """Raises AdministratorRequired, ChannelNotFound, or ChannelKept for the one of the settings."""
        require_administrator(actor)
        if name == DEFAULT_NAME:
            raise ChannelKept(
                f"{name!r} is the channel of the settings: disable it, or unset DEEPSPACE_NEWAPI_BASE_URL", param="name"
            )
        async with self.unit_of_work() as tx:
            channel = await self.channels.lock_channel(tx, name)
            if channel is None:
                raise absent(name)
            await self.channels.remove_channel(tx, channel.id)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=self.clock.now(),
                    event_type="channel.removed",
                    org_id=None,
                    actor=actor.actor,
                    subject=show_id("channel", channel.id),
                    trace_id=trace_id,
                    payload={"name": name},
                ),
            )
            await tx.commit()
        return channel


def _found(stored: Sequence[Channel], given: GivenChannel, name: str) -> Channel:
    for channel in all_channels(stored, given.channel()):
        if channel.name == name:
            return channel
    raise absent(name)
