"""What estimates of outputs are learned from, in PostgreSQL: counted there, so that a few hundred rows come over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from psycopg.rows import dict_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import ModelId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage import OutputCount


@dataclass(frozen=True, slots=True)
class _Statements:
    count_outputs: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresOutputHistory:
    """The `OutputHistory` port."""

    async def store_now(self, tx: Transaction) -> datetime:
        cursor = await connection_of(tx).execute(b"SELECT now()")
        row = await cursor.fetchone()
        assert row is not None  # noqa: S101 - now() is always one row
        return cast(datetime, row[0])

    async def count_outputs(
        self, tx: Transaction, *, since: datetime, edges: Sequence[int], limit: int
    ) -> Sequence[OutputCount]:
        values = {"since": since, "edges": list(edges), "limit": limit}
        async with connection_of(tx).cursor(row_factory=dict_row) as cursor:
            await cursor.execute(SQL.count_outputs, values)
            return [
                OutputCount(ModelId(row["model_id"]), row["api_key_id"], row["bucket"], row["calls"])
                for row in await cursor.fetchall()
            ]
