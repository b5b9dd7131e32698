"""The connection pool, and the settings every connection of ours runs under."""

from typing import TypeAlias

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Connection: TypeAlias = AsyncConnection[TupleRow]
Pool: TypeAlias = AsyncConnectionPool[Connection]

CONNECT_TIMEOUT_SECONDS = 5
CHECKOUT_TIMEOUT_SECONDS = 5.0
STATEMENT_TIMEOUT_MILLISECONDS = 30_000
IDLE_IN_TRANSACTION_TIMEOUT_MILLISECONDS = 60_000
UNANSWERED_MILLISECONDS_MAX = 20_000
"""How long a server may leave what was sent to it unacknowledged: TCP itself goes on for a quarter of an hour."""
KEEPALIVE_SECONDS, KEEPALIVE_INTERVAL_SECONDS, KEEPALIVES_MAX = 10, 5, 2
"""A server that vanished while it was being waited for is noticed after 20 seconds; the system's usual is two hours."""
POOL_SIZE_DEFAULT = 10
WAITING_MAX = 2_000


def make_pool(database_url: str, *, size_max: int = POOL_SIZE_DEFAULT, application: str = "deepspace") -> Pool:
    """A closed pool; open it inside the running event loop with `await pool.open()`."""
    return AsyncConnectionPool(
        database_url,
        min_size=1,
        max_size=size_max,
        max_waiting=WAITING_MAX,
        timeout=CHECKOUT_TIMEOUT_SECONDS,
        open=False,
        name=application,
        kwargs={
            "application_name": application,
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "tcp_user_timeout": UNANSWERED_MILLISECONDS_MAX,
            "keepalives_idle": KEEPALIVE_SECONDS,
            "keepalives_interval": KEEPALIVE_INTERVAL_SECONDS,
            "keepalives_count": KEEPALIVES_MAX,
            "options": (
                "-c timezone=UTC"
                f" -c statement_timeout={STATEMENT_TIMEOUT_MILLISECONDS}"
                f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MILLISECONDS}"
            ),
        },
    )
