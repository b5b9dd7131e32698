"""`make bench-ledger`: hold + capture pairs by group commit, and by everything that it is compared with, in one run.

Prints durable operations a second (a pair is two), latencies, CPU and ratios; audits all that was written, and fails
when the books aren't sound or an operation was lost. Takes about two minutes on two cores. The client's CPU includes
the callers themselves; everything shares the machine's cores with the server.
"""

import argparse
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from deepspace_http.garbage import settle_garbage
from tests.bench.ledger import pgbench
from tests.bench.ledger.bank import FIRST_OF_MANY, HOT, MANY, UNCAPPED, Bank, caller, open_bank
from tests.bench.ledger.bare import observe_bare
from tests.bench.ledger.gateways import observe_gateways
from tests.bench.ledger.grouped import GroupedClient
from tests.bench.ledger.load import COST_NANOS, HOLD_NANOS, Client, observe
from tests.bench.ledger.profile import print_profile
from tests.bench.ledger.report import Line, Means, Table, Wallets, say, say_proof
from tests.bench.ledger.single import CallingClient, Idle, SingleClient, connections
from tests.bench.machine import machine

SECONDS = 1.5
SECONDS_QUICK = 0.4
CALLERS = (1, 8, 64, 512)
CROWD = CALLERS[-1]
TURNS_ALONE = 3
CONNECTIONS_TRIED = (4, 8, 16, 32)
TRIED_CALLERS = 64
TRIED_SHARE = 0.4
PROCESSES = (1, 2, 3)
NUMBERS: dict[Wallets, Sequence[int]] = {
    Wallets.HOT: [HOT],
    Wallets.UNCAPPED: [UNCAPPED],
    Wallets.MANY: range(FIRST_OF_MANY, FIRST_OF_MANY + MANY),
}


class Bench:
    """The parts of the benchmark, each for a number of callers; they add their lines to one table.

    All parts are measured with one caller before any is with more: what many leave behind (autovacuum, checkpoints)
    would be paid by those who come after them.
    """

    def __init__(self, bank: Bank, seconds: float) -> None:
        self.table = Table()
        self._bank = bank
        self._seconds = seconds
        self._best: dict[Means, int] = {}

    async def block(self, parts: Sequence[str], callers: int) -> None:
        """All parts with so many callers. With one, in turns, because what is compared there is close together."""
        for _ in range(TURNS_ALONE if callers == 1 else 1):
            for part in parts:
                await PARTS[part](self, callers)
                if callers > 1:
                    self.table.end_block()
        self.table.end_block()

    async def bare(self, callers: int) -> None:
        """What nobody can be much faster than, with one caller."""
        for means in (Means.BARE, Means.BARE_PIPELINED) if callers == 1 else ():
            pipelined = means is Means.BARE_PIPELINED
            seen = await observe_bare(self._bank, seconds=self._seconds, pipelined=pipelined)
            self.table.add(Line(means, Wallets.HOT, 1, seen, "two rows, nothing decided"))

    async def grouped(self, callers: int) -> None:
        """The ledger, in this process."""
        ledger = self._bank.ledger()
        for wallets in Wallets:
            if wallets is not Wallets.UNCAPPED or callers in {1, CROWD}:
                await self._line(Means.GROUPED, wallets, GroupedClient(ledger), callers=callers)
        await ledger.close()

    async def single(self, callers: int) -> None:
        """One transaction an operation, through psycopg."""
        await self._psycopg(Means.SINGLE, SingleClient, callers=callers, autocommit=False)
        await self._psycopg(Means.CALLING, CallingClient, callers=callers, autocommit=True)

    async def pgbench(self, callers: int) -> None:
        """One transaction an operation, under pgbench; its clients are its callers, as many as are best."""
        for wallets in (Wallets.HOT, Wallets.MANY) if callers in {1, CROWD} else ():
            numbers = NUMBERS[wallets]
            clients = 1 if callers == 1 else await pgbench.best_clients(self._bank, numbers)
            seen = await pgbench.observe_pgbench(self._bank, numbers, clients=clients, seconds=self._seconds)
            note = "" if callers == 1 else f"best of {', '.join(map(str, pgbench.CLIENTS_TRIED))} clients"
            self.table.add(Line(Means.FUNCTION, wallets, clients, seen, note))

    async def gateways(self, callers: int) -> None:
        """Several processes on one database."""
        for wallets in (Wallets.HOT, Wallets.MANY) if callers == CROWD else ():
            for processes in PROCESSES:
                seen = await observe_gateways(
                    self._bank, NUMBERS[wallets], processes=processes, callers=callers, seconds=self._seconds
                )
                note = "1 process" if processes == 1 else f"{processes} processes"
                self.table.add(Line(Means.GATEWAYS, wallets, callers, seen, note))

    async def _psycopg(self, means: Means, make: Callable[[Idle], Client], *, callers: int, autocommit: bool) -> None:
        if callers > 1 and means not in self._best:
            self._best[means] = await self._best_connections(make, autocommit=autocommit)
        count = min(callers, self._best.get(means, 1))
        async with connections(self._bank.url, count, autocommit=autocommit) as idle:
            for wallets in (Wallets.HOT, Wallets.MANY) if callers == CROWD else (Wallets.HOT,):
                note = "1 connection" if count == 1 else f"{count} connections"
                await self._line(means, wallets, make(idle), callers=callers, note=note)

    async def _best_connections(self, make: Callable[[Idle], Client], *, autocommit: bool) -> int:
        rates = {}
        for count in CONNECTIONS_TRIED:
            async with connections(self._bank.url, count, autocommit=autocommit) as idle:
                seen = await observe(
                    self._bank, make(idle), [HOT], callers=TRIED_CALLERS, seconds=self._seconds * TRIED_SHARE
                )
                rates[count] = seen.rate
        return max(rates, key=lambda count: rates[count])

    async def _line(self, means: Means, wallets: Wallets, client: Client, *, callers: int, note: str = "") -> None:
        seen = await observe(self._bank, client, NUMBERS[wallets], callers=callers, seconds=self._seconds)
        self.table.add(Line(means, wallets, callers, seen, note))


PARTS: dict[str, Callable[[Bench, int], Awaitable[None]]] = {
    "bare": Bench.bare,
    "grouped": Bench.grouped,
    "single": Bench.single,
    "pgbench": Bench.pgbench,
    "gateways": Bench.gateways,
}


async def run(parts: Sequence[str], *, seconds: float, profiled: bool) -> int:
    """Measures and prints. Returns the exit code."""
    async with open_bank() as bank:
        say(f"{machine()}, writing and syncing a page takes {bank.sync_micros:.0f} µs")
        say(bank.settings)
        await pgbench.install_functions(bank)
        await _require_same_books(bank)
        settle_garbage()  # as a gateway does, for everybody who is measured in this process
        bench = Bench(bank, seconds)
        if parts:
            bench.table.begin()
        for callers in CALLERS if parts else ():
            say("")
            await bench.block(parts, callers)
        bench.table.verdicts()
        if profiled:
            await print_profile(bank, CALLERS, seconds=seconds)
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
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts, in this order")
    parser.add_argument("--profile", action="store_true", help="where the CPU time of the ledger goes")
    asked = parser.parse_args()
    asked.only = asked.only or ([] if asked.profile else [*PARTS])
    return asked


if __name__ == "__main__":
    asked = _arguments()
    logging.disable(logging.WARNING)  # a ledger tells whenever somebody else was at its wallet, and here they all are
    sys.exit(
        uvloop.run(run(asked.only, seconds=SECONDS_QUICK if asked.quick else asked.seconds, profiled=asked.profile))
    )
