"""What must hold of any history, decided by the book alone."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from deepspace_core.kernel.ids import WalletId
from deepspace_core.ledger import BudgetWindow, Command, LedgerTransaction, Outcome, book
from deepspace_core.ledger.budget import Budget, line_keys, line_of, midnight, starts_on
from deepspace_core.ledger.command import CallersCommand, Expire
from deepspace_core.ledger.proof import RowChain, by_hold, check_hold
from deepspace_core.ledger.state import BookState
from deepspace_core.ledger.wallet import open_wallet
from tests.core.ledger.asked import Told, asked_by, commands
from tests.core.ledger.asking import CAP, ORG, OTHER_WALLET, WALLET, Caller
from tests.fakes import NOON, CountingIds

Plan: TypeAlias = Sequence[tuple[int, Sequence[Told]]]
"""Batches, and the seconds that pass before each."""

PLANS = st.lists(
    st.tuples(st.sampled_from([0, 3, 61, 86_400]), st.lists(commands(), max_size=8)), min_size=1, max_size=6
)
ME, OTHER = Caller(caps=(CAP,)), Caller(wallet_id=OTHER_WALLET)
CAPS = {BudgetWindow.DAY: 60, BudgetWindow.TOTAL: 150}


class History:
    """Books that begin with 100 paid in, a credit limit of 20 and caps; and what was answered since."""

    def __init__(self) -> None:
        self.now, self.ids = NOON, CountingIds()
        self.rows: list[LedgerTransaction] = []
        self.outcomes: list[Outcome] = []
        wallets = [
            replace(open_wallet(org_id=ORG, wallet_id=one, now=NOON, credit_limit_nanos=20), capped=True)
            for one in (WALLET, OTHER_WALLET)
        ]
        self.state = BookState(wallets={wallet.id: wallet for wallet in wallets})
        for who in (ME, OTHER):
            self.ask([who.top_up(f"paid {who.wallet_id}", 100)])
        self.outcomes.clear()

    def ask(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Decides a batch, with the counters of the period that is now."""
        lines = {
            key: line
            for window, cap in CAPS.items()
            for key in line_keys(WALLET, (CAP,), self.now)
            if key[3] is window
            for budget in [Budget(ORG, WALLET, CAP, window, cap, starts_on(window, NOON), NOON)]
            for line in [line_of(budget, self.now, used_nanos=0, reserved_nanos=0)]
            if line is not None
        }
        self.state = replace(self.state, lines={**lines, **self.state.lines})
        decision = book.apply(self.state, batch, self.now, self.ids.uuid)
        self.state = decision.state
        self.rows += decision.rows
        self.outcomes += decision.outcomes
        return decision.outcomes

    def play(self, plan: Plan, *, cuts: Sequence[int] = (), sweeps: Sequence[bool] = ()) -> "History":
        """Each batch cut into parts of the lengths of `cuts`; the sweeper comes before those batches where it may."""
        for number, (seconds, told) in enumerate(plan):
            self.now += timedelta(seconds=seconds)
            if number < len(sweeps) and sweeps[number]:
                self.sweep()
            for part in _parts([asked_by(ME, one) for one in told], cuts):
                self.ask(part)
        return self

    def sweep(self) -> None:
        """Writes down every hold that is over."""
        due = [hold for hold in self.state.holds.values() if hold.due(self.now)]
        before = len(self.outcomes)
        self.ask([Expire(org_id=hold.org_id, wallet_id=hold.wallet_id, hold_id=hold.id) for hold in due])
        del self.outcomes[before:]


def _parts(batch: Sequence[Command], cuts: Sequence[int]) -> Sequence[Sequence[Command]]:
    ends = [0, *accumulate(cuts), len(batch)]
    return [batch[start:end] for start, end in pairwise(ends)]


@given(plan=PLANS, cuts=st.lists(st.integers(1, 3), max_size=8))
def test_a_batch_is_the_fold_of_its_commands_however_it_is_cut(plan: Plan, cuts: list[int]) -> None:
    whole, cut = History().play(plan), History().play(plan, cuts=cuts)
    assert cut.outcomes == whole.outcomes
    assert cut.rows == whole.rows
    assert cut.state == whole.state


