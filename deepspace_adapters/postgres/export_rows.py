"""The rows of exports out of PostgreSQL, through a server-side cursor: a batch in memory, one moment of the books.

Rows come by id, which is the order of time (UUIDv7) and that of an index, so that the first leaves at once.

The cursor's transaction is read-only and stays open while the file is written, which the rule of short transactions
allows here alone: without it rows of different moments would stand side by side. A job's time limit bounds it, and so
does the connection's own limit on idling, should the store hang.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, fields

from psycopg import IsolationLevel

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import unavailable_translated
from deepspace_core.channels import Channel, GivenChannel
from deepspace_core.exports import Export, ExportKind, Row
from deepspace_core.exports.export import MATCHED_BY
from deepspace_core.exports.table import OF_OPERATORS

BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class _Statements:
    transactions: sql.Statement
    usage: sql.Statement
    audit: sql.Statement
    conversations: sql.Statement
    requests: sql.Statement
    wallets: sql.Statement
    api_keys: sql.Statement
    deliveries: sql.Statement
    jobs: sql.Statement
    budgets: sql.Statement
    limits: sql.Statement
    ip_rules: sql.Statement
    webhooks: sql.Statement
    users: sql.Statement
    organizations: sql.Statement
    models: sql.Statement
    channels: sql.Statement
    reconciliations: sql.Statement
    schedules: sql.Statement


SQL = sql.load(__file__, _Statements)
LONGER = b"SET LOCAL statement_timeout = '10min'"
"""For the first fetch of years of a busy organization, should the planner find sorting quicker than an index."""

STATEMENTS: Mapping[ExportKind, sql.Statement] = {ExportKind(one.name): getattr(SQL, one.name) for one in fields(SQL)}


class PostgresExportRows:
    """The `ExportRows` port."""

    def __init__(self, pool: Pool, *, given: GivenChannel | None = None, batch_rows: int = BATCH_ROWS) -> None:
        self._pool = pool
        self._given = given
        self._batch_rows = batch_rows

    async def read(self, export: Export) -> AsyncIterator[Sequence[Row]]:
        first = 0 if export.tells_owners else 1 + len(OF_OPERATORS.get(export.kind, ()))
        given = None if self._given is None else self._given.channel()
        async with unavailable_translated(), self._pool.connection() as connection:
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            await connection.set_read_only(True)
            try:
                await connection.execute(LONGER)
                async with connection.cursor(name="export") as cursor:
                    await cursor.execute(STATEMENTS[export.kind], values_of(export, given))
                    while batch := await cursor.fetchmany(self._batch_rows):
                        yield [row[first:] for row in batch]
            finally:
                if not connection.closed:
                    await connection.rollback()
                    await connection.set_isolation_level(None)
                    await connection.set_read_only(None)


def values_of(export: Export, given: Channel | None = None) -> Mapping[str, object]:
    """What a statement is given: every filter that any kind has, by its name, and the channel of the settings."""
    filters = export.filters
    names = {name for kind in MATCHED_BY.values() for name in kind}
    return {name: filters.matching.get(name) for name in names} | {
        "org_id": export.org_read,
        "requester_id": export.user_id,
        "since": filters.since,
        "until": filters.until,
        "project_id": filters.project_id,
        "given_id": given and given.id,
        "given_at": given and given.created_at,
        "given_name": given and given.name,
        "given_base_url": given and given.base_url,
        "given_priority": given and given.priority,
        "given_weight": given and given.weight,
    }
