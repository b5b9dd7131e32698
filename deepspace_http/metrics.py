"""What Prometheus may read: one registry for the gateway process, and requests counted by route template.

Several gateway processes: `PROMETHEUS_MULTIPROC_DIR` (set by deepspace_http/server.py before the processes start)
makes each keep its numbers in files there, and whichever answers /metrics adds them up.
"""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from deepspace_http.tally import TalliedCounter, TalliedHistogram, hand_over, hand_over_soon

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
LATENCY_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_IS_SHARED = bool(os.environ.get(MULTIPROCESS_VARIABLE))
"""Whether other processes' readings need ours. Asked at import, as Prometheus's client does."""
UNMATCHED = "(unmatched)"
"""The label of every path that no route has, so that a scanner can't make labels without bound."""

disable_created_metrics()  # type: ignore[no-untyped-call]
registry = CollectorRegistry()
"""Where every metric of the HTTP shell registers; the gateway's own (holds, tokens, upstreams) do so too."""

_requests = Counter("deepspace_http_requests", "Requests answered.", ["method", "route", "status"], registry=registry)
_latency = Histogram(
    "deepspace_http_request_seconds",
    "From the request's arrival to the last byte of its answer.",
    ["method", "route"],
    registry=registry,
    buckets=LATENCY_BUCKETS_SECONDS,
)
_observers: dict[tuple[str, str, int], tuple[TalliedCounter, TalliedHistogram]] = {}
"""Label look-ups cost more than counting; routes × methods × statuses bound this."""


def observe_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Counts one answered request."""
    key = (method, route, status)
    pair = _observers.get(key)
    if pair is None:
        requests, latency = _requests.labels(method, route, str(status)), _latency.labels(method, route)
        pair = _observers[key] = TalliedCounter(requests), TalliedHistogram(latency)
    counted, timed = pair
    counted.pending += 1
    timed.observe(seconds)
    if _IS_SHARED:
        hand_over_soon()


def exposition() -> bytes:
    """Every metric in Prometheus's text format, summed over processes where there are several."""
    hand_over()
    if os.environ.get(MULTIPROCESS_VARIABLE):
        summed = CollectorRegistry()
        MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
        return generate_latest(summed)
    return generate_latest(registry)
