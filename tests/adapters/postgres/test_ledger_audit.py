"""The books can't be changed by accident, and the audit finds what was changed on purpose."""

from uuid import UUID

import psycopg
import pytest

from deepspace_adapters.postgres.budgets import PostgresBudgets
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.ledger_audit import PostgresLedgerAuditReader
from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.pool import Connection, Pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork, connection_of
from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger import AuditLedger, BudgetWindow
from deepspace_core.ledger.caps import CapBook, SetBudget
from tests.contract.ledger_world import owner_of
from tests.core.ledger.asking import CAP, ORG, WALLET, Caller
from tests.fakes import NOON, CountingIds, FixedClock, ListedEvents

ME = Caller(caps=(CAP,))


@pytest.fixture(autouse=True)
async def wallet(pool: Pool) -> None:
    """An empty wallet."""
    async with pool.connection() as connection:
        await open_wallet(connection, org_id=ORG, wallet_id=WALLET, now=NOON)


@pytest.mark.parametrize("change", ["UPDATE transactions SET description = ''", "DELETE FROM transactions"])
async def test_rows_can_not_be_changed(pool: Pool, change: str) -> None:
    await PostgresLedger(pool, clock=FixedClock(), ids=CountingIds()).apply(ME.top_up("paid", 1))
    async with pool.connection() as connection:
        with pytest.raises(psycopg.errors.RestrictViolation, match="written once"):
            await connection.execute(change.encode())
        await connection.rollback()


CORRUPTIONS = {
    "UPDATE wallets SET balance_nanos = balance_nanos + 1": "balance and frozen are the sums of the rows",
    "UPDATE wallets SET version = version + 1": "versions are contiguous",
    "UPDATE transactions SET balance_after_nanos = 7 WHERE seq = 2": "balance and frozen are the sums of the rows",
    "UPDATE transactions SET seq = 9 WHERE seq = 2": "versions are contiguous",
    "DELETE FROM transactions WHERE seq = 3": "versions are contiguous",
    "UPDATE holds SET captured_nanos = 5, released_nanos = 5 WHERE ref = 'h'": "a hold's amounts add up",
    "UPDATE holds SET state = 'released' WHERE state = 'pending'": None,
    "UPDATE holds SET state = 'pending' WHERE state = 'captured'": "one event ends a hold",
    "UPDATE budget_counters SET used_nanos = used_nanos + 1": "budget counters are the sums of the rows",
    "DELETE FROM budget_counters": "budget counters are the sums of the rows",
    "UPDATE holds SET caps = '{}'": "budget counters are the sums of the rows",
    "UPDATE wallets SET capped = false": "budget counters are the sums of the rows",
    "UPDATE transactions SET description = 'a gift' WHERE seq = 2": "the chain of roots is unbroken",
    "UPDATE transactions SET at = at - interval '1 microsecond' WHERE seq = 1": "the chain of roots is unbroken",
    "UPDATE transactions SET root = NULL WHERE seq = 4": "the chain of roots is unbroken",
    "UPDATE wallets SET root = decode(repeat('00', 32), 'hex')": "the chain of roots is unbroken",
    "DELETE FROM transactions WHERE seq = 4": "the chain of roots is unbroken",
    "UPDATE transactions SET seq = 9 WHERE seq = 2; UPDATE transactions SET seq = 2 WHERE seq = 4; "
    "UPDATE transactions SET seq = 4 WHERE seq = 9": "the chain of roots is unbroken",
    "DELETE FROM ledger_refs WHERE ref = 'c'": "nothing points to nothing",
    "UPDATE ledger_refs SET seq = 77 WHERE ref = 'c'": "nothing points to nothing",
    "UPDATE transactions SET wallet_id = gen_random_uuid() WHERE seq = 2": "nothing points to nothing",
    "DELETE FROM holds": "nothing points to nothing",
    "DELETE FROM wallets": "nothing points to nothing",
}
"""Each a way to tamper, and the invariant that finds it; None where a constraint doesn't even let it happen."""


