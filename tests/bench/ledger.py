"""What group commit is worth: hold + capture pairs on embedded PostgreSQL, fsync and synchronous_commit on.

`python -m tests.bench.ledger` prints operations a second (a pair is two) for a hot wallet and for many, and beside them
the same book and schema driven one transaction an operation.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deepspace_adapters.embedded.postgres import EmbeddedPostgres
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.migrate import migrate
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_adapters.system import SystemClock, SystemIds
from deepspace_core.kernel.ids import OrgId, TraceId, WalletId
from deepspace_core.ledger import Ledger
from tests.core.ledger.asking import Caller

SECONDS_A_RUN = 1.5
CONNECTIONS = 8
WALLETS = 1_000
MONEY_NANOS = 10**15


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    name: str
    callers: int
    operations_a_second: float
    p50_milliseconds: float
    p99_milliseconds: float


async def measure(name: str, ledgers: Sequence[Ledger], callers: Sequence[Caller]) -> Result:
    """Every caller holds and captures in a loop; caller i uses ledger i modulo their number."""
    ids, stop = SystemIds(), time.perf_counter() + SECONDS_A_RUN
    latencies: list[float] = []

    async def one(ledger: Ledger, caller: Caller) -> None:
        while time.perf_counter() < stop:
            ref = ids.uuid().hex
            for command in (caller.hold(ref, 1_000), caller.capture(f"{ref}-cost", ref, 600)):
                begun = time.perf_counter()
                outcome = await ledger.apply(command)
                latencies.append(time.perf_counter() - begun)
                if not outcome.accepted:
                    raise RuntimeError(f"{command.type} was answered {outcome.code}")

    begun = time.perf_counter()
    await asyncio.gather(*[one(ledgers[turn % len(ledgers)], caller) for turn, caller in enumerate(callers)])
    rate = len(latencies) / (time.perf_counter() - begun)
    hundredths = statistics.quantiles(latencies, n=100)
    return Result(name, len(callers), rate, hundredths[49] * 1_000, hundredths[98] * 1_000)


async def main() -> None:
    """Starts a server of its own, measures, prints the table."""
    with tempfile.TemporaryDirectory(prefix="ds-") as directory:
        server = EmbeddedPostgres(Path(directory))
        server.start()
        try:
            url = server.url("postgres")
            migrate(url)
            pool = make_pool(url, size_max=CONNECTIONS + 2, application="bench")
            await pool.open(wait=True)
            _print(await _all(pool))
            await pool.close()
        finally:
            server.stop()


async def _all(pool: Pool) -> list[Result]:
    clock, ids = SystemClock(), SystemIds()
    hot, *many = await _callers(pool, WALLETS + 1)
    grouped = [PostgresLedger(pool, clock=clock, ids=ids)]
    single = [PostgresLedger(pool, clock=clock, ids=ids, batch_max=1) for _ in range(CONNECTIONS)]
    await measure("warm", grouped, [hot] * 8)
    return [
        await measure("one transaction an operation, hot wallet", single[:1], [hot]),
        await measure("one transaction an operation, hot wallet", single, [hot] * 512),
        await measure("group commit, hot wallet", grouped, [hot]),
        await measure("group commit, hot wallet", grouped, [hot] * 64),
        await measure("group commit, hot wallet", grouped, [hot] * 512),
        await measure("group commit, 1,000 wallets", grouped, many[:512]),
    ]


async def _callers(pool: Pool, count: int) -> list[Caller]:
    ids, now = SystemIds(), SystemClock().now()
    callers = [Caller(OrgId(ids.uuid()), WalletId(ids.uuid()), TraceId(ids.trace_id())) for _ in range(count)]
    async with pool.connection() as connection:
        for caller in callers:
            await open_wallet(connection, org_id=caller.org_id, wallet_id=caller.wallet_id, now=now)
    ledger = PostgresLedger(pool, clock=SystemClock(), ids=ids)
    await asyncio.gather(*[ledger.apply(caller.top_up("paid", MONEY_NANOS)) for caller in callers])
    return callers


def _print(results: Sequence[Result]) -> None:
    base = max(result.operations_a_second for result in results if result.name.startswith("one transaction"))
    lines = [f"{'':42}{'callers':>8}{'ops/s':>9}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}"]
    lines += [
        f"{result.name:42}{result.callers:8}{result.operations_a_second:9.0f}"
        f"{result.operations_a_second / base:7.1f}{result.p50_milliseconds:8.1f}{result.p99_milliseconds:8.1f}"
        for result in results
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
