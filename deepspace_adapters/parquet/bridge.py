"""Where Parquet is written: a thread in which arro3 pulls batches and pushes bytes, tied to the event loop.

Apart from the encoder, because arro3 takes 8 MB of every process that loads it, and few processes write Parquet.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet

from deepspace_core.exports import Batches, Column, ColumnType, Row

ROW_GROUP_ROWS = 50_000
PIECE_BYTES = 1024 * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TYPES = {
    ColumnType.TEXT: DataType.utf8(),
    ColumnType.DECIMAL: DataType.utf8(),
    ColumnType.INTEGER: DataType.int64(),
    ColumnType.BOOLEAN: DataType.bool(),
    ColumnType.TIME: DataType.timestamp("us", tz="UTC"),
}
"""Decimals stay text: exact, and money stands beside them as an integer."""


class Bridge:
    """Between the event loop, where batches come from and pieces go to, and the thread that writes."""

    def __init__(self, columns: Sequence[Column], batches: Batches, pieces: asyncio.Queue[bytes | None]) -> None:
        self._columns = columns
        self._batches = aiter(batches)
        self._pieces = pieces
        self._loop = asyncio.get_running_loop()
        self._waiting = bytearray()
        self._fault: BaseException | None = None
        self.stopped = False

    async def write(self) -> None:
        """All of the file. Raises what reading the batches raised."""
        try:
            await asyncio.to_thread(self._write)
        except Exception:
            if self._fault is not None:
                raise self._fault from None  # what reading raised, and not what arro3 made of it
            raise
        finally:
            if not self.stopped:
                await self._pieces.put(None)

    def _write(self) -> None:
        fields = [Field(column.name, TYPES[column.type], nullable=True) for column in self._columns]
        schema = Schema(fields)
        reader = RecordBatchReader.from_batches(schema, self._record_batches(schema))
        write_parquet(reader, _Sink(self), compression="zstd(3)", max_row_group_size=ROW_GROUP_ROWS)  # type: ignore[arg-type]
        self.flush()

    def _record_batches(self, schema: Schema) -> Iterator[RecordBatch]:
        while True:
            batch = self._await(self._next())
            if batch is None:
                return
            values = list(zip(*batch, strict=True)) if batch else [()] * len(self._columns)
            arrays = [_array(column.type, one) for column, one in zip(self._columns, values, strict=True)]
            yield RecordBatch.from_arrays(arrays, schema=schema)

    async def _next(self) -> Sequence[Row] | None:
        try:
            return await anext(self._batches)
        except StopAsyncIteration:
            return None
        except BaseException as fault:
            self._fault = fault
            raise

    def take(self, data: bytes) -> None:
        """Bytes of the file, in the thread."""
        self._waiting += data
        if len(self._waiting) >= PIECE_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hands over what waits, in the thread; waits for room."""
        if self._waiting:
            piece, self._waiting = bytes(self._waiting), bytearray()
            self._await(self._pieces.put(piece))

    def _await(self, work: Coroutine[Any, Any, Any]) -> Any:
        if self.stopped:
            work.close()
            raise RuntimeError("nobody reads the file any more")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _array(wanted: ColumnType, values: Sequence[object]) -> Array:
    """A column of a batch. arro3 makes no array of datetimes, but casts one of microseconds."""
    if wanted is ColumnType.TIME:
        return Array([_microseconds(one) for one in values], DataType.int64()).cast(TYPES[wanted])
    return Array(list(values), TYPES[wanted])


def _microseconds(moment: object) -> int | None:
    return (moment - EPOCH) // timedelta(microseconds=1) if isinstance(moment, datetime) else None


class _Sink:
    """As much of a file as arro3 asks for."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._position = 0

    def write(self, data: bytes) -> int:
        self._bridge.take(bytes(data))
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError("a stream has no way back")

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Handed over by the piece."""

    def close(self) -> None:
        """Nothing to close."""
