"""The monthly partitions of the large tables: made ahead by the database's own function, and taken out.

Names of tables can't be parameters of a statement; they come from the catalogue and are quoted by psycopg.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg import sql as composing

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.work import DetachedMonth, ReadLines
from deepspace_core.work.ports import TableOnDisk


@dataclass(frozen=True, slots=True)
class _Statements:
    make_ahead: sql.Statement
    list_partitioned: sql.Statement
    measure: sql.Statement
    list_months: sql.Statement
    list_detached: sql.Statement


SQL = sql.load(__file__, _Statements)
ANALYZE = composing.SQL("ANALYZE {}")
DETACH = composing.SQL("ALTER TABLE {} DETACH PARTITION {}")
READ = composing.SQL("SELECT ctid::text, row_to_json(r)::text FROM {} r WHERE ctid > %s::tid ORDER BY r.ctid LIMIT %s")
COUNT = composing.SQL("SELECT count(*) FROM {}")
DROP = composing.SQL("DROP TABLE {}")
BEGINNING = "(0,0)"
"""Before the first row: tuples of a page are numbered from 1."""


class PostgresPartitions:
    """The `Partitions` port. The tables come from the catalogue, so that a new one can't be forgotten here."""

    async def make_ahead(self, tx: Transaction, *, first: date, months: int) -> Sequence[str]:
        rows = await (await connection_of(tx).execute(SQL.make_ahead, {"first": first, "months": months})).fetchall()
        return [row[0] for row in rows]

    async def analyze(self, tx: Transaction) -> Sequence[str]:
        connection = connection_of(tx)
        tables = [row[0] for row in await (await connection.execute(SQL.list_partitioned)).fetchall()]
        for table in tables:
            await connection.execute(ANALYZE.format(composing.Identifier(table)))
        return tables

    async def measure(self, tx: Transaction, *, until: date) -> Sequence[TableOnDisk]:
        return await find_all(tx, TableOnDisk, SQL.measure, {"until": until})

    async def detach(self, tx: Transaction, *, table: str, before: date) -> Sequence[str]:
        connection = connection_of(tx)
        rows = await (await connection.execute(SQL.list_months, {"table": table, "before": before})).fetchall()
        for (month,) in rows:
            await connection.execute(DETACH.format(composing.Identifier(table), composing.Identifier(month)))
        return [row[0] for row in rows]

    async def list_detached(self, tx: Transaction, *, tables: Sequence[str]) -> Sequence[DetachedMonth]:
        rows = await (await connection_of(tx).execute(SQL.list_detached, {"tables": [*tables]})).fetchall()
        return [DetachedMonth(table, name) for table, name in rows]

    async def read(self, tx: Transaction, month: DetachedMonth, *, after: str | None, limit: int) -> ReadLines:
        values = (after or BEGINNING, limit)
        rows = await (await connection_of(tx).execute(READ.format(composing.Identifier(month.name)), values)).fetchall()
        return ReadLines([row[1] for row in rows], rows[-1][0] if rows else None)

    async def drop(self, tx: Transaction, month: DetachedMonth, *, rows: int) -> None:
        connection = connection_of(tx)
        row = await (await connection.execute(COUNT.format(composing.Identifier(month.name)))).fetchone()
        if row is None or row[0] != rows:
            raise Conflict(f"{month.name} has {row and row[0]} rows, and {rows} were copied: it is kept")
        await connection.execute(DROP.format(composing.Identifier(month.name)))