@given(plan=PLANS, sweeps=st.lists(st.booleans(), max_size=6))
def test_outcomes_do_not_depend_on_when_the_sweeper_runs(plan: Plan, sweeps: list[bool]) -> None:
    never, sometimes = History().play(plan), History().play(plan, sweeps=sweeps)
    assert [_told(one) for one in sometimes.outcomes] == [_told(one) for one in never.outcomes]
    for history in (never, sometimes):
        history.sweep()
    assert _ends(sometimes) == _ends(never)


def _told(outcome: Outcome) -> tuple[object, ...]:
    """What doesn't tell of the sweeper: not the rows, of which there may be one more, nor what still is frozen."""
    row = outcome.transaction
    asked = outcome.code, outcome.ref, outcome.replayed, outcome.needed_nanos, outcome.available_nanos, outcome.budget
    return asked if row is None else (*asked, row.amount_nanos, row.late)


def _ends(history: History) -> object:
    wallet = history.state.wallets[WALLET]
    holds = {
        hold.ref: (hold.state, hold.captured_nanos, hold.released_nanos, hold.expired_nanos, hold.overage_nanos)
        for hold in history.state.holds.values()
    }
    lines = {key: (line.used_nanos, line.reserved_nanos) for key, line in history.state.lines.items()}
    return wallet.balance_nanos, wallet.frozen_nanos, wallet.receivable_nanos, holds, lines


@given(mine=st.lists(commands(), max_size=12), theirs=st.lists(commands(), max_size=12), turns=st.lists(st.booleans()))
def test_disjoint_wallets_commute(mine: list[Told], theirs: list[Told], turns: list[bool]) -> None:
    my_side, their_side = [asked_by(ME, one) for one in mine], [_elsewhere(asked_by(OTHER, one)) for one in theirs]
    sides = deque(my_side), deque(their_side)
    mixed = History()
    mixed.ask([*[sides[turn].popleft() for turn in turns if sides[turn]], *sides[0], *sides[1]])
    for wallet_id, side in ((WALLET, my_side), (OTHER_WALLET, their_side)):
        alone = History()
        alone.ask(side)
        assert _rows_of(mixed, wallet_id) == _rows_of(alone, wallet_id)
        refs = {outcome.ref for outcome in alone.outcomes}
        assert [_told(one) for one in mixed.outcomes if one.ref in refs] == [_told(one) for one in alone.outcomes]


def _elsewhere(command: CallersCommand) -> Command:
    """The same with refs of its own: refs are an organization's, whatever the wallet."""
    names = [name for name in ("ref", "hold_ref", "capture_ref") if hasattr(command, name)]
    return replace(command, **{name: f"other {getattr(command, name)}" for name in names})  # type: ignore[arg-type]


_numbers = attrgetter(
    "seq",
    "type",
    "ref",
    "amount_nanos",
    "balance_after_nanos",
    "frozen_after_nanos",
    "receivable_after_nanos",
    "released_nanos",
    "late",
    "ends_hold",
    "at",
)
"""All of a row but the ids, which are given out in the order of the whole batch."""


def _rows_of(history: History, wallet_id: WalletId) -> list[object]:
    return [_numbers(row) for row in history.rows if row.wallet_id == wallet_id]


@given(plan=PLANS)
def test_asking_twice_in_one_batch_is_asking_once(plan: Plan) -> None:
    once, twice = History().play(plan), History().play([(seconds, _doubled(told)) for seconds, told in plan])
    assert twice.state == once.state
    assert twice.rows == once.rows
    assert twice.outcomes[::2] == once.outcomes
    assert all(
        second == (first._replace(replayed=True) if not (first.code.conflicting or first.code.malformed) else first)
        for first, second in zip(twice.outcomes[::2], twice.outcomes[1::2], strict=True)
    )


def _doubled(told: Sequence[Told]) -> Sequence[Told]:
    return [one for one in told for _ in range(2)]


@given(plan=PLANS)
def test_the_rows_of_any_history_prove_themselves(plan: Plan) -> None:
    history = History().play(plan)
    wallet = history.state.wallets[WALLET]
    chain, rows = RowChain(wallet), [row for row in history.rows if row.wallet_id == WALLET]
    for row in rows:
        chain.follow(row, wallet.root if row.seq == wallet.version else None)
    chain.close()
    assert not chain.findings
    grouped = by_hold(rows)
    assert not [finding for hold in history.state.holds.values() for finding in check_hold(hold, grouped[hold.id])]
    assert [row.seq for row in rows] == [*range(1, len(rows) + 1)]
    assert midnight(NOON.date()) <= rows[0].at <= rows[-1].at
