"""The monthly partitions of the large tables, made ahead by the database's own function (migration 0001)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    make_ahead: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresPartitions:
    """The `Partitions` port. The tables come from the catalogue, so that a new one can't be forgotten here."""

    async def make_ahead(self, tx: Transaction, *, first: date, months: int) -> Sequence[str]:
        rows = await (await connection_of(tx).execute(SQL.make_ahead, {"first": first, "months": months})).fetchall()
        return [row[0] for row in rows]
