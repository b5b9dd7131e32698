"""What waits in the ledger's queue, and how a batch of it is answered."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

import psycopg

from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.riders import RiderWriters, write_riders
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.record import Record
from deepspace_core.ledger.command import Asked, Command
from deepspace_core.ledger.outcome import Outcome, newly_accepted

RETRY_AFTER_SECONDS = 1
NO_WRITERS: RiderWriters = MappingProxyType({})

REDECIDED_CONSTRAINTS = frozenset({"ledger_refs_pkey", "holds_ref_once"})
"""Broken when a ref has been answered before where the batch couldn't see it: from memory, or on another wallet by
another process meanwhile. Deciding anew finds the answer."""


@dataclass(slots=True, eq=False)
class Waiting:
    """What is decided as one, a command or a linked group, and who waits for its outcomes."""

    asked: Asked
    commands: Sequence[Command]
    riders: Sequence[Record]
    answer: "asyncio.Future[Sequence[Outcome]]"


def tell(batch: Sequence[Waiting], outcomes: Sequence[Outcome]) -> None:
    """Answers everybody who still waits; `outcomes` are flat."""
    for waiting, answer in zip(batch, _by_waiting(batch, outcomes), strict=True):
        if not waiting.answer.done():
            waiting.answer.set_result(answer)


def fail(batch: Iterable[Waiting], fault: Exception) -> None:
    """Raises `fault` in everybody who still waits."""
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(fault)


async def add_riders(
    burst: Burst, writers: RiderWriters, batch: Sequence[Waiting], outcomes: Sequence[Outcome]
) -> None:
    """Adds the records that ride with what was accepted just now."""
    if not any(waiting.riders for waiting in batch):
        return
    riders = [
        rider
        for waiting, answer in zip(batch, _by_waiting(batch, outcomes), strict=True)
        if waiting.riders and newly_accepted(answer)
        for rider in waiting.riders
    ]
    if riders:
        await write_riders(burst, writers, riders)


def passes(fault: BaseException) -> bool:
    """Whether deciding the same batch anew may go well: lost connections, deadlocks, a ref taken meanwhile."""
    if isinstance(fault, psycopg.errors.UniqueViolation):
        return fault.diag.constraint_name in REDECIDED_CONSTRAINTS
    return isinstance(fault, psycopg.OperationalError | psycopg.InterfaceError)


def unavailable(message: str) -> Unavailable:
    """The answer when the books can't be reached."""
    return Unavailable(message, dependency="postgresql", retry_after_seconds=RETRY_AFTER_SECONDS)


def _by_waiting(batch: Sequence[Waiting], outcomes: Sequence[Outcome]) -> Sequence[Sequence[Outcome]]:
    """Flat outcomes, cut as they were asked for."""
    if len(outcomes) == len(batch):
        return [(outcome,) for outcome in outcomes]
    rest = iter(outcomes)
    return [[*islice(rest, len(waiting.commands))] for waiting in batch]
