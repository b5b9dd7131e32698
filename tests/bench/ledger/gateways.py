"""Several processes, each with a ledger of its own, on one database: as gateways run.

`python -m tests.bench.ledger.gateways` is such a process: it is told what to do on its standard input, says when it is
ready, and tells what it saw.
"""

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import uvloop

from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.pool import make_pool
from deepspace_adapters.system import SystemClock, SystemIds
from deepspace_http.garbage import settle_garbage
from tests.bench.ledger.bank import CONNECTIONS, Bank, callers_of
from tests.bench.ledger.grouped import GroupedClient
from tests.bench.ledger.load import WARM_SECONDS, Observed, drive, percentiles

START_SECONDS_MAX = 30
BEYOND_SECONDS_MAX = 30
READ_BYTES_MAX = 64 * 1024 * 1024


class Order(msgspec.Struct, frozen=True):
    """What one process is to do."""

    url: str
    first: int
    last: int
    callers: int
    seconds: float


class Seen(msgspec.Struct, frozen=True):
    """What it saw: every latency in seconds, and its own CPU time."""

    latencies: list[float]
    seconds: float
    cpu_seconds: float


async def observe_gateways(
    bank: Bank, wallets: Sequence[int], *, processes: int, callers: int, seconds: float
) -> Observed:
    """`callers` altogether, shared out over `processes`."""
    order = Order(bank.url, min(wallets), max(wallets), callers // processes, seconds)
    children = [await _Child.started(order) for _ in range(processes)]
    try:
        async with asyncio.timeout(START_SECONDS_MAX + seconds):
            for child in children:
                await child.line()
        hot = wallets[0] if len(wallets) == 1 else None
        commits = 0 if hot is None else await bank.commits(hot)
        written, server = await bank.rows(), bank.cpu_seconds()
        for child in children:
            child.go()
        async with asyncio.timeout(seconds + BEYOND_SECONDS_MAX):
            seen = [msgspec.json.decode(await child.line(), type=Seen) for child in children]
        server = bank.cpu_seconds() - server
    finally:
        for child in children:
            await child.end()
    latencies = [latency for one in seen for latency in one.latencies]
    operations = len(latencies)
    if await bank.rows() - written != operations:
        raise RuntimeError("not every operation that was answered was written once")
    p50, p99 = percentiles(latencies)
    return Observed(
        operations=operations,
        seconds=statistics.mean(one.seconds for one in seen),
        p50_ms=p50,
        p99_ms=p99,
        client_micros=sum(one.cpu_seconds for one in seen) / operations * 1e6,
        postgres_micros=server / operations * 1e6,
        batch=None if hot is None else operations / (await bank.commits(hot) - commits),
    )


@dataclass(frozen=True, slots=True)
class _Child:
    process: asyncio.subprocess.Process

    @classmethod
    async def started(cls, order: Order) -> "_Child":
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.ledger.gateways"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=READ_BYTES_MAX,
        )
        child = cls(process)
        child._write(msgspec.json.encode(order))
        return child

    async def line(self) -> bytes:
        """The next thing that it says."""
        assert self.process.stdout is not None
        told = await self.process.stdout.readline()
        if not told:
            raise RuntimeError("a gateway of the benchmark died; it says why above")
        return told

    def go(self) -> None:
        """Lets it begin."""
        self._write(b"go")

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def _write(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")


async def _serve(order: Order) -> None:
    pool = make_pool(order.url, size_max=CONNECTIONS, application="bench-gateway")
    await pool.open(wait=True)
    ledger = PostgresLedger(pool, clock=SystemClock(), ids=SystemIds())
    client, spenders = GroupedClient(ledger), callers_of(range(order.first, order.last + 1))
    await drive(client, spenders, callers=order.callers, seconds=WARM_SECONDS)
    settle_garbage()
    _tell(b"ready")
    await asyncio.to_thread(sys.stdin.buffer.readline)
    used, begun = time.process_time(), time.perf_counter()
    latencies = await drive(client, spenders, callers=order.callers, seconds=order.seconds)
    _tell(msgspec.json.encode(Seen(latencies, time.perf_counter() - begun, time.process_time() - used)))
    await ledger.close()
    await pool.close()


def _tell(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    uvloop.run(_serve(msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)))
