"""The repositories of metering on one adapter, with what their suites need to stage: riders, later, tampering."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import pytest

from deepspace_adapters.memory import audit as memory_audit
from deepspace_adapters.memory.catalogue import MemoryModels
from deepspace_adapters.memory.policy import MemoryPolicies
from deepspace_adapters.memory.pricing import MemoryPrices
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_adapters.memory.usage import MemoryRollups, MemoryUsage, MemoryUsageWriter
from deepspace_adapters.postgres import audit as postgres_audit
from deepspace_adapters.postgres.catalogue import PostgresModels
from deepspace_adapters.postgres.policy import PostgresPolicies
from deepspace_adapters.postgres.pricing import PostgresPrices
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_adapters.postgres.usage import PostgresRollups, PostgresUsage, write_usage_records
from deepspace_core.audit import AuditReader, RequestLog, SealRepository, StoredEvent
from deepspace_core.catalogue import ModelRepository
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.policy import PolicyRepository
from deepspace_core.pricing import PriceRepository
from deepspace_core.usage import RollupRepository, UsageReader, UsageRecord
from tests.fakes import FixedClock


class Stage(Protocol):
    """What a suite does to a store behind the back of its repositories."""

    async def write_usage(self, tx: Transaction, records: Sequence[UsageRecord]) -> None: ...

    async def write_events(self, tx: Transaction, events: Sequence[Event]) -> None: ...

    async def write_requests(self, tx: Transaction, logs: Sequence[RequestLog]) -> None: ...

    async def add_orgs(self, tx: Transaction, org_ids: Sequence[OrgId]) -> None: ...

    async def edit_event(self, tx: Transaction, event_id: UUID, *, actor: str) -> None: ...

    async def delete_event(self, tx: Transaction, event_id: UUID) -> None: ...

    async def swap_events(self, tx: Transaction, one: UUID, other: UUID) -> None: ...


@dataclass
class Lag:
    """How much later than it is the store's clock is made to look to the repositories under test."""

    by: timedelta = field(default=timedelta(0))


@dataclass(frozen=True)
class Stores:
    """One adapter's repositories."""

    unit_of_work: UnitOfWork
    models: ModelRepository
    prices: PriceRepository
    usage: UsageReader
    rollups: RollupRepository
    events: EventLog
    audit: AuditReader
    seals: SealRepository
    policies: PolicyRepository
    stage: Stage
    later: Callable[[timedelta], None]


class MemoryStage:
    """The stage of the memory adapter."""

    def __init__(self, clock: FixedClock) -> None:
        self._usage = MemoryUsageWriter(clock)
        self._events = memory_audit.MemoryEventLog(clock)

    async def write_usage(self, tx: Transaction, records: Sequence[UsageRecord]) -> None:
        await self._usage(tx, records)

    async def write_events(self, tx: Transaction, events: Sequence[Event]) -> None:
        await self._events(tx, events)

    async def write_requests(self, tx: Transaction, logs: Sequence[RequestLog]) -> None:
        await memory_audit.write_request_logs(tx, logs)

    async def add_orgs(self, tx: Transaction, org_ids: Sequence[OrgId]) -> None:
        """Memory has no foreign keys."""

    async def edit_event(self, tx: Transaction, event_id: UUID, *, actor: str) -> None:
        table = table_of(tx, memory_audit.EVENTS)
        stored: StoredEvent = table[event_id]
        table[event_id] = StoredEvent(_with_actor(stored.event, actor), stored.stored_at)

    async def delete_event(self, tx: Transaction, event_id: UUID) -> None:
        del table_of(tx, memory_audit.EVENTS)[event_id]

    async def swap_events(self, tx: Transaction, one: UUID, other: UUID) -> None:
        table = table_of(tx, memory_audit.EVENTS)
        first: StoredEvent = table[one]
        second: StoredEvent = table[other]
        table[one] = StoredEvent(first.event, second.stored_at)
        table[other] = StoredEvent(second.event, first.stored_at)


