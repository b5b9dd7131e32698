"""Settling a hold so that it can't be forgotten: at once, else written down here and retried beside the call.

A settlement is idempotent by its ref, so sending it again is always safe. What can't be settled while the database is
away goes into a local journal and is retried for SETTLE_ATTEMPTS_MAX attempts in a detached task. A gateway that dies
meanwhile, or gives up, takes the journal up again at its next start (`settle_kept`); should the hold have expired by
then, the capture becomes a late debit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Capture, Ledger, Outcome, OutcomeCode, Release

SETTLE_ATTEMPTS_MAX = 40
PAUSE_SECONDS_FIRST = 0.2
PAUSE_SECONDS_MAX = 15.0
"""Forty attempts at these pauses span about eight and a half minutes, less than a hold's usual life."""

Settlement: TypeAlias = Capture | Release
Report: TypeAlias = Callable[[Settlement, str], None]
"""Told of a settlement that was refused or given up, with the reason. It must not raise."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A settlement that waits for the database, with the records that ride in its commit."""

    command: Settlement
    riders: Sequence[Record]


class SettlementJournal(Protocol):
    """Remembers settlements across a crash of this process, on this machine. Bounded; written rarely."""

    def keep(self, unsettled: Unsettled) -> None:
        """Durable when it returns. Raises nothing: what can't be kept is logged, and still retried in memory."""
        ...

    def forget(self, ref: str) -> None:
        """The settlement of that ref has been applied or refused for good."""
        ...

    def kept(self) -> Sequence[Unsettled]:
        """What an earlier process, or this one, has not been able to settle."""
        ...


@dataclass(frozen=True, slots=True)
class Settler:
    """Applies captures and releases for the pipeline."""

    ledger: Ledger
    tasks: Tasks
    journal: SettlementJournal
    report: Report

    async def settle(self, command: Settlement, riders: Sequence[Record]) -> Outcome | None:
        """Applies it now, or has it retried in the background and returns None."""
        outcome = await self._tried(command, riders)
        if outcome is None:
            self.journal.keep(Unsettled(command, riders))
            self.tasks.detach(self._retried(command, riders))
        return outcome

    def settle_kept(self) -> int:
        """Takes up what the journal remembers, in the background; how many that are. Call it once, at start."""
        kept = self.journal.kept()
        for unsettled in kept:
            self.tasks.detach(self._retried(unsettled.command, unsettled.riders))
        return len(kept)

    async def _tried(self, command: Settlement, riders: Sequence[Record]) -> Outcome | None:
        try:
            outcome = await self.ledger.apply(command, riders=riders)
        except Unavailable:
            return None
        if outcome.code is OutcomeCode.COMMIT_UNKNOWN:
            return None
        if not outcome.accepted:
            self.report(command, outcome.code.value)
        return outcome

    async def _retried(self, command: Settlement, riders: Sequence[Record]) -> None:
        pause = PAUSE_SECONDS_FIRST
        for _ in range(SETTLE_ATTEMPTS_MAX):
            await self.tasks.pause(pause)
            if await self._tried(command, riders) is not None:
                self.journal.forget(command.ref)
                return
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
        self.report(command, "gave_up")
