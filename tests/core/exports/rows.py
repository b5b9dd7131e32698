"""Rows to export that a test has given, and a job that only listens."""

from collections.abc import AsyncIterator, Sequence

from deepspace_core.exports import COLUMNS, Column, ColumnType, Export, Row
from deepspace_core.kernel.ports.job_context import JobCancelled
from tests.fakes import NOON

SAMPLES: dict[ColumnType, object] = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: 7,
    ColumnType.DECIMAL: "-1.5",
    ColumnType.BOOLEAN: True,
    ColumnType.TIME: NOON,
}


def sample_row(columns: Sequence[Column], **changes: object) -> Row:
    """One row, with a value of its type in each column."""
    return [changes.get(column.name, SAMPLES[column.type]) for column in columns]


class GivenRows:
    """The `ExportRows` port: the same batches for every export; one row of samples unless given."""

    def __init__(self, batches: Sequence[Sequence[Row]] | None = None) -> None:
        self.batches = batches
        self.read_batches = 0
        self.asked: list[Export] = []

    async def read(self, export: Export) -> AsyncIterator[Sequence[Row]]:
        self.asked.append(export)
        for batch in [[sample_row(COLUMNS[export.kind])]] if self.batches is None else self.batches:
            self.read_batches += 1
            yield batch


class Listener:
    """The `JobContext` port: remembers progress, and is cancelled once `rows_max` rows are done."""

    def __init__(self, *, rows_max: int | None = None) -> None:
        self.cancelled = False
        self.told: list[int] = []
        self._rows_max = rows_max

    def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        self.told.append(done)
        if self._rows_max is not None and done > self._rows_max:
            raise JobCancelled("nobody wants it any more")
