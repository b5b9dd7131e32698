"""Commands that nobody waits for: they wait for company, and not for ever."""

import asyncio
from collections.abc import Sequence

import pytest

from deepspace_adapters.postgres import ledger_batcher
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.ledger_batcher import OVERLAP_COMMANDS_MIN, PostgresLedger
from deepspace_adapters.postgres.pool import Pool
from deepspace_core.ledger import Outcome
from tests.core.ledger.asking import ORG, WALLET, Caller
from tests.fakes import NOON, CountingIds, FixedClock

ME = Caller()
FOR_EVER_SECONDS = 3_600.0
LOOP_TURNS = 10


@pytest.fixture
async def ledger(pool: Pool) -> PostgresLedger:
    async with pool.connection() as connection:
        await open_wallet(connection, org_id=ORG, wallet_id=WALLET, now=NOON)
    opened = PostgresLedger(pool, clock=FixedClock(), ids=CountingIds())
    await opened.apply(ME.top_up("paid", 1_000))
    await opened.apply(ME.hold("first", 10))
    return opened


@pytest.fixture
def waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_batcher, "PATIENCE_SECONDS", FOR_EVER_SECONDS)


async def _commits_of(pool: Pool, *refs: str) -> Sequence[int]:
    """The transaction of the database that wrote each."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT ref, xmin::text::bigint FROM transactions WHERE ref = ANY(%s)", [list(refs)]
        )
        found: dict[str, int] = dict(await cursor.fetchall())
    return [found[ref] for ref in refs]


@pytest.mark.usefixtures("waits_for_ever")
async def test_a_patient_command_goes_with_the_next_that_is_in_a_hurry(ledger: PostgresLedger, pool: Pool) -> None:
    capture = asyncio.create_task(_patiently(ledger, "cost", "first"))
    await _assert_waiting(ledger)
    assert (await ledger.apply(ME.hold("second", 10))).accepted
    assert (await capture).accepted
    [captured, held] = await _commits_of(pool, "cost", "second")
    assert captured == held


async def test_a_patient_command_that_stays_alone_is_written_all_the_same(ledger: PostgresLedger) -> None:
    assert (await _patiently(ledger, "cost", "first")).accepted


@pytest.mark.usefixtures("waits_for_ever")
async def test_many_patient_commands_are_company_enough(ledger: PostgresLedger) -> None:
    refs = [f"h{number}" for number in range(OVERLAP_COMMANDS_MIN)]
    outcomes = await asyncio.gather(*[ledger.patient.apply(ME.hold(ref, 1)) for ref in refs])
    assert all(outcome.accepted for outcome in outcomes)


@pytest.mark.usefixtures("waits_for_ever")
async def test_a_ledger_that_closes_writes_what_is_patient_at_once(ledger: PostgresLedger) -> None:
    capture = asyncio.create_task(_patiently(ledger, "cost", "first"))
    await _assert_waiting(ledger)
    await ledger.close()
    assert capture.done()
    assert (await capture).accepted


async def test_a_patient_command_in_a_queue_that_was_drained_begins_to_wait_anew(
    ledger: PostgresLedger, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await _patiently(ledger, "cost", "first")).accepted
    assert (await ledger.apply(ME.hold("second", 10))).accepted
    monkeypatch.setattr(ledger_batcher, "PATIENCE_SECONDS", FOR_EVER_SECONDS)
    capture = asyncio.create_task(_patiently(ledger, "more", "second"))
    await _assert_waiting(ledger)
    assert (await ledger.apply(ME.hold("third", 10))).accepted
    assert (await capture).accepted
    [captured, held] = await _commits_of(pool, "more", "third")
    assert captured == held


async def _assert_waiting(ledger: PostgresLedger) -> None:
    """Whoever is in a hurry would be on the way by then."""
    for _ in range(LOOP_TURNS):
        await asyncio.sleep(0)
    assert len(ledger._queue) == 1


async def _patiently(ledger: PostgresLedger, ref: str, hold_ref: str) -> Outcome:
    return await ledger.patient.apply(ME.capture(ref, hold_ref, 5))
