"""Group commit under everything that can go wrong: lost connections, two gateways, bad riders, impatient callers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from deepspace_adapters.postgres.burst import Burst, Executes
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.ledger_audit import PostgresLedgerAuditReader
from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_adapters.postgres.riders import RiderWriters
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import AuditLedger, Command, Outcome, OutcomeCode
from tests.core.ledger.asking import ORG, OTHER_WALLET, WALLET, Caller
from tests.fakes import NOON, CountingIds, FixedClock

ME = Caller()
ASIDE = replace(ME, wallet_id=OTHER_WALLET)
Sabotage = Callable[[Burst], Awaitable[None]]
AWAY = "postgresql://nobody@127.0.0.1:1/nothing"


@dataclass(frozen=True, slots=True)
class Note(Record):
    """A record whose number may be used once."""

    number: int


@pytest.fixture
async def wallets(pool: Pool) -> None:
    """Two empty wallets and a table for notes."""
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE notes (number int PRIMARY KEY)")
        for wallet_id in (WALLET, OTHER_WALLET):
            await open_wallet(connection, org_id=ORG, wallet_id=wallet_id, now=NOON)


pytestmark = pytest.mark.usefixtures("wallets")


class Notebook:
    """Writes notes, and does to the batch whatever the test has prepared for the next attempts."""

    def __init__(self, *sabotage: Sabotage) -> None:
        self.sabotage = list(sabotage)

    async def write(self, batch: Executes, notes: Sequence[Record]) -> None:
        assert isinstance(batch, Burst)
        numbers = [note.number for note in notes if isinstance(note, Note)]
        await batch.execute(b"INSERT INTO notes SELECT unnest(%(numbers)s::int[])", {"numbers": numbers})
        if self.sabotage:
            await self.sabotage.pop(0)(batch)


def _ledger(pool: Pool, *, notebook: Notebook | None = None, run: int = 0) -> PostgresLedger:
    writers: RiderWriters = {Note: (notebook or Notebook()).write}
    return PostgresLedger(pool, clock=FixedClock(), ids=CountingIds(run), rider_writers=writers)


async def _kill_itself(batch: Burst) -> None:
    """Before the commit: the backend is gone."""
    await batch.execute(b"SELECT pg_terminate_backend(pg_backend_pid())")


async def _lose_the_reply(batch: Burst) -> None:
    """After the commit: it is done, and nobody hears of it."""
    commit = batch.commit

    async def commit_unheard() -> None:
        await commit()
        await batch.connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    batch.commit = commit_unheard  # type: ignore[method-assign]


async def _collide(_: Burst) -> None:
    raise psycopg.errors.SerializationFailure("could not serialize access")


async def _deadlock(_: Burst) -> None:
    raise psycopg.errors.DeadlockDetected("deadlock detected")


async def _count(pool: Pool, table: str) -> int:
    async with pool.connection() as connection:
        cursor = await connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table)))
        [count] = await cursor.fetchone() or [0]
    return int(count)


async def _assert_sound(pool: Pool) -> None:
    report = await AuditLedger(PostgresLedgerAuditReader(), PostgresUnitOfWork(pool))()
    assert report.sound, report.findings


async def _insist(ledger: PostgresLedger, command: Command) -> Outcome:
    for _ in range(20):
        try:
            outcome = await ledger.apply(command)
        except Unavailable:
            continue
        if outcome.code is not OutcomeCode.COMMIT_UNKNOWN:
            return outcome
    raise AssertionError("no answer in twenty attempts")


async def _kill_backends(pool: Pool, *, times: int) -> None:
    url = pool.conninfo
    assert isinstance(url, str)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True, application_name="killer") as killer:
        for _ in range(times):
            await asyncio.sleep(0.01)
            await killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'test' AND datname = current_database()"
            )


@pytest.mark.parametrize("sabotage", [_kill_itself, _lose_the_reply, _collide, _deadlock])
async def test_a_batch_whose_commit_goes_wrong_is_written_exactly_once(pool: Pool, sabotage: Sabotage) -> None:
    # Before and after the commit alike; locks that deadlocked dropped spend in LiteLLM 34887 and Formance 767.
    ledger = _ledger(pool, notebook=Notebook(sabotage))
    outcomes = await asyncio.gather(
        ledger.apply(ME.top_up("paid", 100), riders=[Note(1)]),
        ledger.apply(ME.hold("h", 60), riders=[Note(2)]),
        ledger.apply(ME.hold("denied", 60), riders=[Note(3)]),
    )
    assert [outcome.code for outcome in outcomes] == ["accepted", "accepted", "insufficient_funds"]
    assert not any(outcome.replayed for outcome in outcomes)
    assert await _count(pool, "transactions") == 2
    assert await _count(pool, "notes") == 2
    again = await ledger.apply(ME.hold("h", 60), riders=[Note(4)])
    assert again == outcomes[1]._replace(replayed=True)
    assert await _count(pool, "notes") == 2
    await _assert_sound(pool)


async def test_a_commit_that_stays_unknown_is_told_and_the_same_ref_resolves_it(pool: Pool) -> None:
    ledger = _ledger(pool, notebook=Notebook(*[_kill_itself] * 3))
    outcome = await ledger.apply(ME.top_up("paid", 100), riders=[Note(1)])
    assert outcome == Outcome(code=OutcomeCode.COMMIT_UNKNOWN, ref="paid")
    assert (await ledger.apply(ME.top_up("paid", 100), riders=[Note(1)])).accepted
    assert await _count(pool, "transactions") == 1


async def test_what_is_malformed_is_told_even_where_the_commit_stays_unknown(pool: Pool) -> None:
    ledger = _ledger(pool, notebook=Notebook(*[_kill_itself] * 3))
    outcomes = await asyncio.gather(
        ledger.apply(ME.top_up("paid", 100), riders=[Note(1)]), ledger.apply(ME.top_up("", 1))
    )
    assert [outcome.code for outcome in outcomes] == [OutcomeCode.COMMIT_UNKNOWN, OutcomeCode.INVALID_REF]


async def test_backends_killed_at_random_under_load_lose_and_repeat_nothing(pool: Pool) -> None:
    ledger = _ledger(pool)
    await ledger.apply(ME.top_up("paid", 1_000))

    async def spend(caller: int) -> None:
        for count in range(10):
            await _insist(ledger, ME.hold(f"h{caller}-{count}", 10))
            await _insist(ledger, ME.capture(f"c{caller}-{count}", f"h{caller}-{count}", 1))

    await asyncio.gather(_kill_backends(pool, times=5), *[spend(caller) for caller in range(20)])
    await pool.check()  # connections that were killed while nobody used them
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT balance_nanos, frozen_nanos, version FROM wallets ORDER BY id LIMIT 1"
        )
        assert await cursor.fetchone() == (800, 0, 401)
    await _assert_sound(pool)


async def test_two_gateways_on_one_database_never_overdraw_together(pool: Pool) -> None:
    gateways = [_ledger(pool, run=1), _ledger(pool, run=2)]
    await gateways[0].apply(ME.top_up("paid", 1_000))
    outcomes = await asyncio.gather(*[gateways[count % 2].apply(ME.hold(f"h{count}", 30)) for count in range(200)])
    assert sum(outcome.accepted for outcome in outcomes) == 33
    await _assert_sound(pool)


async def test_the_same_refs_at_two_gateways_at_once_are_done_once(pool: Pool) -> None:
    gateways = [_ledger(pool, run=1), _ledger(pool, run=2)]
    commands = [ME.top_up(f"t{count}", 1) for count in range(50)]
    pairs = await asyncio.gather(*[gateway.apply(command) for command in commands for gateway in gateways])
    assert all(outcome.accepted for outcome in pairs)
    assert sum(outcome.replayed for outcome in pairs) == 50
    assert await _count(pool, "transactions") == 50


async def test_one_ref_on_two_wallets_at_two_gateways_belongs_to_one_of_them(pool: Pool) -> None:
    # No common wallet, so no common lock: the key of ledger_refs decides, and the loser is decided anew.
    gateways = [_ledger(pool, run=1), _ledger(pool, run=2)]
    pairs = [(ME.top_up(f"t{count}", 1), ASIDE.top_up(f"t{count}", 1)) for count in range(20)]
    answers = await asyncio.gather(
        *[gateway.apply(command) for pair in pairs for gateway, command in zip(gateways, pair, strict=True)]
    )
    codes = [{mine.code, other.code} for mine, other in zip(answers[::2], answers[1::2], strict=True)]
    assert all(pair == {OutcomeCode.ACCEPTED, OutcomeCode.EXISTS_WITH_DIFFERENT_WALLET} for pair in codes)
    await _assert_sound(pool)


async def test_batches_over_the_same_wallets_in_opposite_order_do_not_deadlock(pool: Pool) -> None:
    gateways = [_ledger(pool, run=1), _ledger(pool, run=2)]
    there: list[Command] = [ME.top_up("a", 1), ASIDE.top_up("b", 1)]
    back: list[Command] = [ASIDE.top_up("c", 1), ME.top_up("d", 1)]
    both = await asyncio.gather(gateways[0].apply_many(there), gateways[1].apply_many(back))
    assert all(outcome.accepted for outcomes in both for outcome in outcomes)


async def test_a_rider_that_breaks_a_constraint_harms_only_its_own_command(pool: Pool) -> None:
    ledger = _ledger(pool)
    await ledger.apply(ME.top_up("first", 1), riders=[Note(5)])
    answers = await asyncio.gather(
        *[ledger.apply(ME.top_up(f"t{count}", 1), riders=[Note(count)]) for count in range(10)],
        return_exceptions=True,
    )
    assert [count for count, answer in enumerate(answers) if isinstance(answer, Exception)] == [5]
    assert isinstance(answers[5], psycopg.errors.UniqueViolation)
    assert await _count(pool, "transactions") == 10
    assert await _count(pool, "notes") == 10
    await _assert_sound(pool)


async def test_riders_of_what_is_refused_or_replayed_are_not_written(pool: Pool) -> None:
    ledger = _ledger(pool)
    await ledger.apply(ME.hold("denied", 1), riders=[Note(1)])
    await ledger.apply(ME.top_up("paid", 1), riders=[Note(2)])
    await ledger.apply(ME.top_up("paid", 1), riders=[Note(3)])
    assert await _count(pool, "notes") == 1


async def test_a_cancelled_caller_harms_nobody_and_its_command_stands(pool: Pool) -> None:
    ledger = _ledger(pool)
    await ledger.apply(ME.top_up("paid", 100))
    tasks = [asyncio.ensure_future(ledger.apply(ME.hold(f"h{count}", 10))) for count in range(5)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[2], asyncio.CancelledError)
    assert all(isinstance(answer, Outcome) and answer.accepted for answer in answers[:2] + answers[3:])
    assert (await ledger.apply(ME.hold("h2", 10))).replayed
    await _assert_sound(pool)


async def test_a_full_queue_is_told_with_a_time_to_come_back(pool: Pool) -> None:
    ledger = PostgresLedger(pool, clock=FixedClock(), ids=CountingIds(), queue_max=2)
    answers = await asyncio.gather(
        *[ledger.apply(ME.top_up(f"t{count}", 1)) for count in range(4)], return_exceptions=True
    )
    full = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert len(full) == 2
    assert full[0].fields["retry_after_seconds"] == 1


async def test_closing_answers_who_waits_and_takes_nobody_else(pool: Pool) -> None:
    ledger = PostgresLedger(pool, clock=FixedClock(), ids=CountingIds(), batch_max=3)
    tasks = [asyncio.ensure_future(ledger.apply(ME.top_up(f"t{count}", 1))) for count in range(10)]
    await asyncio.sleep(0)
    await ledger.close()
    assert all(task.done() and task.result().accepted for task in tasks)
    with pytest.raises(Unavailable):
        await ledger.apply(ME.top_up("late", 1))


async def test_a_database_that_is_away_is_unavailable_and_nothing_was_written() -> None:
    pool = make_pool(AWAY)
    pool.timeout = 0.1
    await pool.open()
    ledger = PostgresLedger(pool, clock=FixedClock(), ids=CountingIds())
    with pytest.raises(Unavailable, match="nothing was written") as caught:
        await ledger.apply(ME.top_up("t", 1))
    assert caught.value.fields["dependency"] == "postgresql"
    await pool.close(timeout=1)
