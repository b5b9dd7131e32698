"""Settling a hold so that it can't be forgotten: at once, else retried beside the call, else left to expiry.

A settlement is idempotent by its ref, so sending it again is always safe. What can't be settled while the database is
away is retried for SETTLE_ATTEMPTS_MAX attempts in a detached task; after that the hold expires by itself and the
reconciliation finds the call (docs/billing.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Capture, Ledger, Outcome, OutcomeCode, Release

SETTLE_ATTEMPTS_MAX = 40
PAUSE_SECONDS_FIRST = 0.2
PAUSE_SECONDS_MAX = 15.0
"""Forty attempts at these pauses span about eight and a half minutes, less than a hold's usual life."""

Settlement = Capture | Release
Report = Callable[[Settlement, str], None]
"""Told of a settlement that was refused or given up, with the reason. It must not raise."""


@dataclass(frozen=True, slots=True)
class Settler:
    """Applies captures and releases for the pipeline."""

    ledger: Ledger
    tasks: Tasks
    report: Report

    async def settle(self, command: Settlement, riders: Sequence[Record]) -> Outcome | None:
        """Applies it now, or has it retried in the background and returns None."""
        outcome = await self._tried(command, riders)
        if outcome is None:
            self.tasks.detach(self._retried(command, riders))
        return outcome

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
                return
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
        self.report(command, "gave_up")
