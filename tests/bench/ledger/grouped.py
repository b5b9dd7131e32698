"""The ledger as a client of the benchmark."""

from dataclasses import dataclass

from deepspace_core.ledger import Ledger, Outcome
from tests.bench.ledger.load import COST_NANOS, HOLD_NANOS, LIFETIME_SECONDS
from tests.core.ledger.asking import Caller


@dataclass(frozen=True, slots=True)
class GroupedClient:
    """Hands every command to one ledger, which commits them in groups."""

    ledger: Ledger

    async def hold(self, caller: Caller, ref: str) -> None:
        _require(await self.ledger.apply(caller.hold(ref, HOLD_NANOS, seconds=LIFETIME_SECONDS)))

    async def capture(self, caller: Caller, ref: str, hold_ref: str) -> None:
        _require(await self.ledger.apply(caller.capture(ref, hold_ref, COST_NANOS)))


def _require(outcome: Outcome) -> None:
    if not outcome.accepted:
        raise RuntimeError(f"{outcome.ref} was answered {outcome.code}")
