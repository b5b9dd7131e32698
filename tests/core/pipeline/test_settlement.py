"""What can't be settled at once: kept, tried again until it is, and never in the way of others."""

from dataclasses import dataclass

import pytest

from deepspace_core.kernel.record import Record
from deepspace_core.ledger import Hold, HoldState, Release
from deepspace_core.pipeline import Unsettled
from deepspace_core.pipeline.settlement import ROUND_MAX
from deepspace_core.pricing import TokenLeaves
from tests.core.pipeline.sides import Script
from tests.core.pipeline.world import INPUT_RATE, OUTPUT_RATE, World
from tests.fakes import TRACE

USED = TokenLeaves(input_uncached=20, output_text=3)
COST_NANOS = (20 * INPUT_RATE + 3 * OUTPUT_RATE) // 1_000


@dataclass(frozen=True, slots=True)
class Unwritable(Record):
    """A rider that nobody has told the ledger how to write."""


async def test_a_capture_while_the_database_is_away_is_retried_until_it_is_back() -> None:
    world = await World.make()
    world.upstream.before_end = lambda: setattr(world.ledger, "away", 1_000)
    await world.call(Script(usage=USED))
    assert [hold.state for hold in await world.holds()] == [HoldState.PENDING]
    assert len(world.journal.unsettled) == 1
    await world.tasks.drain()
    assert (world.given_up, world.journal.unsettled) == ([], {})
    assert [hold.state for hold in await world.holds()] == [HoldState.CAPTURED]
    assert (await world.balance()).balance_nanos == 1_000_000_000 - COST_NANOS
    assert len(world.usage()) == 1


async def test_a_gateway_that_died_before_it_could_settle_does_so_at_its_next_start() -> None:
    world = await World.make()
    world.upstream.before_end = lambda: setattr(world.ledger, "away", 1)
    await world.call(Script(usage=USED))
    world.tasks.drop()  # the process is gone; the journal is not
    assert world.make_settler().settle_kept() == 1
    await world.tasks.drain()
    assert (await world.balance()).balance_nanos == 1_000_000_000 - COST_NANOS
    assert (len(world.usage()), world.journal.unsettled) == (1, {})


async def test_any_number_of_settlements_waits_in_one_task() -> None:
    world = await World.make()
    settler = world.make_settler()
    refs = [f"hold:{number}" for number in range(ROUND_MAX + 1)]
    for ref in refs:
        await world.memory.apply(hold(world, ref))
    world.ledger.away = len(refs)
    for ref in refs:
        await settler.settle(Unsettled(release(world, ref), riders=()))
    assert (len(world.tasks.detached), len(world.journal.unsettled)) == (1, len(refs))
    await world.tasks.drain()
    assert ((await world.balance()).frozen_nanos, world.journal.unsettled) == (0, {})


async def test_what_the_ledger_can_not_write_stays_in_the_journal_and_holds_up_nobody() -> None:
    world = await World.make()
    await world.memory.apply(hold(world, "hold:1"))
    await world.memory.apply(hold(world, "hold:2"))
    world.journal.keep(Unsettled(release(world, "hold:1"), riders=(Unwritable(),)))
    world.journal.keep(Unsettled(release(world, "hold:2"), riders=()))
    world.make_settler().settle_kept()
    await world.tasks.drain()
    assert list(world.journal.unsettled) == ["release:hold:1"]
    assert [reason.partition(":")[0] for reason in world.given_up] == ["it stays in the journal"]
    assert sorted(one.state for one in await world.holds()) == [HoldState.PENDING, HoldState.RELEASED]


async def test_what_the_ledger_can_not_write_at_once_is_kept_for_a_person_to_look_at() -> None:
    world = await World.make()
    await world.memory.apply(hold(world, "hold:1"))
    with pytest.raises(TypeError):
        await world.make_settler().settle(Unsettled(release(world, "hold:1"), riders=(Unwritable(),)))
    assert list(world.journal.unsettled) == ["release:hold:1"]


def hold(world: World, ref: str) -> Hold:
    return Hold(
        org_id=world.wallet.org_id,
        wallet_id=world.wallet.id,
        ref=ref,
        trace_id=TRACE,
        actor="system:test",
        amount_nanos=1,
        lifetime_seconds=60,
    )


def release(world: World, hold_ref: str) -> Release:
    return Release(
        org_id=world.wallet.org_id,
        wallet_id=world.wallet.id,
        ref=f"release:{hold_ref}",
        hold_ref=hold_ref,
        trace_id=TRACE,
        actor="system:test",
    )
