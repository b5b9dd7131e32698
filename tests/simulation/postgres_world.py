"""Gateways over one real database, each with a pool of its own. What is sent and what goes wrong is planned; the rest
is the machine's. One gateway runs under REPEATABLE READ, which makes real serialization failures; `LockBackwards`
makes real deadlocks; backends are ended by the server itself.

Redis has no part in this: the ledger asks it for nothing, so losing it can't show here.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from deepspace_adapters.postgres import cold_writer, ledger, ledger_batcher, warm_books, warm_wallet, warm_writer
from deepspace_adapters.postgres.budgets import PostgresBudgets
from deepspace_adapters.postgres.burst import Executes
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.ledger_audit import PostgresLedgerAuditReader
from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.ledger_reader import PostgresLedgerReader
from deepspace_adapters.postgres.pool import Connection, Pool, make_pool
from deepspace_adapters.postgres.riders import RiderWriters
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Capture, Command, Outcome, Release
from deepspace_core.ledger.command import CallersCommand
from tests.fakes import NOON
from tests.simulation.actors import run
from tests.simulation.history import TermsChange
from tests.simulation.judge import Judge
from tests.simulation.plan import GATEWAYS, ChangeTerms, KillConnections, LockBackwards, Memory, Plan
from tests.simulation.simulate import Verdict
from tests.simulation.unreliable_connection import Troubles, UnreliableBurst, UnreliableConnection, UnreliableLane
from tests.simulation.world import Note, World

CONNECTIONS_OF_A_GATEWAY = 3
STRICT_GATEWAY = 2
DEADLOCK_TIMEOUT = "5ms"
LOCK_PAUSE_SECONDS = 0.003

RUN_SECONDS_MAX = 120
"""Far beyond any run: who isn't through by then waits for ever."""

WRITE_NOTES = b"INSERT INTO notes SELECT unnest(%(refs)s::text[])"
LOCK_WALLET = "SELECT version, balance_nanos - frozen_nanos FROM wallets WHERE id = %s FOR NO KEY UPDATE"
SET_TERMS = "UPDATE wallets SET credit_limit_nanos = %s, closed_at = %s WHERE id = %s"
DIVIDE_BY_ZERO = b"SELECT 1 / 0"

SMALL_BOUNDS: Mapping[tuple[ModuleType, str], float] = {
    (ledger_batcher, "OVERLAP_COMMANDS_MIN"): 1,
    (ledger_batcher, "WARM_COMMANDS_MAX"): 3,
    (warm_books, "WALLETS_MAX"): 3,
    (warm_wallet, "HOLDS_OF_A_WALLET_MAX"): 6,
    (warm_wallet, "LINES_OF_A_WALLET_MAX"): 12,
}
"""What a gateway remembers of so few wallets fits its own bounds; within these it forgets, overlaps and is wrong."""

CONTENDED = (warm_books, "CONTENDED_SECONDS")
BOUNDS: Mapping[Memory, Mapping[tuple[ModuleType, str], float]] = {
    Memory.USUAL: {},
    Memory.EAGER: {**SMALL_BOUNDS, CONTENDED: 0.0},
    Memory.WARY: {**SMALL_BOUNDS, CONTENDED: RUN_SECONDS_MAX},
}

log = logging.getLogger("deepspace_adapters.postgres.ledger_batcher")


