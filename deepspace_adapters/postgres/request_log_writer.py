"""Stores the logs of requests that moved no money: in the background, in bulk, never in the way of a request.

Bounded: QUEUE_MAX records wait at most; what comes on top is dropped, counted and told in the log. A flush that fails
keeps its records for the next one, so a database that is away for a moment costs nothing but memory.
"""

import asyncio
import logging
from collections import deque
from itertools import islice

from deepspace_adapters.postgres.audit import write_request_logs
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import unavailable_translated
from deepspace_core.audit import RequestLog
from deepspace_core.kernel.errors import Unavailable

FLUSH_SECONDS = 0.2
FLUSH_ROWS_MAX = 200
QUEUE_MAX = 10_000
CLOSE_FLUSHES_MAX = QUEUE_MAX // FLUSH_ROWS_MAX + 1
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


class PostgresRequestLogWriter:
    """The `RequestLogWriter` port. `start` it inside the event loop, `close` it at shutdown: that stores what waits."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: deque[RequestLog] = deque()
        self._full = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0
        """How many records found the queue full since the start; for metrics."""

    @property
    def waiting(self) -> int:
        """How many records are not stored yet; for metrics."""
        return len(self._waiting)

    def write(self, record: RequestLog) -> None:
        if len(self._waiting) >= QUEUE_MAX:
            self.dropped += 1
            if self.dropped.bit_count() == 1:  # at 1, 2, 4, 8, …: a flood of drops is no flood of log lines
                log.warning("the queue of request logs is full; %d records dropped so far", self.dropped)
            return
        self._waiting.append(record)
        if len(self._waiting) >= FLUSH_ROWS_MAX:
            self._full.set()

    def start(self) -> None:
        """Begins to flush every FLUSH_SECONDS or FLUSH_ROWS_MAX records, whichever comes first."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stops, and stores what still waits; when the database is away, tells how much is lost."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        for _ in range(CLOSE_FLUSHES_MAX):
            if not self._waiting or not await self._flush():
                break
        if self._waiting:
            log.error("%d request logs could not be stored before the end", len(self._waiting))

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._full.wait()
            except TimeoutError:
                pass
            self._full.clear()
            if self._waiting and not await self._flush():
                await asyncio.sleep(RETRY_SECONDS)

    async def _flush(self) -> bool:
        """Stores the oldest records. False when the database is away; they then wait on."""
        batch = list(islice(self._waiting, FLUSH_ROWS_MAX))
        try:
            async with unavailable_translated(), self._pool.connection() as connection:
                await write_request_logs(connection, batch)
        except Unavailable:
            log.warning("the database is away; %d request logs wait", len(self._waiting))
            return False
        except Exception:
            # A record that can't be stored must not hold up all that come after it.
            log.exception("%d request logs could not be stored and are dropped", len(batch))
            self.dropped += len(batch)
        for _ in batch:
            self._waiting.popleft()
        if len(self._waiting) >= FLUSH_ROWS_MAX:
            self._full.set()
        return True
