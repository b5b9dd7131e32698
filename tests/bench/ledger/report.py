"""The table of a benchmark of the ledger, and whether the targets are met. Prints; asserts nothing about time."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deepspace_core.ledger import AuditReport
from tests.bench.ledger.load import Observed

RATE_MIN = 15_000
TIMES_SINGLE_MIN = 15
TIMES_FUNCTION_MIN = 8
TIMES_BARE_MAX = 1.3
P99_MS_MAX = 20
SHARE_MIN = 0.5


class Means(StrEnum):
    """By what an operation was done."""

    GROUPED = "group commit"
    GATEWAYS = "group commit, processes"
    SINGLE = "one transaction an operation, psycopg"
    CALLING = "the function, called by psycopg"
    FUNCTION = "the function, under pgbench"
    BARE = "bare transaction, psycopg"
    BARE_PIPELINED = "bare transaction, psycopg pipeline"


class Wallets(StrEnum):
    """On what."""

    HOT = "hot"
    UNCAPPED = "hot, no budget"
    MANY = "1,000"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `note` tells what there is to tell of connections, clients or processes."""

    means: Means
    wallets: Wallets
    callers: int
    seen: Observed
    note: str = ""


class Table:
    """The lines so far, in blocks. What was measured several times in a block is told by its median rate."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._block: dict[tuple[object, ...], list[Line]] = {}

    def begin(self) -> None:
        """Prints the heads of the columns."""
        say(f"\n{'':71}{'p50':>8}{'p99':>8}{'CPU µs/operation':>19}{'operations':>12}")
        say(
            f"{'':39}{'wallets':>15}{'callers':>8}{'ops/s':>9}{'ms':>8}{'ms':>8}"
            f"{'client':>9}{'server':>10}{'a commit':>12}"
        )

    def add(self, line: Line) -> None:
        """Takes a line into the block."""
        self._block.setdefault((line.means, line.wallets, line.callers, line.note), []).append(line)

    def end_block(self) -> None:
        """Prints the block's lines, and begins another."""
        for lines in self._block.values():
            lines.sort(key=lambda line: line.seen.rate)
            self._print(lines[len(lines) // 2])
        self._block.clear()

    def _print(self, line: Line) -> None:
        self._lines.append(line)
        seen = line.seen
        batch = "" if seen.batch is None else f"{seen.batch:.1f}"
        say(
            f"{line.means:39}{line.wallets:>15}{line.callers:>8}{seen.rate:>9,.0f}{seen.p50_ms:>8.2f}{seen.p99_ms:>8.2f}"
            f"{seen.client_micros:>9.0f}{seen.postgres_micros:>10.0f}{batch:>12}  {line.note}".rstrip()
        )

    def verdicts(self) -> None:
        """Prints each ratio that there are lines for, and whether the target is reached."""
        told = [*self._verdicts()]
        if told:
            say("\nOn the hot wallet, which has a budget:")
        for what, value, met in told:
            say(f"  {what:<96} {value:>10}  {'met' if met else 'NOT met'}")

    def _verdicts(self) -> Iterator[tuple[str, str, bool]]:
        for crowd in self._seen(Means.GROUPED, callers=512):
            rate = crowd.rate
            yield f"512 callers, durable operations a second, at least {RATE_MIN:,}", f"{rate:,.0f}", rate >= RATE_MIN
            for means, callers, least in (
                (Means.SINGLE, 512, TIMES_SINGLE_MIN),
                (Means.SINGLE, None, TIMES_SINGLE_MIN),
                (Means.FUNCTION, None, TIMES_FUNCTION_MIN),
            ):
                if rivals := self._seen(means, callers=callers):
                    best = max(one.rate for one in rivals)
                    whose = "of as many callers" if callers else "at its best"
                    text = f"512 callers, times {means}, {whose} ({best:,.0f}/s), at least {least}"
                    yield text, f"{rate / best:.1f}", rate / best >= least
        for alone in self._seen(Means.GROUPED, callers=1):
            for bare in self._seen(Means.BARE, Means.BARE_PIPELINED):
                times = bare.rate / alone.rate
                text = f"1 caller, times a bare transaction ({bare.rate:,.0f}/s), at most {TIMES_BARE_MAX}"
                yield text, f"{times:.2f}", times <= TIMES_BARE_MAX
        for some in self._seen(Means.GROUPED, callers=64):
            yield f"64 callers, p99 ms, at most {P99_MS_MAX}", f"{some.p99_ms:.1f}", some.p99_ms <= P99_MS_MAX
        runs = self._seen(Means.GATEWAYS)
        if len(runs) > 1:
            share = min(run.rate for run in runs[1:]) / runs[0].rate
            yield f"several processes, of the rate of one, at least {SHARE_MIN}", f"{share:.2f}", share >= SHARE_MIN

    def _seen(self, *means: Means, callers: int | None = None) -> Sequence[Observed]:
        return [
            line.seen
            for line in self._lines
            if line.means in means and line.wallets is Wallets.HOT and callers in {None, line.callers}
        ]


def say_proof(report: AuditReport, *, seconds: float) -> None:
    """Prints what the audit says of all that was written."""
    say(
        f"\nThe audit followed {report.rows:,} transactions of {report.wallets:,} wallets, {report.holds:,} holds, "
        f"{report.budgets:,} budgets and {report.roots:,} roots in {seconds:.0f} s: {len(report.findings)} findings."
    )
    for finding in report.findings:
        say(f"{finding.where}: {finding.message} (broken: {finding.invariant})")


def say(line: str) -> None:
    """Prints at once, for those who watch."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
