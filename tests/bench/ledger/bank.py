"""The database that a benchmark of the ledger runs on: embedded, durable, migrated, with wallets that have money.

Wallets are numbered, and their ids made from their numbers (function.sql makes the same ones), so that a client in any
language finds them.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from deepspace_adapters.embedded.postgres import EmbeddedPostgres
from deepspace_adapters.postgres.budgets import PostgresBudgets
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.ledger_audit import PostgresLedgerAuditReader
from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.system import SystemClock, SystemIds
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.ledger import AuditLedger, AuditReport, Budget, BudgetKey, BudgetScope, BudgetWindow
from deepspace_core.ledger.budget import line_of, starts_on
from tests.bench.processes import cpu_seconds
from tests.core.ledger.asking import Caller

HOT, UNCAPPED = 0, 1
"""The numbers of the two hot wallets: with a budget, as all others have one, and without."""

FIRST_OF_MANY = 2
MANY = 1_000
WINDOW = BudgetWindow.MONTH
MONEY_NANOS = 10**15
CONNECTIONS = 8
_WALLETS, _ORGS = UUID("00000000-0000-7000-8000-000000000000"), UUID("00000000-0000-7000-8001-000000000000")
_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers")
_MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes")
_SYNCS = 200
_LOOKS_MAX = 10


def caller(number: int) -> Caller:
    """Who spends from a numbered wallet; every call counts against its project's budgets."""
    org_id = OrgId(UUID(int=_ORGS.int + number))
    cap = BudgetKey(BudgetScope.PROJECT, org_id)
    return Caller(org_id=org_id, wallet_id=WalletId(UUID(int=_WALLETS.int + number)), caps=(cap,))


def callers_of(numbers: range) -> Sequence[Caller]:
    """Those of a stretch of wallets."""
    return [caller(number) for number in numbers]


@dataclass(frozen=True, slots=True)
class Bank:
    """A running server and what it was found to be set to."""

    server: EmbeddedPostgres
    pool: Pool
    settings: str
    sync_micros: float

    @property
    def url(self) -> str:
        return self.server.url()

    def cpu_seconds(self) -> float:
        """What the server has used since it was started."""
        for _ in range(_LOOKS_MAX):
            try:
                return cpu_seconds(self.server.pid or 0)
            except FileNotFoundError:  # a backend ended between being listed and being looked at
                continue
        raise RuntimeError("the server's processes come and go too fast to be counted")

    def ledger(self) -> PostgresLedger:
        """The product's own ledger, on the bank's pool."""
        return PostgresLedger(self.pool, clock=SystemClock(), ids=SystemIds())

    async def rows(self) -> int:
        """How many operations were ever written, top-ups included."""
        return await self._number("SELECT sum(version)::bigint FROM wallets")

    async def commits(self, number: int) -> int:
        """How many batches have written to a numbered wallet: each leaves one root there."""
        wallet_id = caller(number).wallet_id
        return await self._number(
            f"SELECT count(*) FROM transactions WHERE wallet_id = '{wallet_id}' AND root IS NOT NULL"  # noqa: S608
        )

    async def audit(self) -> AuditReport:
        """The audit of `deepspace ledger audit`, over everything that any client has written."""
        return await AuditLedger(PostgresLedgerAuditReader(), PostgresUnitOfWork(self.pool))()

    async def _number(self, query: str) -> int:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(query.encode())
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


@asynccontextmanager
async def open_bank() -> AsyncIterator[Bank]:
    """Starts a server of its own, fills it, and stops it afterwards. Raises RuntimeError if commits aren't durable."""
    with ExitStack() as opened:
        directory = Path(tempfile.mkdtemp(prefix="ds-"))
        opened.callback(shutil.rmtree, directory, ignore_errors=True)
        sync_micros = _sync_micros(directory)
        server = EmbeddedPostgres(directory)
        opened.callback(server.stop)
        server.start()
        migrate(server.url())
        pool = make_pool(server.url(), size_max=CONNECTIONS, application="bench")
        await pool.open(wait=True)
        try:
            bank = Bank(server, pool, await _settings(pool), sync_micros)
            await _fill(bank)
            yield bank
        finally:
            await pool.close()


async def _settings(pool: Pool) -> str:
    async with pool.connection() as connection:
        found = {}
        for name in _SETTINGS:
            cursor = await connection.execute(f"SHOW {name}".encode())
            row = await cursor.fetchone()
            found[name] = "" if row is None else str(row[0])
        cursor = await connection.execute(b"SHOW server_version")
        [version] = await cursor.fetchone() or [""]
    if off := [name for name in _MUST_BE_ON if found[name] != "on"]:
        raise RuntimeError(f"commits aren't durable here: {off}; the figures would mean nothing")
    return f"PostgreSQL {version}, " + ", ".join(f"{name} {value}" for name, value in found.items())


async def _fill(bank: Bank) -> None:
    clock, ledger = SystemClock(), bank.ledger()
    everybody = callers_of(range(FIRST_OF_MANY + MANY))
    async with bank.pool.connection() as connection:
        for one in everybody:
            await open_wallet(connection, org_id=one.org_id, wallet_id=one.wallet_id, now=clock.now())
    await asyncio.gather(*[ledger.apply(one.top_up("paid", MONEY_NANOS)) for one in everybody])
    await ledger.close()
    async with PostgresUnitOfWork(bank.pool)() as tx:
        for number, one in enumerate(everybody):
            if number != UNCAPPED:
                budget = Budget(
                    org_id=one.org_id,
                    wallet_id=one.wallet_id,
                    key=one.caps[0],
                    window=WINDOW,
                    cap_nanos=MONEY_NANOS,
                    counted_from=starts_on(WINDOW, clock.now()),
                    set_at=clock.now(),
                )
                line = line_of(budget, clock.now(), used_nanos=0, reserved_nanos=0)
                await PostgresBudgets().put_budget(tx, budget, line=line)
        await tx.commit()
    async with bank.pool.connection() as connection:
        await connection.set_autocommit(True)
        await connection.execute(b"VACUUM ANALYZE")
        await connection.execute(b"CHECKPOINT")
        await connection.set_autocommit(False)


def _sync_micros(directory: Path) -> float:
    """What a commit can't be faster than here: writing and syncing one page, the median of some."""
    path = directory / "sync"
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            begun = time.perf_counter()
            file.write(bytes(8192))
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - begun)
    path.unlink()
    return statistics.median(taken) * 1e6
