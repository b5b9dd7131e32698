"""Parquet over arro3 (Rust's arrow and parquet): streamed, at most a row group in memory.

arro3 pulls batches from an iterator and pushes bytes into a file, and blocks while it does; so it runs in a thread that
takes each batch from the event loop and hands each piece back to it. Neither side gets ahead of the other by more than
PIECES_WAITING_MAX pieces. pyarrow was rejected: 150 MB for what 35 do here.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

from deepspace_core.exports import Batches, Column

PIECES_WAITING_MAX = 4
STOP_POLL_SECONDS = 0.05


class ArrowParquetEncoder:
    """The `ParquetEncoder` port."""

    async def encode(self, columns: Sequence[Column], batches: Batches) -> AsyncIterator[bytes]:
        # Imported here, so that only a process that writes Parquet has arro3 in its memory.
        from deepspace_adapters.parquet.bridge import Bridge  # noqa: PLC0415

        pieces: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES_WAITING_MAX)
        bridge = Bridge(columns, batches, pieces)
        writing = asyncio.create_task(bridge.write())
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            await writing
        finally:
            bridge.stopped = True
            while not writing.done():
                # The thread may wait for room: make some until it has noticed.
                while not pieces.empty():
                    pieces.get_nowait()
                await asyncio.wait([writing], timeout=STOP_POLL_SECONDS)
            if not writing.cancelled():
                writing.exception()  # it is told already, or nobody is left to be told
