"""The Dramatiq broker on Redis.

Redis is a conveyor here, not a store: a message carries a job's id and trace, nothing that PostgreSQL lacks. So the
broker needs none of Dramatiq's retries, age limits, time limits or results; jobs have them in `deepspace_core.work`.
"""

from collections.abc import Sequence

import redis
from dramatiq import Middleware
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

NAMESPACE = "deepspace"
QUEUE = "jobs"
"""One queue: what differs between jobs is their time limit. A second one is for when jobs starve each other."""

TIMEOUT_SECONDS = 5
RECONNECTS = 1
"""One, at once, for a connection that Redis dropped while it idled. An outage is waited out by the relay instead."""


def make_broker(redis_url: str, *, middleware: Sequence[Middleware] = (), namespace: str = NAMESPACE) -> RedisBroker:
    """A broker that is not connected yet; it connects, and reconnects, as it is used."""
    client = redis.Redis.from_url(
        redis_url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), RECONNECTS),
    )
    return RedisBroker(client=client, middleware=[*middleware], namespace=namespace)  # type: ignore[no-untyped-call]
