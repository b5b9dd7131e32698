"""The same loads against one server, and what they cost it as the kernel counts it."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tests.bench.load import Load, Observed
from tests.bench.processes import cpu_seconds, memory_mb, pin
from tests.bench.stack import GATEWAY_CORE, LOAD_CORE

CONNECTIONS = 32
SHORT_CHUNKS, LONG_CHUNKS = 10, 200
SMALL_BODY_BYTES, LARGE_BODY_BYTES = 1_000, 100_000
LOAD_SECONDS_MAX = 90.0


@dataclass(frozen=True, slots=True)
class Layout:
    """How many processes a gateway has, and on how many cores it, its stores, its upstream and the load run."""

    processes: int
    cores: int
    gateway_core: int | None
    """None: wherever there is room."""


BESIDE_ALL_ELSE = Layout(processes=1, cores=2, gateway_core=GATEWAY_CORE)
LAYOUTS = (
    Layout(processes=1, cores=1, gateway_core=LOAD_CORE),
    BESIDE_ALL_ELSE,
    Layout(processes=2, cores=2, gateway_core=None),
)
"""What scales answers twice as much on two cores as on one, of which everybody has a part."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that answers chat calls, by port and process; `stores` are the processes behind it."""

    name: str
    port: int
    pid: int
    key: str
    stores: tuple[int, ...] = ()
    upstream: int | None = None
    more_keys: tuple[str, ...] = ()
    """Of further organizations, between whom the connections of a load are divided."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One load, and the CPU seconds it took of the serving process and of the stores behind it."""

    seen: Observed
    server_seconds: float
    stores_seconds: float
    upstream_seconds: float = 0.0

    @property
    def server_micros(self) -> float:
        """CPU of the serving process, an answer."""
        return self.micros(self.server_seconds)

    @property
    def all_micros(self) -> float:
        """CPU of the serving process and its stores, an answer."""
        return self.micros(self.server_seconds + self.stores_seconds)

    @property
    def cores(self) -> float:
        """How many cores all of them kept busy, the load included."""
        seconds = self.server_seconds + self.stores_seconds + self.upstream_seconds + self.seen.cpu_seconds
        return seconds / self.seen.wall_seconds

    def micros(self, seconds: float) -> float:
        """CPU seconds as microseconds an answer."""
        return seconds * 1e6 / max(1, self.seen.answers)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.seen.answers / self.seen.wall_seconds


@dataclass(frozen=True, slots=True)
class Side:
    """The same phases against one server. `warm` came before them, `memory_mb` is after them."""

    name: str
    warm: Sequence[Observed]
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
    def chunks_a_cpu_second(self) -> float:
        """Of long streams, everything counted."""
        return self.long.seen.events / max(0.01, self.long.server_seconds)

    @property
    def large_body_micros(self) -> float:
        """CPU of a large body over a small one."""
        return self.large.server_micros - self.answers.server_micros


async def measure(server: Server, *, scale: float) -> Side:
    """Every phase, one after another; `scale` shortens them."""

    async def phase(
        model: str, seconds: float, *, connections: int = CONNECTIONS, size: int = SMALL_BODY_BYTES
    ) -> Phase:
        return await run(server, model, seconds=seconds * scale, connections=connections, body_bytes=size)

    # Fills caches and prepares statements; measured by nobody, counted in the books.
    warm = [await phase("bench-answer", 1.0), await phase(f"bench-stream-{SHORT_CHUNKS}", 0.5)]
    return Side(
        name=server.name,
        warm=[one.seen for one in warm],
        answers=await phase("bench-answer", 5.0),
        alone=await phase("bench-answer", 3.0, connections=1),
        large=await phase("bench-answer", 3.0, size=LARGE_BODY_BYTES),
        short=await phase(f"bench-stream-{SHORT_CHUNKS}", 3.0),
        long=await phase(f"bench-stream-{LONG_CHUNKS}", 5.0),
        memory_mb=memory_mb(server.pid),
    )


async def run(
    server: Server, model: str, *, seconds: float, connections: int, body_bytes: int = SMALL_BODY_BYTES
) -> Phase:
    """One load to its end."""
    before = _spent(server)
    seen = await loaded(server, model, seconds=seconds, connections=connections, body_bytes=body_bytes)
    return Phase(seen, *(after - began for after, began in zip(_spent(server), before, strict=True)))


def _spent(server: Server) -> tuple[float, float, float]:
    """CPU seconds of the server, of its stores, of its upstream."""
    upstream = 0.0 if server.upstream is None else cpu_seconds(server.upstream)
    return cpu_seconds(server.pid), sum(map(cpu_seconds, server.stores)), upstream


async def loaded(server: Server, model: str, *, seconds: float, connections: int, body_bytes: int) -> Observed:
    """What a load process on its own core saw."""
    load = Load(
        port=server.port,
        key=server.key,
        model=model,
        connections=connections,
        seconds=seconds,
        stream="stream" in model,
        body_bytes=body_bytes,
        more_keys=list(server.more_keys),
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.load", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    pin(process.pid, LOAD_CORE)
    async with asyncio.timeout(LOAD_SECONDS_MAX):
        told, _ = await process.communicate(msgspec.json.encode(load))
    return msgspec.json.decode(told, type=Observed)
