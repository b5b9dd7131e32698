"""Group commit: the `Ledger` port on PostgreSQL, one commit for many callers.

Commands that arrive while a batch is being written wait for the next; an idle ledger writes at once. So the batch grows
exactly as fast as commits are slow, and no hold waits for a timer. What a caller gets is always after the commit.

But for commands that nobody waits for (`patient`): they wait a little for one that is in a hurry, and go with it. A
call's hold so takes along the capture of the call before it, instead of waiting until that has been committed alone.

A batch goes one of two ways:

- Warm: over wallets that this process remembers (warm_books.py). It is decided at once and sent in one go; while the
  server writes it, the next is decided on what it will leave behind (lane.py).
- Cold: under the wallets' locks, in two round trips. What a warm batch turned out to be wrong about is decided anew
  this way, and so is what can't be remembered.

When the connection dies at commit, the batch is decided anew on another: the refs tell which commands were written, and
the wallets' locks make the new attempt wait for whatever the old backend is still doing. When a batch fails for a
reason of its own data (a rider that breaks a constraint), it is written in halves until the culprit stands alone.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence, Set

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from deepspace_adapters.postgres.cold_writer import ColdWriter
from deepspace_adapters.postgres.ledger import read
from deepspace_adapters.postgres.ledger_batch import NO_WRITERS, Waiting, fail, unavailable
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.riders import RiderWriters, require_writers
from deepspace_adapters.postgres.warm_books import WarmBooks
from deepspace_adapters.postgres.warm_writer import FLIGHTS_MAX, WarmWriter
from deepspace_core.kernel.ids import WalletId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import book
from deepspace_core.ledger.command import Asked, CallersCommand, Command, Linked
from deepspace_core.ledger.outcome import Outcome, OutcomeCode
from deepspace_core.ledger.ports import COMMANDS_MAX, Ledger

BATCH_COMMANDS_MAX = 512
WARM_COMMANDS_MAX = 128
"""Of one warm batch: small enough that the next can be decided meanwhile, large enough to share its commit."""
OVERLAP_COMMANDS_MIN = 64
"""A batch smaller than this waits for those under way: it would cost more than it would win."""
QUEUE_COMMANDS_MAX = 16_384
LINGER_SECONDS = 0.5
PATIENCE_SECONDS = 0.010
"""How long a patient command waits for another one. Its call counts as running meanwhile."""
CONNECTIONS_MIN = 2
"""One for what is decided from memory, one for what isn't; with fewer, nothing is remembered."""

