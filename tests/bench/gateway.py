"""`make bench`: what the gateway costs with everything on, beside calling the upstream directly, on this machine.

Everything on: API key, limits in Redis, policy, a durable hold and a durable capture (fsync) for each call, with its
usage record, audit event and request log; metrics, trace, access line. It prints what it measured and asserts nothing
about time. It fails when a call failed, or when the books afterwards don't show every call once.

The gateway has one core, all else the other. CPU per chunk is the slope between long and short streams, CPU per stream
what is left at no chunks.
"""

import asyncio
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from deepspace_adapters.container import compose
from deepspace_core.ledger.use_cases import AuditLedger, AuditReport
from deepspace_core.usage import UsageFilters
from tests.bench.load import Load, Observed
from tests.bench.processes import cpu_seconds, memory_mb, pin
from tests.bench.stack import LOAD_CORE, Stack, running_stack

CONNECTIONS = 32
SHORT_CHUNKS, LONG_CHUNKS = 10, 100
LARGE_BODY_BYTES = 100_000
LOAD_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Phase:
    """One load, and the CPU seconds it took of the serving process and of the stores behind it."""

    seen: Observed
    server_seconds: float
    stores_seconds: float

    @property
    def server_micros(self) -> float:
        """CPU of the serving process, an answer."""
        return self.server_seconds * 1e6 / max(1, self.seen.answers)

    @property
    def all_micros(self) -> float:
        """CPU of the serving process and its stores, an answer."""
        return (self.server_seconds + self.stores_seconds) * 1e6 / max(1, self.seen.answers)


