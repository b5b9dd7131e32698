"""Calls of the past in PostgreSQL: streamed out of a cursor of the server's, so that a day is never in memory."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pipeline import PastCall, PastOrigin

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class _Statements:
    calls: sql.Statement
    origins: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresPastCalls:
    """The `PastCalls` port."""

    async def calls(
        self, tx: Transaction, org_id: OrgId, *, since: datetime, until: datetime
    ) -> AsyncIterator[Sequence[PastCall]]:
        values = {"org_id": org_id, "since": since, "until": until}
        async with connection_of(tx).cursor(name="past_calls", row_factory=class_row(PastCall)) as cursor:
            await cursor.execute(SQL.calls, values)
            while batch := await cursor.fetchmany(BATCH):
                yield batch

    async def origins(
        self, tx: Transaction, org_id: OrgId, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[PastOrigin]:
        values = {"org_id": org_id, "since": since, "until": until, "limit": limit}
        async with connection_of(tx).cursor(row_factory=class_row(PastOrigin)) as cursor:
            await cursor.execute(SQL.origins, values)
            return await cursor.fetchall()
