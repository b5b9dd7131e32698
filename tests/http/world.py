"""The whole HTTP shell over memory adapters: the application, somebody to call it as, and a few tenants."""

import base64
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast, get_type_hints

import httpx
from litestar import Litestar

from deepspace_adapters.cron import CronCalendar
from deepspace_adapters.crypto.aes_secret_box import make_secret_box
from deepspace_adapters.memory.audit import MemoryAuditReader, MemoryEventLog, write_request_logs
from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.catalogue import MemoryModels
from deepspace_adapters.memory.channels import MemoryChannels
from deepspace_adapters.memory.event_streams import MemoryEventStreams
from deepspace_adapters.memory.identity import (
    MemoryLoginAttempts,
    MemoryMembers,
    MemoryOrganizations,
    MemorySessions,
    MemoryUsers,
)
from deepspace_adapters.memory.identity_places import (
    MemoryApiKeys,
    MemoryCredentials,
    MemoryProjects,
    MemoryWorkspaces,
)
from deepspace_adapters.memory.invitation import MemoryInvitations
from deepspace_adapters.memory.ledger import MemoryLedger, MemoryWalletOpening
from deepspace_adapters.memory.ledger_reader import MemoryLedgerReader
from deepspace_adapters.memory.overview import MemoryOverview
from deepspace_adapters.memory.past_calls import MemoryPastCalls
from deepspace_adapters.memory.policy import MemoryPolicies
from deepspace_adapters.memory.pricing import MemoryPrices
from deepspace_adapters.memory.reconciliations import MemoryReconciliations
from deepspace_adapters.memory.statements import MemoryStatementReader
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.usage import MemoryRollups, MemoryUsage, MemoryUsageWriter
from deepspace_adapters.memory.work import MemoryJobQueue, MemoryJobRuns, MemoryOutbox, MemorySchedules
from deepspace_adapters.newapi.channels import SettingsChannel
from deepspace_adapters.reasons import ReasonedEventLog
from deepspace_adapters.system import AsyncioTasks
from deepspace_core.audit import AuditReader, EventFilters, RequestLog, TraceEntry, TraceSource, told_event
from deepspace_core.catalogue.ports import ModelRepository
from deepspace_core.channels import BreakerBoard, ChannelProbe, ChannelRepository, GivenChannel, MarginReader
from deepspace_core.chat.ports import EventStreams, RunPipeline
from deepspace_core.identity import NotedKeyUses, Secret
from deepspace_core.identity import ports as identity
from deepspace_core.identity.strangers import Strangers
from deepspace_core.identity.use_cases.api_keys import KeyLimiting
from deepspace_core.identity.use_cases.registration import EnsureAdministrator
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, TraceId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger.ports import BudgetRepository, DryLedger, Ledger, LedgerReader, StatementReader
from deepspace_core.overview import OverviewReader
from deepspace_core.pipeline import PastCalls
from deepspace_core.policy.key_limit import KeyLimits
from deepspace_core.policy.ports import PolicyRepository
from deepspace_core.pricing.ports import PriceRepository
from deepspace_core.usage import UsageRecord
from deepspace_core.usage.ports import ReconciliationRepository, RollupRepository, UpstreamLog, UsageReader
from deepspace_core.work.ports import Calendar, JobRuns, Outbox, Schedules
from deepspace_http.app import create_app
from deepspace_http.application import Application, HttpSettings, Probes
from tests.core.channels.values import ListedBooks, TwoModels
from tests.core.identity.world import FakeHasher
from tests.fakes import TRACE, CountingIds, FixedClock
from tests.http.chat_ports import chat_ports, no_pipeline
from tests.http.outbound_ports import outbound_ports

BASE_URL = "http://deepspace.test"
PASSWORD = "correct horse battery"
ADMINISTRATOR = "root@example.org"
SECRET_KEY = base64.b64encode(bytes(32)).decode()

Shape = TypeVar("Shape")
Ports = Mapping[Any, object]


@dataclass(frozen=True)
class EventTrace:
    """A `TraceSource`: what the audited events of memory know of a trace."""

    unit_of_work: UnitOfWork
    reader: AuditReader

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        filters = EventFilters(trace_id=trace_id)
        async with self.unit_of_work() as tx:
            found = await self.reader.list_events(tx, org_id, PageRequest(limit=200), filters)
        return [told_event(event) for event in found.rows]

    async def find(self, name: str) -> Sequence[TraceId]:
        async with self.unit_of_work() as tx:
            found = await self.reader.list_events(tx, None, PageRequest(), EventFilters(subject=name))
        return [event.trace_id for event in found.rows]


def compose(shape: type[Shape], ports: Ports) -> Shape:
    """Builds a dataclass of use cases by the types of its fields; every port comes out of `ports`."""
    hints = get_type_hints(shape)
    return shape(**{one.name: _part(hints[one.name], ports) for one in fields(shape) if one.init})  # type: ignore[arg-type]


def _part(hint: Any, ports: Ports) -> object:
    if hint in ports:
        return ports[hint]
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is not None:
        raise LookupError(f"nothing provides {hint}")
    return compose(hint, ports)


def channel_ports(clock: Clock) -> Ports:
    """The ports of channels, the one of the settings among them."""
    return {
        BreakerBoard: BreakerBoard(),
        ChannelProbe: TwoModels(),
        ChannelRepository: MemoryChannels(),
        GivenChannel: SettingsChannel("http://newapi:3000/v1", clock=clock),
        MarginReader: MemoryChannels(),
        ReconciliationRepository: MemoryReconciliations(),
        UpstreamLog: ListedBooks(),
    }


