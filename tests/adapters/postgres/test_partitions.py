"""Months of large tables: made ahead even where rows came too early for them."""

from datetime import UTC, datetime

import pytest

from deepspace_adapters.postgres.partitions import PostgresPartitions
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_core.work import MakePartitionsAhead
from tests.fakes import FixedClock

DISTANT = datetime(2039, 11, 15, tzinfo=UTC)
WRITE = """
    INSERT INTO audit_logs (id, at, event_type, actor, subject, trace_id, payload)
    VALUES (gen_random_uuid(), %s, 'test.happened', 'system:test', 'test', 'trace', '{}')
"""


@pytest.fixture
def make_ahead(unit_of_work: PostgresUnitOfWork) -> MakePartitionsAhead:
    return MakePartitionsAhead(unit_of_work, PostgresPartitions(), FixedClock(DISTANT))


async def partitions_of(pool: Pool) -> dict[str, int]:
    """Rows by partition, of those that have any."""
    async with pool.connection() as connection:
        rows = await connection.execute("SELECT tableoid::regclass::text, count(*) FROM audit_logs GROUP BY 1")
        return dict(await rows.fetchall())


async def test_rows_that_came_before_their_month_was_made_move_into_it(
    pool: Pool, make_ahead: MakePartitionsAhead
) -> None:
    times = [datetime(2039, month, 1, tzinfo=UTC) for month in (10, 11, 11, 12)]
    async with pool.connection() as connection:
        for at in [*times, datetime(2099, 1, 1, tzinfo=UTC)]:
            await connection.execute(WRITE, [at])
    assert await partitions_of(pool) == {"audit_logs_default": 5}
    for _ in range(2):
        assert "audit_logs" in await make_ahead()
        assert await partitions_of(pool) == {
            "audit_logs_default": 2,
            "audit_logs_y2039m11": 2,
            "audit_logs_y2039m12": 1,
        }


async def test_a_table_stays_append_only_after_rows_were_moved(pool: Pool, make_ahead: MakePartitionsAhead) -> None:
    async with pool.connection() as connection:
        for at in (DISTANT, datetime(2099, 1, 1, tzinfo=UTC)):
            await connection.execute(WRITE, [at])
    await make_ahead()
    async with pool.connection() as connection:
        for change in (b"UPDATE audit_logs SET actor = 'x'", b"DELETE FROM audit_logs"):
            for at in (DISTANT, datetime(2099, 1, 1, tzinfo=UTC)):
                with pytest.raises(Exception, match="append-only"):
                    async with connection.transaction():
                        await connection.execute(change + b" WHERE at = %s", [at])


async def test_a_row_for_no_month_that_is_made_still_finds_its_place(
    pool: Pool, make_ahead: MakePartitionsAhead
) -> None:
    await make_ahead()
    async with pool.connection() as connection:
        await connection.execute(WRITE, [datetime(2099, 1, 1, tzinfo=UTC)])
    assert await partitions_of(pool) == {"audit_logs_default": 1}
