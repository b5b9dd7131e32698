"""Several gateways, one cap: however they race, no more is admitted than the cap, and the counters stay provable."""

import asyncio
from dataclasses import replace
from uuid import UUID

from deepspace_adapters.postgres.pool import Pool
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow
from tests.contract.ledger_world import LedgerWorld, postgres_world
from tests.core.ledger.asking import Caller

KEY = BudgetKey(BudgetScope.KEY, UUID(int=22))
HOLDS = 60


async def _two_gateways(pool: Pool) -> tuple[LedgerWorld, LedgerWorld, Caller]:
    one, other = postgres_world(pool), postgres_world(pool, run=7)
    me = replace(await one.caller(), caps=(KEY,))
    await one.ledger.apply(me.top_up("paid", 10_000))
    return one, other, me


async def test_two_gateways_admit_no_more_than_the_cap(pool: Pool) -> None:
    one, other, me = await _two_gateways(pool)
    await one.cap(me, KEY, BudgetWindow.MONTH, 250)
    outcomes = await asyncio.gather(
        *(
            gateway.ledger.apply(me.hold(f"{name}-{n}", 10))
            for n in range(HOLDS)
            for name, gateway in (("a", one), ("b", other))
        )
    )
    assert sum(outcome.accepted for outcome in outcomes) == 25
    [line] = await one.lines(me)
    assert (line.used_nanos, line.reserved_nanos) == (0, 250)
    assert (await one.audit()).sound


async def test_a_budget_set_while_calls_run_counts_each_of_them_once(pool: Pool) -> None:
    one, other, me = await _two_gateways(pool)

    async def call(gateway: LedgerWorld, name: str) -> None:
        for n in range(15):
            await gateway.ledger.apply(me.hold(f"{name}-{n}", 10))
            await gateway.ledger.apply(me.capture(f"c-{name}-{n}", f"{name}-{n}", 7))

    async def cap() -> None:
        for window in BudgetWindow:
            await asyncio.sleep(0)
            await one.cap(me, KEY, window, 100_000)

    await asyncio.gather(*(call(gateway, f"{k}{n}") for k, gateway in enumerate((one, other)) for n in range(4)), cap())
    assert {(line.used_nanos, line.reserved_nanos) for line in await one.lines(me)} == {(7 * 15 * 8, 0)}
    assert (await one.audit()).sound
