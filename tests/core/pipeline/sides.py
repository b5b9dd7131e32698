"""The other sides of a call, which do as they are told: upstream, client, meter, ledger, windows, journal."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_core.channels import Channel
from deepspace_core.kernel.errors import SecretUnreadable, Unavailable
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Command, Outcome, OutcomeCode
from deepspace_core.pipeline import (
    AnswerHead,
    BodyStream,
    ClientGone,
    ModelRequest,
    PriceOfUsage,
    PromptClient,
    Route,
    Take,
    Unsettled,
    UpstreamCut,
    UpstreamFailed,
    UpstreamReply,
    UpstreamRequest,
    UpstreamSilent,
    UpstreamUnreachable,
)
from deepspace_core.policy import Charge, Reservation, Verdict
from deepspace_core.pricing import NO_UNITS, TokenLeaves

WORD = b"word "


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
    client_is_prompt: bool = False


class FakeTap:
    """The `UsageTap` port: pieces are words; a piece `usage` or `end` means what it says."""

    units = NO_UNITS

    def __init__(self, script: Script, *, whole: bool) -> None:
        self._script = script
        self.whole = whole
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
    channel: Channel | None = None
    model: str = "small"
    upstream_model: str = "small-up"
    broken: int = 0
    before_end: Callable[[], None] = lambda: None
    """Called when the answer is about to end."""
    flowing: AsyncIterator[bytes] | None = None
    words_sent: int = 0
    """Of the answer under way: whoever stopped listening and comes back goes on where it was left."""

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        self.sent.append(request)
        self.words_sent, self.flowing = 0, None
        if self.script.refuse:
            raise UpstreamUnreachable("nobody there")
        return self

    def note_broken(self, reply: UpstreamReply) -> None:
        self.broken += 1

    async def chunks(self) -> AsyncIterator[bytes]:
        while self.words_sent < self.script.words:
            self._break_at(self.words_sent)
            self.words_sent += 1
            yield WORD
        self._break_at(self.script.words)
        self.before_end()
        if self.script.usage is not None:
            yield b"usage"
        if self.script.terminal:
            yield b"end"

    async def flow(self, take: Take) -> bool:
        self.flowing = self.flowing or self.chunks()
        async for piece in self.flowing:
            if not take(piece):
                return False
        return True

    async def close(self) -> None:
        self.closed += 1

    def rewrite(self, body: bytes, *, model: str | None, ask_usage: bool) -> bytes:
        return body

    def tap(self, route: Route, request: ModelRequest, *, content_type: str, price: PriceOfUsage) -> FakeTap:
        return FakeTap(self.script, whole=not request.stream)

    def _break_at(self, number: int) -> None:
        if number == self.script.break_after:
            raise UpstreamCut("cut")
        if number == self.script.silent_after:
            raise UpstreamSilent("silent")
        if number == self.script.error_after:
            raise UpstreamFailed("failed")


@dataclass
class FakeUpload:
    """The `Upload` port: a form that is its model's name."""

    bytes_read: int = 3
    digest: bytes = b"form"
    begun: bool = False
    fault: Exception | None = None

    def body(self, *, model: str) -> BodyStream:
        self.begun = True
        return BodyStream(len(model), _pieces(model.encode()))


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


@dataclass
class FakeClient:
    """The `Client` port: hangs up after so many pieces, in whichever way; before the answer begins when negative."""

    leaves_after: int | None = None
    leaves_by: type[ClientGone] = ClientGone
    status: int = 499
    head: AnswerHead | None = None
    pieces: list[bytes] = field(default_factory=list)
    finished: bool = False
    is_prompt: bool = False

    @property
    def prompt(self) -> PromptClient | None:
        return self if self.is_prompt else None

    def offer(self, piece: bytes) -> bool:
        self._take(piece)
        return len(self.pieces) % 2 == 0  # every other time it has to be waited for

    async def ready(self) -> None:
        """There always is room again."""

    async def is_gone(self) -> bool:
        return self.leaves_after is not None and self.leaves_after < 0

    async def start(self, answer: AnswerHead) -> None:
        if self.leaves_after is not None and self.leaves_after < 0:
            raise self.leaves_by
        self.head, self.status = answer, 200

    async def send(self, piece: bytes) -> None:
        self._take(piece)

    def _take(self, piece: bytes) -> None:
        if self.leaves_after is not None and len(self.pieces) >= self.leaves_after:
            raise self.leaves_by
        self.pieces.append(piece)

    async def finish(self) -> None:
        self.finished = True


class WordCounter:
    """The `TokenCounter` port: a token a word."""

    def count(self, text: str) -> int:
        return len(text.split())


class PlainSeal:
    """The `AnswerSeal` port without a cipher."""

    def seal(self, body: bytes, *, secret: bytes) -> bytes:
        return secret + body

    def open(self, sealed: bytes, *, secret: bytes) -> bytes:
        if not sealed.startswith(secret):
            raise SecretUnreadable("sealed with another secret")
        return sealed.removeprefix(secret)


class FlakyLedger:
    """The memory ledger: away for the next `away` commands; written, and nobody told, for the next `unknown`; written
    for a caller that is cancelled meanwhile for the next `cancelled`."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self.away = self.away_after_unknown = self.unknown = self.cancelled = 0

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        if self.away > 0:
            self.away -= 1
            raise Unavailable("the database is away")
        outcome = await self._ledger.apply(command, riders=riders)
        if self.unknown > 0:
            self.unknown -= 1
            self.away = self.away_after_unknown
            return Outcome(code=OutcomeCode.COMMIT_UNKNOWN, ref=command.ref)
        if self.cancelled > 0:
            self.cancelled -= 1
            raise asyncio.CancelledError
        return outcome

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return await self._ledger.apply_many(commands)


class ListedJournal:
    """The `SettlementJournal` port, in a dictionary."""

    def __init__(self) -> None:
        self.unsettled: dict[str, Unsettled] = {}
        self.noted: dict[str, Unsettled] = {}
        self.ever_noted: list[Unsettled] = []

    def note(self, unsettled: Unsettled) -> None:
        self.noted[unsettled.command.ref] = unsettled
        self.ever_noted.append(unsettled)

    def strike(self, ref: str) -> None:
        self.noted.pop(ref, None)

    def keep(self, unsettled: Unsettled) -> None:
        self.unsettled[unsettled.command.ref] = unsettled
        self.strike(unsettled.command.ref)

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
