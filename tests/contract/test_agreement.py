"""Our own books beside each other, on memory and on PostgreSQL: they agree, and when they do not, it is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from deepspace_adapters.memory.own_books import MemoryOwnBooks
from deepspace_adapters.memory.reconciliations import MemoryReconciliations
from deepspace_adapters.memory.usage import MemoryRollups
from deepspace_adapters.postgres.own_books import PostgresOwnBooks
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.reconciliations import PostgresReconciliations
from deepspace_adapters.postgres.usage import PostgresRollups
from deepspace_core.identity import SystemActor
from deepspace_core.identity.errors import AdministratorRequired
from deepspace_core.kernel.ids import JobId
from deepspace_core.ledger import Hold
from deepspace_core.pricing import cost, snapshot
from deepspace_core.usage import InvalidPeriod, OwnBooks, Reconciliation
from deepspace_core.usage.agreement_use_cases import CompareLastDays, CompareOwnBooks
from deepspace_core.usage.ports import ReconciliationRepository, RollupRepository, RollupState
from deepspace_core.usage.rollup import hour_of
from tests.contract.ledger_world import LedgerWorld, memory_world, postgres_world
from tests.contract.test_metering_audit import usage_of
from tests.contract.work_yard import PasserBy
from tests.core.ledger.asking import Caller
from tests.core.metering_values import CARD, USED
from tests.fakes import TRACE, CountingIds, ListedEvents

COST = cost(CARD, USED.leaves)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPERATOR = SystemActor("test")


class Desk:
    """The books of a world, and a night in which they are compared."""

    def __init__(self, world: LedgerWorld, books: OwnBooks, rollups: RollupRepository, kept: ReconciliationRepository):
        self.world, self.rollups, self.kept, self.events = world, rollups, kept, ListedEvents()
        self.compare = CompareOwnBooks(world.unit_of_work, books, kept, self.events, CountingIds(run=6), world.clock)

    async def call(self, me: Caller, number: int, **told: object) -> None:
        hold: Hold = replace(me.hold(f"hold:{number}", 50_000), price_id=CARD.id, rates=snapshot(CARD))
        await self.world.ledger.apply(hold)
        capture = me.capture(f"capture:{number}", f"hold:{number}", COST.amount_nanos)
        usage = replace(usage_of(capture, number), ended_at=self.world.clock.now())
        await self.world.ledger.apply(capture, riders=[replace(usage, **told)])  # type: ignore[arg-type]

    async def roll_up(self) -> None:
        """As the worker does an hour later."""
        now = self.world.clock.now()
        hour = hour_of(now)
        async with self.world.unit_of_work() as tx:
            await self.rollups.recompute(tx, since=hour, until=hour + HOUR)
            await self.rollups.save_state(tx, RollupState(rolled_until=hour + HOUR, seen_until=now + 365 * 100 * DAY))
            await self.rollups.make_sums(tx, [hour.replace(hour=0)], before=hour + timedelta(hours=1))
            await tx.commit()

    async def compared(self) -> Reconciliation:
        self.world.clock.advance(DAY)
        return await self.tried(JobId(uuid4()))

    async def tried(self, job_id: JobId) -> Reconciliation:
        """An attempt of the night's job."""
        return await CompareLastDays(self.compare)(job_id=job_id)


def disagreements_of(found: Reconciliation) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], found.report["disagreements"])


@pytest.fixture(params=["memory", "postgres"])
def desk(request: pytest.FixtureRequest) -> Desk:
    if request.param == "memory":
        world = memory_world()
        return Desk(world, MemoryOwnBooks(), MemoryRollups(world.clock), MemoryReconciliations())
    world = postgres_world(request.getfixturevalue("pool"))
    return Desk(world, PostgresOwnBooks(), PostgresRollups(), PostgresReconciliations())


@pytest.fixture
async def me(desk: Desk) -> Caller:
    caller = await desk.world.caller()
    await desk.world.ledger.apply(caller.top_up("paid", 1_000_000))
    return caller


