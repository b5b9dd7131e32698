"""Channels, their health and their margins in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow, class_row, dict_row
from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.channels import (
    Channel,
    ChannelHealth,
    ChannelNameTaken,
    ChannelNotFound,
    CheckedHour,
    CostRates,
    LogAccess,
    MarginRow,
)
from deepspace_core.kernel.ids import ChannelId, show_id
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pricing import read_tiers, read_unit_rates, show_tiers, show_unit_rates


@dataclass(frozen=True, slots=True)
class _Statements:
    list_channels: sql.Statement
    lock_channel: sql.Statement
    add_channel: sql.Statement
    save_channel: sql.Statement
    remove_channel: sql.Statement
    list_health: sql.Statement
    save_health: sql.Statement
    checked_hours: sql.Statement
    forget_checks: sql.Statement
    margins: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresChannels:
    """The `ChannelRepository` and `MarginReader` ports."""

    async def list_channels(self, tx: Transaction) -> Sequence[Channel]:
        return [_channel(row) for row in await _rows(tx, SQL.list_channels, {})]

    async def lock_channel(self, tx: Transaction, name: str) -> Channel | None:
        rows = await _rows(tx, SQL.lock_channel, {"name": name})
        return _channel(rows[0]) if rows else None

    async def add_channel(self, tx: Transaction, channel: Channel) -> None:
        try:
            await connection_of(tx).execute(SQL.add_channel, _values(channel))
        except UniqueViolation as fault:
            raise ChannelNameTaken(f"there is a channel {channel.name!r} already", param="name") from fault

    async def save_channel(self, tx: Transaction, channel: Channel) -> None:
        cursor = await connection_of(tx).execute(SQL.save_channel, _values(channel))
        if cursor.rowcount == 0:
            raise _absent(channel.id)

    async def remove_channel(self, tx: Transaction, channel_id: ChannelId) -> None:
        cursor = await connection_of(tx).execute(SQL.remove_channel, {"id": channel_id})
        if cursor.rowcount == 0:
            raise _absent(channel_id)

    async def list_health(self, tx: Transaction) -> Sequence[ChannelHealth]:
        async with connection_of(tx).cursor(row_factory=class_row(ChannelHealth)) as cursor:
            await cursor.execute(SQL.list_health)
            return await cursor.fetchall()

    async def save_health(self, tx: Transaction, found: ChannelHealth) -> None:
        values = {
            "channel_id": found.channel_id,
            "checked_at": found.checked_at,
            "healthy": found.healthy,
            "latency_ms": found.latency_ms,
            "models": found.models,
            "detail": found.detail,
        }
        await connection_of(tx).execute(SQL.save_health, values)

    async def checked_hours(
        self, tx: Transaction, channel_id: ChannelId, *, since: datetime, until: datetime
    ) -> Sequence[CheckedHour]:
        async with connection_of(tx).cursor(row_factory=class_row(CheckedHour)) as cursor:
            await cursor.execute(SQL.checked_hours, {"channel_id": channel_id, "since": since, "until": until})
            return await cursor.fetchall()

    async def forget_checks(self, tx: Transaction, *, before: datetime) -> None:
        await connection_of(tx).execute(SQL.forget_checks, {"before": before})

    async def margins(self, tx: Transaction, *, since: datetime, until: datetime) -> Sequence[MarginRow]:
        async with connection_of(tx).cursor(row_factory=class_row(MarginRow)) as cursor:
            await cursor.execute(SQL.margins, {"since": since, "until": until})
            return await cursor.fetchall()


async def _rows(tx: Transaction, statement: sql.Statement, values: Mapping[str, object]) -> list[DictRow]:
    async with connection_of(tx).cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


def _values(channel: Channel) -> dict[str, object]:
    log = channel.log
    return {
        "id": channel.id,
        "name": channel.name,
        "base_url": channel.base_url,
        "sealed_key": channel.sealed_key,
        "priority": channel.priority,
        "weight": channel.weight,
        "models": None if channel.models is None else sorted(channel.models),
        "model_names": Jsonb(dict(channel.model_names)),
        "cost_rates": Jsonb({name: _show_rates(rates) for name, rates in channel.cost_rates.items()}),
        "log_base_url": log and log.base_url,
        "log_user_id": log and log.user_id,
        "log_sealed_token": log and log.sealed_token,
        "log_token_name": log and log.token_name,
        "enabled": channel.enabled,
        "version": channel.version,
        "created_at": channel.created_at,
    }


def _channel(row: DictRow) -> Channel:
    log = None
    if row["log_base_url"] is not None:
        log = LogAccess(
            base_url=row["log_base_url"],
            user_id=row["log_user_id"],
            sealed_token=row["log_sealed_token"],
            token_name=row["log_token_name"],
        )
    return Channel(
        id=ChannelId(row["id"]),
        name=row["name"],
        base_url=row["base_url"],
        sealed_key=row["sealed_key"],
        priority=row["priority"],
        weight=row["weight"],
        models=None if row["models"] is None else frozenset(row["models"]),
        model_names=row["model_names"],
        cost_rates={name: _read_rates(rates) for name, rates in row["cost_rates"].items()},
        log=log,
        enabled=row["enabled"],
        version=row["version"],
        created_at=row["created_at"],
    )


def _show_rates(rates: CostRates) -> dict[str, object]:
    return {
        "currency": rates.currency,
        "per_request_picos": rates.per_request_picos,
        "unit_picos": show_unit_rates(rates.unit_picos),
        "tiers": show_tiers(rates.tiers),
    }


def _read_rates(stored: Mapping[str, Any]) -> CostRates:
    return CostRates(
        currency=stored["currency"],
        per_request_picos=stored["per_request_picos"],
        unit_picos=read_unit_rates(stored["unit_picos"]),
        tiers=read_tiers(stored["tiers"]),
    )


def _absent(channel_id: ChannelId) -> ChannelNotFound:
    return ChannelNotFound(f"there is no channel {show_id('channel', channel_id)}", param="name")
