"""Usage and captures can't drift apart unnoticed: each way to tamper with one of them, and what finds it."""

import pytest

from deepspace_adapters.postgres.pool import Pool
from tests.contract.ledger_world import postgres_world
from tests.contract.test_metering_audit import COMES_AGAIN, ONE_TO_ONE, audit, call

TAMPERED = {
    "DELETE FROM usage_records WHERE capture_ref = 'capture:1'": {ONE_TO_ONE},
    "UPDATE usage_records SET capture_ref = 'capture:7' WHERE capture_ref = 'capture:1'": {ONE_TO_ONE},
    "UPDATE usage_records SET org_id = gen_random_uuid() WHERE capture_ref = 'capture:1'": {ONE_TO_ONE},
    "UPDATE usage_records SET capture_ref = 'capture:1', ended_at = ended_at + interval '1 day' "
    "WHERE capture_ref = 'capture:2'": {ONE_TO_ONE},
    "UPDATE usage_records SET cost_nanos = cost_nanos - 1": {ONE_TO_ONE, COMES_AGAIN},
    "UPDATE usage_records SET cost_picos = cost_picos - 1": {COMES_AGAIN},
    "UPDATE usage_records SET output_text = output_text - 1, output_reasoning = output_reasoning + 2": {COMES_AGAIN},
    "UPDATE usage_records SET input_uncached = input_uncached + 1000": {COMES_AGAIN},
    "UPDATE usage_records SET hold_ref = NULL": {ONE_TO_ONE},
    "UPDATE holds SET rates = jsonb_set(rates, '{tiers,0,rates,output_text}', '3000000')": {COMES_AGAIN},
    "UPDATE holds SET rates = NULL": {COMES_AGAIN},
    "UPDATE holds SET price_id = NULL": {ONE_TO_ONE},
    "UPDATE holds SET price_id = gen_random_uuid()": {ONE_TO_ONE},
}


@pytest.mark.parametrize(
    ("change", "invariants"), TAMPERED.items(), ids=[str(number) for number in range(len(TAMPERED))]
)
async def test_the_audit_finds_what_was_tampered_with(pool: Pool, change: str, invariants: set[str]) -> None:
    world = postgres_world(pool)
    me = await world.caller()
    await world.ledger.apply(me.top_up("paid", 1_000_000))
    await call(world, me, 1)
    await call(world, me, 2)
    assert (await audit(world)).sound
    async with pool.connection() as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(change.encode())
    assert {finding.invariant for finding in (await audit(world)).findings} == invariants


async def test_usage_of_months_that_are_kept_no_longer_is_not_missed(pool: Pool) -> None:
    """The oldest month of usage is detached; the books of that month stay."""
    world = postgres_world(pool)
    async with pool.connection() as connection:
        found = await connection.execute("SELECT date_trunc('month', now(), 'UTC') + interval '3 days'")
        [moment] = await found.fetchone() or (None,)
        assert moment is not None
        world.clock.advance(moment - world.clock.now())
        me = await world.caller()
        await world.ledger.apply(me.top_up("paid", 1_000_000))
        await call(world, me, 1, ended_at=moment)
        assert (await audit(world)).calls == 1
        for months_ago in ("1 month", "0 months"):
            name = await connection.execute(
                "SELECT to_char(now() AT TIME ZONE 'UTC' - %s::interval, '\"usage_records_y\"YYYY\"m\"MM')",
                [months_ago],
            )
            [partition] = await name.fetchone() or (None,)
            await connection.execute(f"ALTER TABLE usage_records DETACH PARTITION {partition}".encode())
    report = await audit(world)
    assert (report.sound, report.calls) == (True, 0)
