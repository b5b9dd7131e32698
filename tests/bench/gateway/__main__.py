"""`make bench`: what the gateway costs with everything on, beside calling its upstream directly, nginx and LiteLLM.

Everything on: API key, limits in Redis, policy, a durable hold and a durable capture (fsync) for each call, with its
usage record, audit event and request log; metrics, trace, access line. It prints what it measured and asserts nothing
about time. It fails when a call failed, or when the books afterwards don't show every call once.

What is measured has one core, all else the other. CPU per chunk is the slope between long and short streams, CPU per
stream what is left at no chunks. Takes about three minutes, and another for LiteLLM's installation the first time.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from deepspace_adapters.composition import compose
from deepspace_adapters.embedded.redis import free_port
from deepspace_core.ledger.use_cases import AuditLedger, AuditReport
from deepspace_core.usage import UsageFilters
from tests.bench.gateway import rivals
from tests.bench.gateway.crowd import SLOW_READERS, Crowd, crowded
from tests.bench.gateway.phases import BESIDE_ALL_ELSE, CONNECTIONS, LAYOUTS, Layout, Phase, Server, Side, measure, run
from tests.bench.gateway.report import (
    DIRECT,
    GATEWAY,
    Scaling,
    errors_of,
    print_crowd,
    print_scaling,
    print_table,
    say,
)
from tests.bench.load import Observed
from tests.bench.machine import machine
from tests.bench.stack import Stack, running_stack

TWO_SECONDS = 5.0
SCALING_CONNECTIONS = (CONNECTIONS, 4 * CONNECTIONS)

Start: TypeAlias = Callable[..., Server]


class Bench:
    """One run. Remembers every load, so that the books can be held against what was answered."""

    def __init__(self, stack: Stack, *, scale: float) -> None:
        self._stack = stack
        self._scale = scale
        self._through: list[Observed] = []
        self._beside: list[Observed] = []
        self._more_calls = 0
        """Calls of the crowd that no load has counted."""

    async def gateway(self) -> tuple[Side, Crowd]:
        async with self._gateway(BESIDE_ALL_ELSE) as server:
            side = await measure(server, scale=self._scale)
            crowd = await crowded(server, scale=self._scale)
        self._through += [*side.warm, *(phase.seen for phase in side.phases)]
        self._through += [crowd.alone, crowd.beside_slow, crowd.beside_huge]
        self._more_calls += crowd.huge_calls + SLOW_READERS
        return side, crowd

    async def scaling(self) -> Sequence[Scaling]:
        """Each layout under the same loads, all calls of one wallet and connections of many."""
        keys = self._stack.keys
        whose: Sequence[tuple[str, tuple[str, ...]]] = (("one wallet", ()), (f"{len(keys)} wallets", keys[1:]))
        found = [[await self._by(layout, more) for layout in LAYOUTS] for _, more in whose]
        return [
            Scaling(f"{name}, {connections} connections", phases)
            for (name, _), by_layout in zip(whose, found, strict=True)
            for connections, *phases in zip(SCALING_CONNECTIONS, *by_layout, strict=True)
        ]

    async def _by(self, layout: Layout, more_keys: tuple[str, ...]) -> Sequence[Phase]:
        """A load of each number of connections, on processes of their own."""
        async with self._gateway(layout) as started:
            server = replace(started, more_keys=more_keys)
            warm = await run(server, "bench-answer", seconds=1.0, connections=CONNECTIONS)
            phases = [
                await run(server, "bench-answer", seconds=TWO_SECONDS * self._scale, connections=connections)
                for connections in SCALING_CONNECTIONS
            ]
        self._through += [warm.seen, *(phase.seen for phase in phases)]
        return phases

    async def direct(self) -> Side:
        server = Server(DIRECT, port=self._stack.upstream_port, pid=self._stack.upstream_pid, key="none")
        return await self._measured_beside(server)

    async def rival(self, start: Start) -> Side | None:
        """None, and a line that says why, where it is not to be had."""
        with ExitStack() as opened:
            try:
                server = start(opened, self._stack.directory, port=free_port(), upstream_port=self._stack.upstream_port)
            except rivals.Missing as missing:
                say(f"left out: {missing}")
                return None
            return await self._measured_beside(server)

    async def proven(self) -> int:
        """Holds the books against what was answered. Returns the exit code."""
        recorded = await _calls_recorded(self._stack)
        report: AuditReport = await compose(self._stack.adapters, AuditLedger)()
        answered = sum(seen.answers for seen in self._through) + self._more_calls
        say(f"\n{answered:,} calls went through the gateway, {recorded:,} usage records tell of them.")
        say(f"The audit looked at {report.holds:,} holds and {report.rows:,} rows: {len(report.findings)} findings.")
        errors = errors_of([*self._through, *self._beside])
        for line in (*errors, *(f"{one.where}: {one.message} (broken: {one.invariant})" for one in report.findings)):
            say(line)
        return 0 if report.sound and recorded == answered and not errors_of(self._through) else 1

    async def _measured_beside(self, server: Server) -> Side:
        side = await measure(server, scale=self._scale)
        self._beside += [phase.seen for phase in side.phases]
        return side

    @asynccontextmanager
    async def _gateway(self, layout: Layout) -> AsyncIterator[Server]:
        with ExitStack() as opened:
            child, port = self._stack.gateway(opened, processes=layout.processes, core=layout.gateway_core)
            yield Server(
                GATEWAY,
                port=port,
                pid=child.pid or 0,
                key=self._stack.key,
                stores=self._stack.store_pids,
                upstream=self._stack.upstream_pid,
            )
            child.stop()  # SIGTERM: whatever still settles is settled


async def main(*, with_litellm: bool, scale: float) -> int:
    """Measures and prints. Returns the exit code."""
    say(f"{machine()}, fsync on, everything on")
    async with running_stack() as stack:
        bench = Bench(stack, scale=scale)
        direct = await bench.direct()
        proxied = await bench.rival(rivals.nginx)
        ours, crowd = await bench.gateway()
        scaling = await bench.scaling()
        theirs = await bench.rival(rivals.litellm) if with_litellm else None
        sides: Sequence[Side] = [side for side in (direct, proxied, ours, theirs) if side is not None]
        print_table(sides)
        print_scaling(scaling)
        print_crowd(crowd)
        return await bench.proven()


async def _calls_recorded(stack: Stack) -> int:
    """How many calls the usage records tell of; all of them, once the gateway has nothing left to settle."""
    async with stack.adapters.unit_of_work()() as tx:
        totals = await stack.adapters.usage().totals(tx, None, UsageFilters())
    return sum(sums.requests for sums in totals.values())


def _arguments() -> argparse.Namespace:
    described = "Measures the gateway beside its upstream, nginx and LiteLLM's proxy."
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gateway", description=described)
    parser.add_argument("--without-litellm", action="store_true", help="neither install nor measure LiteLLM's proxy")
    parser.add_argument("--scale", type=float, default=1.0, help="how long each load takes; 1.0 is what is documented")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    os.chdir(Path(__file__).parents[3])  # the children are modules of this tree
    sys.exit(asyncio.run(main(with_litellm=not given.without_litellm, scale=given.scale)))