class PostgresStage:
    """The stage of PostgreSQL. What is forbidden to us is done as a superuser who turns the triggers off."""

    async def write_usage(self, tx: Transaction, records: Sequence[UsageRecord]) -> None:
        await write_usage_records(connection_of(tx), records)

    async def write_events(self, tx: Transaction, events: Sequence[Event]) -> None:
        await postgres_audit.write_events(connection_of(tx), events)

    async def write_requests(self, tx: Transaction, logs: Sequence[RequestLog]) -> None:
        await postgres_audit.write_request_logs(connection_of(tx), logs)

    async def add_orgs(self, tx: Transaction, org_ids: Sequence[OrgId]) -> None:
        await self._forbidden(tx)
        for org_id in org_ids:
            await connection_of(tx).execute(
                "INSERT INTO orgs (id, name, kind, on_abort, created_at) VALUES (%s, 'Test', 'team', 'drain', now())",
                [org_id],
            )
        await connection_of(tx).execute("SET LOCAL session_replication_role = origin")

    async def edit_event(self, tx: Transaction, event_id: UUID, *, actor: str) -> None:
        await self._forbidden(tx)
        await connection_of(tx).execute("UPDATE audit_logs SET actor = %s WHERE id = %s", [actor, event_id])

    async def delete_event(self, tx: Transaction, event_id: UUID) -> None:
        await self._forbidden(tx)
        await connection_of(tx).execute("DELETE FROM audit_logs WHERE id = %s", [event_id])

    async def swap_events(self, tx: Transaction, one: UUID, other: UUID) -> None:
        await self._forbidden(tx)
        await connection_of(tx).execute(
            "UPDATE audit_logs a SET stored_at = b.stored_at FROM audit_logs b"
            " WHERE (a.id = %(one)s AND b.id = %(other)s) OR (a.id = %(other)s AND b.id = %(one)s)",
            {"one": one, "other": other},
        )

    async def _forbidden(self, tx: Transaction) -> None:
        await connection_of(tx).execute("SET LOCAL session_replication_role = replica")


class LaterRollups(PostgresRollups):
    """Roll-ups that believe it is later than it is."""

    def __init__(self, lag: Lag) -> None:
        self._lag = lag

    async def store_now(self, tx: Transaction) -> datetime:
        return await super().store_now(tx) + self._lag.by


class LaterSeals(postgres_audit.PostgresSeals):
    """Seals that believe it is later than it is."""

    def __init__(self, lag: Lag) -> None:
        self._lag = lag

    async def store_now(self, tx: Transaction) -> datetime:
        return await super().store_now(tx) + self._lag.by


def memory_stores() -> Stores:
    """A fresh store in memory."""
    clock = FixedClock()

    def later(step: timedelta) -> None:
        clock.advance(step)

    return Stores(
        unit_of_work=MemoryUnitOfWork(MemoryDatabase()),
        models=MemoryModels(),
        prices=MemoryPrices(),
        usage=MemoryUsage(),
        rollups=MemoryRollups(clock),
        events=memory_audit.MemoryEventLog(clock),
        audit=memory_audit.MemoryAuditReader(),
        seals=memory_audit.MemorySeals(clock),
        policies=MemoryPolicies(),
        stage=MemoryStage(clock),
        later=later,
    )


def postgres_stores(unit_of_work: UnitOfWork) -> Stores:
    """A fresh database."""
    lag = Lag()

    def later(step: timedelta) -> None:
        lag.by += step

    return Stores(
        unit_of_work=unit_of_work,
        models=PostgresModels(),
        prices=PostgresPrices(),
        usage=PostgresUsage(),
        rollups=LaterRollups(lag),
        events=postgres_audit.PostgresEventLog(),
        audit=postgres_audit.PostgresAuditReader(),
        seals=LaterSeals(lag),
        policies=PostgresPolicies(),
        stage=PostgresStage(),
        later=later,
    )


def stores_of(request: pytest.FixtureRequest) -> Stores:
    """The stores of the adapter that a fixture's parameter names."""
    if request.param == "memory":
        return memory_stores()
    return postgres_stores(request.getfixturevalue("unit_of_work"))


def _with_actor(event: Event, actor: str) -> Event:
    return Event(
        id=event.id,
        at=event.at,
        event_type=event.event_type,
        org_id=event.org_id,
        actor=actor,
        subject=event.subject,
        trace_id=event.trace_id,
        payload=event.payload,
    )
