"""One scheduler leads at a time, on PostgreSQL's own locks."""

from psycopg import AsyncConnection

from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.schedules import LEADER_LOCK, PostgresSchedules
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from tests.worker.conftest import eventually


async def test_one_leads_and_another_once_its_transaction_is_over(pool: Pool) -> None:
    schedules, unit_of_work = PostgresSchedules(), PostgresUnitOfWork(pool)
    async with unit_of_work() as first, unit_of_work() as second:
        assert await schedules.lead(first)
        assert not await schedules.lead(second)
        await first.commit()
        assert await schedules.lead(second)


async def test_a_leader_that_dies_leaves_nothing_held(pool: Pool, database_url: str) -> None:
    schedules, unit_of_work = PostgresSchedules(), PostgresUnitOfWork(pool)
    leader = await AsyncConnection.connect(database_url)
    await leader.execute(b"SELECT pg_advisory_xact_lock(%s)", (LEADER_LOCK,))
    async with unit_of_work() as tx:
        assert not await schedules.lead(tx)
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_terminate_backend(%s)", (leader.info.backend_pid,))

    async def passed_on() -> bool:
        async with unit_of_work() as tx:
            return await schedules.lead(tx)

    await eventually(passed_on)
    await leader.close()