class PostgresWorld(World):
    """On a migrated database that nobody else uses."""

    def __init__(self, plan: Plan, url: str) -> None:
        super().__init__(plan)
        self.mishaps: Counter[str] = Counter()
        self.reader = PostgresLedgerReader()
        self.audit_reader = PostgresLedgerAuditReader()
        self.budgets = PostgresBudgets()
        self._url = url
        self._observer = make_pool(url, application="observer")
        self.unit_of_work = PostgresUnitOfWork(self._observer)
        self._troubles = [Troubles(iter(planned), self._kill, self.mishaps) for planned in plan.database_troubles]
        self._pools: list[Pool] = []
        self._ledgers: dict[int, PostgresLedger] = {}

    async def open(self) -> None:
        await self._observer.open(wait=True)
        async with self._observer.connection() as connection:
            await connection.execute("CREATE TABLE notes (ref text NOT NULL)")
            for planned in self.plan.wallets:
                await open_wallet(
                    connection,
                    org_id=planned.org_id,
                    wallet_id=planned.wallet_id,
                    now=NOON,
                    currency=planned.currency,
                    credit_limit_nanos=planned.credit_limit,
                )
        await self.set_budgets()
        for number in range(GATEWAYS):
            await self._start(number)
        self.gateways = [_Settling(self._ledgers[number]) for number in range(GATEWAYS)]

    async def close(self) -> None:
        """Closes every connection there is."""
        for pool in [*self._pools, self._observer]:
            await pool.close()

    async def restart(self, gateway: int) -> None:
        dying = self._ledgers[gateway]
        await self._start(gateway)
        self.gateways[gateway] = _Settling(self._ledgers[gateway])
        if dying._writer is not None:
            dying._writer.cancel()

    def heal(self) -> None:
        for troubles in self._troubles:
            troubles.healed = True

    async def notes(self) -> Sequence[str]:
        async with self._observer.connection() as connection:
            cursor = await connection.execute("SELECT ref FROM notes")
            return [ref for (ref,) in await cursor.fetchall()]

    async def disturb(self, action: KillConnections | LockBackwards) -> None:
        match action:
            case KillConnections(gateway=gateway):
                await self._kill_connections(gateway)
            case LockBackwards():
                await self._lock_backwards()

    async def change_terms(self, change: ChangeTerms) -> None:
        async with self._observer.connection() as connection:
            found = await connection.execute(LOCK_WALLET, [change.wallet_id])
            version, available = await found.fetchone() or (0, 0)
            if available < -change.credit_limit:
                return
            closed_at = NOON if change.closed else None
            await connection.execute(SET_TERMS, [change.credit_limit, closed_at, change.wallet_id])
        self.history.changes.append(TermsChange(change.wallet_id, version, change.credit_limit, change.closed))

    async def _kill_connections(self, gateway: int) -> None:
        async with self._observer.connection() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = current_database()",
                [_name(gateway)],
            )

    async def _lock_backwards(self) -> None:
        try:
            async with self._observer.connection() as connection:
                for planned in sorted(self.plan.wallets, key=lambda one: one.wallet_id, reverse=True):
                    await connection.execute(
                        "SELECT 1 FROM wallets WHERE id = %s FOR NO KEY UPDATE", [planned.wallet_id]
                    )
                    await asyncio.sleep(LOCK_PAUSE_SECONDS)
        except psycopg.errors.DeadlockDetected:
            self.mishaps["DeadlockDetected (the stranger)"] += 1

    async def _start(self, number: int) -> None:
        troubles = self._troubles[number]

        async def prepare(connection: Connection) -> None:
            if isinstance(connection, UnreliableConnection):
                connection.troubles = troubles

        isolation = r"repeatable\ read" if number == STRICT_GATEWAY else r"read\ committed"
        pool: Pool = AsyncConnectionPool(
            self._url,
            connection_class=UnreliableConnection,
            min_size=1,
            max_size=CONNECTIONS_OF_A_GATEWAY,
            open=False,
            configure=prepare,
            kwargs={
                "application_name": _name(number),
                "options": f"-c timezone=UTC -c deadlock_timeout={DEADLOCK_TIMEOUT}"
                f" -c default_transaction_isolation={isolation}",
            },
        )
        self._pools.append(pool)
        await pool.open(wait=True)
        clock = self.clock(number)
        writers: RiderWriters = {Note: _write_notes}
        self._ledgers[number] = PostgresLedger(pool, clock=clock, ids=self.ids(clock), rider_writers=writers)

    async def _kill(self, pid: int) -> None:
        async with self._observer.connection() as connection:
            await connection.execute("SELECT pg_terminate_backend(%s, 1000)", [pid])


class _Mishaps(logging.Handler):
    """Counts, by kind, why batches were decided anew; that is otherwise invisible, as it should be."""

    def __init__(self, counter: "Counter[str]") -> None:
        super().__init__()
        self._counter = counter

    def emit(self, record: logging.LogRecord) -> None:
        reason = str(getattr(record, "reason", record.getMessage()))
        kind = reason.partition("(")[0]
        self._counter[f"{kind}, planned" if "(planned)" in reason else kind] += 1


async def simulate_on_postgres(plan: Plan, url: str) -> tuple[Verdict, "Counter[str]"]:
    """Carries out a plan on the database at `url`, which must be migrated and empty; with why batches were repeated."""
    world = PostgresWorld(plan, url)
    counting = _Mishaps(world.mishaps)
    loud, log.propagate = log.propagate, False
    log.addHandler(counting)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(ledger, "Burst", UnreliableBurst)
            patched.setattr(cold_writer, "Burst", UnreliableBurst)
            patched.setattr(warm_writer, "Lane", UnreliableLane)
            for (module, name), bound in BOUNDS[plan.memory].items():
                patched.setattr(module, name, bound)
            async with asyncio.timeout(RUN_SECONDS_MAX):
                books = await run(world)
        problems = Judge(plan, world.history, books).problems()
    except TimeoutError:
        problems = [*world.history.problems, f"stuck: not done after {RUN_SECONDS_MAX} seconds"]
    finally:
        log.removeHandler(counting)
        log.propagate = loud
        await world.close()
    history = world.history
    return Verdict(plan, len(plan.asked), len(history.asked), history.lines, problems), world.mishaps


async def _write_notes(batch: Executes, notes: Sequence[Record]) -> None:
    """A poisoned note divides by zero in the server, so that the whole batch fails there."""
    mine = [note for note in notes if isinstance(note, Note)]
    await batch.execute(WRITE_NOTES, {"refs": [note.ref for note in mine]})
    if any(note.poisoned for note in mine):
        await batch.execute(DIVIDE_BY_ZERO, {})


def _name(gateway: int) -> str:
    return f"gateway-{gateway}"


@dataclass(frozen=True, slots=True)
class _Settling:
    """Captures and releases wait for company, as those of a gateway do."""

    ledger: PostgresLedger

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        return await self.ledger.apply(command, riders=riders, patient=isinstance(command, Capture | Release))

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return await self.ledger.apply_many(commands)

    async def apply_linked(
        self, commands: Sequence[CallersCommand], *, riders: Sequence[Record] = ()
    ) -> Sequence[Outcome]:
        return await self.ledger.apply_linked(commands, riders=riders)

    async def would_admit(self, command: Command) -> Outcome:
        return await self.ledger.would_admit(command)
