"""Drives a client with hold + capture pairs from many concurrent callers, and times every operation."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from deepspace_adapters.system import SystemIds
from tests.bench.ledger.bank import Bank, caller
from tests.core.ledger.asking import Caller

HOLD_NANOS, COST_NANOS, LIFETIME_SECONDS = 1_000, 600, 60
WARM_SECONDS = 0.3
"""What goes before each run, unmeasured: it fills caches and prepares statements."""


class Client(Protocol):
    """Whatever can hold and capture; returns after the commit, and raises when the answer isn't `accepted`."""

    async def hold(self, caller: Caller, ref: str) -> None: ...

    async def capture(self, caller: Caller, ref: str, hold_ref: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Observed:
    """What one run showed. Latencies in milliseconds, CPU in microseconds an operation; `batch` is operations a commit
    of the one wallet, where there was one."""

    operations: int
    seconds: float
    p50_ms: float
    p99_ms: float
    client_micros: float
    postgres_micros: float
    batch: float | None = None

    @property
    def rate(self) -> float:
        """Durable operations a second."""
        return self.operations / self.seconds


async def observe(bank: Bank, client: Client, wallets: Sequence[int], *, callers: int, seconds: float) -> Observed:
    """Runs `callers` callers over numbered wallets; with several wallets, each caller takes another for every pair."""
    spenders = [caller(number) for number in wallets]
    await drive(client, spenders, callers=callers, seconds=WARM_SECONDS)
    hot = wallets[0] if len(wallets) == 1 else None
    commits = 0 if hot is None else await bank.commits(hot)
    written = await bank.rows()
    process, server = time.process_time(), bank.cpu_seconds()
    begun = time.perf_counter()
    latencies = await drive(client, spenders, callers=callers, seconds=seconds)
    taken = time.perf_counter() - begun
    process, server = time.process_time() - process, bank.cpu_seconds() - server
    if (found := await bank.rows() - written) != len(latencies):
        raise RuntimeError(f"{len(latencies)} operations were answered, {found} were written")
    p50, p99 = percentiles(latencies)
    return Observed(
        operations=len(latencies),
        seconds=taken,
        p50_ms=p50,
        p99_ms=p99,
        client_micros=process / len(latencies) * 1e6,
        postgres_micros=server / len(latencies) * 1e6,
        batch=None if hot is None else len(latencies) / (await bank.commits(hot) - commits),
    )


async def drive(client: Client, spenders: Sequence[Caller], *, callers: int, seconds: float) -> list[float]:
    """The latency of every operation, in seconds."""
    ids, latencies = SystemIds(), list[float]()
    until = time.perf_counter() + seconds

    async def one(place: int) -> None:
        while (begun := time.perf_counter()) < until:
            spender, name = spenders[place % len(spenders)], ids.uuid().hex
            place += callers
            hold_ref = f"hold:{name}"
            await client.hold(spender, hold_ref)
            held = time.perf_counter()
            await client.capture(spender, f"capture:{name}", hold_ref)
            latencies.append(held - begun)
            latencies.append(time.perf_counter() - held)

    await asyncio.gather(*[one(place) for place in range(callers)])
    return latencies


def percentiles(latencies: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile, in milliseconds for seconds."""
    hundredths = statistics.quantiles(latencies, n=100)
    return hundredths[49] * 1_000, hundredths[98] * 1_000
