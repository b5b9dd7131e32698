"""The working copies of one decision: tills, holds, captures, rows and answers, and what commands share in using them.

Private to the book; nothing outlives the decision but the immutable values it hands out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deepspace_core.kernel.ids import WalletId
from deepspace_core.kernel.making import maker_of
from deepspace_core.ledger.budget import BudgetLine, used_by
from deepspace_core.ledger.command import CallersCommand, Command, HoldCommand, expiry_ref
from deepspace_core.ledger.fingerprint import Fingerprint
from deepspace_core.ledger.hold import TRANSITIONS, HoldAccount, HoldEvent, HoldState
from deepspace_core.ledger.outcome import Outcome, OutcomeCode
from deepspace_core.ledger.state import BookState, CaptureTotal, Decision, NumberedRef, RefKey, StoredOutcome
from deepspace_core.ledger.tally import Tally, TallyMark
from deepspace_core.ledger.till import Till, TillMark, Words
from deepspace_core.ledger.transaction import LedgerTransaction, TransactionType

LEDGER_ACTOR = "system:ledger"
EXPIRY_DESCRIPTION = "the hold's time was over"


_new_stored = maker_of(StoredOutcome)


class Refusal(Exception):
    """Carries a refusal from where it is found to where it is answered; never leaves the book."""

    def __init__(
        self,
        code: OutcomeCode,
        *,
        hold: HoldAccount | None = None,
        needed: int | None = None,
        available: int | None = None,
        budget: BudgetLine | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.hold = hold
        self.needed = needed
        self.available = available
        self.budget = budget


@dataclass(frozen=True, slots=True)
class Mark:
    """What a desk was like at one moment."""

    tills: dict[int, TillMark]
    holds: dict[int, HoldAccount]
    captures: dict[NumberedRef, CaptureTotal]
    tallies: list[tuple[Tally, TallyMark]]
    rows: int
    hold_ids: dict[NumberedRef, int]
    changed: dict[int, HoldAccount]
    stored: dict[NumberedRef, StoredOutcome]
    answered: int


class Desk:
    """Mutable copies of a BookState."""

    def __init__(self, state: BookState, now: datetime, ids: Callable[[], UUID]) -> None:
        self.now = now
        self.ids = ids
        self.tills = {key.int: Till(wallet, now=now, ids=ids) for key, wallet in state.wallets.items()}
        self.holds = dict(state.holds)
        self.captures = dict(state.captures)
        self._tallies = {
            key: self.tills[line.wallet_id.int].tallies.open(key, line) for key, line in state.lines.items()
        }
        self.rows: list[LedgerTransaction] = []
        self._state = state
        self._hold_ids = {(hold.org_id.int, hold.ref): hold.id.int for hold in state.holds.values()}
        self._changed: dict[int, HoldAccount] = {}
        self._stored = dict(state.refs)
        self._answered: list[tuple[RefKey, StoredOutcome]] = []
        self._due: dict[WalletId, list[int]] | None = None

    def decision(self, outcomes: Sequence[Outcome]) -> Decision:
        """What all this came to."""
        wallets = {till.opened.id: till.wallet() for till in self.tills.values()}
        lines = {key: tally.line() for key, tally in self._tallies.items() if tally.touched}
        return Decision(
            state=BookState(
                wallets=wallets,
                holds=self.holds,
                refs=self._stored,
                captures=self.captures,
                lines={**self._state.lines, **lines},
            ),
            outcomes=outcomes,
            rows=self.rows,
            wallets=[wallet for key, wallet in wallets.items() if wallet is not self._state.wallets[key]],
            holds=list(self._changed.values()),
            refs=self._answered,
            lines=list(lines.values()),
        )

    def mark(self) -> Mark:
        """This moment, to come back to with `reset`."""
        return Mark(
            tills={key: till.mark() for key, till in self.tills.items()},
            holds=dict(self.holds),
            captures=dict(self.captures),
            tallies=[(tally, tally.mark()) for tally in self._tallies.values()],
            rows=len(self.rows),
            hold_ids=dict(self._hold_ids),
            changed=dict(self._changed),
            stored=dict(self._stored),
            answered=len(self._answered),
        )

    def reset(self, mark: Mark) -> None:
        """Forgets everything since `mark`, which is used up by it."""
        for key, till in mark.tills.items():
            self.tills[key].reset(till)
        for tally, counted in mark.tallies:
            tally.reset(counted)
        self.holds, self.captures = mark.holds, mark.captures
        del self.rows[mark.rows :], self._answered[mark.answered :]
        self._hold_ids, self._changed, self._stored = mark.hold_ids, mark.changed, mark.stored

    def till_of(self, command: Command) -> Till | None:
        """The till of the wallet that `command` names, if that is its organization's."""
        till = self.tills.get(command.wallet_id.int)
        return till if till is not None and till.opened.org_id.int == command.org_id.int else None

    def stored(self, command: CallersCommand) -> StoredOutcome | None:
        """How the ref of `command` was answered before, in this batch or ever."""
        return self._stored.get((command.org_id.int, command.ref))

    def store(self, command: CallersCommand, fingerprint: Fingerprint, outcome: Outcome) -> None:
        """Keeps an answer for ever."""
        stored = self._stored[command.org_id.int, command.ref] = _new_stored(fingerprint, outcome)
        self._answered.append(((command.org_id, command.ref), stored))

    def keep(self, till: Till, hold: HoldAccount, row: LedgerTransaction) -> HoldAccount:
        """Takes in a new or changed hold, and counts the row that tells of it against its caps."""
        tallies = till.tallies.of(hold.caps, hold.created_at)
        if tallies:
            used, reserved = used_by(row), row.frozen_delta_nanos
            for tally in tallies:
                tally.count(used, reserved)
        number = hold.id.int
        self._hold_ids[hold.org_id.int, hold.ref] = number
        self.holds[number] = self._changed[number] = hold
        return hold

    def hold_of(self, command: HoldCommand) -> HoldAccount:
        """The hold that `command` names, as it was last written down."""
        named = self._hold_ids.get((command.org_id.int, command.hold_ref)) if command.hold_ref is not None else None
        number = named if command.hold_id is None else command.hold_id.int
        hold = self.holds.get(number) if number is not None else None
        ambiguous = command.hold_ref is not None and named != number
        if hold is None or ambiguous or hold.org_id.int != command.org_id.int:
            raise Refusal(OutcomeCode.HOLD_NOT_FOUND)
        if hold.wallet_id.int != command.wallet_id.int:
            raise Refusal(OutcomeCode.HOLD_WALLET_MISMATCH)
        return hold

    def live_hold_of(self, command: HoldCommand) -> HoldAccount:
        """The hold as time has it: one that is over counts as expired here, without writing that down."""
        hold = self.hold_of(command)
        return hold.expired(at=self.now) if hold.due(self.now) else hold

    def expire(self, till: Till, hold: HoldAccount) -> HoldAccount:
        """Writes down that a hold is over."""
        words = Words(TransactionType.EXPIRE, expiry_ref(hold.id), hold.trace_id, LEDGER_ACTOR, EXPIRY_DESCRIPTION)
        freed = hold.remaining_nanos
        row = till.post(words, amount=freed, frozen=-freed, hold_id=hold.id, ends_hold=True)
        self.rows.append(row)
        return self.keep(till, hold.expired(at=row.at), row)

    def fund(self, till: Till, needed: int, tallies: Sequence[Tally] = ()) -> None:
        """Makes sure that `needed` can be spent, within all budgets of `tallies`, by due holds if need be.

        Refuses, and then writes nothing, when even they don't suffice.
        """
        if _fits(till, needed, tallies):
            return
        due = self._due_holds(till.opened.id)
        reachable = max(0, till.headroom + sum(hold.remaining_nanos for hold in due))
        if needed > reachable:
            limited = till.opened.credit_limit_nanos > 0
            code = OutcomeCode.CREDIT_LIMIT_EXCEEDED if limited else OutcomeCode.INSUFFICIENT_FUNDS
            raise Refusal(code, needed=needed, available=reachable)
        for tally in tallies:
            # As it would stand were every due hold written down, so that no sweeper shows in the answer.
            over = [hold for hold in due if tally in till.tallies.of(hold.caps, hold.created_at)]
            line = tally.line().without(sum(hold.remaining_nanos for hold in over))
            if needed > line.left_nanos:
                raise Refusal(OutcomeCode.BUDGET_EXCEEDED, needed=needed, available=line.left_nanos, budget=line)
        for hold in due:
            if _fits(till, needed, tallies):
                return
            self.expire(till, hold)

    def cover(self, till: Till, over: int) -> None:
        """Frees due holds before a capture's overage becomes something owed."""
        if over <= till.room:
            return
        for hold in self._due_holds(till.opened.id):
            self.expire(till, hold)
            if over <= till.room:
                return

    def _due_holds(self, wallet_id: WalletId) -> list[HoldAccount]:
        if self._due is None:
            self._due = {}
            for hold in sorted(self._state.holds.values(), key=lambda hold: (hold.expires_at, hold.id)):
                if hold.due(self.now):
                    self._due.setdefault(hold.wallet_id, []).append(hold.id.int)
        held = (self.holds[number] for number in self._due.get(wallet_id, []))
        return [hold for hold in held if hold.due(self.now)]


def _fits(till: Till, needed: int, tallies: Sequence[Tally]) -> bool:
    if needed > 0 and needed > till.headroom:
        return False
    for tally in tallies:  # noqa: SIM110 - a generator costs more than all it yields
        if needed > tally.left:
            return False
    return True


def next_state(hold: HoldAccount, event: HoldEvent) -> HoldState:
    """The state that `event` leads to; refuses what the table doesn't know, and captures after the last one."""
    state = TRANSITIONS.get((hold.state, event))
    if state is None or hold.settled_late:
        captured = hold.state is HoldState.CAPTURED or hold.settled_late
        code = OutcomeCode.HOLD_ALREADY_CAPTURED if captured else OutcomeCode.HOLD_ALREADY_RELEASED
        raise Refusal(code, hold=hold)
    return state
