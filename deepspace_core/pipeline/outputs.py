"""How much models write where nobody says how much they may: learned from the calls that have been metered.

Theory. Outputs are counted in buckets whose edges grow by at most a quarter, so a histogram is some ninety integers
whatever the traffic. The estimate of a quantile is the largest number of its bucket: never below the true quantile
of what was counted, and less than a quarter above it. When a histogram holds CALLS_MAX calls all its counts are halved,
so that what is long past fades. Estimates are of a model and an API key; for a key that has made too few calls, of the
model; for a model that is too new there is none, and the model's ceiling has to do.

The histogram was preferred to P² (Jain, Chlamtac 1985): it can be added up over gateways, and its error has a bound.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from deepspace_core.kernel.ids import ModelId
from deepspace_core.usage import OutputCount

OCTAVES = 24
STEPS = 4
"""Buckets in an octave: edges at 4/4, 5/4, 6/4 and 7/4 of each power of two."""
CALLS_MIN = 30
"""Fewer say nothing about their twentieth part."""
CALLS_MAX = 4_096
PER_MILLE = 950
"""One call in twenty writes more than it is held for; what comes on top is drawn on the wallet (docs/billing.md)."""
KEYS_MAX = 20_000
"""Keys and models that are remembered apart; the longest unused are forgotten, and fall back to their model."""


def _edges() -> tuple[int, ...]:
    edges = {(STEPS + step) << octave >> 2 for octave in range(OCTAVES) for step in range(STEPS)}
    return tuple(sorted(edges))


EDGES = _edges()
"""Bucket n holds what is at least EDGES[n - 1] and below EDGES[n], as PostgreSQL's width_bucket numbers them."""


@dataclass(slots=True)
class Histogram:
    """Calls by how much they wrote."""

    calls: int = 0
    typical: int | None = None
    """The estimated quantile; None while too little is known."""
    _counts: list[int] = field(default_factory=lambda: [0] * (len(EDGES) + 1))

    def add(self, bucket: int, calls: int) -> None:
        """Counts calls of one bucket. `typical` follows at `settle`."""
        self._counts[bucket] += calls
        self.calls += calls

    def settle(self) -> None:
        """Fades what is past, and estimates anew."""
        while self.calls > CALLS_MAX:
            self._counts = [count // 2 for count in self._counts]
            self.calls = sum(self._counts)
        self.typical = None if self.calls < CALLS_MIN else self._quantile()

    def _quantile(self) -> int:
        wanted = -(-self.calls * PER_MILLE // 1_000)
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen >= wanted:
                return EDGES[min(bucket, len(EDGES) - 1)] - 1
        raise AssertionError("unreachable: all calls together are more than a part of them")


@dataclass(slots=True)
class OutputEstimates:
    """What has been learned. Has a state; one a process, filled by `LearnOutputs`."""

    learned_until: datetime | None = None
    """The store's time up to which calls have been counted."""
    _models: dict[int, Histogram] = field(default_factory=dict)
    """By the model's number, as below: Python hashes a UUID by code of its own."""
    _keys: OrderedDict[tuple[int, int], Histogram] = field(default_factory=OrderedDict)

    def estimate(self, model_id: ModelId, api_key_id: UUID | None) -> int | None:
        """Tokens that most calls stay within, or None where too little is known."""
        if api_key_id is not None:
            own = self._keys.get((model_id.int, api_key_id.int))
            if own is not None and own.typical is not None:
                return own.typical
        all_of_model = self._models.get(model_id.int)
        return None if all_of_model is None else all_of_model.typical

    def learn(self, counts: Iterable[OutputCount]) -> None:
        """Adds what has been metered since the last time."""
        touched: dict[int, Histogram] = {}
        for count in counts:
            for histogram in self._histograms(count):
                histogram.add(count.bucket, count.calls)
                touched[id(histogram)] = histogram
        for histogram in touched.values():
            histogram.settle()
        while len(self._keys) > KEYS_MAX:
            self._keys.popitem(last=False)

    def _histograms(self, count: OutputCount) -> Iterable[Histogram]:
        yield self._models.setdefault(count.model_id.int, Histogram())
        if count.api_key_id is not None:
            place = (count.model_id.int, count.api_key_id.int)
            yield self._keys.setdefault(place, Histogram())
            self._keys.move_to_end(place)
