"""Bursts: answers in order, errors told, transactions whole, and no connection left with answers on the wire."""

import asyncio

import psycopg
import pytest

from deepspace_adapters.postgres.arrays import columns_of
from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.pool import Pool

INSERT = b"INSERT INTO notes SELECT unnest(%(numbers)s::int[])"
COUNT = b"SELECT count(*) FROM notes"


@pytest.fixture(autouse=True)
async def notes(pool: Pool) -> None:
    """A table whose numbers may be used once."""
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE notes (number int PRIMARY KEY)")


async def test_answers_come_in_the_order_of_the_statements(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        added = burst.add(INSERT, {"numbers": "{1,2,3}"})
        counted = burst.add(COUNT)
        named = burst.add(b"SELECT %(a)s::int, %(b)s::text, %(a)s::int + 1", {"b": None, "a": 7})
        await burst.commit()
    assert (added.status, added.rows) == (b"INSERT 0 3", [])
    assert (counted.rows, named.rows) == ([(3,)], [(7, None, 8)])
    assert await _count(pool) == 3


@pytest.mark.parametrize("statement", [b"SELECT %(b)s::text[], %(a)s::int[], %(b)s::text[]", b"SELECT %(b)s::text[]"])
async def test_columns_go_in_the_order_in_which_a_statement_asks_for_them(pool: Pool, statement: bytes) -> None:
    columns = columns_of(("a", "b"), [(1, "x"), (2, "y")])
    async with pool.connection() as connection:
        burst = Burst(connection)
        answer = burst.add(statement, columns)
        await burst.send()
        assert answer.rows == [(["x", "y"], [1, 2], ["x", "y"])[: statement.count(b"%")]]
        burst.add(b"SELECT %(c)s::text[]", columns)
        with pytest.raises(ValueError, match="tuple"):
            await burst.send()


async def test_nothing_stands_before_the_commit(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        burst.add(INSERT, {"numbers": [1]})
        await burst.send()
        await connection.rollback()
    assert await _count(pool) == 0


async def test_an_error_is_raised_and_takes_the_whole_burst_with_it(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        for numbers in ("{1}", "{2,2}", "{3}"):
            burst.add(INSERT, {"numbers": numbers})
        with pytest.raises(psycopg.errors.UniqueViolation) as caught:
            await burst.commit()
        await connection.rollback()
    assert caught.value.diag.constraint_name == "notes_pkey"
    assert await _count(pool) == 0


async def test_a_commit_that_became_a_rollback_is_no_success(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        burst.add(INSERT, {"numbers": "{1,1}"})
        with pytest.raises(psycopg.errors.UniqueViolation):
            await burst.send()
        with pytest.raises(psycopg.OperationalError, match="ROLLBACK"):
            await burst.commit()


async def test_more_than_the_socket_takes_at_once_goes_through(pool: Pool) -> None:
    text = "x" * 4_000_000
    async with pool.connection() as connection:
        burst = Burst(connection)
        answers = [burst.add(b"SELECT %(text)s::text", {"text": text}) for _ in range(3)]
        await burst.commit()
    assert all(answer.rows == [(text,)] for answer in answers)


async def test_what_was_pushed_is_begun_and_answered_with_the_rest(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        burst.add(COUNT)
        await burst.send()
        added = burst.add(INSERT, {"numbers": "{1,2}"})
        burst.push()
        burst.push()  # nothing more to push
        more = burst.add(INSERT, {"numbers": "{3}"})
        burst.push()
        counted = burst.add(COUNT)
        await burst.commit()
    assert (added.status, more.status, counted.rows) == (b"INSERT 0 2", b"INSERT 0 1", [(3,)])
    assert await _count(pool) == 3


async def test_an_error_in_what_was_pushed_is_raised_at_the_commit_and_takes_all_with_it(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        burst.add(COUNT)
        await burst.send()
        burst.add(INSERT, {"numbers": "{1,1}"})
        burst.push()
        burst.add(INSERT, {"numbers": "{2}"})
        with pytest.raises(psycopg.errors.UniqueViolation):
            await burst.commit()
        await connection.rollback()
        await _counted_in_burst(burst)
    assert await _count(pool) == 0


async def test_who_gives_up_what_was_pushed_gives_up_the_connection(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        burst.add(COUNT)
        await burst.send()
        burst.add(INSERT, {"numbers": "{1}"})
        burst.push()
        burst.give_up()
        assert connection.closed
    assert await _count(pool) == 0


async def test_statements_that_were_dropped_are_prepared_anew_at_once(pool: Pool) -> None:
    async with pool.connection() as connection:
        await _counted_in_burst(Burst(connection))
        await connection.execute("DEALLOCATE ALL")
        await connection.commit()
        await _counted_in_burst(Burst(connection))


async def test_statements_dropped_within_a_transaction_are_prepared_anew_at_the_next_try(pool: Pool) -> None:
    async with pool.connection() as connection:
        await _counted_in_burst(Burst(connection))
        await connection.execute("DEALLOCATE ALL")
        with pytest.raises(psycopg.OperationalError, match="try again"):
            await _counted_in_burst(Burst(connection))
        await connection.rollback()
        await _counted_in_burst(Burst(connection))


async def test_a_wait_that_is_cut_short_closes_the_connection(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        burst.add(b"SELECT pg_sleep(30)")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await burst.send()
        assert connection.closed
    assert await _count(pool) == 0


async def test_a_server_that_goes_away_is_an_operational_error(pool: Pool) -> None:
    async with pool.connection() as connection:
        burst = Burst(connection)
        burst.add(b"SELECT pg_terminate_backend(pg_backend_pid())")
        with pytest.raises(psycopg.OperationalError):
            await burst.commit()
        assert connection.closed


async def _counted_in_burst(burst: Burst) -> None:
    counted = burst.add(COUNT)
    await burst.commit()
    assert counted.rows == [(0,)]


async def _count(pool: Pool) -> int:
    async with pool.connection() as connection:
        cursor = await connection.execute(COUNT)
        [count] = await cursor.fetchone() or [0]
    return int(count)
