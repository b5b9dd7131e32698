"""What is decided on remembered books is what would have been decided on the real ones: or it is decided anew."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from deepspace_adapters.postgres import warm_books, warm_wallet
from deepspace_adapters.postgres.cold_writer import PART_MAX, ColdWriter
from deepspace_adapters.postgres.lane import Lane
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.ledger_audit import PostgresLedgerAuditReader
from deepspace_adapters.postgres.ledger_batch import Waiting
from deepspace_adapters.postgres.ledger_batcher import OVERLAP_COMMANDS_MIN, WARM_COMMANDS_MAX, PostgresLedger
from deepspace_adapters.postgres.pool import Pool, make_pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.ledger import AuditLedger, HoldState, Outcome, OutcomeCode
from deepspace_core.ledger.command import Command
from tests.core.ledger.asking import CAP, ORG, OTHER_WALLET, WALLET, Caller
from tests.fakes import NOON, CountingIds, FixedClock

ME = Caller()
ASIDE = replace(ME, wallet_id=OTHER_WALLET)
CAPPED = replace(ME, caps=(CAP,))
RICH = 1_000_000
LOCK_SECONDS_MAX = 20.0


@pytest.fixture(autouse=True)
async def wallets(pool: Pool) -> None:
    """Two empty wallets."""
    async with pool.connection() as connection:
        for wallet_id in (WALLET, OTHER_WALLET):
            await open_wallet(connection, org_id=ORG, wallet_id=wallet_id, now=NOON)


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands went the cold way, batch by batch."""
    sizes: list[int] = []
    honest = ColdWriter.write

    async def counted(self: ColdWriter, batch: Sequence[Waiting], **more: Any) -> None:
        sizes.append(len(batch))
        await honest(self, batch, **more)

    monkeypatch.setattr(ColdWriter, "write", counted)
    return sizes


