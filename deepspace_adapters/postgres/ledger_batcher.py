"""Group commit: the `Ledger` port on PostgreSQL, one commit for many callers.

Commands that arrive while a batch is being written wait for the next; an idle ledger writes at once. So the batch grows
exactly as fast as commits are slow, and nobody waits for a timer. What a caller gets is always after the commit.

When the connection dies at commit, the batch is decided anew on another: the refs tell which commands were written, and
the wallets' locks make the new attempt wait for whatever the old backend is still doing. When a batch fails for a
reason of its own data (a rider that breaks a constraint), it is written in halves until the culprit stands alone.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.ledger import load_state, write
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.riders import RiderWriters, require_writers, write_riders
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import book
from deepspace_core.ledger.command import Asked, CallersCommand, Command, Linked, flat
from deepspace_core.ledger.outcome import Outcome, OutcomeCode, newly_accepted
from deepspace_core.ledger.ports import COMMANDS_MAX

BATCH_COMMANDS_MAX = 512
QUEUE_COMMANDS_MAX = 16_384
ATTEMPTS_MAX = 3
ATTEMPT_PAUSE_SECONDS = 0.05
RETRY_AFTER_SECONDS = 1
NO_WRITERS: RiderWriters = MappingProxyType({})

REDECIDED_CONSTRAINTS = frozenset({"ledger_refs_pkey", "holds_ref_once"})
"""Broken only when another process answered the same ref on another wallet meanwhile; deciding anew then finds it."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    """What is decided as one in the queue, a command or a linked group, and who waits for its outcomes."""

    asked: Asked
    commands: Sequence[Command]
    riders: Sequence[Record]
    answer: "asyncio.Future[Sequence[Outcome]]"


class _CommitLost(Exception):
    """The connection died between the first write and the word that the commit was done."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__("the connection died at commit")
        self.outcomes = outcomes


