"""Transactions: what PostgreSQL says becomes what the core says."""

import pytest
from psycopg.types.json import Jsonb

from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork, connection_of
from deepspace_core.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (b"SELECT %s::text", "nul\0"),
        (b"SELECT %s::jsonb ->> 0", Jsonb(["nul\0"])),
        (b"SELECT %s::integer", 2**40),
        (b"SELECT date_trunc('day', now(), %s::text)", "Mars/Olympus"),
    ],
)
async def test_a_value_that_postgresql_can_not_hold_is_the_caller_s_and_its_transaction_is_no_harm(
    pool: Pool, query: bytes, value: object
) -> None:
    unit_of_work = PostgresUnitOfWork(pool)
    with pytest.raises(InvalidInput):
        async with unit_of_work() as tx:
            await connection_of(tx).execute(query, [value])
    await unit_of_work.ping()
