"""Memory and PostgreSQL agree on every row, hold and outcome, however commands are cut into batches."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepspace_adapters.postgres.pool import Pool
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.ledger import BudgetKey, BudgetScope, BudgetWindow
from tests.contract.ledger_world import LedgerWorld, memory_world, postgres_world
from tests.core.ledger.asked import Told, asked_by, commands
from tests.fakes import CountingIds

BATCHES = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 3, 61, 86_400]),
        st.lists(st.tuples(st.integers(0, 1), commands()), max_size=8),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
"""Batches of (whose wallet, command), with the seconds that pass before each, and whether they are linked."""

Plan = Sequence[tuple[int, Sequence[tuple[int, Told]], bool]]
fresh = CountingIds(run=0)
_ID = re.compile(r"UUID\('[0-9a-f-]+'\)")
_SEAL = re.compile(r"""root=b("([^"\\]|\\.)*"|'([^'\\]|\\.)*')""")
RUNS = count(1)
"""Each example has ids of its own, the same in all three of its ledgers."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=BATCHES, limit=st.sampled_from([0, 20]), cap=st.sampled_from([None, 30, 70]))
async def test_memory_and_postgres_agree_row_by_row(pool: Pool, plan: Plan, limit: int, cap: int | None) -> None:
    org_id, wallets = OrgId(fresh.uuid()), [WalletId(fresh.uuid()), WalletId(fresh.uuid())]
    run = next(RUNS)
    told = [
        await _run(world, plan, org_id, wallets, limit=limit, cap=cap, one_by_one=one_by_one)
        for world, one_by_one in (
            (memory_world(run=run), False),
            (postgres_world(pool, run=run), False),
            (memory_world(run=run), True),
        )
    ]
    assert told[0] == told[2], "one batch and its commands one by one differ"
    assert _named_in_order(told[0]) == _named_in_order(told[1]), "memory and PostgreSQL differ"


def _named_in_order(told: dict[str, object]) -> str:
    """What was told, with the n-th id that occurs called #n, and without the seals, which are made over the ids.

    PostgreSQL's ledger decides a batch anew when what it remembered was not all there is, and then takes new ids. That
    each store's own seals fit its own rows is the audit's business.
    """
    seen: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return seen.setdefault(found[0], f"#{len(seen)}")

    return _ID.sub(name, _SEAL.sub("", repr(told)))


async def _run(
    world: LedgerWorld,
    plan: Plan,
    org_id: OrgId,
    wallets: list[WalletId],
    *,
    limit: int,
    cap: int | None,
    one_by_one: bool,
) -> dict[str, object]:
    callers = [await world.caller(org_id, wallet_id, credit_limit=limit) for wallet_id in wallets]
    key = BudgetKey(BudgetScope.PROJECT, org_id)
    if cap is not None:
        callers = [replace(caller, caps=(key,)) for caller in callers]
        await world.cap(callers[0], key, BudgetWindow.DAY, cap)
        await world.cap(callers[0], key, BudgetWindow.TOTAL, 2 * cap)
    outcomes: list[object] = []
    moments = [world.clock.now()]
    for seconds, asked, linked in plan:
        moments.append(world.clock.advance(seconds=seconds))
        batch = [asked_by(callers[whose], told) for whose, told in asked]
        if linked:
            outcomes += await world.ledger.apply_linked(batch)
            continue
        parts = [[command] for command in batch] if one_by_one else [batch]
        for part in parts:
            outcomes += await world.ledger.apply_many(part)
    for caller in callers:
        rows = await world.rows(caller)
        for at in moments:
            told = await world.balance_at(caller, at)
            assert told.seq == sum(row.at <= at for row in rows)
            assert told.balance_nanos == sum(row.balance_delta_nanos for row in rows if row.at <= at)
            assert told.frozen_nanos == sum(row.frozen_delta_nanos for row in rows if row.at <= at)
            assert told.receivable_nanos == sum(row.receivable_delta_nanos for row in rows if row.at <= at)
    statement = await world.statement(callers[0], f"{moments[0]:%Y-%m}")
    assert statement.adds_up, statement
    report = await world.audit()
    assert report.sound, report.findings
    return {
        "outcomes": outcomes,
        "rows": [await world.rows(caller) for caller in callers],
        "wallets": [await world.wallet(caller) for caller in callers],
        "statement": statement,
        "lines": await world.lines(callers[0]),
        "holds": sorted(await world.holds(callers[0]), key=lambda hold: hold.ref),
    }
