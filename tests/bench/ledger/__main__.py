"""`make bench-ledger`: hold + capture pairs by group commit, and by everything that it is compared with, in one run.

Prints durable operations a second (a pair is two), latencies, CPU and ratios; audits all that was written, and fails
when the books aren't sound or an operation was lost. Takes about two minutes on two cores. The client's CPU includes
the callers themselves; everything shares the machine's cores with the server.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import uvloop

from tests.bench.ledger import pgbench
from tests.bench.ledger.bank import FIRST_OF_MANY, HOT, MANY, UNCAPPED, Bank, caller, open_bank
from tests.bench.ledger.bare import observe_bare
from tests.bench.ledger.gateways import observe_gateways
from tests.bench.ledger.grouped import GroupedClient
from tests.bench.ledger.load import COST_NANOS, HOLD_NANOS, Client, observe
from tests.bench.ledger.report import Line, Means, Table, Wallets, say, say_proof
from tests.bench.ledger.single import CallingClient, Idle, SingleClient, connections

SECONDS = 1.5
SECONDS_QUICK = 0.4
CALLERS = (1, 8, 64, 512)
CROWD = CALLERS[-1]
CONNECTIONS_TRIED = (4, 8, 16, 32)
TRIED_SHARE = 0.4
PROCESSES = (1, 2, 3)
NUMBERS: dict[Wallets, Sequence[int]] = {
    Wallets.HOT: [HOT],
    Wallets.UNCAPPED: [UNCAPPED],
    Wallets.MANY: range(FIRST_OF_MANY, FIRST_OF_MANY + MANY),
}


class Bench:
    """The parts of the benchmark; each adds its lines to one table."""

    def __init__(self, bank: Bank, seconds: float) -> None:
        self.table = Table()
        self._bank = bank
        self._seconds = seconds

    async def grouped(self) -> None:
        """The ledger, in this process."""
        ledger = self._bank.ledger()
        client = GroupedClient(ledger)
        runs = [(Wallets.HOT, count) for count in CALLERS]
        runs += [(Wallets.UNCAPPED, count) for count in (1, CROWD)]
        runs += [(Wallets.MANY, count) for count in CALLERS]
        for wallets, callers in runs:
            await self._line(Means.GROUPED, wallets, client, callers=callers)
        await ledger.close()

    async def single(self) -> None:
        """One transaction an operation, through psycopg."""
        await self._psycopg(Means.SINGLE, SingleClient, autocommit=False)
        await self._psycopg(Means.CALLING, CallingClient, autocommit=True)

    async def pgbench(self) -> None:
        """One transaction an operation, under pgbench; its clients are its callers."""
        for wallets in (Wallets.HOT, Wallets.MANY):
            best = await pgbench.best_clients(self._bank, NUMBERS[wallets])
            for clients in sorted({1, best}):
                seen = await pgbench.observe_pgbench(
                    self._bank, NUMBERS[wallets], clients=clients, seconds=self._seconds
                )
                note = f"the best of {', '.join(map(str, pgbench.CLIENTS_TRIED))} clients" if clients == best else ""
                self.table.add(Line(Means.FUNCTION, wallets, clients, seen, note))

    async def bare(self) -> None:
        """What nobody can be much faster than, with one caller."""
        for means in (Means.BARE, Means.BARE_PIPELINED):
            pipelined = means is Means.BARE_PIPELINED
            seen = await observe_bare(self._bank, seconds=self._seconds, pipelined=pipelined)
            self.table.add(Line(means, Wallets.HOT, 1, seen, "two rows, nothing decided"))

    async def gateways(self) -> None:
        """Several processes on one database."""
        for wallets in (Wallets.HOT, Wallets.MANY):
            for processes in PROCESSES:
                seen = await observe_gateways(
                    self._bank, NUMBERS[wallets], processes=processes, callers=CROWD, seconds=self._seconds
                )
                note = "1 process" if processes == 1 else f"{processes} processes"
                self.table.add(Line(Means.GATEWAYS, wallets, CROWD, seen, note))

    async def _psycopg(
        self,
        means: Means,
        make: Callable[[Idle], Client],
        *,
        autocommit: bool,
    ) -> None:
        rates = {}
        for count in CONNECTIONS_TRIED:
            async with connections(self._bank.url, count, autocommit=autocommit) as idle:
                seen = await observe(self._bank, make(idle), [HOT], callers=CROWD, seconds=self._seconds * TRIED_SHARE)
                rates[count] = seen.rate
        best = max(rates, key=lambda count: rates[count])
        for wallets, callers in [*((Wallets.HOT, count) for count in CALLERS), (Wallets.MANY, CROWD)]:
            count = min(callers, best)
            async with connections(self._bank.url, count, autocommit=autocommit) as idle:
                await self._line(means, wallets, make(idle), callers=callers, note=f"{count} connections")

    async def _line(self, means: Means, wallets: Wallets, client: Client, *, callers: int, note: str = "") -> None:
        seen = await observe(self._bank, client, NUMBERS[wallets], callers=callers, seconds=self._seconds)
        self.table.add(Line(means, wallets, callers, seen, note))


PARTS: dict[str, Callable[[Bench], Awaitable[None]]] = {
    "grouped": Bench.grouped,
    "bare": Bench.bare,
    "single": Bench.single,
    "pgbench": Bench.pgbench,
    "gateways": Bench.gateways,
}


async def run(parts: Sequence[str], *, seconds: float) -> int:
    """Measures and prints. Returns the exit code."""
    async with open_bank() as bank:
        machine = (
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
        )
        say(f"{datetime.now(UTC).date()}, {machine}, writing and syncing a page takes {bank.sync_micros:.0f} µs")
        say(bank.settings)
        await pgbench.install_functions(bank)
        await _require_same_books(bank)
        bench = Bench(bank, seconds)
        bench.table.begin()
        for part in parts:
            await PARTS[part](bench)
        bench.table.verdicts()
        begun = time.perf_counter()
        report = await bank.audit()
        say_proof(report, seconds=time.perf_counter() - begun)
    return 0 if report.sound else 1


async def _require_same_books(bank: Bank) -> None:
    """The comparison is of like with like: the ledger recognizes what the other clients have written, and goes on."""
    ledger, spender = bank.ledger(), caller(HOT)
    async with (
        connections(bank.url, 1, autocommit=False) as deciding,
        connections(bank.url, 1, autocommit=True) as calling,
    ):
        clients: Sequence[Client] = (SingleClient(deciding), CallingClient(calling))
        for number, client in enumerate(clients):
            ref, cost_ref = f"hold:proof-{number}", f"capture:proof-{number}"
            await client.hold(spender, ref)
            await client.capture(spender, cost_ref, ref)
            again = [
                await ledger.apply(spender.hold(ref, HOLD_NANOS)),
                await ledger.apply(spender.capture(cost_ref, ref, COST_NANOS)),
            ]
            if not all(outcome.accepted and outcome.replayed for outcome in again):
                raise RuntimeError(f"{type(client).__name__} writes other books than the ledger: {again}")
    await ledger.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger", description="Measures the ledger.")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"how long each line is measured ({SECONDS})")
    parser.add_argument("--quick", action="store_true", help=f"{SECONDS_QUICK} seconds a line: directions, not figures")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[*PARTS], help="these parts, in this order")
    return parser.parse_args()


if __name__ == "__main__":
    asked = _arguments()
    sys.exit(uvloop.run(run(asked.only, seconds=SECONDS_QUICK if asked.quick else asked.seconds)))
