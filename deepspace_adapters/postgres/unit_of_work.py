"""Transactions on PostgreSQL, and the one seam where its errors become the core's.

A lost database is `Unavailable`. A value that PostgreSQL can't hold or read (U+0000 in a text, a number beyond its
type, a time zone it doesn't know: SQLSTATE class 22) is `InvalidInput`: what a use case bounds itself never gets here,
and what it doesn't came from a caller.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from deepspace_adapters.postgres.pool import Connection, Pool
from deepspace_core.kernel.errors import InvalidInput, Unavailable
from deepspace_core.kernel.ports.unit_of_work import Transaction

RETRY_AFTER_SECONDS = 2

log = logging.getLogger(__name__)


class PostgresTransaction:
    """An open transaction; rolled back at the end of its block unless committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def commit(self) -> None:
        await self.connection.commit()


class PostgresUnitOfWork:
    """The `UnitOfWork` port over a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Transaction]:
        async with unavailable_translated(), self._pool.connection() as connection:
            try:
                yield PostgresTransaction(connection)
            except psycopg.DataError as fault:
                log.warning("PostgreSQL can't take a value", exc_info=fault)  # were it our fault, it would show here
                raise InvalidInput(
                    "a value can't be stored or searched for: a text with U+0000, or a number out of bounds"
                ) from fault
            finally:
                if not connection.closed:
                    await connection.rollback()

    async def ping(self) -> None:
        """One round trip. Raises Unavailable when the database is away."""
        async with unavailable_translated(), self._pool.connection() as connection:
            await connection.execute(b"SELECT 1")


@asynccontextmanager
async def unavailable_translated() -> AsyncIterator[None]:
    """Turns psycopg's ways of saying "the database is away" into Unavailable; lets every other error through."""
    try:
        yield
    except (PoolTimeout, PoolClosed, TooManyRequests, psycopg.OperationalError, psycopg.InterfaceError) as fault:
        raise Unavailable(
            "the database can't be reached just now; try again in a moment",
            dependency="postgresql",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        ) from fault
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as fault:
        # Every statement is tested against the migrated schema, so this one is not: it is another release's, or none.
        log.warning("the schema is not this release's: %s", fault.diag.message_primary)
        raise Unavailable(
            "the database's schema is not the one that this release needs; run `deepspace migrate up`",
            dependency="postgresql",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        ) from fault


def connection_of(tx: Transaction) -> Connection:
    """The connection under `tx`. Raises TypeError for another adapter's transaction."""
    if not isinstance(tx, PostgresTransaction):
        raise TypeError(f"a PostgreSQL repository was given a {type(tx).__name__}")
    return tx.connection
