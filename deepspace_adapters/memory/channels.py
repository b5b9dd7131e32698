"""Channels, their health and their margins in memory."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_adapters.memory.usage import records_of
from deepspace_core.channels import Channel, ChannelHealth, ChannelNameTaken, ChannelNotFound, CheckedHour, MarginRow
from deepspace_core.kernel.ids import ChannelId, show_id
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage import UsageRecord, hour_of


class MemoryChannels:
    """The `ChannelRepository` and `MarginReader` ports."""

    async def list_channels(self, tx: Transaction) -> Sequence[Channel]:
        return sorted(table_of(tx, "channels").values(), key=lambda channel: channel.name)

    async def lock_channel(self, tx: Transaction, name: str) -> Channel | None:
        return next((channel for channel in table_of(tx, "channels").values() if channel.name == name), None)

    async def add_channel(self, tx: Transaction, channel: Channel) -> None:
        if await self.lock_channel(tx, channel.name) is not None:
            raise ChannelNameTaken(f"there is a channel {channel.name!r} already", param="name")
        table_of(tx, "channels")[channel.id] = channel

    async def save_channel(self, tx: Transaction, channel: Channel) -> None:
        _require(tx, channel.id)
        table_of(tx, "channels")[channel.id] = channel

    async def remove_channel(self, tx: Transaction, channel_id: ChannelId) -> None:
        _require(tx, channel_id)
        del table_of(tx, "channels")[channel_id]
        table_of(tx, "channel_health").pop(channel_id, None)
        checks = table_of(tx, "channel_checks")
        for key in [key for key in checks if key[0] == channel_id]:
            del checks[key]

    async def list_health(self, tx: Transaction) -> Sequence[ChannelHealth]:
        return sorted(table_of(tx, "channel_health").values(), key=lambda found: found.channel_id)

    async def save_health(self, tx: Transaction, found: ChannelHealth) -> None:
        table_of(tx, "channel_health")[found.channel_id] = found
        table_of(tx, "channel_checks")[found.channel_id, found.checked_at] = found

    async def checked_hours(
        self, tx: Transaction, channel_id: ChannelId, *, since: datetime, until: datetime
    ) -> Sequence[CheckedHour]:
        hours: defaultdict[datetime, list[ChannelHealth]] = defaultdict(list)
        for found in sorted(table_of(tx, "channel_checks").values(), key=lambda one: one.checked_at):
            if found.channel_id == channel_id and since <= found.checked_at < until:
                hours[hour_of(found.checked_at)].append(found)
        return [_checked_hour(hour, hours[hour]) for hour in sorted(hours)]

    async def forget_checks(self, tx: Transaction, *, before: datetime) -> None:
        table = table_of(tx, "channel_checks")
        for key in [key for key, found in table.items() if found.checked_at < before]:
            del table[key]

    async def margins(self, tx: Transaction, *, since: datetime, until: datetime) -> Sequence[MarginRow]:
        groups: defaultdict[tuple[str, str, str], list[UsageRecord]] = defaultdict(list)
        for record in records_of(tx):
            if since <= record.ended_at < until:
                groups[record.channel or "", record.model_name, record.currency].append(record)
        return [_margin(*group, groups[group]) for group in sorted(groups)]


def _margin(channel: str, model_name: str, currency: str, records: Sequence[UsageRecord]) -> MarginRow:
    costed = [record for record in records if record.upstream_cost_currency == currency]
    return MarginRow(
        channel=channel,
        model_name=model_name,
        currency=currency,
        calls=len(records),
        price_picos=sum(record.cost_picos for record in records),
        costed_calls=len(costed),
        costed_price_picos=sum(record.cost_picos for record in costed),
        cost_picos=sum(record.upstream_cost_picos or 0 for record in costed),
    )


def _checked_hour(hour: datetime, found: Sequence[ChannelHealth]) -> CheckedHour:
    failed = [one for one in found if not one.healthy]
    latencies = sorted(one.latency_ms for one in found)
    return CheckedHour(
        hour=hour,
        checks=len(found),
        failed=len(failed),
        latency_ms=latencies[(len(latencies) - 1) // 2],
        detail=failed[-1].detail if failed else "",
    )


def _require(tx: Transaction, channel_id: ChannelId) -> None:
    if channel_id not in table_of(tx, "channels"):
        raise ChannelNotFound(f"there is no channel {show_id('channel', channel_id)}", param="name")
