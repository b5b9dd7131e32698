"""One wallet's history, replayed through the model in the order of its rows."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from deepspace_core.kernel.ids import OrgId
from deepspace_core.ledger import HoldAccount, LedgerTransaction, Outcome, OutcomeCode, TransactionType, WalletView
from deepspace_core.ledger.budget import EPOCH, BudgetLine
from deepspace_core.ledger.command import CallersCommand
from tests.fakes import NOON
from tests.simulation.actors import Books
from tests.simulation.history import CapChange, History, TermsChange
from tests.simulation.model import Line, ModelHold, ModelWallet, Moves, Refused
from tests.simulation.plan import Plan, PlannedWallet

UNSEEN = {OutcomeCode.HOLD_NOT_FOUND, OutcomeCode.HOLD_WALLET_MISMATCH}


@dataclass(frozen=True, slots=True)
class Answered:
    """A command, its answer, and what clocks said meanwhile."""

    command: CallersCommand
    outcome: Outcome
    times: Sequence[datetime]


Answers = Mapping[tuple[OrgId, str], Answered]


def replay_wallet(plan: Plan, planned: PlannedWallet, books: Books, answers: Answers, history: History) -> list[str]:
    """What is wrong with the history of one wallet; stops at the first row that the model can't follow."""
    return list(_Replay(plan, planned, books, answers, history).problems())


