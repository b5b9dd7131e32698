"""The ports of channels: their store, the one of the settings, a look at them, and what the hot path asks for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from deepspace_core.channels.channel import Channel
from deepspace_core.channels.choice import ChannelTable
from deepspace_core.channels.health import ChannelHealth, CheckedHour
from deepspace_core.channels.margin import MarginRow
from deepspace_core.kernel.ids import ChannelId
from deepspace_core.kernel.ports.unit_of_work import Transaction


class ChannelRepository(Protocol):
    """Stores channels. They are the deployment's, not a tenant's, so no method takes an organization."""

    async def list_channels(self, tx: Transaction) -> Sequence[Channel]:
        """All of them by name; CHANNELS_MAX at most are ever stored."""
        ...

    async def lock_channel(self, tx: Transaction, name: str) -> Channel | None:
        """The one of that name, which nobody else changes before the transaction ends."""
        ...

    async def add_channel(self, tx: Transaction, channel: Channel) -> None:
        """Raises ChannelNameTaken."""
        ...

    async def save_channel(self, tx: Transaction, channel: Channel) -> None:
        """Replaces the stored channel of the same id. Raises ChannelNotFound."""
        ...

    async def remove_channel(self, tx: Transaction, channel_id: ChannelId) -> None:
        """With what is known of its health. Raises ChannelNotFound."""
        ...

    async def list_health(self, tx: Transaction) -> Sequence[ChannelHealth]:
        """The last finding of each channel that was ever looked at."""
        ...

    async def save_health(self, tx: Transaction, found: ChannelHealth) -> None:
        """Replaces the channel's last finding, and adds it to the history."""
        ...

    async def checked_hours(
        self, tx: Transaction, channel_id: ChannelId, *, since: datetime, until: datetime
    ) -> Sequence[CheckedHour]:
        """The history of [since, until) by the hour, ascending; hours without a finding are left out."""
        ...

    async def forget_checks(self, tx: Transaction, *, before: datetime) -> None:
        """Deletes what the history has from before then."""
        ...


class MarginReader(Protocol):
    """Sums what calls brought in and cost."""

    async def margins(self, tx: Transaction, *, since: datetime, until: datetime) -> Sequence[MarginRow]:
        """Of calls that ended in [since, until), by channel, model and currency."""
        ...


class GivenChannel(Protocol):
    """The channel that the settings name."""

    def channel(self) -> Channel | None:
        """None where the settings name no upstream."""
        ...


class ChannelProbe(Protocol):
    """Looks at a channel without making a call that costs anything."""

    async def probe(self, channel: Channel) -> int | None:
        """How many models it lists; None where it answers and lists none. Raises a DeepSpaceError saying what is wrong
        (its kind is the upstream's: unreachable, silent, failed, misconfigured)."""
        ...


class ChannelDirectory(Protocol):
    """The channels as the hot path sees them, at most a second old."""

    async def table(self) -> ChannelTable: ...
