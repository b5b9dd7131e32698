"""A pipeline on the memory ledger, with an upstream, a client and a meter that do as they are told."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.audit import RequestLog
from deepspace_core.catalogue import Model, ModelKind, Visibility
from deepspace_core.identity import Permission, Principal, Secret
from deepspace_core.kernel.errors import Unauthenticated, Unavailable
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import ModelId, OrgId, PriceId, ProjectId, UserId, WorkspaceId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Command, HoldAccount, LedgerTransaction, Outcome, TopUp, Wallet
from deepspace_core.pipeline import (
    AnswerHead,
    CallLog,
    ClientGone,
    Exchange,
    ModelRequest,
    Pipeline,
    PriceOfUsage,
    Route,
    Settler,
    Sizer,
    Stage,
    Unsettled,
    UpstreamCut,
    UpstreamFailed,
    UpstreamReply,
    UpstreamRequest,
    UpstreamSilent,
    UpstreamUnreachable,
    assemble,
)
from deepspace_core.pipeline.stages.auth import Auth
from deepspace_core.pipeline.stages.budget_hold import BudgetHold
from deepspace_core.pipeline.stages.newapi_call import NewApiCall
from deepspace_core.pipeline.stages.policy import Policy
from deepspace_core.pipeline.stages.rate_limit import RateLimit
from deepspace_core.pipeline.stages.stream import Stream
from deepspace_core.pipeline.stages.usage_capture import UsageCapture
from deepspace_core.policy import Charge, PolicySet, Reservation, Verdict
from deepspace_core.pricing import Leaf, RateCard, Tier, TokenLeaves
from deepspace_core.usage import UsageRecord
from tests.fakes import NOON, TRACE, CountingIds, FixedClock, InlineTasks

SECRET = Secret("sk-ds-right")
BODY = b'{"model":"small","messages":[{"role":"user","content":"hello"}]}'
WORD = b"word "
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
class Script:
    """How the other sides of one call behave."""

    words: int = 3
    usage: TokenLeaves | None = field(default_factory=lambda: TokenLeaves(input_uncached=20, output_text=3))
    refuse: bool = False
    break_after: int | None = None
    silent_after: int | None = None
    error_after: int | None = None
    terminal: bool = True
    client_leaves_after: int | None = None


class FakeTap:
    """The `UsageTap` port: pieces are words; a piece `usage` or `end` means what it says."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._said = b""
        self.usage: TokenLeaves | None = None
        self.finished = False

    @property
    def content_seen(self) -> bool:
        return bool(self._said)

    def feed(self, piece: bytes) -> bytes:
        if piece == b"usage":
            self.usage = self._script.usage
            return b""
        if piece == b"end":
            self.finished = True
            return b"end"
        self._said += piece
        return piece

    def close(self) -> bytes:
        return b""

    def delivered_text(self) -> str:
        return self._said.decode()

    def error_event(self, *, message: str, code: str) -> bytes:
        return f"error {code}".encode()


@dataclass
class FakeUpstream:
    """The `Upstream`, `UpstreamReply` and `WireCodec` ports, by script."""

    script: Script = field(default_factory=Script)
    sent: list[UpstreamRequest] = field(default_factory=list)
    closed: int = 0
    status: int = 200
    content_type: str = "text/event-stream"
    upstream_request_id: str | None = "up-1"
    attempts: int = 1
    before_end: Callable[[], None] = lambda: None
    """Called when the answer is about to end."""

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        self.sent.append(request)
        if self.script.refuse:
            raise UpstreamUnreachable("nobody there")
        return self

    async def chunks(self) -> AsyncIterator[bytes]:
        for number in range(self.script.words):
            self._break_at(number)
            yield WORD
        self._break_at(self.script.words)
        self.before_end()
        if self.script.usage is not None:
            yield b"usage"
        if self.script.terminal:
            yield b"end"

    async def close(self) -> None:
        self.closed += 1

    def rewrite(self, body: bytes, *, model: str | None, ask_usage: bool) -> bytes:
        return body

    def tap(self, *, stream: bool, usage_wanted: bool, price: PriceOfUsage) -> FakeTap:
        return FakeTap(self.script)

    def _break_at(self, number: int) -> None:
        if number == self.script.break_after:
            raise UpstreamCut("cut")
        if number == self.script.silent_after:
            raise UpstreamSilent("silent")
        if number == self.script.error_after:
            raise UpstreamFailed("failed")


