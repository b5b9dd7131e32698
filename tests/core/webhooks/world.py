"""Webhooks over memory: an organization, its endpoints, a receiver that obeys, and every verb."""

from dataclasses import dataclass, field
from uuid import UUID

from deepspace_adapters.crypto.aes_secret_box import make_secret_box
from deepspace_adapters.memory.audit import MemoryEventLog
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.webhooks import MemoryDeliveries, MemoryEndpoints, MemoryHappenings
from deepspace_adapters.memory.work import MemoryJobQueue, MemoryJobRuns
from deepspace_core.identity import Permission, Principal, told
from deepspace_core.kernel.ids import OrgId, UserId, WalletId
from deepspace_core.webhooks import WebhookDelivery, WebhookEndpoint
from deepspace_core.webhooks.use_cases import (
    CreateWebhook,
    DeliverWebhook,
    EndpointTerms,
    NewWebhook,
    PingWebhook,
    PruneDeliveries,
    PublishHappenings,
    ReplayDelivery,
    RotateWebhookSecret,
    UpdateWebhook,
)
from deepspace_core.webhooks.use_cases.keeping import WebhookTrail
from deepspace_core.webhooks.use_cases.publishing import Dispatch
from tests.fakes import TRACE, CountingIds, FixedClock, ScriptedOutgoing
from tests.http.world import SECRET_KEY

ORG = OrgId(UUID(int=1))
OWNER = Principal(
    kind="session",
    user_id=UserId(UUID(int=2)),
    org_id=ORG,
    wallet_id=WalletId(UUID(int=3)),
    permissions=frozenset(Permission),
)
URL = "https://hooks.example.org/in"


@dataclass
class World:
    """Everything that a test of webhooks asks."""

    outgoing: ScriptedOutgoing = field(default_factory=ScriptedOutgoing)
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    clock: FixedClock = field(default_factory=FixedClock)
    ids: CountingIds = field(default_factory=CountingIds)
    endpoints: MemoryEndpoints = field(default_factory=MemoryEndpoints)
    deliveries: MemoryDeliveries = field(default_factory=MemoryDeliveries)

    def __post_init__(self) -> None:
        from pathlib import Path

        self.unit_of_work = MemoryUnitOfWork(self.database)
        self.events = MemoryEventLog(self.clock)
        self.box = make_secret_box(SECRET_KEY, kept_at=Path())
        self.trail = WebhookTrail(self.events, self.ids, self.clock)
        self.happenings = MemoryHappenings(self.clock)
        self.jobs = MemoryJobRuns()
        queue = MemoryJobQueue(ids=self.ids, clock=self.clock)
        self.dispatch = Dispatch(self.deliveries, queue, self.ids, self.clock)
        parts = (self.unit_of_work, self.endpoints)
        self.create = CreateWebhook(*parts, self.outgoing, self.box, self.trail)
        self.update = UpdateWebhook(*parts, self.outgoing, self.trail)
        self.rotate = RotateWebhookSecret(*parts, self.box, self.trail)
        self.ping = PingWebhook(*parts, self.dispatch, self.clock, self.ids)
        self.replay = ReplayDelivery(*parts, self.deliveries, self.jobs, self.dispatch, self.trail)
        self.publish = PublishHappenings(*parts, self.happenings, self.dispatch)
        self.deliver = DeliverWebhook(
            *parts, self.deliveries, self.outgoing, self.box, self.events, self.clock, self.ids
        )
        self.prune = PruneDeliveries(self.unit_of_work, self.deliveries, self.events, self.clock, self.ids)

    async def endpoint(self, **terms: object) -> NewWebhook:
        """A new endpoint, with a second gone by, so that what follows comes after it."""
        wanted = EndpointTerms(**{"url": URL, **terms})  # type: ignore[arg-type]
        made = await self.create(principal=OWNER, terms=wanted, trace_id=TRACE)
        self.clock.advance(seconds=1)
        return made

    async def happen(self, event_type: str = "api_key.created", *, org_id: OrgId = ORG) -> None:
        """An audited event."""
        async with self.unit_of_work() as tx:
            event = told(
                self.ids,
                now=self.clock.now(),
                event_type=event_type,
                org_id=org_id,
                actor="user:1",
                subject="key_1",
                trace_id=TRACE,
                payload={"name": "laptop"},
            )
            await self.events.append(tx, event)
            await tx.commit()

    async def messages(self) -> list[WebhookDelivery]:
        """Every message there is, the oldest first."""
        return sorted(self.database.tables.get("webhook_deliveries", {}).values(), key=lambda one: one.id)

    async def stored(self, made: NewWebhook) -> WebhookEndpoint:
        """The endpoint as it stands now."""
        async with self.unit_of_work() as tx:
            return await self.endpoints.get(tx, ORG, made.endpoint.id)

    @property
    def told(self) -> list[str]:
        """The types of the trail's events, in order."""
        return [one.event.event_type for one in self.database.tables.get("audit_logs", {}).values()]
