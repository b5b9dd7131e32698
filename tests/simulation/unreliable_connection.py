"""Connections to PostgreSQL on which the ledger's transactions fail by plan: at the lock, at the commit, just after."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.lane import Lane
from deepspace_adapters.postgres.ledger import SQL
from tests.simulation.plan import DatabaseTrouble

Kill = Callable[[int], Awaitable[None]]
"""Ends the backend of a process id, from another connection."""

DEADLOCKS = {DatabaseTrouble.DEADLOCK_AT_LOCK, DatabaseTrouble.DEADLOCK_AT_COMMIT}
AT_LOCK = {DatabaseTrouble.DEADLOCK_AT_LOCK, DatabaseTrouble.SERIALIZATION_AT_LOCK}
AT_COMMIT = {DatabaseTrouble.DEADLOCK_AT_COMMIT, DatabaseTrouble.SERIALIZATION_AT_COMMIT}


FROM_MEMORY, OVERLAPPING, STOOD = "sent from memory", "sent while others were under way", "stood as decided from memory"
"""What is counted of batches that are decided without asking the database."""


@dataclass(slots=True)
class Troubles:
    """What becomes of one gateway's transactions, in turn; nothing more once healed."""

    planned: Iterator[DatabaseTrouble]
    kill: Kill
    seen: "Counter[str]"
    healed: bool = False

    def draw(self) -> DatabaseTrouble:
        """The trouble of the next transaction."""
        return DatabaseTrouble.NONE if self.healed else next(self.planned, DatabaseTrouble.NONE)


class UnreliableConnection(psycopg.AsyncConnection[TupleRow]):
    """Knows the trouble of the transaction that is open on it."""

    troubles: Troubles | None = None
    trouble = DatabaseTrouble.NONE


class UnreliableBurst(Burst):
    """The ledger's way to its connection, in place of the real one; on other connections it is the real one."""

    async def send(self) -> None:
        connection = self.connection
        if not isinstance(connection, UnreliableConnection) or connection.troubles is None:
            await super().send()
            return
        begins = connection.pgconn.transaction_status == TransactionStatus.IDLE
        if begins:
            connection.trouble = connection.troubles.draw()
        await super().send()
        if begins and connection.trouble in AT_LOCK:
            raise _refused(connection.trouble)

    async def commit(self) -> None:
        connection = self.connection
        if not isinstance(connection, UnreliableConnection) or connection.troubles is None:
            await super().commit()
            return
        if connection.trouble in AT_COMMIT:
            await super().send()
            raise _refused(connection.trouble)
        if connection.trouble is DatabaseTrouble.KILLED_AT_COMMIT:
            await connection.troubles.kill(connection.info.backend_pid)
        await super().commit()
        if connection.trouble is DatabaseTrouble.REPLY_LOST:
            await connection.close()
            raise psycopg.OperationalError("the connection was lost after the commit (planned)")


class UnreliableLane(Lane):
    """The same for batches that are sent without waiting for the one before."""

    _batches = 0
    """Under way."""

    def send(self, burst: Burst) -> "asyncio.Future[None]":
        connection = self.connection
        if not isinstance(connection, UnreliableConnection) or connection.troubles is None:
            return super().send(burst)
        if all(statement is SQL.prefer_indexes for statement, *_ in burst._waiting):
            return super().send(burst)
        trouble = connection.troubles.draw()
        seen = connection.troubles.seen
        seen[FROM_MEMORY] += 1
        seen[OVERLAPPING] += self._batches > 0
        if trouble in AT_LOCK | AT_COMMIT:
            return _failed(_refused(trouble))
        if trouble is DatabaseTrouble.KILLED_AT_COMMIT:
            # Whether it comes before the commit or after is for the machine to say.
            killing = asyncio.ensure_future(connection.troubles.kill(connection.info.backend_pid))
            _background.add(killing)
            killing.add_done_callback(_background.discard)
        committed = super().send(burst)
        self._batches += 1
        committed.add_done_callback(partial(self._landed, seen))
        return asyncio.ensure_future(self._unheard(committed)) if trouble is DatabaseTrouble.REPLY_LOST else committed

    def _landed(self, seen: "Counter[str]", committed: "asyncio.Future[None]") -> None:
        self._batches -= 1
        seen[STOOD] += not committed.cancelled() and committed.exception() is None

    async def _unheard(self, committed: "asyncio.Future[None]") -> None:
        await committed
        fault = psycopg.OperationalError("the connection was lost after the commit (planned)")
        self._lose(fault)
        raise fault


_background: "set[asyncio.Future[None]]" = set()


def _failed(fault: Exception) -> "asyncio.Future[None]":
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_exception(fault)
    return future


def _refused(trouble: DatabaseTrouble) -> psycopg.OperationalError:
    """As the server says it."""
    if trouble in DEADLOCKS:
        return psycopg.errors.DeadlockDetected("deadlock detected (planned)")
    return psycopg.errors.SerializationFailure("could not serialize access due to concurrent update (planned)")
