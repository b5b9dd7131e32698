"""What an operator needs to know of a Redis. One connection, nothing changed."""

from dataclasses import dataclass

import redis

from deepspace_core.kernel.errors import Unavailable

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RedisReport:
    """A server as it was found. `eviction` other than "noeviction" may drop queued jobs when memory runs short."""

    version: tuple[int, ...]
    eviction: str
    append_only: bool


def inspect_redis(redis_url: str) -> RedisReport:
    """Connects and looks. Raises Unavailable with what the driver says."""
    try:
        client = redis.Redis.from_url(
            redis_url, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS, decode_responses=True
        )
        with client:
            info = client.info()
    except (redis.RedisError, OSError, ValueError) as fault:
        raise Unavailable(f"Redis can't be reached: {fault}", dependency="redis") from fault
    return RedisReport(
        version=tuple(int(part) for part in str(info["redis_version"]).split(".")[:2]),
        eviction=str(info.get("maxmemory_policy", "unknown")),
        append_only=bool(info.get("aof_enabled", 0)),
    )
