"""Usage and captures explain each other, on memory and on PostgreSQL: what is metered, what isn't, what is amiss."""

from dataclasses import replace
from uuid import UUID

import pytest

from deepspace_core.kernel.ids import PriceId, UsageRecordId
from deepspace_core.ledger import AuditLedger, AuditReport, Capture, Hold
from deepspace_core.ledger.metering_use_cases import AuditBooks
from deepspace_core.pricing import cost, cost_again, snapshot
from deepspace_core.usage import UsageRecord
from tests.contract.ledger_world import LedgerWorld, memory_world, postgres_world
from tests.core.ledger.asking import MINUTE, ORG, OTHER_ORG, Caller
from tests.core.metering_values import CARD, USED

ONE_TO_ONE, COMES_AGAIN = "usage and final captures are one to one", "a cost comes again out of leaves and rates"
COST = cost(CARD, USED.leaves)


@pytest.fixture(params=["memory", "postgres"])
def world(request: pytest.FixtureRequest) -> LedgerWorld:
    return memory_world() if request.param == "memory" else postgres_world(request.getfixturevalue("pool"))


@pytest.fixture
async def me(world: LedgerWorld) -> Caller:
    caller = await world.caller()
    await world.ledger.apply(caller.top_up("paid", 1_000_000))
    return caller


def priced(hold: Hold) -> Hold:
    """As the gateway holds."""
    return replace(hold, price_id=CARD.id, rates=snapshot(CARD))


def usage_of(capture: Capture, number: int) -> UsageRecord:
    """As the gateway records."""
    return replace(
        USED,
        id=UsageRecordId(UUID(int=1_000 + number)),
        org_id=capture.org_id,
        trace_id=capture.trace_id,
        hold_ref=capture.hold_ref,
        capture_ref=capture.ref,
        cost_picos=COST.picos,
        cost_nanos=COST.amount_nanos,
    )


async def call(world: LedgerWorld, me: Caller, number: int, **told: object) -> None:
    """A call of the gateway; `told` is what its usage says amiss."""
    await world.ledger.apply(priced(me.hold(f"hold:{number}", 50_000)))
    capture = me.capture(f"capture:{number}", f"hold:{number}", COST.amount_nanos)
    usage = replace(usage_of(capture, number), **told)  # type: ignore[arg-type]
    await world.ledger.apply(capture, riders=[usage])


async def audit(world: LedgerWorld, *, from_seq: int = 0, **whose: object) -> AuditReport:
    books = AuditBooks(
        AuditLedger(world.audit_reader, world.unit_of_work), world.audit_reader, world.unit_of_work, cost_again
    )
    return await books(from_seq=from_seq, **whose)  # type: ignore[arg-type]


async def test_calls_are_held_against_their_usage_and_money_moved_by_hand_is_not(
    world: LedgerWorld, me: Caller
) -> None:
    await call(world, me, 1)
    await call(world, me, 2)
    await world.ledger.apply_many([me.hold("by hand", 9), me.capture("taken", "by hand", 9)])
    await world.ledger.apply_many([priced(me.hold("unused", 9)), me.release("freed", "unused")])
    report = await audit(world)
    assert report.sound, report.findings
    assert (report.calls, report.rows) == (2, 9)


async def test_a_part_of_a_call_has_no_usage_and_its_last_capture_has(world: LedgerWorld, me: Caller) -> None:
    await world.ledger.apply_many([priced(me.hold("h", 50_000)), me.capture("part", "h", 5, final=False)])
    last = me.capture("last", "h", COST.amount_nanos)
    await world.ledger.apply(last, riders=[usage_of(last, 1)])
    report = await audit(world)
    assert (report.sound, report.calls) == (True, 1), report.findings


