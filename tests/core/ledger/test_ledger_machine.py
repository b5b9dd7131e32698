"""Any sequence of commands, clock steps, sweeps and repetitions leaves the memory ledger where the model says."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.ledger_reader import MemoryLedgerAuditReader, MemoryLedgerReader
from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.ids import UserId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.ledger import (
    AuditLedger,
    BudgetWindow,
    Hold,
    HoldAccount,
    Outcome,
    OutcomeCode,
    SweepExpiredHolds,
    Wallet,
)
from deepspace_core.ledger.caps import CapBook, SetBudget
from deepspace_core.ledger.command import CallersCommand
from tests.core.ledger.asking import CAP, ORG, Caller
from tests.core.ledger.model import Model
from tests.fakes import CountingIds, FixedClock, ListedEvents

AMOUNTS = st.integers(min_value=1, max_value=60)
ENDED = {"captured": OutcomeCode.HOLD_ALREADY_CAPTURED}
FUNDS = {OutcomeCode.INSUFFICIENT_FUNDS, OutcomeCode.CREDIT_LIMIT_EXCEEDED}


class LedgerMachine(RuleBasedStateMachine):
    holds: "Bundle[str]" = Bundle("holds")
    captures: "Bundle[tuple[str, int]]" = Bundle("captures")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = FixedClock()
        self.ledger = MemoryLedger(clock=self.clock, ids=CountingIds())
        self.reader = MemoryLedgerReader()
        self.sent: list[tuple[CallersCommand, Outcome]] = []

    @initialize(limit=st.sampled_from([0, 25]), cap=st.sampled_from([60, 150, 10_000]))
    def open_wallet(self, limit: int, cap: int) -> None:
        self.model = Model(limit=limit, cap=cap)
        wallet = self.runner.run(self.ledger.open_wallet(org_id=ORG, credit_limit_nanos=limit))
        self.me = Caller(wallet_id=wallet.id, caps=(CAP,))
        budget = SetBudget(
            CapBook(self.ledger.unit_of_work, MemoryBudgets(), ListedEvents(), self.clock, CountingIds(run=1))
        )
        owner = Principal("session", UserId(ORG), ORG, wallet.id, frozenset(Permission))
        self.runner.run(budget(principal=owner, key=CAP, window=BudgetWindow.TOTAL, cap_nanos=cap))

    @rule(amount=AMOUNTS)
    def top_up(self, amount: int) -> None:
        assert self.send(self.me.top_up(self.ref(), amount)).accepted
        self.model.take_in(amount)

    @rule(target=holds, amount=st.integers(min_value=0, max_value=60), seconds=st.sampled_from([5, 60]))
    def hold(self, amount: int, seconds: int) -> str:
        outcome = self.send(self.me.hold(self.ref(), amount, seconds=seconds))
        assert outcome.code in self.admission(amount)
        if outcome.accepted and outcome.hold is not None:
            self.model.freeze(outcome.ref, amount)
            self.model.until[outcome.ref] = outcome.hold.expires_at
        return outcome.ref

    @rule(target=captures, ref=holds, amount=AMOUNTS, final=st.booleans())
    def capture(self, ref: str, amount: int, final: bool) -> tuple[str, int]:
        outcome = self.send(self.me.capture(self.ref(), ref, amount, final=final))
        expected = self.if_open(ref, also=("expired",))
        assert outcome.code is expected
        if outcome.accepted:
            self.model.capture(ref, amount, final=final)
            return outcome.ref, amount
        return outcome.ref, 0

    @rule(ref=holds)
    def release(self, ref: str) -> None:
        outcome = self.send(self.me.release(self.ref(), ref))
        assert outcome.code is self.if_open(ref)
        if outcome.accepted:
            self.model.end(ref, "released")

    @rule(ref=holds, amount=AMOUNTS)
    def extend(self, ref: str, amount: int) -> None:
        outcome = self.send(self.me.extend(self.ref(), ref, amount, seconds=30))
        expected = self.if_open(ref)
        assert outcome.code in (self.admission(amount) if expected is OutcomeCode.ACCEPTED else {expected})
        if outcome.accepted and outcome.hold is not None:
            self.model.freeze(ref, amount)
            self.model.until[ref] = outcome.hold.expires_at

    @rule(target=captures, capture=consumes(captures), amount=AMOUNTS)
    def refund(self, capture: tuple[str, int], amount: int) -> tuple[str, int]:
        ref, left = capture
        outcome = self.send(self.me.refund(self.ref(), ref, amount))
        assert outcome.accepted == (amount <= left)
        if not outcome.accepted:
            return capture
        self.model.take_in(amount)
        return ref, left - amount

    @rule(amount=st.integers(min_value=-60, max_value=60).filter(bool))
    def adjust(self, amount: int) -> None:
        outcome = self.send(self.me.adjust(self.ref(), amount))
        assert outcome.accepted == (amount > 0 or self.model.affords(-amount))
        if not outcome.accepted:
            return
        if amount > 0:
            self.model.take_in(amount)
        else:
            self.model.money += amount

    @rule(seconds=st.sampled_from([1, 7, 61]))
    def time_passes(self, seconds: int) -> None:
        self.model.tick(self.clock.advance(seconds=seconds))

    @rule()
    def sweep(self) -> None:
        sweeper = SweepExpiredHolds(self.ledger, self.reader, self.ledger.unit_of_work, self.clock)
        self.runner.run(sweeper())

    @precondition(lambda self: self.sent)
    @rule(pick=st.integers(min_value=0, max_value=1_000))
    def repeat(self, pick: int) -> None:
        command, first = self.sent[pick % len(self.sent)]
        before = self.wallet()
        assert self.runner.run(self.ledger.apply(command)) == replace(first, replayed=True)
        if isinstance(command, Hold):
            other = replace(command, amount_nanos=command.amount_nanos + 1)
            outcome = self.runner.run(self.ledger.apply(other))
            assert outcome.code is OutcomeCode.EXISTS_WITH_DIFFERENT_AMOUNT
        assert self.wallet() == before

    @invariant()
    def wallet_is_what_the_model_says(self) -> None:
        wallet = self.wallet()
        due = sum(hold.remaining_nanos for hold in self.open_holds() if hold.due(self.clock.now()))
        assert wallet.available_nanos + due == self.model.money
        assert wallet.frozen_nanos - due == sum(self.model.held.values())
        assert wallet.receivable_nanos == self.model.owed
        assert wallet.available_nanos >= -wallet.credit_limit_nanos

    @invariant()
    def books_are_sound(self) -> None:
        report = self.runner.run(AuditLedger(MemoryLedgerAuditReader(), self.ledger.unit_of_work)())
        assert report.sound, report.findings
        assert sum(line.balance_nanos for line in report.trial_balance) == 0

    def teardown(self) -> None:
        self.runner.close()

    def send(self, command: CallersCommand) -> Outcome:
        outcome = self.runner.run(self.ledger.apply(command))
        self.sent.append((command, outcome))
        return outcome

    def ref(self) -> str:
        return f"ref-{len(self.sent)}"

    def admission(self, amount: int) -> set[OutcomeCode]:
        """How money to be set aside is answered: the wallet first, then the cap."""
        if not self.model.affords(amount):
            return FUNDS
        return {OutcomeCode.ACCEPTED if self.model.allows(amount) else OutcomeCode.BUDGET_EXCEEDED}

    def if_open(self, ref: str, *, also: tuple[str, ...] = ()) -> OutcomeCode:
        if ref in self.model.held or self.model.over.get(ref) in also:
            return OutcomeCode.ACCEPTED
        if ref not in self.model.over:
            return OutcomeCode.HOLD_NOT_FOUND
        return ENDED.get(self.model.over[ref], OutcomeCode.HOLD_ALREADY_RELEASED)

    def wallet(self) -> Wallet:
        async def read() -> Wallet:
            async with self.ledger.unit_of_work() as tx:
                return await self.reader.get_wallet(tx, org_id=ORG, wallet_id=self.me.wallet_id)

        return self.runner.run(read())

    def open_holds(self) -> Sequence[HoldAccount]:
        async def read() -> Sequence[HoldAccount]:
            async with self.ledger.unit_of_work() as tx:
                return (await self.reader.list_holds(tx, org_id=ORG, page=PageRequest(), open_only=True)).rows

        return self.runner.run(read())


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
