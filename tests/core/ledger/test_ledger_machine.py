"""Any run of commands, groups, clock steps, sweeps and repetitions leaves the memory ledger where the model says."""

import asyncio
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.ledger_reader import MemoryLedgerAuditReader, MemoryLedgerReader
from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.ids import UserId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.ledger import (
    AuditLedger,
    BudgetWindow,
    Capture,
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
PICKS = st.integers(min_value=0, max_value=1_000)
MEMBERS = st.tuples(
    st.sampled_from(["top_up", "hold", "extend", "capture", "part", "release", "adjust"]), PICKS, AMOUNTS
)


class LedgerMachine(RuleBasedStateMachine):
    holds: "Bundle[str]" = Bundle("holds")
    captures: "Bundle[str]" = Bundle("captures")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = FixedClock()
        self.ledger = MemoryLedger(clock=self.clock, ids=CountingIds())
        self.reader = MemoryLedgerReader()
        self.sent: list[tuple[CallersCommand, Outcome]] = []
        self.refs = 0

    @initialize(limit=st.sampled_from([0, 25]), cap=st.sampled_from([60, 150, 10_000]))
    def open_wallet(self, limit: int, cap: int) -> None:
        self.model = Model(limit=limit, cap=cap, now=self.clock.now())
        wallet = self.runner.run(self.ledger.open_wallet(org_id=ORG, credit_limit_nanos=limit))
        self.me = Caller(wallet_id=wallet.id, caps=(CAP,))
        budget = SetBudget(
            CapBook(self.ledger.unit_of_work, MemoryBudgets(), ListedEvents(), self.clock, CountingIds(run=1))
        )
        owner = Principal("session", UserId(ORG), ORG, wallet.id, frozenset(Permission))
        self.runner.run(budget(principal=owner, key=CAP, window=BudgetWindow.TOTAL, cap_nanos=cap))

    @rule(amount=AMOUNTS)
    def top_up(self, amount: int) -> None:
        self.send(self.me.top_up(self.ref(), amount))

    @rule(target=holds, amount=st.integers(min_value=0, max_value=60), seconds=st.sampled_from([5, 60]))
    def hold(self, amount: int, seconds: int) -> str:
        return self.send(self.me.hold(self.ref(), amount, seconds=seconds)).ref

    @rule(target=captures, ref=holds, amount=AMOUNTS, final=st.booleans(), by_id=st.booleans())
    def capture(self, ref: str, amount: int, final: bool, by_id: bool) -> str:
        command = self.me.capture(self.ref(), ref, amount, final=final)
        known = [hold.id for hold in self.every_hold() if hold.ref == ref] if by_id else []
        return self.send(replace(command, hold_id=known[0]) if known else command).ref

    @rule(ref=holds)
    def release(self, ref: str) -> None:
        self.send(self.me.release(self.ref(), ref))

    @rule(ref=holds, amount=st.integers(min_value=0, max_value=60), seconds=st.sampled_from([1, 30]))
    def extend(self, ref: str, amount: int, seconds: int) -> None:
        self.send(self.me.extend(self.ref(), ref, amount, seconds=seconds))

    @rule(ref=captures, amount=AMOUNTS)
    def refund(self, ref: str, amount: int) -> None:
        self.send(self.me.refund(self.ref(), ref, amount))

    @rule(amount=st.integers(min_value=-60, max_value=60).filter(bool))
    def adjust(self, amount: int) -> None:
        self.send(self.me.adjust(self.ref(), amount))

    @rule(target=holds, members=st.lists(MEMBERS, min_size=1, max_size=4))
    def group(self, members: list[tuple[str, int, int]]) -> MultipleResults[str]:
        """All or nothing: the first that the model refuses keeps its answer, the others fail with it."""
        commands: list[CallersCommand] = []
        for kind, pick, amount in members:
            commands.append(self.member(kind, pick, amount, commands))
        model, expected = deepcopy(self.model), []
        for command in commands:
            expected.append(model.play(command))
            if OutcomeCode.ACCEPTED not in expected[-1]:
                break
        else:
            self.model = model
        whole = self.model is model
        outcomes = self.runner.run(self.ledger.apply_linked(commands))
        for place, outcome in enumerate(outcomes):
            told = whole or place == len(expected) - 1
            assert outcome.code in (expected[place] if told else {OutcomeCode.LINKED_FAILED})
        self.sent += zip(commands, outcomes, strict=True)
        return multiple(*(command.ref for command in commands if isinstance(command, Hold)))

    @rule(seconds=st.sampled_from([1, 7, 61]))
    def time_passes(self, seconds: int) -> None:
        self.model.tick(self.clock.advance(seconds=seconds))

    @rule()
    def sweep(self) -> None:
        sweeper = SweepExpiredHolds(self.ledger, self.reader, self.ledger.unit_of_work, self.clock)
        self.runner.run(sweeper())

    @precondition(lambda self: self.sent)
    @rule(pick=PICKS)
    def repeat(self, pick: int) -> None:
        command, first = self.sent[pick % len(self.sent)]
        before = self.wallet()
        assert self.runner.run(self.ledger.would_admit(command)) == first._replace(replayed=True)
        assert self.runner.run(self.ledger.apply(command)) == first._replace(replayed=True)
        if isinstance(command, Hold | Capture):
            other = replace(command, amount_nanos=command.amount_nanos + 1)
            outcome = self.runner.run(self.ledger.apply(other))
            assert outcome.code is OutcomeCode.EXISTS_WITH_DIFFERENT_AMOUNT
        assert self.wallet() == before

    @invariant()
    def wallet_is_what_the_model_says(self) -> None:
        wallet = self.wallet()
        due = sum(hold.remaining_nanos for hold in self.every_hold() if hold.due(self.clock.now()))
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
        """Asks first, without doing; then does it, and hears the same."""
        dry = self.runner.run(self.ledger.would_admit(command))
        outcome = self.runner.run(self.ledger.apply(command))
        assert outcome.code in self.model.play(command)
        asked = (dry.code, dry.missing_nanos, dry.budget, dry.wallet and dry.wallet.spendable_nanos, dry.transaction)
        done = (outcome.code, outcome.missing_nanos, outcome.budget, outcome.wallet and outcome.wallet.spendable_nanos)
        assert asked == (*done, None)
        self.sent.append((command, outcome))
        return outcome

    def member(self, kind: str, pick: int, amount: int, before: Sequence[CallersCommand]) -> CallersCommand:
        """A command of a group, about any hold there is, those that the group makes included."""
        holds = [*self.model.held, *self.model.over, *(one.ref for one in before if isinstance(one, Hold)), "nothing"]
        ref, hold_ref = self.ref(), holds[pick % len(holds)]
        match kind:
            case "hold":
                return self.me.hold(ref, amount)
            case "extend":
                return self.me.extend(ref, hold_ref, amount)
            case "capture" | "part":
                return self.me.capture(ref, hold_ref, amount, final=kind == "capture")
            case "release":
                return self.me.release(ref, hold_ref)
            case "adjust":
                return self.me.adjust(ref, amount - 30 or 1)
        return self.me.top_up(ref, amount)

    def ref(self) -> str:
        self.refs += 1
        return f"ref-{self.refs}"

    def wallet(self) -> Wallet:
        async def read() -> Wallet:
            async with self.ledger.unit_of_work() as tx:
                return await self.reader.get_wallet(tx, org_id=ORG, wallet_id=self.me.wallet_id)

        return self.runner.run(read())

    def every_hold(self) -> Sequence[HoldAccount]:
        async def read() -> Sequence[HoldAccount]:
            async with self.ledger.unit_of_work() as tx:
                return (await self.reader.list_holds(tx, org_id=ORG, page=PageRequest(limit=100))).rows

        return self.runner.run(read())


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
