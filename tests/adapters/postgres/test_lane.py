"""A lane: bursts one after another without waiting, each a transaction of its own, whatever becomes of the others."""

import asyncio

import psycopg
import pytest

from deepspace_adapters.postgres.burst import Burst
from deepspace_adapters.postgres.lane import Lane
from deepspace_adapters.postgres.pool import Connection, Pool

INSERT = b"INSERT INTO notes SELECT unnest(%(numbers)s::int[])"
COUNT = b"SELECT count(*) FROM notes"
SUM = b"SELECT sum(number) FROM notes"


@pytest.fixture(autouse=True)
async def notes(pool: Pool) -> None:
    """A table whose numbers may be used once."""
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE notes (number int PRIMARY KEY)")


def _adding(connection: Connection, numbers: str) -> Burst:
    burst = Burst(connection)
    burst.add(INSERT, {"numbers": numbers})
    return burst


async def test_bursts_sent_at_once_are_carried_out_in_order_and_each_is_committed(pool: Pool) -> None:
    async with pool.connection() as connection:
        lane = Lane(connection)
        counting = Burst(connection)
        committed = [lane.send(_adding(connection, "{1}")), lane.send(_adding(connection, "{2,3}"))]
        counted = counting.add(COUNT)
        await asyncio.gather(*committed, lane.send(counting))
        assert counted.rows == [(3,)]
        async with pool.connection() as other:
            assert await _value(other, COUNT) == 3
        lane.close()
        assert await _value(connection, COUNT) == 3, "the connection is as it was"


async def test_a_burst_that_fails_takes_nothing_of_the_others_with_it(pool: Pool) -> None:
    async with pool.connection() as connection:
        lane = Lane(connection)
        good, bad, late = (lane.send(_adding(connection, numbers)) for numbers in ("{1}", "{2,1}", "{3}"))
        await good
        with pytest.raises(psycopg.errors.UniqueViolation):
            await bad
        await late
        lane.close()
        assert await _value(connection, SUM) == 4


async def test_what_a_failed_burst_would_have_prepared_is_prepared_by_the_next(pool: Pool) -> None:
    async with pool.connection() as connection:
        lane = Lane(connection)
        bad = Burst(connection)
        bad.add(b"SELECT 1 / 0")
        bad.add(COUNT)
        follower = Burst(connection)
        follower.add(COUNT)
        failed, doomed = lane.send(bad), lane.send(follower)
        with pytest.raises(psycopg.errors.DivisionByZero):
            await failed
        with pytest.raises(psycopg.OperationalError, match="try again"):
            await doomed
        again = Burst(connection)
        counted = again.add(COUNT)
        await lane.send(again)
        lane.close()
        assert counted.rows == [(0,)]


async def test_a_server_that_goes_away_fails_everything_under_way(pool: Pool) -> None:
    async with pool.connection() as connection:
        lane = Lane(connection)
        dying = Burst(connection)
        dying.add(b"SELECT pg_terminate_backend(pg_backend_pid())")
        sent = [lane.send(dying), lane.send(_adding(connection, "{1}"))]
        faults = await asyncio.gather(*sent, return_exceptions=True)
        assert all(isinstance(fault, psycopg.OperationalError) for fault in faults)
        assert not lane.usable
        with pytest.raises(psycopg.OperationalError):
            await lane.send(_adding(connection, "{2}"))
        lane.close()
    async with pool.connection() as connection:
        assert await _value(connection, COUNT) == 0


async def test_closing_with_a_burst_under_way_gives_the_connection_up(pool: Pool) -> None:
    async with pool.connection() as connection:
        lane = Lane(connection)
        slow = Burst(connection)
        slow.add(b"SELECT pg_sleep(30)")
        sent = lane.send(slow)
        lane.close()
        with pytest.raises(psycopg.OperationalError, match="given up"):
            await sent
        assert connection.closed


async def test_more_than_the_socket_takes_at_once_goes_through(pool: Pool) -> None:
    text = "x" * 3_000_000
    async with pool.connection() as connection:
        lane = Lane(connection)
        bursts = [Burst(connection) for _ in range(3)]
        answers = [burst.add(b"SELECT length(%(text)s::text)", {"text": text}) for burst in bursts]
        await asyncio.gather(*map(lane.send, bursts))
        lane.close()
    assert all(answer.rows == [(len(text),)] for answer in answers)


async def _value(connection: Connection, statement: bytes) -> int:
    cursor = await connection.execute(statement)
    [value] = await cursor.fetchone() or [0]
    return int(value)
