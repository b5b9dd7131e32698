"""Opens what the adapters stand on, gives the container, and closes everything in the order that loses nothing.

Closing: what was detached or shielded settles first, then the ledger answers everybody, then the connections go.
Whoever started something over them (deepspace_http/lifespan.py) ends it before.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from deepspace_adapters.container import Adapters
from deepspace_adapters.newapi.client import make_transport
from deepspace_adapters.postgres.pool import make_pool
from deepspace_adapters.redis.connection import make_redis
from deepspace_adapters.settings import Settings

LEDGER_CONNECTIONS_MAX = 2
"""The ledger writes one batch at a time; the second stands by for when the first is lost."""


@asynccontextmanager
async def open_adapters(settings: Settings, *, application: str) -> AsyncIterator[Adapters]:
    """The adapters over open connections; `application` is how PostgreSQL's own lists name them.

    Nothing is asked of Redis or NewAPI until somebody needs them. Raises SettingsFault when there is no database URL.
    """
    settings.require("database_url")
    async with AsyncExitStack() as opened:
        pool = make_pool(str(settings.database_url), size_max=settings.database_pool_size, application=application)
        # Not awaited until connected: a gateway starts, and says 503, while its database is still on its way up.
        await pool.open(wait=False)
        opened.push_async_callback(pool.close)
        ledger_pool = make_pool(str(settings.database_url), size_max=LEDGER_CONNECTIONS_MAX, application=application)
        await ledger_pool.open(wait=False)
        opened.push_async_callback(ledger_pool.close)
        transport = make_transport()
        opened.push_async_callback(transport.aclose)
        adapters = Adapters(settings=settings, pool=pool, ledger_pool=ledger_pool, transport=transport)
        if settings.redis_url is not None:
            redis = make_redis(settings.redis_url)
            opened.push_async_callback(redis.aclose)
            adapters.redis.override(redis)
        opened.push_async_callback(adapters.ledger().close)
        opened.push_async_callback(adapters.tasks().drain, settings.drain_seconds)
        yield adapters
