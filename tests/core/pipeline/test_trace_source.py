"""What the books and the usage records of one call tell of its trace."""

from dataclasses import replace

from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.ledger_reader import MemoryLedgerReader
from deepspace_adapters.memory.riders import RiderWriters
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_adapters.memory.usage import MemoryUsage, MemoryUsageWriter
from deepspace_core.kernel.ids import TraceId, WalletId
from deepspace_core.ledger import Capture, Hold, TopUp
from deepspace_core.ledger.wallet import open_wallet
from deepspace_core.pipeline.trace_source import LedgerTrace, UsageTrace
from deepspace_core.pricing import snapshot
from deepspace_core.usage import UsageRecord
from tests.core.metering_values import CARD, ORG, OTHER_ORG, OWNER, USED
from tests.fakes import NOON, TRACE, CountingIds, FixedClock

WALLET = WalletId(OWNER.wallet_id)
TOP_UP = TopUp(
    org_id=ORG,
    wallet_id=WALLET,
    ref="top_up:1",
    trace_id=TraceId("f" * 32),
    actor="system:test",
    description="credit",
    amount_nanos=1_000_000,
)
HOLD = Hold(
    org_id=ORG,
    wallet_id=WALLET,
    ref="hold:1",
    trace_id=TRACE,
    actor="key:1",
    description="chat",
    amount_nanos=50_000,
    lifetime_seconds=60,
    price_id=CARD.id,
    rates=snapshot(CARD),
)
CAPTURE = Capture(
    org_id=ORG,
    wallet_id=WALLET,
    ref="capture:1",
    trace_id=TRACE,
    actor="key:1",
    description="chat",
    hold_ref="hold:1",
    amount_nanos=27_000,
    final=True,
)


async def test_a_call_is_told_from_hold_to_capture_with_price_tokens_and_cost() -> None:
    database, clock = MemoryDatabase(), FixedClock()
    unit_of_work = MemoryUnitOfWork(database)
    writers: RiderWriters = {UsageRecord: MemoryUsageWriter(clock)}
    ledger = MemoryLedger(clock=clock, ids=CountingIds(), database=database, rider_writers=writers)
    async with unit_of_work() as tx:
        table_of(tx, "wallets")[WALLET] = open_wallet(org_id=ORG, wallet_id=WALLET, now=NOON)
        await tx.commit()
    await ledger.apply(TOP_UP)
    await ledger.apply(HOLD)
    await ledger.apply(CAPTURE, riders=[replace(USED, trace_id=TRACE)])

    books = await LedgerTrace(unit_of_work, MemoryLedgerReader()).tell(TRACE, ORG)
    assert [entry.kind for entry in books] == ["ledger.hold", "ledger.capture"]
    assert books[0].details["price"] == snapshot(CARD)
    assert (books[1].details["amount_nanos"], books[1].details["released_nanos"]) == (27_000, 23_000)

    (usage,) = await UsageTrace(unit_of_work, MemoryUsage()).tell(TRACE, ORG)
    assert usage.details["tokens"] == {
        "input_uncached": 10,
        "input_cached_read": 3,
        "output_text": 5,
        "output_reasoning": 2,
    }
    assert usage.details["cost"] == "0.0000270005"
    assert await LedgerTrace(unit_of_work, MemoryLedgerReader()).tell(TRACE, OTHER_ORG) == []
