"""Fakes of the kernel's ports that every test may use: a clock that stands still, ids that count, a log in a list."""

from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from deepspace_core.kernel.errors import OutgoingRefused, SecretUnreadable
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.ports.outgoing import OutgoingAnswer, OutgoingRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction

NOON = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
TRACE = TraceId("0af7651916cd43dd8448eb211c80319c")
SECRET_CHARS = 43

Result = TypeVar("Result")


class FixedClock:
    """The `Clock` port: stands still until `advance`d."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic_nanos(self) -> int:
        return int(self._now.timestamp()) * 1_000_000_000 + self._now.microsecond * 1_000

    def advance(self, step: timedelta | None = None, *, seconds: float = 0) -> datetime:
        """Moves the time by `step`, or by `seconds`; the new time."""
        self._now += step if step is not None else timedelta(seconds=seconds)
        return self._now


class CountingIds:
    """The `IdSource` port: well-formed UUIDv7 in ascending order, and secrets that differ from each other.

    Two sources over one database need different `run`s, or they give out the same ids.
    """

    def __init__(self, run: int = 0) -> None:
        self._run = run
        self._count = 0

    def uuid(self) -> UUID:
        self._count += 1
        # 48 bits of time, version 7, variant 2 (RFC 9562, section 5.7); the count is in the time and in the tail.
        return UUID(int=(self._count << 80) | (7 << 76) | (2 << 62) | (self._run << 32) | self._count)

    def trace_id(self) -> TraceId:
        self._count += 1
        return TraceId(f"{self._run:016x}{self._count:016x}")

    def secret(self) -> str:
        self._count += 1
        return f"{self._run}-{self._count}-".ljust(SECRET_CHARS, "S")


class ListedEvents:
    """The `EventLog` port: remembers, also what was rolled back."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def append(self, tx: Transaction, event: Event) -> None:
        self.events.append(event)

    @property
    def types(self) -> list[str]:
        """The event types, in order."""
        return [event.event_type for event in self.events]


class ScriptedOutgoing:
    """The `Outgoing` port: remembers what was sent, and answers with the next of `answers`, the last one for ever."""

    def __init__(self, *answers: OutgoingAnswer | Exception) -> None:
        self.answers = list(answers) or [OutgoingAnswer(204, {}, b"")]
        self.sent: list[OutgoingRequest] = []

    def check(self, url: str) -> None:
        if not url.startswith("https://"):
            raise OutgoingRefused("the URL must begin with https://", param="url")

    async def send(self, request: OutgoingRequest) -> OutgoingAnswer:
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class InlineTasks:
    """The `Tasks` port without concurrency: what is detached waits for `drain`."""

    def __init__(self) -> None:
        self.detached: list[Coroutine[Any, Any, None]] = []
        self.overdue = 0
        """How many of the next `within`s take too long. The work is done all the same: cancelling it came too late."""

    async def shield(self, work: Coroutine[Any, Any, Result]) -> Result:
        return await work

    async def gather(self, *work: Awaitable[Result]) -> list[Result]:
        return [await one for one in work]

    async def within(self, seconds: float, work: Awaitable[Result]) -> Result:
        done = await work
        if self.overdue:
            self.overdue -= 1
            raise TimeoutError
        return done

    async def pause(self, seconds: float) -> None:
        """Takes no time."""

    def detach(self, work: Coroutine[Any, Any, None]) -> None:
        self.detached.append(work)

    async def drain(self) -> None:
        """Runs what was detached, in order."""
        while self.detached:
            await self.detached.pop(0)

    def drop(self) -> None:
        """Forgets what was detached, for a test that does not care."""
        while self.detached:
            self.detached.pop().close()


class PlainBox:
    """The `SecretBox` port without a cipher."""

    def seal(self, secret: str, *, purpose: str) -> bytes:
        return f"{purpose}|{secret}".encode()

    def open(self, sealed: bytes, *, purpose: str) -> str:
        sealed_for, _, secret = sealed.decode().partition("|")
        if sealed_for != purpose:
            raise SecretUnreadable("sealed for another purpose")
        return secret
