"""Request logs written in the background: in bulk, in bounds, kept while the database is away, drained at the end."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from deepspace_adapters.postgres.audit import PostgresAuditReader
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.request_log_writer import FLUSH_ROWS_MAX, QUEUE_MAX, PostgresRequestLogWriter
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_core.audit import RequestLog, RequestLogFilters
from deepspace_core.kernel.page import PageRequest
from tests.core.metering_values import ORG, REQUEST

LOOKS_MAX = 100
LOOK_SECONDS = 0.05


def _log(number: int) -> RequestLog:
    return replace(REQUEST, id=UUID(int=number))


async def _stored(unit_of_work: PostgresUnitOfWork) -> int:
    async with unit_of_work() as tx:
        page = PageRequest(limit=QUEUE_MAX)
        return len((await PostgresAuditReader().list_requests(tx, ORG, page, RequestLogFilters())).rows)


async def test_what_waits_is_stored_by_and_by(pool: Pool, unit_of_work: PostgresUnitOfWork) -> None:
    writer = PostgresRequestLogWriter(pool)
    writer.start()
    for number in range(1, FLUSH_ROWS_MAX + 50):
        writer.write(_log(number))
    for _ in range(LOOKS_MAX):
        if writer.waiting == 0:
            break
        await asyncio.sleep(LOOK_SECONDS)
    assert await _stored(unit_of_work) == FLUSH_ROWS_MAX + 49
    await writer.close()


async def test_closing_stores_all_that_waits(pool: Pool, unit_of_work: PostgresUnitOfWork) -> None:
    writer = PostgresRequestLogWriter(pool)
    writer.start()
    for number in range(1, 3 * FLUSH_ROWS_MAX):
        writer.write(_log(number))
    await writer.close()
    assert (await _stored(unit_of_work), writer.waiting, writer.dropped) == (3 * FLUSH_ROWS_MAX - 1, 0, 0)


async def test_a_full_queue_drops_what_comes_on_top_and_counts_it(pool: Pool) -> None:
    writer = PostgresRequestLogWriter(pool)
    for number in range(QUEUE_MAX + 7):
        writer.write(_log(number))
    assert (writer.waiting, writer.dropped) == (QUEUE_MAX, 7)


async def test_while_the_database_is_away_records_wait(pool: Pool) -> None:
    writer = PostgresRequestLogWriter(pool)
    await pool.close()
    writer.write(_log(1))
    await writer.close()
    assert (writer.waiting, writer.dropped) == (1, 0)


async def test_a_record_that_can_not_be_stored_does_not_block_the_rest(
    pool: Pool, unit_of_work: PostgresUnitOfWork, caplog: pytest.LogCaptureFixture
) -> None:
    writer = PostgresRequestLogWriter(pool)
    writer.write(replace(_log(1), route="a\x00b"))
    await writer.close()
    writer.write(_log(2))
    await writer.close()
    assert (await _stored(unit_of_work), writer.dropped) == (1, 1)
    assert "could not be stored" in caplog.text
