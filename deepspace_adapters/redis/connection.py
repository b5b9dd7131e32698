"""The connection to Redis, and the settings that every connection of ours runs under."""

from redis.asyncio import Redis

CONNECT_TIMEOUT_SECONDS = 2.0
CONNECTIONS_MAX = 256
HEALTH_CHECK_SECONDS = 30


def make_redis(redis_url: str) -> Redis:
    """A client over a pool; connects at first use. Close it with `aclose`.

    It waits for an answer as long as its caller does, who must have a limit of his own: the driver's makes two timers a
    command, a third of what a command costs.
    """
    client: Redis = Redis.from_url(
        redis_url,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        socket_timeout=None,
        max_connections=CONNECTIONS_MAX,
        health_check_interval=HEALTH_CHECK_SECONDS,
    )
    return client
