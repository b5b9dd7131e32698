"""What operators and schedules do: their words in the audit trail, their refusals as errors."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.ledger_reader import MemoryLedgerReader
from deepspace_core.kernel.errors import DeepSpaceError, InvalidInput, NotFound
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import WalletId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import (
    AdjustWallet,
    CommitUnknown,
    InsufficientFunds,
    LedgerRefused,
    OperatorLedger,
    Outcome,
    OutcomeCode,
    RefConflict,
    RefundCapture,
    SweepExpiredHolds,
    TopUpWallet,
    refusal_of,
    use_cases,
)
from deepspace_core.ledger.command import Expire
from tests.core.ledger.asking import MINUTE, ORG, Caller
from tests.fakes import TRACE, CountingIds, FixedClock

ACTOR = "user:root"


class World:
    """A memory ledger that keeps its events in a list."""

    def __init__(self) -> None:
        self.events: list[Record] = []
        self.clock = FixedClock()
        self.ids = CountingIds()
        self.ledger = MemoryLedger(clock=self.clock, ids=self.ids, rider_writers={Event: self._write})
        self.operator = OperatorLedger(self.ledger, self.clock, self.ids)

    async def open(self) -> WalletId:
        return (await self.ledger.open_wallet(org_id=ORG)).id

    async def top_up(self, wallet_id: WalletId, ref: str, amount: int) -> Outcome:
        return await TopUpWallet(self.operator)(
            org_id=ORG, wallet_id=wallet_id, ref=ref, amount_nanos=amount, actor=ACTOR, trace_id=TRACE
        )

    async def _write(self, _: Transaction, records: Sequence[Record]) -> None:
        self.events += records


async def test_a_top_up_is_audited_once_however_often_it_is_sent() -> None:
    world = World()
    wallet_id = await world.open()
    for _ in range(2):
        outcome = await world.top_up(wallet_id, "payment", 100)
    assert outcome.replayed
    assert outcome.transaction is not None
    assert outcome.transaction.description == ""
    [event] = world.events
    assert isinstance(event, Event)
    assert (event.event_type, event.actor, event.payload) == (
        "wallet.topped_up",
        ACTOR,
        {"ref": "payment", "amount_nanos": 100},
    )


async def test_an_adjustment_and_a_refund_keep_their_reasons() -> None:
    world = World()
    wallet_id = await world.open()
    me = Caller(wallet_id=wallet_id)
    await world.top_up(wallet_id, "payment", 100)
    await world.ledger.apply_many([me.hold("h", 50), me.capture("c", "h", 50)])
    common = {"org_id": ORG, "wallet_id": wallet_id, "actor": ACTOR, "trace_id": TRACE}
    adjusted = await AdjustWallet(world.operator)(**common, ref="a", amount_nanos=-5, reason="counted twice")  # type: ignore[arg-type]
    refunded = await RefundCapture(world.operator)(
        **common,  # type: ignore[arg-type]
        ref="r",
        capture_ref="c",
        amount_nanos=20,
        reason="wrong answer",
    )
    told = [outcome.transaction.description for outcome in (adjusted, refunded) if outcome.transaction]
    assert told == ["counted twice", "wrong answer"]
    assert [event.event_type for event in world.events if isinstance(event, Event)] == [
        "wallet.topped_up",
        "wallet.adjusted",
        "capture.refunded",
    ]


async def test_a_refusal_is_raised_and_not_audited() -> None:
    world = World()
    wallet_id = await world.open()
    with pytest.raises(InvalidInput) as malformed:
        await world.top_up(wallet_id, "payment", 0)
    assert malformed.value.param == "amount_nanos"
    with pytest.raises(NotFound):
        await world.top_up(WalletId(ORG), "payment", 1)
    assert not world.events


async def test_the_sweeper_counts_what_it_expired() -> None:
    world = World()
    me = Caller(wallet_id=await world.open())
    await world.ledger.apply_many([me.top_up("paid", 100), me.hold("a", 1), me.hold("b", 1, seconds=2 * MINUTE)])
    world.clock.advance(seconds=MINUTE)
    sweeper = SweepExpiredHolds(world.ledger, MemoryLedgerReader(), world.ledger.unit_of_work, world.clock)
    assert [await sweeper(), await sweeper()] == [1, 0]


class CountingReader(MemoryLedgerReader):
    """Notes how many due holds it was asked for at once."""

    def __init__(self) -> None:
        self.limits: list[int] = []

    async def due_holds(self, tx: Transaction, *, now: datetime, limit: int) -> Sequence[Expire]:
        self.limits.append(limit)
        return await super().due_holds(tx, now=now, limit=limit)


@pytest.mark.parametrize(("rounds_max", "swept", "rounds"), [(20, [4, 0], 4), (2, [4, 0], 3), (1, [2, 2], 2)])
async def test_the_sweeper_works_in_bounded_rounds(
    monkeypatch: pytest.MonkeyPatch, rounds_max: int, swept: list[int], rounds: int
) -> None:
    monkeypatch.setattr(use_cases, "SWEEP_HOLDS_MAX", 2)
    monkeypatch.setattr(use_cases, "SWEEP_ROUNDS_MAX", rounds_max)
    world, reader = World(), CountingReader()
    me = Caller(wallet_id=await world.open())
    await world.ledger.apply_many([me.top_up("paid", 100), *[me.hold(name, 1) for name in "abcd"]])
    world.clock.advance(seconds=MINUTE)
    sweeper = SweepExpiredHolds(world.ledger, reader, world.ledger.unit_of_work, world.clock)
    assert [await sweeper(), await sweeper()] == swept
    assert reader.limits == [2] * rounds


ERRORS: list[tuple[OutcomeCode, type[DeepSpaceError], str]] = [
    (OutcomeCode.INVALID_REF, InvalidInput, "invalid_input"),
    (OutcomeCode.HOLD_REF_REQUIRED, InvalidInput, "invalid_input"),
    (OutcomeCode.BATCH_TOO_LARGE, InvalidInput, "invalid_input"),
    (OutcomeCode.EXISTS_WITH_DIFFERENT_AMOUNT, RefConflict, "ref_conflict"),
    (OutcomeCode.WALLET_NOT_FOUND, NotFound, "not_found"),
    (OutcomeCode.HOLD_NOT_FOUND, NotFound, "not_found"),
    (OutcomeCode.WALLET_CLOSED, LedgerRefused, "ledger_refused"),
    (OutcomeCode.HOLD_ALREADY_CAPTURED, LedgerRefused, "ledger_refused"),
    (OutcomeCode.REFUND_EXCEEDS_CAPTURED, LedgerRefused, "ledger_refused"),
    (OutcomeCode.INSUFFICIENT_FUNDS, InsufficientFunds, "insufficient_funds"),
    (OutcomeCode.COMMIT_UNKNOWN, CommitUnknown, "commit_unknown"),
]


@pytest.mark.parametrize(("code", "kind", "error_code"), ERRORS, ids=str)
def test_each_outcome_has_its_error(code: OutcomeCode, kind: type[DeepSpaceError], error_code: str) -> None:
    error = refusal_of(Outcome(code=code, ref="r", needed_nanos=2_500_000_000, available_nanos=1))
    assert type(error) is kind
    assert error.code == error_code
    assert error.retryable is (code is OutcomeCode.COMMIT_UNKNOWN)


def test_every_code_but_acceptance_has_an_error() -> None:
    # EXISTS is how a replay is told apart (`answered_as`), never an outcome's own code.
    codes = [code for code in OutcomeCode if code is not OutcomeCode.EXISTS]
    silent = [code for code in codes if refusal_of(Outcome(code=code, ref="r")) is None]
    assert silent == [OutcomeCode.ACCEPTED]


def test_an_empty_wallet_is_told_in_numbers_a_person_reads() -> None:
    error = refusal_of(
        Outcome(code=OutcomeCode.INSUFFICIENT_FUNDS, ref="r", needed_nanos=2_500_000_000, available_nanos=10_000_000)
    )
    assert error is not None
    assert error.message == "the wallet has 0.01 to spend, 2.5 is needed; top it up"