class _Replay:
    def __init__(self, plan: Plan, planned: PlannedWallet, books: Books, answers: Answers, history: History) -> None:
        self.planned, self.books, self.answers, self.decided = planned, books, answers, history.decided
        self.rows = books.rows[planned.wallet_id]
        self.model = ModelWallet(planned.currency, planned.credit_limit)
        for budget in plan.budgets:
            if budget.wallet_id == planned.wallet_id:
                self.model.caps[budget.key, budget.window] = budget.cap, EPOCH
        self.changes = [change for change in history.changes if change.wallet_id == planned.wallet_id]
        self.mine = [one for one in answers.values() if one.command.wallet_id == planned.wallet_id]
        self.foreign = {
            one.command.ref
            for one in answers.values()
            if one.command.type is TransactionType.HOLD
            and one.outcome.accepted
            and (one.command.org_id, one.command.wallet_id) != (planned.org_id, planned.wallet_id)
            and one.command.org_id == planned.org_id
        }
        self.groups = plan.groups
        self.asked = plan.asked
        self.by_ref = {row.ref: row for row in self.rows}
        self.refusals: dict[int, list[Answered]] = {}
        for one in self.mine:
            if not one.outcome.accepted and one.outcome.wallet is not None:
                self.refusals.setdefault(one.outcome.wallet.version, []).append(one)
        self.hold_refs = {hold.id: hold.ref for hold in books.holds[planned.wallet_id]}

    def problems(self) -> Iterator[str]:
        yield from self._acknowledged()
        yield from self._refused_at(0)
        last = NOON
        for seq, row in enumerate(self.rows, start=1):
            wrong = self._follow(seq, row, last)
            if wrong:
                yield f"wallet {self.planned.wallet_id} seq {row.seq} ({row.type} {row.ref!r}): {wrong}"
                return
            last = row.at
            yield from self._refused_at(seq)
        yield from self._end()

    def _acknowledged(self) -> Iterator[str]:
        """What was acknowledged is there, exactly as it was told; what was refused is not there."""
        there = self.by_ref
        if len(there) != len(self.rows):
            yield f"wallet {self.planned.wallet_id} has two rows of one ref"
        for one in self.mine:
            row = there.get(one.command.ref)
            if one.outcome.accepted and (row is None or row != one.outcome.transaction):
                yield f"{one.command.ref!r} was accepted, and the books have {row}"
            if not one.outcome.accepted and row is not None:
                yield f"{one.command.ref!r} was refused ({one.outcome.code}), and the books have {row}"

    def _follow(self, seq: int, row: LedgerTransaction, last: datetime) -> str | None:
        now = self.decided.get(row.id)
        if now is None:
            return "no gateway has made this row"
        if row.seq != seq or row.at != max(now, last):
            return f"expected seq {seq}, and it was decided at {now} after {last}"
        wrong = self._expire(row, now) if row.type is TransactionType.EXPIRE else self._command(row, now)
        return wrong or self._after(row)

    def _expire(self, row: LedgerTransaction, now: datetime) -> str | None:
        ref = self.hold_refs.get(row.hold_id) if row.hold_id else None
        hold = self.model.holds.get(ref or "")
        if ref is None or hold is None or not hold.due(now):
            return f"at {now} that hold isn't over: {hold}"
        if row.amount_nanos != hold.remaining or not row.ends_hold:
            return f"expected {hold.remaining} to be freed"
        self.model.expire(ref, now)
        return None

    def _command(self, row: LedgerTransaction, now: datetime) -> str | None:
        answered = self.answers.get((row.org_id, row.ref))
        if answered is None or answered.command.type is not row.type:
            return "nobody asked for this"
        verdict = self.model.decide(answered.command, now)
        moves = Moves(
            balance=row.balance_delta_nanos,
            frozen=row.frozen_delta_nanos,
            receivable=row.receivable_delta_nanos,
            released=row.released_nanos,
            late=row.late,
            ends=row.ends_hold,
        )
        if verdict != moves:
            return f"expected {verdict}, the row has {moves}"
        hold = self.model.holds.get(getattr(answered.command, "hold_ref", None) or "")
        if moves.late and hold is not None and hold.state != "expired":
            return "a late capture before its hold's expiry was written down"
        self.model.take(answered.command, moves, now)
        return self._told(answered)

    def _after(self, row: LedgerTransaction) -> str | None:
        model = self.model
        numbers = (model.money + model.frozen, model.frozen, model.owed)
        told = (row.balance_after_nanos, row.frozen_after_nanos, row.receivable_after_nanos)
        if numbers != told:
            return f"expected balance, frozen, receivable {numbers} after it, the row has {told}"
        if model.money < -model.limit:
            return f"available is {model.money}, beyond the limit of {model.limit}"
        return None

    def _told(self, answered: Answered) -> str | None:
        """The hold and the wallet, as the answer had them."""
        told, ref = answered.outcome.hold, getattr(answered.command, "hold_ref", None) or answered.command.ref
        hold = self.model.holds.get(ref)
        if told is not None and hold is not None:
            seen = (told.state, told.remaining_nanos, told.captured_nanos, told.overage_nanos, told.expires_at)
            if seen != (hold.state, hold.remaining, hold.captured, hold.over, hold.until):
                return f"the answer has {told}, expected {hold}"
        if not self._same(answered.outcome.wallet):
            return f"the answer has {answered.outcome.wallet}, expected {self.model}"
        return None

    def _same(self, view: WalletView | None) -> bool:
        model = self.model
        return view is not None and (view.balance_nanos, view.frozen_nanos, view.receivable_nanos) == (
            model.money + model.frozen,
            model.frozen,
            model.owed,
        )

    def _refused_at(self, seq: int) -> Iterator[str]:
        """Each refusal is what the model says at that version, at one of the times it may have been decided at."""
        refused = [(one, self._verdicts(one, seq)) for one in self.refusals.get(seq, [])]
        for change in self.changes:
            if change.version == seq:
                self._change(change)
                # Before the change or after it: the version doesn't tell.
                for one, verdicts in refused:
                    verdicts.extend(self._verdicts(one, seq))
        for one, verdicts in refused:
            if not self._same(one.outcome.wallet):
                yield f"{one.command.ref!r} was refused with {one.outcome.wallet}, expected {self.model}"
            told = Refused(
                one.outcome.code, one.outcome.needed_nanos, one.outcome.available_nanos, _line(one.outcome.budget)
            )
            if told.code is OutcomeCode.LINKED_FAILED:
                continue
            unseen = told.code in UNSEEN and getattr(one.command, "hold_ref", None) in self.foreign
            if told not in verdicts and not unseen:
                yield f"{one.command.type} {one.command.ref!r} at seq {seq} was told {told}, expected {verdicts}"

    def _change(self, change: CapChange | TermsChange) -> None:
        match change:
            case CapChange():
                self.model.cap(change.key, change.window, change.cap, change.at)
            case TermsChange():
                self.model.limit, self.model.closed = change.credit_limit, change.closed

    def _verdicts(self, one: Answered, seq: int) -> list[Moves | Refused]:
        """What the model says of a command at the times it may have been decided at."""
        verdicts = [self._verdict(one, now, seq) for now in one.times]
        if self.asked.count(one.command) > 1:
            # Of a group, but somebody asked for it by itself too, and may have been first.
            verdicts += [self.model.decide(one.command, now) for now in one.times]
        return verdicts

    def _verdict(self, one: Answered, now: datetime, seq: int) -> Moves | Refused:
        """What the model says of a command; of one in a group, after those before it."""
        group = next((group for group in self.groups if one.command in group), ())
        before = group[: group.index(one.command)] if group else ()
        model = copy.deepcopy(self.model) if before else self.model
        for command in before:
            row = self.by_ref.get(command.ref)
            if command.wallet_id != self.planned.wallet_id or (row is not None and row.seq <= seq):
                continue
            moves = model.decide(command, now)
            if isinstance(moves, Moves):
                model.take(command, moves, now)
        return model.decide(one.command, now)

    def _end(self) -> Iterator[str]:
        """Nothing is left on any hold, and the store has the model's numbers."""
        wallet, model = self.books.wallets[self.planned.wallet_id], self.model
        numbers = (wallet.balance_nanos, wallet.frozen_nanos, wallet.receivable_nanos, wallet.version)
        if numbers != (model.money + model.frozen, model.frozen, model.owed, len(self.rows)):
            yield f"wallet {wallet.id} ends with {numbers}, expected {model}"
        yield from self._budgets()
        holds = {hold.ref: hold for hold in self.books.holds[self.planned.wallet_id]}
        if holds.keys() != model.holds.keys():
            yield f"wallet {wallet.id} has the holds {sorted(holds)}, expected {sorted(model.holds)}"
            return
        for ref, hold in holds.items():
            if _numbers(hold) != _model_numbers(model.holds[ref]):
                yield f"hold {ref!r} ends as {hold}, expected {model.holds[ref]}"
            if hold.state.open:
                yield f"hold {ref!r} is never over"

    def _budgets(self) -> Iterator[str]:
        """What is counted against each budget is what the model counts."""
        model, lines = self.model, self.books.lines[self.planned.wallet_id]
        for line in lines:
            counted = (model.used[_line(line)], model.reserved(_line(line)))
            if (line.used_nanos, line.reserved_nanos) != counted:
                yield f"{line} ends so, expected used and reserved {counted}"
        missing = {line for line, used in model.used.items() if used and model.counts(line)} - set(map(_line, lines))
        if missing:
            yield f"nothing was counted on {missing}"


@overload
def _line(line: BudgetLine) -> Line: ...
@overload
def _line(line: None) -> None: ...
def _line(line: BudgetLine | None) -> Line | None:
    """The budget and the period, without the numbers."""
    return None if line is None else (line.key, line.window, line.starts_on)


def _numbers(hold: HoldAccount) -> tuple[object, ...]:
    return (
        hold.state,
        hold.amount_nanos,
        hold.extended_nanos,
        hold.captured_nanos,
        hold.released_nanos,
        hold.expired_nanos,
        hold.remaining_nanos,
        hold.overage_nanos,
        hold.settled_late,
        hold.expires_at,
    )


def _model_numbers(hold: ModelHold) -> tuple[object, ...]:
    return (
        hold.state,
        hold.amount,
        hold.extended,
        hold.captured,
        hold.released,
        hold.expired,
        hold.remaining,
        hold.over,
        hold.settled,
        hold.until,
    )