log = logging.getLogger(__name__)


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
        self._queue: deque[Waiting] = deque()
        self._books = WarmBooks()
        self._cold = ColdWriter(pool, clock, ids, rider_writers, self._books)
        self._stirred = asyncio.Event()
        """That a flight has landed, or that so much waits that another may take off."""
        self._warm = WarmWriter(
            pool, ids=ids, rider_writers=rider_writers, books=self._books, on_landing=self._stirred.set
        )
        self.patient: Ledger = _Patient(self)
        """The same ledger, for commands that nobody waits for: they may wait PATIENCE_SECONDS for company."""
        self._hurried = False
        """Whether what waits must wait no longer than for the batches under way."""
        self._patience: asyncio.TimerHandle | None = None
        self._mostly_cold = True
        self._writer: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def apply(self, command: Command, *, riders: Sequence[Record] = (), patient: bool = False) -> Outcome:
        if riders:
            require_writers(self._rider_writers, riders)
        self._require_room(1)
        [outcome] = await self._enqueue(command, (command,), riders, patient=patient)
        return outcome

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        if len(commands) > COMMANDS_MAX:
            return [Outcome(code=OutcomeCode.BATCH_TOO_LARGE, ref=command.ref) for command in commands]
        self._require_room(len(commands))
        answers = await asyncio.gather(*[self._enqueue(command, (command,), ()) for command in commands])
        return [outcome for answer in answers for outcome in answer]

    async def apply_linked(
        self, commands: Sequence[CallersCommand], *, riders: Sequence[Record] = ()
    ) -> Sequence[Outcome]:
        if len(commands) > COMMANDS_MAX:
            return [Outcome(code=OutcomeCode.BATCH_TOO_LARGE, ref=command.ref) for command in commands]
        if riders:
            require_writers(self._rider_writers, riders)
        self._require_room(1)
        return await self._enqueue(Linked(tuple(commands)), commands, riders)

    async def would_admit(self, command: Command) -> Outcome:
        try:
            async with self._pool.connection() as connection:
                basis = await read(connection, [command], self._clock.now, dry=True)
                await connection.rollback()
        except (PoolTimeout, PoolClosed, psycopg.OperationalError, psycopg.InterfaceError) as fault:
            raise unavailable("the database can't be reached just now; try again") from fault
        [outcome] = book.apply(basis.state, [command], basis.now, self._ids.uuid).outcomes
        return outcome if outcome.replayed else outcome._replace(transaction=None)

    async def close(self) -> None:
        """Takes no more commands, and returns when those taken have been answered."""
        self._closed = True
        self._stirred.set()
        if self._writer is not None:
            await asyncio.wait([self._writer])

    def _require_room(self, count: int) -> None:
        if self._closed:
            raise unavailable("the ledger is shutting down; try another server")
        if len(self._queue) + count > self._queue_max:
            raise unavailable("the ledger has more to write than it can; try again in a moment")

    def _enqueue(
        self, asked: Asked, commands: Sequence[Command], riders: Sequence[Record], *, patient: bool = False
    ) -> "asyncio.Future[Sequence[Outcome]]":
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()  # asked once: each question is a system call (getpid)
        waiting = Waiting(asked, commands, riders, loop.create_future())
        self._queue.append(waiting)
        if not patient:
            self._hurried = True
        elif not self._hurried and self._patience is None:
            self._patience = loop.call_later(PATIENCE_SECONDS, self._hurry)
        if self._writer is None:
            self._writer = loop.create_task(self._drain(), name="ledger-writer")
        elif len(self._queue) == OVERLAP_COMMANDS_MIN or (self._hurried and not self._warm.flights):
            self._stirred.set()
        return waiting.answer

    def _hurry(self) -> None:
        self._patience, self._hurried = None, True
        self._stirred.set()

    async def _drain(self) -> None:
        warm = self._warm
        try:
            while self._queue or warm.flights or warm.grounded or await self._more_comes():
                if warm.grounded:
                    flight = warm.grounded.popleft()
                    log.warning(
                        "a batch of the ledger is decided anew",
                        extra={"reason": repr(flight.fault), "commands": len(flight.batch)},
                    )
                    await self._cold.write(flight.batch, lost=flight.lost)
                elif self._may_send():
                    await self._send(self._next_batch())
                else:
                    self._stirred.clear()
                    await self._stirred.wait()
        finally:
            self._writer = None
            self._abandon()
            await warm.rest()

    async def _more_comes(self) -> bool:
        """Waits a little before the connection is given back: who calls alone comes again as soon as it is answered."""
        if self._closed:
            return False
        self._stirred.clear()
        timer = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._stirred.set)
        await self._stirred.wait()
        timer.cancel()
        return bool(self._queue)

    def _abandon(self) -> None:
        """Tells everybody who is left that they will not be answered; only a drain that was cancelled leaves any."""
        fault = unavailable("the ledger is shutting down; send the same ref again")
        for flight in [*self._warm.flights, *self._warm.grounded]:
            fail(flight.batch, fault)
        self._warm.grounded.clear()
        fail(self._queue, fault)
        self._queue.clear()

    def _may_send(self) -> bool:
        under_way, waiting = len(self._warm.flights), len(self._queue)
        if not under_way and (self._hurried or self._closed):
            return waiting > 0
        return under_way < FLIGHTS_MAX and waiting >= OVERLAP_COMMANDS_MIN

    def _next_batch(self) -> Sequence[Waiting]:
        """What waits, up to the bound; a group that doesn't fit any more waits for the next batch."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        size_max = self._batch_max if self._mostly_cold else min(self._batch_max, WARM_COMMANDS_MAX)
        batch = [self._queue.popleft()]
        size = len(batch[0].commands)
        while self._queue and size + len(self._queue[0].commands) <= size_max:
            batch.append(self._queue.popleft())
            size += len(batch[-1].commands)
        self._hurried = bool(self._queue)
        return batch

    async def _send(self, batch: Sequence[Waiting]) -> None:
        """What can be decided from memory goes out and isn't waited for; the rest is written at once."""
        if self._pool.max_size < CONNECTIONS_MIN:
            await self._cold.write(batch)
            return
        split = self._books.split(batch, self._clock.now())
        self._mostly_cold = len(split.cold) > len(split.warm)
        cold = split.cold
        if split.warm:
            try:
                await self._warm.send(split.warm, split.basis)
            except (PoolTimeout, PoolClosed):
                fail(split.warm, unavailable("the database can't be reached just now; nothing was written; try again"))
            except Exception:
                # Nothing was sent, whatever it is. The cold way finds whose fault it is, and tells them.
                log.info("a batch of the ledger couldn't be sent from memory", exc_info=True)
                cold = batch
        if cold:
            await self._cold.write(cold, join=self._joining)

    def _joining(self, wallet_ids: Set[WalletId], size: int) -> Sequence[Waiting]:
        """The head of the queue, as far as it is about these wallets alone, so that their order stays."""
        joining: list[Waiting] = []
        while self._queue and size + len(joining) < self._batch_max:
            asked = self._queue[0].asked
            if isinstance(asked, Linked) or asked.wallet_id not in wallet_ids:
                break
            joining.append(self._queue.popleft())
        self._hurried = bool(self._queue)
        return joining


class _Patient:
    """The `Ledger` port, in no hurry."""

    def __init__(self, ledger: PostgresLedger) -> None:
        self._ledger = ledger

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        return await self._ledger.apply(command, riders=riders, patient=True)

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return await self._ledger.apply_many(commands)