async def test_a_late_call_is_metered_by_its_final_capture(world: LedgerWorld, me: Caller) -> None:
    await world.ledger.apply(priced(me.hold("h", 50_000)))
    world.clock.advance(seconds=MINUTE)
    await world.ledger.apply(me.capture("early", "h", 5, final=False))
    last = me.capture("last", "h", COST.amount_nanos)
    assert (await audit(world)).calls == 0
    await world.ledger.apply(last, riders=[usage_of(last, 1)])
    report = await audit(world)
    assert (report.sound, report.calls) == (True, 1), report.findings


async def test_a_capture_without_usage_is_found(world: LedgerWorld, me: Caller) -> None:
    await world.ledger.apply_many([priced(me.hold("h", 50)), me.capture("c", "h", 5)])
    [finding] = (await audit(world)).findings
    assert (finding.invariant, finding.message) == (ONE_TO_ONE, "0 usage records tell of it")
    assert "capture c of wallet" in finding.where


async def test_usage_of_nothing_is_found(world: LedgerWorld, me: Caller) -> None:
    top_up = me.top_up("more", 5)
    await world.ledger.apply_many(
        [me.hold("hand", 9), priced(me.hold("h", 9)), me.capture("part", "h", 1, final=False)]
    )
    by_hand = me.capture("c", "hand", 9)
    strays = [usage_of(me.capture(ref, "h", 1), number) for number, ref in enumerate(["nothing", "more", "c", "part"])]
    await world.ledger.apply(top_up, riders=strays)
    await world.ledger.apply(by_hand)
    report = await audit(world)
    assert {finding.invariant for finding in report.findings} == {ONE_TO_ONE}
    assert sorted(finding.message.split(" of ")[0].split("capture ")[1] for finding in report.findings) == [
        "c",
        "more",
        "nothing",
        "part",
    ]
    assert (await audit(world, org_id=OTHER_ORG)).sound
    assert len((await audit(world, org_id=ORG)).findings) == 4


AMISS: list[tuple[dict[str, object], set[str]]] = [
    ({"cost_nanos": COST.amount_nanos + 1}, {ONE_TO_ONE, COMES_AGAIN}),
    ({"cost_picos": COST.picos + 1}, {COMES_AGAIN}),
    ({"leaves": replace(USED.leaves, output_text=USED.leaves.output_text + 1)}, {COMES_AGAIN}),
    ({"currency": "EUR"}, {ONE_TO_ONE}),
    ({"price_id": PriceId(UUID(int=9))}, {ONE_TO_ONE}),
    ({"price_id": None}, {ONE_TO_ONE}),
    ({"hold_ref": "hold:2"}, {ONE_TO_ONE}),
    ({"trace_id": "f" * 32}, {ONE_TO_ONE}),
]


@pytest.mark.parametrize(("told", "invariants"), AMISS, ids=[next(iter(told)) for told, _ in AMISS])
async def test_usage_that_says_otherwise_is_found(
    world: LedgerWorld, me: Caller, told: dict[str, object], invariants: set[str]
) -> None:
    await call(world, me, 1, **told)
    assert {finding.invariant for finding in (await audit(world)).findings} == invariants


async def test_rates_that_are_no_card_are_found(world: LedgerWorld, me: Caller) -> None:
    await world.ledger.apply(replace(me.hold("h", 50_000), price_id=CARD.id, rates={"tiers": []}))
    capture = me.capture("c", "h", COST.amount_nanos)
    await world.ledger.apply(capture, riders=[usage_of(capture, 1)])
    [finding] = (await audit(world)).findings
    assert finding.invariant == COMES_AGAIN
    assert "can't be read: KeyError" in finding.message


async def test_an_audit_that_continues_looks_at_later_calls_only(world: LedgerWorld, me: Caller) -> None:
    await call(world, me, 1, currency="EUR")
    before = await audit(world)
    assert (await audit(world, from_seq=before.seq, org_id=ORG)).sound
    world.clock.advance(seconds=MINUTE)
    await call(world, me, 2, currency="EUR")
    after = await audit(world, from_seq=before.seq, org_id=ORG)
    assert (after.calls, len(after.findings)) == (1, 1)
    assert len((await audit(world)).findings) == 2