async def test_books_that_agree_are_reported_and_nobody_is_woken(desk: Desk, me: Caller) -> None:
    await desk.call(me, 1)
    await desk.call(me, 2)
    await desk.world.ledger.apply_many([me.hold("by hand", 9), me.capture("taken", "by hand", 9)])
    await desk.roll_up()
    found = await desk.compared()
    assert (found.differences, found.rows_compared, found.report["disagreements"]) == (0, 2, [])
    assert found.period_end - found.period_start == 7 * DAY
    assert desk.events.types == []
    async with desk.world.unit_of_work() as tx:
        assert await desk.kept.get_reconciliation(tx, found.id) == found


async def test_what_is_not_rolled_up_yet_is_no_difference(desk: Desk, me: Caller) -> None:
    await desk.call(me, 1)
    assert (await desk.compared()).differences == 0


async def test_a_capture_without_usage_is_told(desk: Desk, me: Caller) -> None:
    hold = replace(me.hold("h", 50), price_id=CARD.id, rates=snapshot(CARD))
    await desk.world.ledger.apply_many([hold, me.capture("c", "h", 5)])
    await desk.roll_up()
    found = await desk.compared()
    (one,) = disagreements_of(found)
    assert (one["kind"], one["about"]["capture_ref"], one["here"]) == ("capture_without_usage", "c", "5")
    assert desk.events.types == ["reconciliation.differed"]


async def test_a_job_that_is_tried_again_after_its_report_tells_nothing_twice(desk: Desk, me: Caller) -> None:
    await desk.world.ledger.apply(replace(me.hold("hold", 9), price_id=CARD.id, rates=snapshot(CARD)))
    await desk.world.ledger.apply(me.capture("capture", "hold", 9))
    desk.world.clock.advance(DAY)
    job_id, next_night = JobId(UUID(int=1)), JobId(UUID(int=2))
    first = await desk.tried(job_id)
    assert (await desk.tried(job_id), desk.events.types) == (first, ["reconciliation.differed"])
    assert (await desk.tried(next_night)).id == next_night


async def test_usage_beside_another_amount_or_none_is_told(desk: Desk, me: Caller) -> None:
    await desk.call(me, 1, cost_nanos=COST.amount_nanos + 1)
    await desk.call(me, 2, capture_ref="nowhere")
    await desk.roll_up()
    found = await desk.compared()
    assert {
        kind: found.report[kind] for kind in ("amount_differs", "usage_without_capture", "capture_without_usage")
    } == {
        "amount_differs": 1,
        "usage_without_capture": 1,
        "capture_without_usage": 1,
    }


async def test_a_roll_up_that_missed_a_record_is_told(desk: Desk, me: Caller) -> None:
    await desk.call(me, 1)
    await desk.roll_up()
    await desk.call(me, 2)
    found = await desk.compared()
    (one,) = disagreements_of(found)
    assert (one["kind"], one["here"], one["there"]) == (
        "rollup_differs",
        f"2/{2 * COST.amount_nanos}",
        f"1/{COST.amount_nanos}",
    )


async def test_a_sum_that_was_changed_by_hand_is_told(pool: Pool) -> None:
    world = postgres_world(pool)
    desk = Desk(world, PostgresOwnBooks(), PostgresRollups(), PostgresReconciliations())
    me = await world.caller()
    await world.ledger.apply(me.top_up("paid", 1_000_000))
    await desk.call(me, 1)
    await desk.roll_up()
    async with pool.connection() as connection:
        await connection.execute("UPDATE usage_sums SET cost_nanos = 1 WHERE dimension = 'model' AND span = 'day'")
        await connection.execute("DELETE FROM usage_sums WHERE dimension = 'key' AND span = 'third'")
    found = await desk.compared()
    told = [(one["about"]["dimension"], one["about"]["span"], one["there"]) for one in disagreements_of(found)]
    assert told == [("key", "third", None), ("model", "day", "1/1")]


async def test_a_comparison_is_an_administrators_and_of_whole_days(desk: Desk) -> None:
    now = desk.world.clock.now()
    with pytest.raises(AdministratorRequired):
        await desk.compare(actor=PasserBy(), trace_id=TRACE, since=now - DAY, until=now)
    for since in (now, now - 40 * DAY):
        with pytest.raises(InvalidPeriod):
            await desk.compare(actor=OPERATOR, trace_id=TRACE, since=since, until=now)
