"""Parquet: whole, typed, streamed, and quiet when nobody reads on."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence

import pytest
from arro3.io import read_parquet

from deepspace_adapters.parquet.bridge import ROW_GROUP_ROWS
from deepspace_adapters.parquet.encoder import PIECES_WAITING_MAX, ArrowParquetEncoder
from deepspace_core.exports import COLUMNS, Column, ColumnType, ExportKind, Row
from deepspace_core.kernel.ports.job_context import JobCancelled
from tests.core.exports.rows import sample_row
from tests.fakes import NOON

TWO = (Column("name"), Column("count", ColumnType.INTEGER))


async def _batches(*batches: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    for batch in batches:
        yield batch


async def _file(columns: Sequence[Column], *batches: Sequence[Row]) -> bytes:
    return b"".join([piece async for piece in ArrowParquetEncoder().encode(columns, _batches(*batches))])


@pytest.mark.parametrize("kind", ExportKind)
async def test_every_kind_is_written_with_its_types(kind: ExportKind) -> None:
    columns = COLUMNS[kind]
    empty = [None] * len(columns)
    table = read_parquet(io.BytesIO(await _file(columns, [sample_row(columns), empty]))).read_all()
    assert table.column_names == [column.name for column in columns]
    assert table.num_rows == 2
    at = next(number for number, column in enumerate(columns) if column.type is ColumnType.TIME)
    assert table.column(at).to_pylist() == [NOON, None]


async def test_an_empty_export_is_a_file_with_columns_and_no_rows() -> None:
    table = read_parquet(io.BytesIO(await _file(TWO))).read_all()
    assert (table.column_names, table.num_rows) == (["name", "count"], 0)


async def test_more_than_a_row_group_is_read_back_whole() -> None:
    rows = [[f"row {number}", number] for number in range(ROW_GROUP_ROWS + 10)]
    table = read_parquet(io.BytesIO(await _file(TWO, rows[:30_000], rows[30_000:]))).read_all()
    assert table.column(1).to_pylist() == list(range(ROW_GROUP_ROWS + 10))


async def test_what_reading_raises_is_raised() -> None:
    async def cancelled() -> AsyncIterator[Sequence[Row]]:
        yield [["a", 1]]
        raise JobCancelled("nobody wants it")

    with pytest.raises(JobCancelled):
        _ = [piece async for piece in ArrowParquetEncoder().encode(TWO, cancelled())]


async def test_no_more_is_read_than_is_taken() -> None:
    """Memory is bounded by construction: the source waits for the reader."""
    read = 0

    async def endless() -> AsyncIterator[Sequence[Row]]:
        nonlocal read
        while True:
            read += 1
            yield [[f"{read}-{number}" * 40, number] for number in range(ROW_GROUP_ROWS // 10)]

    encoding = ArrowParquetEncoder().encode(TWO, endless())
    pieces = [await anext(encoding) for _ in range(3)]
    before = -1
    while before != read:
        before = read
        await asyncio.sleep(0.4)
    # What can be on its way: a row group, the waiting pieces, and the batch that waits for room.
    assert read <= 10 * (len(pieces) + PIECES_WAITING_MAX + 2) * 10
    await encoding.aclose()  # type: ignore[attr-defined]
    assert read <= before + 1