@dataclass(frozen=True, slots=True)
class Side:
    """The same phases against one server."""

    answers: Phase
    alone: Phase
    large: Phase
    short: Phase
    long: Phase
    memory_mb: float

    @property
    def phases(self) -> Sequence[Phase]:
        return (self.answers, self.alone, self.large, self.short, self.long)

    @property
    def chunk_micros(self) -> float:
        """CPU of one chunk more in a stream."""
        return (self.long.server_micros - self.short.server_micros) / (LONG_CHUNKS - SHORT_CHUNKS)

    @property
    def stream_micros(self) -> float:
        """CPU of a stream beside its chunks."""
        return self.short.server_micros - SHORT_CHUNKS * self.chunk_micros

    @property
    def rate(self) -> float:
        return self.answers.seen.answers / self.answers.seen.wall_seconds


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. `must` and `moonshot` are ceilings; None where no goal was set."""

    what: str
    direct: float | None
    gateway: float
    must: float | None = None
    moonshot: float | None = None

    def told(self) -> str:
        ratio = f"{self.gateway / self.direct:,.2f} x" if self.direct and self.direct > 0 else ""
        direct = "" if self.direct is None else f"{self.direct:,.2f}"
        goals = f"{self._goal(self.must):>16} {self._goal(self.moonshot):>16}"
        return f"{self.what:<46} {direct:>10} {self.gateway:>10,.2f} {ratio:>11} {goals}".rstrip()

    def _goal(self, ceiling: float | None) -> str:
        return "" if ceiling is None else f"{ceiling:g} {'met' if self.gateway <= ceiling else 'NOT met'}"


async def main() -> int:
    """Measures and prints. Returns the exit code."""
    _say(_machine())
    async with running_stack() as stack:
        # Fills caches and prepares statements; measured by nobody, counted in the books.
        early = [await _loaded(stack, stack.gateway_port, "bench-answer", seconds=2)]
        early.append(await _loaded(stack, stack.gateway_port, "bench-stream-10", seconds=1, stream=True))
        gateway = await _side(stack, stack.gateway_port, stack.gateway_pid, stack.store_pids)
        direct = await _side(stack, stack.upstream_port, stack.upstream_pid, ())
        stack.gateway.stop()  # SIGTERM: whatever still settles is settled
        recorded = await _calls_recorded(stack)
        report = await compose(stack.adapters, AuditLedger)()
    _print_table(direct, gateway)
    through = [*early, *(phase.seen for phase in gateway.phases)]
    return _print_proof(through, [phase.seen for phase in direct.phases], recorded, report)


async def _side(stack: Stack, port: int, pid: int, stores: Sequence[int]) -> Side:
    async def phase(model: str, *, seconds: float, connections: int = CONNECTIONS, padding: int = 0) -> Phase:
        stream = "stream" in model
        server, behind = cpu_seconds(pid), sum(map(cpu_seconds, stores))
        seen = await _loaded(
            stack, port, model, seconds=seconds, connections=connections, stream=stream, padding=padding
        )
        return Phase(seen, cpu_seconds(pid) - server, sum(map(cpu_seconds, stores)) - behind)

    return Side(
        answers=await phase("bench-answer", seconds=6),
        alone=await phase("bench-answer", seconds=3, connections=1),
        large=await phase("bench-answer", seconds=3, padding=LARGE_BODY_BYTES),
        short=await phase(f"bench-stream-{SHORT_CHUNKS}", seconds=4),
        long=await phase(f"bench-stream-{LONG_CHUNKS}", seconds=5),
        memory_mb=memory_mb(pid),
    )


async def _loaded(
    stack: Stack,
    port: int,
    model: str,
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    stream: bool = False,
    padding: int = 0,
) -> Observed:
    load = Load(
        port=port,
        key=stack.key,
        model=model,
        connections=connections,
        seconds=seconds,
        stream=stream,
        padding_bytes=padding,
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    pin(process.pid, LOAD_CORE)
    async with asyncio.timeout(LOAD_SECONDS_MAX):
        told, _ = await process.communicate(msgspec.json.encode(load))
    return msgspec.json.decode(told, type=Observed)


async def _calls_recorded(stack: Stack) -> int:
    """How many calls the usage records tell of; all of them, once the gateway has nothing left to settle."""
    async with stack.adapters.unit_of_work()() as tx:
        totals = await stack.adapters.usage().totals(tx, None, UsageFilters())
    return sum(sums.requests for sums in totals.values())


def _print_table(direct: Side, gateway: Side) -> None:
    _say(f"\n{'':<46} {'direct':>10} {'gateway':>10} {'ratio':>11} {'must':>16} {'moonshot':>16}")
    for line in _lines(direct, gateway):
        _say(line.told())


def _lines(direct: Side, gateway: Side) -> Sequence[Line]:
    def added(gateway_ms: float, direct_ms: float) -> float:
        return gateway_ms - direct_ms

    lone, lone_direct = gateway.alone.seen, direct.alone.seen
    many, many_direct = gateway.answers.seen, direct.answers.seen
    return [
        Line(f"requests/s, {CONNECTIONS} connections", direct.rate, gateway.rate),
        Line("CPU µs/request, serving process", direct.answers.server_micros, gateway.answers.server_micros, 400, 200),
        Line("CPU µs/request, with PostgreSQL and Redis", None, gateway.answers.all_micros, 700, 400),
        Line("CPU µs/chunk", direct.chunk_micros, gateway.chunk_micros, 35, 20),
        Line("CPU µs/stream beside its chunks", direct.stream_micros, gateway.stream_micros, 900, 500),
        Line("p50 ms, 1 connection", lone_direct.p50_ms, lone.p50_ms),
        Line("p99 ms, 1 connection", lone_direct.p99_ms, lone.p99_ms),
        Line("  added p50 ms", None, added(lone.p50_ms, lone_direct.p50_ms), 2.5, 1.2),
        Line("  added p99 ms", None, added(lone.p99_ms, lone_direct.p99_ms), 10, 4),
        Line(f"p50 ms, {CONNECTIONS} connections", many_direct.p50_ms, many.p50_ms),
        Line(f"p99 ms, {CONNECTIONS} connections", many_direct.p99_ms, many.p99_ms),
        Line("  added p50 ms", None, added(many.p50_ms, many_direct.p50_ms)),
        Line("  added p99 ms", None, added(many.p99_ms, many_direct.p99_ms)),
        Line("first byte p50 ms, streams", direct.long.seen.first_p50_ms, gateway.long.seen.first_p50_ms),
        Line(
            "CPU µs, a 100 KB body over a small one",
            direct.large.server_micros - direct.answers.server_micros,
            gateway.large.server_micros - gateway.answers.server_micros,
            150,
            60,
        ),
        Line("memory MB after the load", direct.memory_mb, gateway.memory_mb, 150, 90),
    ]


def _print_proof(through: Sequence[Observed], direct: Sequence[Observed], recorded: int, report: AuditReport) -> int:
    answered = sum(seen.answers for seen in through)
    errors = [error for seen in (*through, *direct) for error in seen.errors.items()]
    _say(f"\n{answered:,} calls were answered through the gateway, {recorded:,} usage records tell of them.")
    _say(
        f"The audit looked at {report.holds:,} holds and {report.rows:,} transactions: {len(report.findings)} findings."
    )
    for text, count in errors:
        _say(f"{count:,} errors: {text}")
    for finding in report.findings:
        _say(f"{finding.where}: {finding.message} (broken: {finding.invariant})")
    return 0 if report.sound and recorded == answered and not errors else 1


def _machine() -> str:
    now = datetime.now(UTC).date().isoformat()
    cores, python = os.cpu_count(), platform.python_version()
    return f"{now}, {cores} cores, {platform.system()} {platform.machine()}, Python {python}, fsync on, everything on"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
