"""Looks at what a gateway process stands on, every few seconds, and tells Prometheus.

A look instead of a hook: what is looked at need not know that it is measured, and the hot path pays nothing.
"""

import asyncio
import logging
import time

from prometheus_client import Gauge

from deepspace_adapters.container import Adapters
from deepspace_http.garbage import give_back
from deepspace_http.metrics import registry
from deepspace_http.tally import hand_over

LOOK_SECONDS = 5.0

_degraded = Gauge(
    "deepspace_gateway_limits_degraded",
    "1 while Redis is away and each process limits by itself.",
    registry=registry,
    multiprocess_mode="livemax",
)
_redis_failures = Gauge(
    "deepspace_gateway_redis_failures",
    "How often Redis failed to answer since the start.",
    registry=registry,
    multiprocess_mode="livesum",
)
_logs_waiting = Gauge(
    "deepspace_gateway_request_logs_waiting",
    "Request logs on their way to the database.",
    registry=registry,
    multiprocess_mode="livesum",
)
_logs_dropped = Gauge(
    "deepspace_gateway_request_logs_dropped",
    "Request logs that found their queue full since the start.",
    registry=registry,
    multiprocess_mode="livesum",
)
_unsettled = Gauge(
    "deepspace_gateway_settlements_waiting",
    "Captures and releases on disk that wait for the database. Alert on more than 0 for minutes.",
    registry=registry,
    multiprocess_mode="livemax",
)
_settlement_lag = Gauge(
    "deepspace_gateway_settlement_lag_seconds",
    "For how long the first of them waits: how far captures are behind.",
    registry=registry,
    multiprocess_mode="livemax",
)
_database_waiting = Gauge(
    "deepspace_gateway_database_waiting",
    "Requests that wait for a database connection.",
    registry=registry,
    multiprocess_mode="livesum",
)
_resting = Gauge(
    "deepspace_gateway_channel_resting",
    "1 while a channel's calls of a model (* for all of them) are kept away from it, or tried one by one.",
    ["channel", "model"],
    registry=registry,
    multiprocess_mode="livesum",
)
_rested: set[tuple[str, str]] = set()
"""What has ever rested, so that it goes back to 0; bounded by channels and models."""
log = logging.getLogger(__name__)


async def watch(adapters: Adapters) -> None:
    """Looks for ever, and gives back what was freed; cancel it. What was counted until then is handed over."""
    try:
        while True:
            look(adapters)
            give_back()
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        hand_over()


def look(adapters: Adapters) -> None:
    """One look at everything. A look that fails is logged and tried again at the next."""
    try:
        hand_over()
        window, request_logs = adapters.rate_window(), adapters.request_logs()
        _degraded.set(window.degraded)
        _redis_failures.set(window.failures)
        _logs_waiting.set(request_logs.waiting)
        _logs_dropped.set(request_logs.dropped)
        _unsettled.set(adapters.journal().count())
        oldest = adapters.journal().oldest_at()
        _settlement_lag.set(0.0 if oldest is None else max(time.time() - oldest, 0.0))
        resting = adapters.upstream().resting()
        _rested.update(resting)
        for channel, model in _rested:
            _resting.labels(channel, model).set((channel, model) in resting)
        _database_waiting.set(adapters.pool().get_stats().get("requests_waiting", 0))
    except Exception:
        log.exception("the gateway could not look at itself")
