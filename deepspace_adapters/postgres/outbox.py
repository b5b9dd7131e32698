"""The outbox in PostgreSQL: jobs that are not settled, by when they are next to be handed to the broker."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import kwargs_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import JobId, TraceId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.work.delivery import Delivery


@dataclass(frozen=True, slots=True)
class _Statements:
    put_delivery: sql.Statement
    lock_due: sql.Statement
    save_claims: sql.Statement
    mark_relayed: sql.Statement
    defer: sql.Statement
    remove_delivery: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresOutbox:
    """The `Outbox` port."""

    async def put(self, tx: Transaction, delivery: Delivery) -> None:
        await connection_of(tx).execute(SQL.put_delivery, asdict(delivery))

    async def lock_due(self, tx: Transaction, *, names: Sequence[str], now: datetime, limit: int) -> Sequence[Delivery]:
        values = {"names": [*names], "now": now, "limit": limit}
        async with connection_of(tx).cursor(row_factory=kwargs_row(_delivery_of)) as cursor:
            return await (await cursor.execute(SQL.lock_due, values)).fetchall()

    async def save_claims(self, tx: Transaction, claimed: Sequence[Delivery]) -> None:
        values = {
            "ids": [delivery.id for delivery in claimed],
            "available_ats": [delivery.available_at for delivery in claimed],
            "relays": [delivery.relays for delivery in claimed],
        }
        await connection_of(tx).execute(SQL.save_claims, values)

    async def mark_relayed(self, tx: Transaction, job_ids: Sequence[JobId], *, at: datetime) -> None:
        await connection_of(tx).execute(SQL.mark_relayed, {"ids": [*job_ids], "at": at})

    async def defer(self, tx: Transaction, job_ids: Sequence[JobId], *, until: datetime) -> None:
        await connection_of(tx).execute(SQL.defer, {"ids": [*job_ids], "until": until})

    async def remove(self, tx: Transaction, job_id: JobId) -> None:
        await connection_of(tx).execute(SQL.remove_delivery, {"id": job_id})


def _delivery_of(
    *,
    job_id: UUID,
    name: str,
    trace_id: str,
    created_at: datetime,
    available_at: datetime,
    relays: int,
    relayed_at: datetime | None,
) -> Delivery:
    """A row, by the names of its columns."""
    return Delivery(JobId(job_id), name, TraceId(trace_id), created_at, available_at, relays, relayed_at)