class PostgresLedger:
    """The `Ledger` port over a pool, best one of its own (burst.py). Several may run on one database, in one process or
    in many."""

    def __init__(
        self,
        pool: Pool,
        *,
        clock: Clock,
        ids: IdSource,
        rider_writers: RiderWriters = NO_WRITERS,
        batch_max: int = BATCH_COMMANDS_MAX,
        queue_max: int = QUEUE_COMMANDS_MAX,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._ids = ids
        self._rider_writers = rider_writers
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._queue: deque[_Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._closed = False

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        if riders:
            require_writers(self._rider_writers, riders)
        self._require_room(1)
        [outcome] = await self._enqueue(command, riders)
        return outcome

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        if len(commands) > COMMANDS_MAX:
            return [Outcome(code=OutcomeCode.BATCH_TOO_LARGE, ref=command.ref) for command in commands]
        self._require_room(len(commands))
        answers = await asyncio.gather(*[self._enqueue(command, ()) for command in commands])
        return [outcome for answer in answers for outcome in answer]

    async def apply_linked(
        self, commands: Sequence[CallersCommand], *, riders: Sequence[Record] = ()
    ) -> Sequence[Outcome]:
        if len(commands) > COMMANDS_MAX:
            return [Outcome(code=OutcomeCode.BATCH_TOO_LARGE, ref=command.ref) for command in commands]
        if riders:
            require_writers(self._rider_writers, riders)
        self._require_room(1)
        return await self._enqueue(Linked(tuple(commands)), riders)

    async def would_admit(self, command: Command) -> Outcome:
        try:
            async with self._pool.connection() as connection:
                state, now = await load_state(connection, [command], self._clock.now, dry=True)
                await connection.rollback()
        except (PoolTimeout, PoolClosed, psycopg.OperationalError, psycopg.InterfaceError) as fault:
            raise _unavailable("the database can't be reached just now; try again") from fault
        [outcome] = book.apply(state, [command], now, self._ids.uuid).outcomes
        return outcome if outcome.replayed else replace(outcome, transaction=None)

    async def close(self) -> None:
        """Takes no more commands, and returns when those taken have been answered."""
        self._closed = True
        if self._writer is not None:
            await asyncio.wait([self._writer])

    def _require_room(self, count: int) -> None:
        if self._closed:
            raise _unavailable("the ledger is shutting down; try another server")
        if len(self._queue) + count > self._queue_max:
            raise _unavailable("the ledger has more to write than it can; try again in a moment")

    def _enqueue(self, asked: Asked, riders: Sequence[Record]) -> "asyncio.Future[Sequence[Outcome]]":
        loop = asyncio.get_running_loop()
        waiting = _Waiting(asked, flat([asked]), riders, loop.create_future())
        self._queue.append(waiting)
        if self._writer is None:
            self._writer = loop.create_task(self._drain(), name="ledger-writer")
        return waiting.answer

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._write(self._next_batch())
        finally:
            self._writer = None

    def _next_batch(self) -> Sequence[_Waiting]:
        """What waits, up to the bound; a group that doesn't fit any more waits for the next batch."""
        batch = [self._queue.popleft()]
        size = len(batch[0].commands)
        while self._queue and size + len(self._queue[0].commands) <= self._batch_max:
            batch.append(self._queue.popleft())
            size += len(batch[-1].commands)
        return batch

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        """Answers everybody in `batch`; raises nothing but cancellation."""
        try:
            outcomes = await self._committed(batch)
        except Unavailable as fault:
            _fail(batch, fault)
        except asyncio.CancelledError:
            _fail(batch, _unavailable("the ledger is shutting down; send the same ref again"))
            raise
        except Exception as fault:
            if len(batch) == 1:
                log.exception("the ledger can't write a command", extra={"trace_id": _trace_id(batch[0].commands)})
                _fail(batch, fault)
                return
            middle = len(batch) // 2
            await self._write(batch[:middle])
            await self._write(batch[middle:])
        else:
            for waiting, answer in zip(batch, _by_waiting(batch, outcomes), strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(answer)

    async def _committed(self, batch: Sequence[_Waiting]) -> Sequence[Outcome]:
        """Decides and writes `batch`; anew, at most ATTEMPTS_MAX times, when what stopped it will pass."""
        lost: Sequence[Outcome] | None = None
        last: Exception | None = None
        for attempt in range(ATTEMPTS_MAX):
            await asyncio.sleep(ATTEMPT_PAUSE_SECONDS * attempt)
            try:
                outcomes = await self._attempt(batch)
            except _CommitLost as fault:
                lost, last = fault.outcomes, fault
            except (PoolTimeout, PoolClosed) as fault:
                last = fault
                break
            except Exception as fault:
                if not _passes(fault):
                    raise
                last = fault
            else:
                return outcomes if lost is None else _recognized(lost, outcomes)
            log.warning("a batch of the ledger is decided anew", extra={"reason": repr(last), "commands": len(batch)})
        if lost is not None:
            # What is malformed was to write nothing: its answer stands whatever became of the commit.
            return [
                one if one.code.malformed else Outcome(code=OutcomeCode.COMMIT_UNKNOWN, ref=one.ref) for one in lost
            ]
        raise _unavailable("the database can't be reached just now; nothing was written; try again") from last

    async def _attempt(self, batch: Sequence[_Waiting]) -> Sequence[Outcome]:
        commands = [waiting.asked for waiting in batch]
        async with self._pool.connection() as connection:
            before, now = await load_state(connection, commands, self._clock.now)
            decision = book.apply(before, commands, now, self._ids.uuid)
            if not decision.rows and not decision.refs:
                await connection.rollback()
                return decision.outcomes
            riders = _accepted_riders(batch, decision.outcomes)

            async def write_all_riders(inside: Burst) -> None:
                if riders:
                    await write_riders(inside, self._rider_writers, riders)

            try:
                await write(connection, before=before, decision=decision, now=now, riders=write_all_riders)
            except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
                if connection.closed:
                    raise _CommitLost(decision.outcomes) from fault
                raise
        return decision.outcomes


def _passes(fault: Exception) -> bool:
    """Whether deciding the same batch anew may go well: lost connections, deadlocks, a ref taken meanwhile."""
    if isinstance(fault, psycopg.errors.UniqueViolation):
        return fault.diag.constraint_name in REDECIDED_CONSTRAINTS
    return isinstance(fault, psycopg.OperationalError | psycopg.InterfaceError)


def _accepted_riders(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> list[Record]:
    return [
        rider
        for waiting, answer in zip(batch, _by_waiting(batch, outcomes), strict=True)
        if waiting.riders and newly_accepted(answer)
        for rider in waiting.riders
    ]


def _by_waiting(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> Sequence[Sequence[Outcome]]:
    """Flat outcomes, cut as they were asked for."""
    rest = iter(outcomes)
    return [[*islice(rest, len(waiting.commands))] for waiting in batch]


def _recognized(lost: Sequence[Outcome], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """A replay of what the lost commit had written is that commit's own answer, not a repetition by the caller."""
    return [
        mine if outcome == replace(mine, replayed=True) else outcome
        for mine, outcome in zip(lost, outcomes, strict=True)
    ]


def _fail(batch: Sequence[_Waiting], fault: Exception) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(fault)


def _unavailable(message: str) -> Unavailable:
    return Unavailable(message, dependency="postgresql", retry_after_seconds=RETRY_AFTER_SECONDS)


def _trace_id(commands: Sequence[Command]) -> str:
    return getattr(commands[0], "trace_id", "") if commands else ""
