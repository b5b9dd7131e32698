"""The table: one row a figure, one column a server, and what the gateway was to reach."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.gateway.crowd import NORMAL_CONNECTIONS, Crowd
from tests.bench.gateway.phases import CONNECTIONS, LAYOUTS, LONG_CHUNKS, Phase, Side
from tests.bench.load import Observed

GATEWAY, DIRECT = "gateway", "direct"
WIDTH, WIDTH_OF_VERDICT = 13, 14


@dataclass(frozen=True, slots=True)
class Row:
    """`read` takes a figure off a side; `must` and `moonshot` are ceilings for the gateway's."""

    what: str
    read: Callable[[Side], float]
    must: float | None = None
    moonshot: float | None = None
    is_added: bool = False
    """Whether the direct way's figure is taken off first."""


ROWS: Sequence[Row] = (
    Row(f"requests/s, {CONNECTIONS} connections", lambda side: side.answers.rate),
    Row("CPU µs/request, serving process", lambda side: side.answers.server_micros, 400, 200),
    Row("CPU µs/request, with PostgreSQL and Redis", lambda side: side.answers.all_micros, 700, 400),
    Row("CPU µs/chunk", lambda side: side.chunk_micros, 35, 20),
    Row("CPU µs/stream beside its chunks", lambda side: side.stream_micros, 900, 500),
    Row(f"chunks a CPU second, streams of {LONG_CHUNKS}", lambda side: side.chunks_a_cpu_second),
    Row("added p50 ms, 1 connection", lambda side: side.alone.seen.p50_ms, 2.5, 1.2, is_added=True),
    Row("added p99 ms, 1 connection", lambda side: side.alone.seen.p99_ms, 10, 4, is_added=True),
    Row(f"added p50 ms, {CONNECTIONS} connections", lambda side: side.answers.seen.p50_ms, is_added=True),
    Row(f"added p99 ms, {CONNECTIONS} connections", lambda side: side.answers.seen.p99_ms, is_added=True),
    Row(f"added first byte p50 ms, {CONNECTIONS} streams", lambda side: side.long.seen.first_p50_ms, is_added=True),
    Row("CPU µs, a 100 KB body over a 1 KB one", lambda side: side.large_body_micros, 150, 60),
    Row("memory MB after the load", lambda side: side.memory_mb, 150, 90),
)


def print_table(sides: Sequence[Side]) -> None:
    """Rows of all sides; the last two columns are how the gateway's figure stands to LiteLLM's and to its goals."""
    by_name = {side.name: side for side in sides}
    rival = next((side for side in sides if side.name == "LiteLLM"), None)
    heads = [*by_name, *(["ratio"] if rival else []), "must", "moonshot"]
    say(
        f"\n{'':<42}"
        + "".join(f"{head:>{WIDTH if at < len(by_name) else WIDTH_OF_VERDICT}}" for at, head in enumerate(heads))
    )
    for row in ROWS:
        say(_told(row, by_name, rival))
    if rival:
        say("ratio: how many times better than LiteLLM's")


def _told(row: Row, sides: Mapping[str, Side], rival: Side | None) -> str:
    figures = {name: _figure(row, side, sides[DIRECT]) for name, side in sides.items()}
    cells = [f"{'' if figure is None else f'{figure:,.2f}':>{WIDTH}}" for figure in figures.values()]
    if rival is not None:
        cells.append(f"{_ratio(row, figures[GATEWAY], figures[rival.name]):>{WIDTH_OF_VERDICT}}")
    cells += [f"{_verdict(figures[GATEWAY], goal):>{WIDTH_OF_VERDICT}}" for goal in (row.must, row.moonshot)]
    return f"{row.what:<42}{''.join(cells)}".rstrip()


def _figure(row: Row, side: Side, direct: Side) -> float | None:
    if row.is_added:
        return None if side is direct else row.read(side) - row.read(direct)
    return row.read(side)


def _ratio(row: Row, ours: float | None, theirs: float | None) -> str:
    if not ours or not theirs or min(ours, theirs) < 0:
        return ""
    more_is_better = row.what.startswith(("requests/s", "chunks a"))
    return f"{ours / theirs if more_is_better else theirs / ours:,.1f} x"


def _verdict(figure: float | None, goal: float | None) -> str:
    return "" if goal is None or figure is None else f"{goal:g} {'met' if figure <= goal else 'NOT met'}"


@dataclass(frozen=True, slots=True)
class Scaling:
    """The same load on each of LAYOUTS, in their order."""

    whose: str
    phases: Sequence[Phase]


def print_scaling(cases: Sequence[Scaling]) -> None:
    """What a second core brings, and who keeps the cores busy: more than all of them nobody can have."""
    say("\nProcesses, and the cores that they share with stores, upstream and load; CPU µs/request of each")
    say(
        f"  {'calls of':<28}{'processes':>10}{'cores':>7}{'requests/s':>12}{'gateway':>9}{'stores':>8}{'upstream':>10}"
        f"{'load':>6}{'cores busy':>12}{'p50 ms':>8}{'p99 ms':>8}"
    )
    for case in cases:
        for layout, phase in zip(LAYOUTS, case.phases, strict=True):
            say(
                f"  {case.whose:<28}{layout.processes:>10}{layout.cores:>7}{phase.rate:>12,.0f}"
                f"{phase.server_micros:>9,.0f}{phase.micros(phase.stores_seconds):>8,.0f}"
                f"{phase.micros(phase.upstream_seconds):>10,.0f}{phase.micros(phase.seen.cpu_seconds):>6,.0f}"
                f"{phase.cores:>12.2f}{phase.seen.p50_ms:>8.1f}{phase.seen.p99_ms:>8.1f}"
            )
        alone, one, two = case.phases
        say(
            f"  {case.whose}: two processes on two cores answer {two.rate / alone.rate:.2f} x what one answers on one,"
            f" and {two.rate / one.rate:.2f} x what one answers on two"
        )


def print_crowd(crowd: Crowd) -> None:
    """What slow readers and huge bodies do to normal calls of the same process."""
    say(f"\nNormal calls of one process, {NORMAL_CONNECTIONS} connections")
    for what, seen in (
        ("by themselves", crowd.alone),
        ("beside slow readers of endless streams", crowd.beside_slow),
        (f"beside bodies of 20 MB ({crowd.huge_calls} answered)", crowd.beside_huge),
    ):
        rate = seen.answers / seen.wall_seconds
        say(f"  {what:<42} p50 {seen.p50_ms:>6.1f} ms  p99 {seen.p99_ms:>6.1f} ms  {rate:>6,.0f} requests/s")


def errors_of(observed: Sequence[Observed]) -> Sequence[str]:
    """One line a kind."""
    return [f"{count:,} errors: {text}" for seen in observed for text, count in seen.errors.items()]


def say(line: str) -> None:
    """At once, whatever buffers."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