@dataclass
class FakeClient:
    """The `Client` port: hangs up after so many pieces."""

    leaves_after: int | None = None
    status: int = 499
    head: AnswerHead | None = None
    pieces: list[bytes] = field(default_factory=list)
    finished: bool = False

    async def start(self, answer: AnswerHead) -> None:
        self.head, self.status = answer, 200

    async def send(self, piece: bytes) -> None:
        if self.leaves_after is not None and len(self.pieces) >= self.leaves_after:
            raise ClientGone
        self.pieces.append(piece)

    async def finish(self) -> None:
        self.finished = True


class WordCounter:
    """The `TokenCounter` port: a token a word."""

    def count(self, text: str) -> int:
        return len(text.split())


class FlakyLedger:
    """The memory ledger, away for the next `away` commands."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self.away = 0

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        if self.away > 0:
            self.away -= 1
            raise Unavailable("the database is away")
        return await self._ledger.apply(command, riders=riders)

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return await self._ledger.apply_many(commands)


class ListedJournal:
    """The `SettlementJournal` port, in a dictionary."""

    def __init__(self) -> None:
        self.unsettled: dict[str, Unsettled] = {}

    def keep(self, unsettled: Unsettled) -> None:
        self.unsettled[unsettled.command.ref] = unsettled

    def forget(self, ref: str) -> None:
        self.unsettled.pop(ref, None)

    def kept(self) -> Sequence[Unsettled]:
        return list(self.unsettled.values())


class FakeWindow:
    """The `RateWindow` port: answers what it is told to and remembers what is settled."""

    degraded = False

    def __init__(self) -> None:
        self.verdict: Verdict | None = None
        self.settled: list[int] = []

    async def admit(self, charges: Sequence[Charge], now: object) -> Verdict:
        return self.verdict or Verdict(
            admitted=True, states=(), reservation=Reservation(id="1", charges=tuple(charges), charged_at_ms=0)
        )

    async def settle(self, reservation: Reservation, *, tokens_used: int, now: object) -> None:
        self.settled.append(tokens_used)


@dataclass
class Directory:
    """The `Directory` port and the `Authenticator`, over plain fields."""

    principal: Principal
    models: Mapping[str, Model] = field(default_factory=lambda: {MODEL.name: MODEL})
    card: RateCard | None = CARD
    policies: PolicySet = field(default_factory=lambda: PolicySet(limits=(), ip_rules=()))

    async def __call__(self, *, secret: Secret) -> Principal:
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
            rider_writers={UsageRecord: remember, Event: remember, RequestLog: remember},
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

    async def call(
        self, script: Script | None = None, *, stream: bool = True, model: str = "small", secret: Secret | None = SECRET
    ) -> tuple[Exchange, Exception | None]:
        """Runs one call; gives the exchange and what the pipeline raised."""
        self.upstream.script = script or Script()
        exchange = self.exchange(stream=stream, model=model, secret=secret)
        try:
            await self.pipeline().run(exchange)
        except Exception as fault:  # noqa: BLE001 - what was raised is what is tested
            return exchange, fault
        return exchange, None

    def exchange(self, *, stream: bool, model: str, secret: Secret | None) -> Exchange:
        return Exchange(
            call_id=self.ids.uuid(),
            trace_id=TRACE,
            request_id="req_1",
            traceparent="00-1-2-01",
            route=Route.CHAT_COMPLETIONS,
            received_at=self.clock.now(),
            began_nanos=self.clock.monotonic_nanos(),
            body=BODY,
            request=ModelRequest(model=model, stream=stream, usage_wanted=False, output_tokens_max=100, choices=1),
            client=FakeClient(leaves_after=self.upstream.script.client_leaves_after),
            client_address="192.0.2.1",
            secret=secret,
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

    def _stages(self) -> dict[str, Stage]:
        sizer = Sizer(counter=WordCounter())
        call_log = CallLog(clock=self.clock, ids=self.ids)
        settler = Settler(
            ledger=self.ledger,
            tasks=self.tasks,
            journal=self.journal,
            report=lambda command, reason: self.given_up.append(reason),
        )
        return {
            "auth": Auth(authenticate=self.directory, directory=self.directory),
            "rate_limit": RateLimit(directory=self.directory, window=self.window, sizer=sizer, clock=self.clock),
            "policy": Policy(directory=self.directory),
            "budget_hold": BudgetHold(
                directory=self.directory, sizer=sizer, ledger=self.ledger, settler=settler, lifetime_seconds=60
            ),
            "newapi_call": NewApiCall(upstream=self.upstream, codec=self.upstream),
            "usage_capture": UsageCapture(
                codec=self.upstream,
                counter=WordCounter(),
                sizer=sizer,
                settler=settler,
                call_log=call_log,
                clock=self.clock,
                ids=self.ids,
            ),
            "stream": Stream(clock=self.clock, tasks=self.tasks, drain_seconds=5),
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
