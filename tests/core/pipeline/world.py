"""A pipeline on the memory ledger, with an upstream, a client and a meter that do as they are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.idempotency import MemoryIdempotencyKeys, write_kept_answers
from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.audit import RequestLog
from deepspace_core.catalogue import Model, ModelKind, Visibility
from deepspace_core.identity import Permission, Principal, Secret
from deepspace_core.kernel.errors import Unauthenticated
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import ModelId, OrgId, PriceId, ProjectId, UserId, WorkspaceId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow, HoldAccount, LedgerTransaction, TopUp, Wallet
from deepspace_core.ledger.caps import CapBook, SetBudget
from deepspace_core.pipeline import (
    CallLog,
    Exchange,
    KeptAnswer,
    ModelRequest,
    Pipeline,
    Route,
    Settler,
    Sizer,
    Stage,
    assemble,
)
from deepspace_core.pipeline.metering import Metering
from deepspace_core.pipeline.stages.auth import Auth
from deepspace_core.pipeline.stages.budget_hold import BudgetHold
from deepspace_core.pipeline.stages.idempotency import Idempotency
from deepspace_core.pipeline.stages.newapi_call import NewApiCall
from deepspace_core.pipeline.stages.policy import Policy
from deepspace_core.pipeline.stages.rate_limit import RateLimit
from deepspace_core.pipeline.stages.stream import Stream
from deepspace_core.pipeline.stages.usage_capture import UsageCapture
from deepspace_core.policy import PolicySet
from deepspace_core.pricing import Leaf, RateCard, Tier
from deepspace_core.usage import UsageRecord
from tests.core.pipeline.sides import (
    FakeClient,
    FakeUpstream,
    FakeWindow,
    FlakyLedger,
    ListedJournal,
    PlainSeal,
    Script,
    WordCounter,
)
from tests.fakes import NOON, TRACE, CountingIds, FixedClock, InlineTasks, ListedEvents

SECRET = Secret("sk-ds-right")
LEASE_SECONDS, KEPT_SECONDS, ANSWER_BYTES_MAX = 60, 3_600, 200
"""Of idempotency keys."""
BODY = b'{"model":"small","messages":[{"role":"user","content":"hello"}]}'
INPUT_RATE, OUTPUT_RATE = 150_000, 600_000
"""Pico-USD a token: $0.15 and $0.60 per million."""
MODEL = Model(
    id=ModelId(UUID(int=1)),
    name="small",
    upstream_name="small-up",
    kinds=frozenset({ModelKind.CHAT}),
    context_tokens=2048,
    output_tokens_max=512,
    enabled=True,
    visibility=Visibility.PUBLIC,
    created_at=NOON,
)
CARD = RateCard(
    id=PriceId(UUID(int=2)),
    model_id=MODEL.id,
    version=1,
    effective_at=NOON - timedelta(days=1),
    currency="USD",
    tiers=(Tier(0, {Leaf.INPUT_UNCACHED: INPUT_RATE, Leaf.OUTPUT_TEXT: OUTPUT_RATE}),),
)


@dataclass
class Directory:
    """The `Directory` port and the `Authenticator`, over plain fields."""

    principal: Principal
    models: Mapping[str, Model] = field(default_factory=lambda: {MODEL.name: MODEL})
    card: RateCard | None = CARD
    policies: PolicySet = field(default_factory=lambda: PolicySet(limits=(), ip_rules=()))

    async def __call__(self, *, secret: Secret, address: str | None) -> Principal:
        if secret != SECRET:
            raise Unauthenticated("unknown key")
        return self.principal

    async def find_model(self, name: str) -> Model | None:
        return self.models.get(name)

    async def find_rate_card(self, model_id: ModelId) -> RateCard | None:
        return self.card

    async def policies_of(self, org_id: OrgId) -> PolicySet:
        return self.policies


class World:
    """Everything around one pipeline. Make it with `World.make`."""

    def __init__(self, ledger: MemoryLedger, wallet: Wallet, records: list[Record], clock: FixedClock) -> None:
        self.clock, self.ids, self.tasks = clock, CountingIds(run=2), InlineTasks()
        self.memory, self.wallet, self.records = ledger, wallet, records
        self.ledger = FlakyLedger(ledger)
        self.upstream, self.window = FakeUpstream(), FakeWindow()
        self.directory = Directory(principal=principal_of(wallet))
        self.faults: list[tuple[str, Exception]] = []
        self.given_up: list[str] = []
        self.journal = ListedJournal()
        self.stages = self._stages()

    @classmethod
    async def make(cls, *, balance_nanos: int = 1_000_000_000) -> "World":
        clock, records = FixedClock(), list[Record]()

        async def remember(tx: Transaction, riders: Sequence[Record]) -> None:
            records.extend(riders)

        ledger = MemoryLedger(
            clock=clock,
            ids=CountingIds(run=1),
            rider_writers={
                UsageRecord: remember,
                Event: remember,
                RequestLog: remember,
                KeptAnswer: write_kept_answers,
            },
        )
        wallet = await ledger.open_wallet(org_id=OrgId(UUID(int=7)))
        world = cls(ledger, wallet, records, clock)
        if balance_nanos:
            await world.top_up(balance_nanos)
        return world

    async def top_up(self, amount_nanos: int) -> None:
        outcome = await self.memory.apply(
            TopUp(
                org_id=self.wallet.org_id,
                wallet_id=self.wallet.id,
                ref=f"top-up:{self.ids.uuid()}",
                trace_id=TRACE,
                actor="system:test",
                amount_nanos=amount_nanos,
            )
        )
        assert outcome.accepted

    async def cap(self, *, nanos: int) -> None:
        """Sets a budget a day for the whole organization."""
        owner = replace(self.directory.principal, permissions=frozenset(Permission))
        key = BudgetKey(BudgetScope.ORG, owner.org_id)
        book = CapBook(self.memory.unit_of_work, MemoryBudgets(), ListedEvents(), self.clock, self.ids)
        await SetBudget(book)(principal=owner, key=key, window=BudgetWindow.DAY, cap_nanos=nanos)

    async def call(
        self,
        script: Script | None = None,
        *,
        stream: bool = True,
        model: str = "small",
        secret: Secret | None = SECRET,
        key: str | None = None,
    ) -> tuple[Exchange, Exception | None]:
        """Runs one call; gives the exchange and what the pipeline raised."""
        self.upstream.script = script or Script()
        return await self.run(self.exchange(stream=stream, model=model, secret=secret, key=key))

    async def run(self, exchange: Exchange) -> tuple[Exchange, Exception | None]:
        """Runs a call that was made with `exchange`."""
        try:
            await self.pipeline().run(exchange)
        except Exception as fault:  # noqa: BLE001 - what was raised is what is tested
            return exchange, fault
        return exchange, None

    def exchange(
        self,
        *,
        stream: bool = True,
        model: str = "small",
        secret: Secret | None = SECRET,
        key: str | None = None,
        body: bytes = BODY,
    ) -> Exchange:
        return Exchange(
            call_id=self.ids.uuid(),
            trace_id=TRACE,
            request_id="req_1",
            traceparent="00-1-2-01",
            route=Route.CHAT_COMPLETIONS,
            received_at=self.clock.now(),
            began_nanos=self.clock.monotonic_nanos(),
            body=body,
            request=ModelRequest(model=model, stream=stream, usage_wanted=False, output_tokens_max=100, choices=1),
            client=FakeClient(
                leaves_after=self.upstream.script.client_leaves_after, is_prompt=self.upstream.script.client_is_prompt
            ),
            client_address="192.0.2.1",
            secret=secret,
            idempotency_key=key,
        )

    def pipeline(self) -> Pipeline:
        return assemble(
            self.stages,
            clock=self.clock,
            tasks=self.tasks,
            report_fault=lambda exchange, stage, fault: self.faults.append((stage, fault)),
        )

    async def rows(self) -> list[LedgerTransaction]:
        async with self.memory.unit_of_work() as tx:
            return sorted(table_of(tx, "transactions").values(), key=lambda row: row.seq)

    async def holds(self) -> list[HoldAccount]:
        async with self.memory.unit_of_work() as tx:
            return list(table_of(tx, "holds").values())

    async def balance(self) -> Wallet:
        async with self.memory.unit_of_work() as tx:
            wallet: Wallet = table_of(tx, "wallets")[self.wallet.id]
            return wallet

    def usage(self) -> list[UsageRecord]:
        return [record for record in self.records if isinstance(record, UsageRecord)]

    def make_settler(self) -> Settler:
        return Settler(
            ledger=self.ledger,
            tasks=self.tasks,
            journal=self.journal,
            report=lambda command, reason: self.given_up.append(reason),
        )

    def _stages(self) -> dict[str, Stage]:
        sizer = Sizer(counter=WordCounter())
        call_log = CallLog(clock=self.clock, ids=self.ids)
        settler = self.make_settler()
        metering = Metering(
            counter=WordCounter(), sizer=sizer, settler=settler, call_log=call_log, clock=self.clock, ids=self.ids
        )
        return {
            "auth": Auth(authenticate=self.directory, directory=self.directory),
            "rate_limit": RateLimit(directory=self.directory, window=self.window, sizer=sizer, clock=self.clock),
            "policy": Policy(directory=self.directory),
            "idempotency": Idempotency(
                unit_of_work=self.memory.unit_of_work,
                keys=MemoryIdempotencyKeys(),
                seal=PlainSeal(),
                tasks=self.tasks,
                clock=self.clock,
                lease_seconds=LEASE_SECONDS,
                kept_seconds=KEPT_SECONDS,
                answer_bytes_max=ANSWER_BYTES_MAX,
            ),
            "budget_hold": BudgetHold(
                directory=self.directory, sizer=sizer, ledger=self.ledger, settler=settler, lifetime_seconds=60
            ),
            "newapi_call": NewApiCall(upstream=self.upstream, codec=self.upstream),
            "usage_capture": UsageCapture(codec=self.upstream, metering=metering),
            "stream": Stream(metering=metering, clock=self.clock, tasks=self.tasks, drain_seconds=5),
        }


def principal_of(wallet: Wallet) -> Principal:
    return Principal(
        kind="api_key",
        user_id=UserId(UUID(int=3)),
        org_id=wallet.org_id,
        wallet_id=wallet.id,
        permissions=frozenset({Permission.USE_MODELS}),
        workspace_id=WorkspaceId(UUID(int=4)),
        project_id=ProjectId(UUID(int=5)),
    )