def memory_ports(*, clock: Clock, ids: IdSource) -> Ports:
    """Every port that the management API stands on, in memory, over one database."""
    database = MemoryDatabase()
    unit_of_work = MemoryUnitOfWork(database)
    events, audit, keys = MemoryEventLog(clock), MemoryAuditReader(), MemoryApiKeys()
    policies = MemoryPolicies()
    ledger = MemoryLedger(
        clock=clock,
        ids=ids,
        database=database,
        rider_writers={
            Event: events,
            UsageRecord: MemoryUsageWriter(clock),
            RequestLog: write_request_logs,
        },
    )
    ports: Ports = {
        Clock: clock,
        IdSource: ids,
        UnitOfWork: unit_of_work,
        EventLog: ReasonedEventLog(events),
        identity.Users: MemoryUsers(),
        identity.LoginAttempts: MemoryLoginAttempts(),
        identity.Sessions: MemorySessions(),
        identity.Organizations: MemoryOrganizations(),
        identity.Members: MemoryMembers(),
        identity.Invitations: MemoryInvitations(),
        identity.Workspaces: MemoryWorkspaces(),
        identity.Projects: MemoryProjects(),
        identity.ApiKeys: keys,
        identity.Credentials: MemoryCredentials(),
        identity.WalletOpening: MemoryWalletOpening(),
        identity.PasswordHasher: FakeHasher(),
        identity.KeyUses: NotedKeyUses(unit_of_work=unit_of_work, api_keys=keys, tasks=AsyncioTasks()),
        ModelRepository: MemoryModels(),
        PriceRepository: MemoryPrices(),
        BudgetRepository: MemoryBudgets(),
        Ledger: ledger,
        LedgerReader: MemoryLedgerReader(),
        DryLedger: ledger,
        StatementReader: MemoryStatementReader(),
        UsageReader: MemoryUsage(),
        RollupRepository: MemoryRollups(clock),
        AuditReader: audit,
        Sequence[TraceSource]: [EventTrace(unit_of_work, audit)],
        OverviewReader: MemoryOverview(),
        PastCalls: MemoryPastCalls(),
        PolicyRepository: policies,
        KeyLimiting: KeyLimits(policies, events, ids, clock),
        JobQueue: MemoryJobQueue(ids=ids, clock=clock),
        JobRuns: MemoryJobRuns(),
        Outbox: MemoryOutbox(),
        Schedules: MemorySchedules(),
        Calendar: CronCalendar(),
        Tasks: AsyncioTasks(),
        SecretBox: make_secret_box(SECRET_KEY, kept_at=Path()),
        Strangers: Strangers(),
    }
    return {**ports, **outbound_ports(clock), **chat_ports(ports, database), **channel_ports(clock)}


def transport_to(app: Litestar, *, address: str = "127.0.0.1") -> httpx.ASGITransport:
    """Hands requests to the application without a socket, as from `address`."""
    return httpx.ASGITransport(cast(Any, app), raise_app_exceptions=False, client=(address, 50_000))


@dataclass(frozen=True)
class World:
    """A running application and what it stands on."""

    app: Litestar
    ports: Ports
    clock: FixedClock

    def client(self, token: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A client that shows `token`, if any. It keeps cookies as a browser does."""
        bearer = {} if token is None else {"authorization": f"Bearer {token}"}
        return httpx.AsyncClient(
            transport=transport_to(self.app), base_url=BASE_URL, headers=bearer | headers, follow_redirects=False
        )

    async def log_in(self, email: str) -> str:
        """An access token."""
        async with self.client() as client:
            answer = await client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def register(self, name: str) -> "Person":
        """Registers `name`@example.org and logs in."""
        email = f"{name}@example.org"
        async with self.client() as client:
            made = await client.post(
                "/api/v1/auth/register", json={"email": email, "password": PASSWORD, "display_name": name.title()}
            )
        assert made.status_code == 201, made.text
        body = made.json()
        return Person(email, body["id"], body["personal_org_id"], await self.log_in(email))

    async def administrator(self) -> "Person":
        """The administrator, logged in."""
        ensure = compose(EnsureAdministrator, self.ports)
        user = await ensure(email=ADMINISTRATOR, password=Secret(PASSWORD), trace_id=TRACE)
        return Person(
            ADMINISTRATOR, f"user_{user.id.hex}", f"org_{user.personal_org_id.hex}", await self.log_in(ADMINISTRATOR)
        )


@dataclass(frozen=True)
class Person:
    """Somebody with a token."""

    email: str
    user_id: str
    org_id: str
    token: str


def make_world(
    *, settings: HttpSettings | None = None, probes: Probes | None = None, ports: Ports | None = None
) -> World:
    """A world on memory, unless other ports are given."""
    clock = FixedClock()
    given = ports or memory_ports(clock=clock, ids=CountingIds())
    parts: dict[Any, object] = {
        RunPipeline: no_pipeline,
        EventStreams: MemoryEventStreams(),
        Strangers: Strangers(),
        **given,
        HttpSettings: settings or HttpSettings(base_url=BASE_URL),
        Probes: probes or {},
    }
    return World(create_app(compose(Application, parts)), given, clock)


def uuid_free(text: str) -> str:
    """Text without ids and trace ids, to compare answers by."""
    return re.sub(r"[0-9a-f]{32}", "…", text)
