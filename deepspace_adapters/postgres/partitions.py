"""The monthly partitions of the large tables: made ahead by the database's own function, and taken out.

Names of tables can't be parameters of a statement; they come from the catalogue and are quoted by psycopg.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg import sql as composing
from psycopg.errors import CheckViolation

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.object_key import ObjectKey
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.work import ArchivedMonth, DetachedMonth, ReadLines
from deepspace_core.work.ports import TableOnDisk


@dataclass(frozen=True, slots=True)
class _Statements:
    make_ahead: sql.Statement
    list_partitioned: sql.Statement
    measure: sql.Statement
    list_months: sql.Statement
    list_detached: sql.Statement
    list_archived: sql.Statement
    find_month: sql.Statement


SQL = sql.load(__file__, _Statements)
ANALYZE = composing.SQL("ANALYZE {}")
DETACH = composing.SQL("ALTER TABLE {} DETACH PARTITION {}")
READ = composing.SQL("SELECT ctid::text, row_to_json(r)::text FROM {} r WHERE ctid > %s::tid ORDER BY r.ctid LIMIT %s")
COUNT = composing.SQL("SELECT count(*) FROM {}")
DROP = composing.SQL("DROP TABLE {}")
DROP_BESIDE = composing.SQL("DROP TABLE IF EXISTS {}")
MAKE_LIKE = composing.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)")
FILL = composing.SQL(
    "INSERT INTO {} SELECT r.* FROM unnest(%(lines)s::text[]) AS line, json_populate_record(NULL::{}, line::json) AS r"
)
RENAME = composing.SQL("ALTER TABLE {} RENAME TO {}")
ATTACH = composing.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})")
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

    async def list_archived(self, tx: Transaction, *, limit: int) -> Sequence[ArchivedMonth]:
        return await find_all(tx, _archived, SQL.list_archived, {"limit": limit})

    async def rows_there(self, tx: Transaction, month: ArchivedMonth) -> int | None:
        connection = connection_of(tx)
        row = await (await connection.execute(SQL.find_month, {"name": month.name, "table": month.table})).fetchone()
        if row is None:
            return None
        if not row[0]:
            raise Conflict(f"{month.name} stands alone: it is being archived, and the next run goes on with it")
        counted = await (await connection.execute(COUNT.format(composing.Identifier(month.name)))).fetchone()
        return None if counted is None else int(counted[0])

    async def begin_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        await self.drop_restore(tx, month)
        await connection_of(tx).execute(MAKE_LIKE.format(_beside(month), composing.Identifier(month.table)))

    async def restore_lines(self, tx: Transaction, month: ArchivedMonth, lines: Sequence[str]) -> None:
        await connection_of(tx).execute(FILL.format(_beside(month), _beside(month)), {"lines": [*lines]})

    async def finish_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        connection = connection_of(tx)
        month_start = date(int(month.name[-7:-3]), int(month.name[-2:]), 1)
        month_end = (month_start + timedelta(days=31)).replace(day=1)
        table, name = composing.Identifier(month.table), composing.Identifier(month.name)
        await connection.execute(RENAME.format(_beside(month), name))
        bounds = (composing.Literal(f"{month_start} 00:00:00+00"), composing.Literal(f"{month_end} 00:00:00+00"))
        try:
            await connection.execute(ATTACH.format(table, name, *bounds))
        except CheckViolation as fault:
            raise Conflict(
                f"{month.table} has got rows of {month.name} meanwhile, in the partition without a month; "
                "let `partitions.make_ahead` or a hand move them first"
            ) from fault

    async def drop_restore(self, tx: Transaction, month: ArchivedMonth) -> None:
        await connection_of(tx).execute(DROP_BESIDE.format(_beside(month)))


def _beside(month: ArchivedMonth) -> composing.Identifier:
    """Where a month lies while it is restored; by another name, so that it is not archived meanwhile."""
    return composing.Identifier(f"{month.name}_restoring")


def _archived(
    *, table: str, name: str, key: str, rows: int, size_bytes: int, sha256: str, archived_at: datetime
) -> ArchivedMonth:
    return ArchivedMonth(table, name, ObjectKey(key), rows, size_bytes, sha256, archived_at)
