"""Batches decided under the locks of their wallets: two round trips, everything to be seen in one, everything to be
written with its COMMIT in the other. What is large is decided and sent in parts, so that the server writes one while
the next is decided, and others have the wallets so much the sooner.

For the lock of a contended wallet a batch waits as long as another process's turn lasts. It is asked for alone, and
what has come for the wallet meanwhile goes along: else each turn would only do what had come before the last one.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout

from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.ledger import Basis, lock, read
from deepspace_adapters.postgres.ledger_batch import Waiting, add_riders, fail, passes, tell, unavailable
from deepspace_adapters.postgres.ledger_write import write
from deepspace_adapters.postgres.pool import Connection, Pool
from deepspace_adapters.postgres.riders import RiderWriters
from deepspace_adapters.postgres.warm_books import Recalled, WarmBooks
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import WalletId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.ledger import book
from deepspace_core.ledger.command import Asked, Command
from deepspace_core.ledger.outcome import Outcome, OutcomeCode
from deepspace_core.ledger.state import BookState

ATTEMPTS_MAX = 3
ATTEMPT_PAUSE_SECONDS = 0.05
PART_MAX = 64
"""Commands, or groups of them, that are decided before any is sent."""

Join: TypeAlias = Callable[[Set[WalletId], int], Sequence[Waiting]]
"""Takes out of the queue what may go along with a batch about these wallets, which has so many commands already."""

log = logging.getLogger("deepspace_adapters.postgres.ledger_batcher")


class _CommitLost(Exception):
    """The connection died between the first write and the word that the commit was done."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__("the connection died at commit")
        self.outcomes = outcomes


class _Misremembered(Exception):
    """Something was refused, or can't be written, on what was only recalled. A refusal changes no hold, so the write
    couldn't tell whether it is right."""


@dataclass(frozen=True, slots=True)
class ColdWriter:
    """Writes batches one at a time, and tells `books` what it saw."""

    pool: Pool
    clock: Clock
    ids: IdSource
    rider_writers: RiderWriters
    books: WarmBooks

    async def write(
        self, batch: Sequence[Waiting], *, lost: Sequence[Outcome] | None = None, join: Join | None = None
    ) -> None:
        """Answers everybody in `batch`, and whoever joins it; raises nothing but cancellation.

        `lost` is what an earlier attempt had come to, when nobody knows whether it stands.
        """
        batch = list(batch)
        try:
            outcomes = await self._committed(batch, lost, join)
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

    async def _committed(
        self, batch: list[Waiting], lost: Sequence[Outcome] | None, join: Join | None
    ) -> Sequence[Outcome]:
        """Decides and writes `batch`; anew, at most ATTEMPTS_MAX times, when what stopped it will pass."""
        last: Exception | None = None
        for attempt in range(ATTEMPTS_MAX):
            await asyncio.sleep(ATTEMPT_PAUSE_SECONDS * attempt)
            try:
                outcomes = await self._attempt(batch, None if attempt else join, recalls=not attempt)
            except _CommitLost as fault:
                lost, last = fault.outcomes, fault
            except (PoolTimeout, PoolClosed) as fault:
                last = fault
                break
            except Exception as fault:
                if not passes(fault) and not isinstance(fault, _Misremembered):
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

    async def _attempt(self, batch: list[Waiting], join: Join | None, *, recalls: bool) -> Sequence[Outcome]:
        async with self.pool.connection() as connection:
            if join and (contended := self.books.contended(_asked(batch))):
                await lock(connection, contended)
                batch += join(contended, sum(len(waiting.commands) for waiting in batch))
            recalled = self.books.recall(_asked(batch)) if recalls else Recalled()
            try:
                return await self._written(connection, batch, recalled)
            except _Misremembered:
                await connection.rollback()
                return await self._written(connection, batch, Recalled())
            except Exception as fault:
                # What was recalled wrongly may break any rule of the tables; what is read can't.
                if recalled.unread and not passes(fault) and not isinstance(fault, _CommitLost):
                    raise _Misremembered(repr(fault)) from fault
                raise

    async def _written(self, connection: Connection, batch: Sequence[Waiting], recalled: Recalled) -> Sequence[Outcome]:
        """Reads, decides, writes and commits."""
        asked = _asked(batch)
        basis = await read(connection, asked, self.clock.now, recalled=recalled.holds, unread=recalled.unread)
        burst = Burst(connection)
        try:
            decided = await self._decide(burst, basis, batch, doubtful=bool(recalled.unread))
            if not decided.news:
                await connection.rollback()
                return decided.outcomes
            await _commit(burst, decided.outcomes)
        except BaseException:
            burst.give_up()
            raise
        self.books.learn(basis, decided.state, asked)
        return decided.outcomes

    async def _decide(self, burst: Burst, basis: Basis, batch: Sequence[Waiting], *, doubtful: bool) -> "_Decided":
        """Adds to `burst` what `batch` comes to, and pushes all but the last part of it."""
        decided = _Decided(basis.state)
        for part in _parts(batch):
            burst.push()
            asked = _asked(part)
            before = decided.state if len(part) == len(batch) else decided.state.about(asked)
            decision = book.apply(before, asked, basis.now, self.ids.uuid)
            if doubtful and not all(outcome.accepted for outcome in decision.outcomes):
                await burst.settle()
                raise _Misremembered
            if decision.rows or decision.refs:
                decided.news = True
                # Their locks are held: those that nothing moved need no looking at.
                write(burst, replace(basis, state=before), decision, decision.wallets)
                await add_riders(burst, self.rider_writers, part, decision.outcomes)
            decided.state = decided.state.followed_by(decision.state)
            decided.outcomes += decision.outcomes
        return decided


@dataclass(slots=True)
class _Decided:
    """What the parts of a batch have come to so far; `news` tells whether any of it is to be written."""

    state: BookState
    outcomes: list[Outcome] = field(default_factory=list)
    news: bool = False


def _parts(batch: Sequence[Waiting]) -> Iterator[Sequence[Waiting]]:
    for begin in range(0, len(batch), PART_MAX):
        yield batch[begin : begin + PART_MAX]


async def _commit(burst: Burst, outcomes: Sequence[Outcome]) -> None:
    """Commits; a connection that dies meanwhile leaves it open whether `outcomes` stand."""
    try:
        await burst.commit()
    except (psycopg.OperationalError, psycopg.InterfaceError) as fault:
        if burst.connection.closed:
            raise _CommitLost(outcomes) from fault
        raise


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
