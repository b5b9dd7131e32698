"""Batches decided under the locks of their wallets: two round trips, everything to be seen in one, everything to be
written with its COMMIT in the other."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.ledger import Basis, read, write
from deepspace_adapters.postgres.ledger_batch import Waiting, add_riders, fail, passes, tell, unavailable
from deepspace_adapters.postgres.pool import Connection, Pool
from deepspace_adapters.postgres.riders import RiderWriters
from deepspace_adapters.postgres.warm_books import Recalled, WarmBooks
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.ledger import book
from deepspace_core.ledger.command import Asked, Command
from deepspace_core.ledger.outcome import Outcome, OutcomeCode
from deepspace_core.ledger.state import Decision

ATTEMPTS_MAX = 3
ATTEMPT_PAUSE_SECONDS = 0.05

log = logging.getLogger("deepspace_adapters.postgres.ledger_batcher")


class _CommitLost(Exception):
    """The connection died between the first write and the word that the commit was done."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__("the connection died at commit")
        self.outcomes = outcomes


@dataclass(frozen=True, slots=True)
class ColdWriter:
    """Writes batches one at a time, and tells `books` what it saw."""

    pool: Pool
    clock: Clock
    ids: IdSource
    rider_writers: RiderWriters
    books: WarmBooks

    async def write(self, batch: Sequence[Waiting], *, lost: Sequence[Outcome] | None = None) -> None:
        """Answers everybody in `batch`; raises nothing but cancellation.

        `lost` is what an earlier attempt had come to, when nobody knows whether it stands.
        """
        try:
            outcomes = await self._committed(batch, lost)
        except Unavailable as fault:
            fail(batch, fault)
        except asyncio.CancelledError:
            fail(batch, unavailable("the ledger is shutting down; send the same ref again"))
            raise
        except Exception as fault:
            if len(batch) == 1:
                log.exception("the ledger can't write a command", extra={"trace_id": _trace_id(batch[0].commands)})
                fail(batch, fault)
                return
            # Only its own data can have stopped it, and nothing that was lost can stand.
            middle = len(batch) // 2
            await self.write(batch[:middle])
            await self.write(batch[middle:])
        else:
            tell(batch, outcomes)

    async def _committed(self, batch: Sequence[Waiting], lost: Sequence[Outcome] | None) -> Sequence[Outcome]:
        """Decides and writes `batch`; anew, at most ATTEMPTS_MAX times, when what stopped it will pass."""
        last: Exception | None = None
        for attempt in range(ATTEMPTS_MAX):
            await asyncio.sleep(ATTEMPT_PAUSE_SECONDS * attempt)
            recalled = Recalled() if attempt else self.books.recall(_asked(batch))
            try:
                outcomes = await self._attempt(batch, recalled)
            except _CommitLost as fault:
                lost, last = fault.outcomes, fault
            except (PoolTimeout, PoolClosed) as fault:
                last = fault
                break
            except Exception as fault:
                # What was recalled wrongly may break any rule of the tables; what is read can't.
                if not passes(fault) and not recalled.unread:
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
        raise unavailable("the database can't be reached just now; nothing was written; try again") from last

    async def _attempt(self, batch: Sequence[Waiting], recalled: Recalled) -> Sequence[Outcome]:
        asked = _asked(batch)
        async with self.pool.connection() as connection:
            basis, decision = await self._decide(connection, asked, recalled)
            if recalled.unread and not all(outcome.accepted for outcome in decision.outcomes):
                # A refusal changes no hold, so that the write couldn't tell whether it is right.
                await connection.rollback()
                basis, decision = await self._decide(connection, asked, Recalled())
            if not decision.rows and not decision.refs:
                await connection.rollback()
                return decision.outcomes
            burst = Burst(connection)
            write(burst, basis, decision)
            await add_riders(burst, self.rider_writers, batch, decision.outcomes)
            try:
                await burst.commit()
            except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
                if connection.closed:
                    raise _CommitLost(decision.outcomes) from fault
                raise
        self.books.learn(basis, decision, asked)
        return decision.outcomes

    async def _decide(
        self, connection: Connection, asked: Sequence[Asked], recalled: Recalled
    ) -> tuple[Basis, Decision]:
        basis = await read(connection, asked, self.clock.now, recalled=recalled.holds, unread=recalled.unread)
        return basis, book.apply(basis.state, asked, basis.now, self.ids.uuid)


def _asked(batch: Sequence[Waiting]) -> Sequence[Asked]:
    return [waiting.asked for waiting in batch]


def _recognized(lost: Sequence[Outcome], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """A replay of what the lost commit had written is that commit's own answer, not a repetition by the caller."""
    return [
        mine if outcome == mine._replace(replayed=True) else outcome
        for mine, outcome in zip(lost, outcomes, strict=True)
    ]


def _trace_id(commands: Sequence[Command]) -> str:
    return getattr(commands[0], "trace_id", "") if commands else ""