@pytest.mark.parametrize(("change", "invariant"), CORRUPTIONS.items(), ids=lambda value: str(value)[:50])
async def test_the_audit_finds_what_was_tampered_with(pool: Pool, change: str, invariant: str | None) -> None:
    ledger = PostgresLedger(pool, clock=FixedClock(), ids=CountingIds())
    set_budget = SetBudget(
        CapBook(PostgresUnitOfWork(pool), PostgresBudgets(), ListedEvents(), FixedClock(), CountingIds())
    )
    await set_budget(principal=owner_of(ORG, WALLET), key=CAP, window=BudgetWindow.DAY, cap_nanos=50)
    await ledger.apply_many([ME.top_up("paid", 100), ME.hold("h", 10), ME.capture("c", "h", 4), ME.hold("i", 5)])
    async with pool.connection() as connection:
        await connection.execute("SET session_replication_role = replica")
        if invariant is None:
            with pytest.raises(psycopg.errors.CheckViolation):
                await connection.execute(change.encode())
            return
        await connection.execute(change.encode())
    report = await AuditLedger(PostgresLedgerAuditReader(), PostgresUnitOfWork(pool))()
    assert invariant in {finding.invariant for finding in report.findings}


async def test_an_edit_that_makes_every_sum_right_is_still_found(pool: Pool) -> None:
    """Somebody who knows the books: a top-up made larger, and everything after it made to fit."""
    ledger = PostgresLedger(pool, clock=FixedClock(), ids=CountingIds())
    await ledger.apply_many([ME.top_up("paid", 100), ME.hold("h", 10), ME.capture("c", "h", 4)])
    async with pool.connection() as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "UPDATE transactions SET amount_nanos = amount_nanos + 9, balance_delta_nanos = balance_delta_nanos + 9 "
            "WHERE type = 'top_up'"
        )
        await connection.execute("UPDATE transactions SET balance_after_nanos = balance_after_nanos + 9")
        await connection.execute("UPDATE wallets SET balance_nanos = balance_nanos + 9")
    report = await AuditLedger(PostgresLedgerAuditReader(), PostgresUnitOfWork(pool))()
    assert {finding.invariant for finding in report.findings} == {"the chain of roots is unbroken"}


async def test_a_run_that_continues_trusts_what_came_before_and_finds_what_came_after(pool: Pool) -> None:
    ledger, audit = (
        PostgresLedger(pool, clock=FixedClock(), ids=CountingIds()),
        AuditLedger(PostgresLedgerAuditReader(), PostgresUnitOfWork(pool)),
    )
    await ledger.apply_many([ME.top_up("paid", 100), ME.hold("h", 10)])
    first = await audit()
    await ledger.apply_many([ME.capture("c", "h", 4), ME.hold("i", 5)])
    second = await audit(from_seq=first.seq, org_id=ORG)
    assert (first.rows, first.roots, second.rows, second.roots) == (2, 1, 2, 1)
    assert (second.seq, second.sound) == (4, True)
    async with pool.connection() as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("UPDATE transactions SET actor = 'nobody' WHERE seq = 1")
    assert (await audit(from_seq=first.seq)).sound
    assert not (await audit()).sound
    async with pool.connection() as connection:  # another one, perhaps
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("UPDATE transactions SET actor = 'nobody' WHERE seq = 3")
    assert not (await audit(from_seq=first.seq)).sound


async def test_the_audit_locks_nobody(pool: Pool) -> None:
    ledger, reader = PostgresLedger(pool, clock=FixedClock(), ids=CountingIds()), PostgresLedgerAuditReader()
    await ledger.apply(ME.top_up("paid", 100))
    async with PostgresUnitOfWork(pool)() as tx:
        await reader.freeze(tx)
        assert len(await reader.rows_of_wallet(tx, wallet_id=WalletId(UUID(int=11)), after_seq=0, limit=10)) == 1
        assert (await ledger.apply(ME.hold("h", 10))).accepted
        assert len(await reader.rows_of_wallet(tx, wallet_id=WalletId(UUID(int=11)), after_seq=0, limit=10)) == 1


async def test_the_audit_may_take_its_time_and_leaves_the_connection_as_it_was(pool: Pool) -> None:
    async def bound(connection: Connection) -> str:
        [value] = await (await connection.execute("SHOW statement_timeout")).fetchone() or [""]
        return str(value)

    async with PostgresUnitOfWork(pool)() as tx:
        usual = await bound(connection_of(tx))
    async with PostgresUnitOfWork(pool)() as tx:
        await PostgresLedgerAuditReader().freeze(tx)
        assert await bound(connection_of(tx)) == "1h"
    async with pool.connection() as connection:
        assert await bound(connection) == usual != "1h"
