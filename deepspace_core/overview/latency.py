"""How long answers take, as counts by step, so that quantiles of any period add up from those of its hours.

Quantiles of quantiles are wrong; counts can be summed. The steps grow by a tenth, so a quantile read from them is
within five percent of the true one; up to 10 ms it is exact. Sources: HdrHistogram, and DDSketch (Masson et al., VLDB
2019).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LATENCY_MS_MAX = 3_600_000
"""An hour: what takes longer counts as that long."""
PERMILLE = 1_000


class LatencyMeasure(StrEnum):
    """What is timed: the whole answer, or its first token where it was streamed."""

    ANSWER = "answer"
    FIRST_TOKEN = "first_token"  # noqa: S105 - of an answer, not of a log-in


def _edges() -> tuple[int, ...]:
    edges = [1]
    while edges[-1] < LATENCY_MS_MAX:
        edges.append(max(edges[-1] + 1, edges[-1] * 11 // 10))
    return tuple(edges)


EDGES = _edges()
"""In milliseconds. Step n holds what took at least EDGES[n - 1] and less than EDGES[n]; step 0 took no time at all."""


def step_of(latency_ms: int) -> int:
    """The step that a latency counts in."""
    return bisect_right(EDGES, latency_ms)


@dataclass(frozen=True, slots=True)
class Latencies:
    """How many answers there were of each step."""

    counts: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, latencies_ms: Iterable[int]) -> "Latencies":
        """Counts single latencies."""
        counts: dict[int, int] = {}
        for latency_ms in latencies_ms:
            step = step_of(latency_ms)
            counts[step] = counts.get(step, 0) + 1
        return cls(counts)

    def __add__(self, other: "Latencies") -> "Latencies":
        steps = self.counts.keys() | other.counts.keys()
        return Latencies({step: self.counts.get(step, 0) + other.counts.get(step, 0) for step in steps})

    @property
    def calls(self) -> int:
        """How many there are in all."""
        return sum(self.counts.values())

    def quantile_ms(self, permille: int) -> int | None:
        """The latency that `permille` of a thousand did not exceed (nearest rank); None where there are none."""
        rank = max(1, -(-permille * self.calls // PERMILLE))
        for step in sorted(self.counts):
            rank -= self.counts[step]
            if rank <= 0:
                return _middle(step)
        return None


def _middle(step: int) -> int:
    if step == 0:
        return 0
    if step == len(EDGES):
        return EDGES[-1]
    return (EDGES[step - 1] + EDGES[step] - 1) // 2
