"""Settling a hold so that it can't be forgotten: at once, else written down here and retried beside the call.

A settlement is idempotent by its ref, so sending it again is always safe. What can't be settled while the database is
away goes into a local journal, and one detached task tries all that waits, again and again, for as long as the process
lives: there is no number of attempts after which money may be forgotten. A gateway that dies meanwhile takes the
journal up again at its next start (`settle_kept`); should the hold have expired by then, the capture becomes a late
debit. One task for all, not one a settlement: there may be more of them than tasks.

What a finished answer owes is noted before its last bytes go out (`note`), so that a gateway which is killed between
them and the capture has forgotten nothing either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Capture, Ledger, Outcome, OutcomeCode, Release

PAUSE_SECONDS_FIRST = 0.2
PAUSE_SECONDS_MAX = 15.0
"""The pause before each round doubles up to it while the database stays away."""
ROUND_MAX = 256
"""Settlements that are tried at once; the ledger writes them in one commit."""
APPLY_SECONDS_MAX = 30.0
"""How long one attempt may take: a database that is frozen, not gone, answers nothing at all."""
WAITING_MAX = 100_000
"""What one process remembers; as much as its journal holds. Beyond it the journal of the next start has to do."""

_COMMIT_UNKNOWN = OutcomeCode.COMMIT_UNKNOWN  # found once, as kernel/making.py says

Settlement: TypeAlias = Capture | Release
Report: TypeAlias = Callable[[Settlement, str], None]
"""Told of a settlement that was refused, or can't be written, with the reason. It must not raise."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A settlement that waits for the database, with the records that ride in its commit."""

    command: Settlement
    riders: Sequence[Record]


class SettlementJournal(Protocol):
    """Remembers settlements across a crash of this process, on this machine. Bounded."""

    def note(self, unsettled: Unsettled) -> None:
        """Remembered across the end of this process when it returns, whatever ends it, though not across a power cut.
        Written for every answer: it takes microseconds. Raises nothing: what can't be noted is logged."""
        ...

    def strike(self, ref: str) -> None:
        """The note of that ref, if there is one, is not needed any more."""
        ...

    def keep(self, unsettled: Unsettled) -> None:
        """Durable when it returns, and its note struck. Raises nothing: what can't be kept is logged, and still retried
        in memory. Written rarely."""
        ...

    def forget(self, ref: str) -> None:
        """The settlement of that ref has been applied or refused for good."""
        ...

    def kept(self) -> Sequence[Unsettled]:
        """What an earlier process has noted or kept, or this one kept, and has not been able to settle."""
        ...


@dataclass(slots=True)
class Settler:
    """Applies captures and releases for the pipeline. Has a state: what waits for the database, by its ref."""

    ledger: Ledger
    tasks: Tasks
    journal: SettlementJournal
    report: Report
    _waiting: dict[str, Unsettled] = field(default_factory=dict, init=False)
    _is_retrying: bool = field(default=False, init=False)

    def note(self, unsettled: Unsettled) -> None:
        """Has it remembered until it is settled, should this process not live to settle it."""
        self.journal.note(unsettled)

    def strike(self, unsettled: Unsettled) -> None:
        """It has been noted, and nobody shall settle it."""
        self.journal.strike(unsettled.command.ref)

    async def settle(self, unsettled: Unsettled) -> Outcome | None:
        """Applies it now, or has it retried in the background and returns None.

        Raises what else keeps the ledger from writing it; it is then in the journal, for a person to look at.
        """
        try:
            outcome = await self._tried(unsettled)
        except Exception:
            self.journal.keep(unsettled)
            raise
        if outcome is None:
            self.journal.keep(unsettled)
            self._retry_later([unsettled])
        else:
            self.journal.strike(unsettled.command.ref)
        return outcome

    def settle_later(self, command: Settlement) -> None:
        """Has it applied in the background, for a caller that can't wait."""
        unsettled = Unsettled(command, ())
        self.journal.keep(unsettled)
        self._retry_later([unsettled])

    def settle_kept(self) -> int:
        """Takes up what the journal remembers, in the background; how many that are. Call it once, at start."""
        kept = self.journal.kept()
        self._retry_later(kept)
        return len(kept)

    async def _tried(self, unsettled: Unsettled) -> Outcome | None:
        """None when the database is away, or nobody knows whether it was there."""
        applying = self.ledger.apply(unsettled.command, riders=unsettled.riders)
        try:
            outcome = await self.tasks.within(APPLY_SECONDS_MAX, applying)
        except (Unavailable, TimeoutError):
            return None
        if outcome.code is _COMMIT_UNKNOWN:
            return None
        if not outcome.accepted:
            self.report(unsettled.command, outcome.code.value)
        return outcome

    def _retry_later(self, unsettled: Sequence[Unsettled]) -> None:
        for one in unsettled:
            if len(self._waiting) < WAITING_MAX:
                self._waiting[one.command.ref] = one
            else:
                self.report(one.command, "too_many_wait")
        if self._waiting and not self._is_retrying:
            self._is_retrying = True
            try:
                self.tasks.detach(self._retried())
            except Unavailable:
                # All is in the journal and remembered; the next settlement that has to wait starts the rounds.
                self._is_retrying = False

    async def _retried(self) -> None:
        pause = PAUSE_SECONDS_FIRST
        try:
            while self._waiting:
                await self.tasks.pause(pause)
                is_database_back = await self._round()
                pause = PAUSE_SECONDS_FIRST if is_database_back else min(pause * 2, PAUSE_SECONDS_MAX)
        finally:
            self._is_retrying = False

    async def _round(self) -> bool:
        """Tries what waits, the oldest first, until the database proves to be away; whether it has not."""
        waiting = list(self._waiting.values())
        for start in range(0, len(waiting), ROUND_MAX):
            batch = waiting[start : start + ROUND_MAX]
            if not all(await self.tasks.gather(*(self._is_over(one) for one in batch))):
                return False
        return True

    async def _is_over(self, unsettled: Unsettled) -> bool:
        """Whether there is nothing left to try."""
        ref = unsettled.command.ref
        try:
            if await self._tried(unsettled) is None:
                return False
            self.journal.forget(ref)
        except Exception as fault:  # noqa: BLE001 - one that can't be written must not hold up the others
            self.report(unsettled.command, f"it stays in the journal: {fault!r}")
        self._waiting.pop(ref, None)
        return True