@pytest.fixture
def long_contended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wallet that was contended is so until the test is over, however slow the machine."""
    monkeypatch.setattr(warm_books, "CONTENDED_SECONDS", 600.0)


def _ledger(pool: Pool, *, run: int = 0, clock: FixedClock | None = None) -> PostgresLedger:
    return PostgresLedger(pool, clock=clock or FixedClock(), ids=CountingIds(run))


async def _paid(pool: Pool, *, run: int = 0, amount: int = RICH) -> PostgresLedger:
    """A ledger that has just put money into the wallet, and so remembers it."""
    ledger = _ledger(pool, run=run)
    await ledger.apply(ME.top_up(f"paid-{run}", amount))
    return ledger


async def _assert_sound(pool: Pool) -> None:
    report = await AuditLedger(PostgresLedgerAuditReader(), PostgresUnitOfWork(pool))()
    assert report.sound, report.findings


async def test_calls_on_a_wallet_that_is_known_ask_the_database_nothing(pool: Pool, cold: list[int]) -> None:
    ledger = await _paid(pool)
    for count in range(3):
        assert (await ledger.apply(ME.hold(f"h{count}", 10))).accepted
        assert (await ledger.apply(ME.extend(f"e{count}", f"h{count}", 5))).accepted
        assert (await ledger.apply(ME.capture(f"p{count}", f"h{count}", 3, final=False))).accepted
        assert (await ledger.apply(ME.capture(f"c{count}", f"h{count}", 8))).accepted
    held = await ledger.apply(ME.hold("h", 10))
    by_id = await ledger.apply(
        replace(ME.release("r", "h"), hold_ref=None, hold_id=held.hold.id if held.hold else None)
    )
    assert by_id.accepted
    assert cold == [1], "the top-up only"
    assert by_id.wallet is not None
    assert (by_id.wallet.balance_nanos, by_id.wallet.frozen_nanos) == (RICH - 33, 0)
    await _assert_sound(pool)


async def test_what_another_gateway_did_meanwhile_is_seen(pool: Pool) -> None:
    mine, other = await _paid(pool, run=1, amount=100), _ledger(pool, run=2)
    assert (await other.apply(ME.hold("theirs", 95))).accepted
    refused = await mine.apply(ME.hold("mine", 10))
    assert (refused.code, refused.available_nanos) == (OutcomeCode.INSUFFICIENT_FUNDS, 5)
    await other.apply(ME.capture("cost", "theirs", 1))
    assert (await mine.apply(ME.hold("again", 10))).accepted
    await _assert_sound(pool)


async def test_a_wallet_of_the_same_version_and_another_history_is_not_taken_for_the_one_remembered(
    pool: Pool,
) -> None:
    # The first flight fails, because somebody else has been there; the second was decided on it, and meets the version
    # that it expects, because they made as many rows.
    mine, other = await _paid(pool, run=1), _ledger(pool, run=2)
    await mine.apply(ME.hold("known", 1))
    await other.apply_many([ME.top_up(f"t{count}", 1) for count in range(WARM_COMMANDS_MAX)])
    commands = [ME.hold(f"h{count}", 1) for count in range(WARM_COMMANDS_MAX + OVERLAP_COMMANDS_MIN)]
    answers = await asyncio.gather(*map(mine.apply, commands))
    assert all(answer.accepted for answer in answers)
    await _assert_sound(pool)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (b"UPDATE wallets SET closed_at = now()", OutcomeCode.WALLET_CLOSED),
        (b"UPDATE wallets SET credit_limit_nanos = 0", OutcomeCode.INSUFFICIENT_FUNDS),
        (b"UPDATE budgets SET cap_nanos = 4", OutcomeCode.BUDGET_EXCEEDED),
        (b"UPDATE wallets SET closed_at = now(); UPDATE wallets SET closed_at = NULL", OutcomeCode.ACCEPTED),
    ],
)
async def test_terms_that_were_changed_without_a_row_are_seen(pool: Pool, change: bytes, code: OutcomeCode) -> None:
    async with pool.connection() as connection:
        await connection.execute(b"UPDATE wallets SET credit_limit_nanos = 50, capped = true")
        await connection.execute(
            b"INSERT INTO budgets (org_id, wallet_id, scope, scope_id, cap_window, cap_nanos, counted_from, set_at)"
            b" SELECT org_id, id, 'org', org_id, 'total', 60, '1970-01-01', now() FROM wallets"
        )
    ledger = _ledger(pool)
    await ledger.apply(ME.top_up("paid", 1))
    assert (await ledger.apply(CAPPED.hold("h", 1))).accepted
    async with pool.connection() as connection:
        for statement in change.split(b";"):
            await connection.execute(statement)
    assert (await ledger.apply(CAPPED.hold("after", 20))).code is code
    await _assert_sound(pool)


async def test_a_ref_that_was_used_is_recognized_though_refs_are_not_remembered(pool: Pool) -> None:
    ledger = await _paid(pool)
    first = await ledger.apply(ME.hold("h", 10))
    assert await ledger.apply(ME.hold("h", 10)) == first._replace(replayed=True)
    assert (await ledger.apply(ME.hold("h", 11))).code is OutcomeCode.EXISTS_WITH_DIFFERENT_AMOUNT
    both = await asyncio.gather(ledger.apply(ME.hold("twin", 10)), ledger.apply(ME.hold("twin", 10)))
    assert [one.accepted for one in both] == [True, True]
    assert sum(one.replayed for one in both) == 1
    await _assert_sound(pool)


async def test_a_hold_that_another_gateway_ended_is_not_captured_again(pool: Pool) -> None:
    mine, other = await _paid(pool, run=1), _ledger(pool, run=2)
    for ref in ("h", "h2", "h3"):
        await mine.apply(ME.hold(ref, 10))
    assert (await other.apply(ME.capture("theirs", "h", 4))).accepted
    # The first finds the wallet changed; so the second recalls its hold, which is over too. What the third has set
    # aside would pay for either.
    assert (await mine.apply(ME.capture("mine", "h", 4))).code is OutcomeCode.HOLD_ALREADY_CAPTURED
    assert (await other.apply(ME.release("freed", "h2"))).accepted
    assert (await mine.apply(ME.capture("late", "h2", 4))).code is OutcomeCode.HOLD_ALREADY_RELEASED
    await _assert_sound(pool)


async def test_what_a_failed_batch_had_made_of_a_hold_is_not_recalled(pool: Pool) -> None:
    # The extension makes the hold's second version in memory; so does the other's capture in the tables. What is
    # decided anew must begin with theirs, though both have the same number.
    mine, other = await _paid(pool, run=1), _ledger(pool, run=2)
    await mine.apply(ME.hold("h", 10))
    await other.apply(ME.capture("part", "h", 4, final=False))
    extended = await mine.apply(ME.extend("more", "h", 5))
    assert extended.hold is not None
    assert (extended.hold.remaining_nanos, extended.hold.captured_nanos) == (11, 4)
    await _assert_sound(pool)


async def test_a_hold_that_another_gateway_ended_is_not_extended(pool: Pool) -> None:
    mine, other = await _paid(pool, run=1), _ledger(pool, run=2)
    await mine.apply(ME.hold("h", 10))
    await other.apply(ME.capture("cost", "h", 4))
    assert (await mine.apply(ME.extend("more", "h", 5))).code is OutcomeCode.HOLD_ALREADY_CAPTURED
    await _assert_sound(pool)


async def test_what_batches_under_way_made_of_a_hold_is_not_recalled_either(pool: Pool) -> None:
    # The first flight fails; the second, decided on it, is still under way when the first is decided anew.
    mine, other = await _paid(pool, run=1), _ledger(pool, run=2)
    await mine.apply_many([ME.hold(f"h{count}", 10) for count in range(2 * WARM_COMMANDS_MAX)])
    for count in range(2 * WARM_COMMANDS_MAX):
        await other.apply(ME.capture(f"part{count}", f"h{count}", 4, final=False))
    commands = [ME.extend(f"more{count}", f"h{count}", 5) for count in range(2 * WARM_COMMANDS_MAX)]
    answers = await asyncio.gather(*map(mine.apply, commands))
    assert {answer.hold.remaining_nanos for answer in answers if answer.hold} == {11}
    await _assert_sound(pool)


async def test_gateways_that_share_a_wallet_recall_their_own_holds(pool: Pool) -> None:
    gateways = [await _paid(pool, run=1), await _paid(pool, run=2)]

    async def spend(ledger: PostgresLedger, name: str) -> None:
        for count in range(8):
            await ledger.apply(ME.hold(f"{name}-{count}", 10))
            await ledger.apply(ME.capture(f"{name}-{count}-cost", f"{name}-{count}", 3))

    await asyncio.gather(*[spend(gateways[turn % 2], f"caller{turn}") for turn in range(12)])
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT balance_nanos, frozen_nanos FROM wallets ORDER BY id LIMIT 1")
        assert await cursor.fetchone() == (2 * RICH - 12 * 8 * 3, 0)
    await _assert_sound(pool)


async def test_a_large_batch_on_a_shared_wallet_is_decided_in_parts_and_committed_at_once(pool: Pool) -> None:
    # In the second part, what was recalled is wrong and something is refused: all is decided anew.
    mine, other = await _paid(pool, run=1), _ledger(pool, run=2)
    names = [f"h{count}" for count in range(2 * PART_MAX - 10)]
    await mine.apply_many([ME.hold(name, 10) for name in names])
    await other.apply(ME.capture("theirs", names[PART_MAX + 1], 4))
    await mine.apply(ME.hold("contended", 1))
    asked: list[Command] = [ME.extend(f"more-{name}", name, 5) for name in names]
    asked += [ME.capture("c1", names[-1], 3), ME.capture("c2", names[-1], 3)]
    before = await _commits(pool)
    answers = await mine.apply_many(asked)
    refused = {answer.ref: answer.code for answer in answers if not answer.accepted}
    assert refused == {
        f"more-{names[PART_MAX + 1]}": OutcomeCode.HOLD_ALREADY_CAPTURED,
        "c2": OutcomeCode.HOLD_ALREADY_CAPTURED,
    }
    assert await _commits(pool) - before == 1
    await _assert_sound(pool)


@pytest.mark.usefixtures("long_contended")
async def test_what_comes_while_a_shared_wallets_lock_is_waited_for_goes_along(pool: Pool) -> None:
    mine, other = await _paid(pool, run=1), _ledger(pool, run=2)
    await mine.apply(ME.hold("h", 10))
    await other.apply(ME.hold("theirs", 1))
    await mine.apply(ME.hold("contended", 1))
    before = await _commits(pool)
    async with pool.connection() as turn:  # the other gateway's
        await turn.execute("SELECT FROM wallets ORDER BY id LIMIT 1 FOR NO KEY UPDATE")
        first = asyncio.create_task(mine.apply(ME.hold("first", 1)))
        await _until_somebody_waits_for_a_lock(pool)
        asked: list[Command] = [
            ME.capture("cost", "h", 3),
            ME.extend("more", "h", 5),
            *[ME.hold(f"h{n}", 1) for n in range(5)],
        ]
        later = [asyncio.create_task(mine.apply(command)) for command in asked]
        await asyncio.sleep(0)
        await turn.rollback()
    answers = await asyncio.gather(first, *later)
    assert [answer.code for answer in answers] == [
        OutcomeCode.ACCEPTED,
        OutcomeCode.ACCEPTED,
        OutcomeCode.HOLD_ALREADY_CAPTURED,
        *[OutcomeCode.ACCEPTED] * 5,
    ]
    assert await _commits(pool) - before == 1
    await _assert_sound(pool)


@pytest.mark.usefixtures("long_contended")
async def test_nobody_goes_along_beyond_a_batch_or_out_of_turn(pool: Pool) -> None:
    mine, other = PostgresLedger(pool, clock=FixedClock(), ids=CountingIds(1), batch_max=4), _ledger(pool, run=2)
    for asker in (ME, ASIDE):
        await mine.apply(asker.top_up(f"paid-{asker.wallet_id}", RICH))
    await other.apply(ME.hold("theirs", 1))
    await mine.apply(ME.hold("contended", 1))
    before = await _commits(pool)
    async with pool.connection() as turn:
        await turn.execute("SELECT FROM wallets WHERE id = %s FOR NO KEY UPDATE", [ME.wallet_id])
        first = asyncio.create_task(mine.apply(ME.hold("first", 1)))
        await _until_somebody_waits_for_a_lock(pool)
        asked: list[Command] = [*[ME.hold(f"a{n}", 1) for n in range(5)], ASIDE.hold("b", 1), ME.hold("c", 1)]
        later = [asyncio.create_task(mine.apply(command)) for command in asked]
        await asyncio.sleep(0)
        await turn.rollback()
    answers = await asyncio.gather(first, *later)
    assert all(answer.accepted for answer in answers)
    assert await _commits(pool) - before >= 3, "four at once, then those who come after them"
    await _assert_sound(pool)


async def test_due_holds_count_where_money_runs_short(pool: Pool) -> None:
    clock = FixedClock()
    ledger = _ledger(pool, clock=clock)
    await ledger.apply(ME.top_up("paid", 100))
    await ledger.apply(ME.hold("old", 90, seconds=5))
    clock.advance(timedelta(seconds=6))
    assert (await ledger.apply(ME.hold("new", 50))).accepted, "the old hold is over, whoever has written that down"
    late = await ledger.apply(ME.capture("cost", "old", 10))
    assert late.accepted
    assert late.hold is not None
    assert late.hold.state is HoldState.EXPIRED
    await _assert_sound(pool)


async def test_more_than_a_batch_at_once_flies_in_several(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way: list[int] = []
    honest = Lane.send

    def counted(lane: Lane, *given: object) -> "asyncio.Future[None]":
        under_way.append(len(lane._under_way))
        return honest(lane, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Lane, "send", counted)
    ledger = await _paid(pool)
    answers = await asyncio.gather(*[ledger.apply(ME.hold(f"h{count}", 1)) for count in range(600)])
    assert all(answer.accepted for answer in answers)
    assert max(under_way) > 0, "a batch was sent while another was under way"
    await _assert_sound(pool)


async def test_a_commit_whose_answer_is_lost_is_written_once_and_is_no_repetition(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await _paid(pool)
    honest = Lane._commit

    def unheard(lane: Lane, *_: object) -> None:
        monkeypatch.setattr(Lane, "_commit", honest)
        raise _lost()

    monkeypatch.setattr(Lane, "_commit", unheard)
    outcome = await ledger.apply(ME.hold("h", 10))
    assert (outcome.accepted, outcome.replayed) == (True, False)
    assert (await ledger.apply(ME.hold("h", 10))).replayed
    await _assert_sound(pool)


async def test_memory_is_bounded_and_what_was_forgotten_is_read(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_books, "WALLETS_MAX", 1)
    monkeypatch.setattr(warm_wallet, "HOLDS_OF_A_WALLET_MAX", 2)
    ledger = await _paid(pool)
    await ledger.apply(ASIDE.top_up("aside", 100))
    for count in range(5):
        assert (await ledger.apply(ME.hold(f"h{count}", 1))).accepted
    for count in range(5):
        assert (await ledger.apply(ME.capture(f"c{count}", f"h{count}", 1))).accepted
    assert (await ledger.apply(ASIDE.hold("h", 1))).accepted
    await _assert_sound(pool)


async def test_a_pool_of_one_connection_is_enough(pool: Pool) -> None:
    assert isinstance(pool.conninfo, str)
    narrow = make_pool(pool.conninfo, size_max=1)
    await narrow.open(wait=True)
    try:
        ledger = await _paid(narrow)
        answers = await asyncio.gather(*[ledger.apply(ME.hold(f"h{count}", 1)) for count in range(20)])
        assert all(answer.accepted for answer in answers)
        await ledger.close()
    finally:
        await narrow.close()


async def test_whoever_waits_when_the_writer_is_cancelled_is_told(pool: Pool) -> None:
    ledger = await _paid(pool)
    commands = [ME.hold(f"h{count}", 1) for count in range(300)]
    tasks = [asyncio.ensure_future(ledger.apply(command)) for command in commands]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert ledger._writer is not None
    ledger._writer.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(answer, Unavailable | Outcome) for answer in answers)
    assert any(isinstance(answer, Unavailable) for answer in answers)
    again = await asyncio.gather(*map(ledger.apply, commands))
    assert all(answer.accepted for answer in again), "the same refs, sent again, tell what became of each"
    await _assert_sound(pool)


def _lost() -> psycopg.OperationalError:
    return psycopg.OperationalError("the connection was lost after the commit (planned)")


async def _until_somebody_waits_for_a_lock(pool: Pool) -> None:
    async with asyncio.timeout(LOCK_SECONDS_MAX), pool.connection() as connection:
        while True:
            cursor = await connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if (await cursor.fetchone() or [0])[0]:
                return
            await asyncio.sleep(0.01)


async def _commits(pool: Pool) -> int:
    """How many transactions have written to the books."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT count(DISTINCT xmin::text) FROM transactions")
        [count] = await cursor.fetchone() or [0]
    return int(count)
