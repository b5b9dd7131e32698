"""The book: decides a batch of commands over values, without touching anything.

Theory: the state of the books is a fold of `apply` over commands in commit order. Deciding a batch is deciding its
commands one by one, so how commands happen to be grouped into commits can't show in any outcome. Whether a sweeper has
written an expiry down can't either: the book treats a hold that is over by time as expired, and writes that down
itself when a decision turns on it (`Desk.fund`, `Desk.cover`, a late capture). A refusal writes nothing but itself.

Must not know: how values are loaded, locked or stored.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeAlias
from uuid import UUID

from deepspace_core.kernel.ids import HoldId
from deepspace_core.kernel.making import maker_of
from deepspace_core.ledger.command import (
    Adjust,
    Asked,
    CallerCommand,
    CallersCommand,
    Capture,
    Command,
    Expire,
    Extend,
    Hold,
    Linked,
    Refund,
    Release,
    TopUp,
    fault_of,
)
from deepspace_core.ledger.desk import Desk, Refusal, next_state
from deepspace_core.ledger.fingerprint import Fingerprint, difference, fingerprint_of
from deepspace_core.ledger.hold import HoldAccount, HoldEvent, HoldState
from deepspace_core.ledger.outcome import ACCEPTED, Outcome, OutcomeCode
from deepspace_core.ledger.state import BookState, CaptureTotal, Decision, StoredOutcome
from deepspace_core.ledger.till import Till
from deepspace_core.ledger.transaction import LedgerTransaction

Posting: TypeAlias = tuple[LedgerTransaction, HoldAccount | None]
"""The row that a command wrote, and the hold it was about as the command leaves it."""

LIFETIMES_REMEMBERED = 128

_new_hold_account, _new_outcome, _new_total = maker_of(HoldAccount), maker_of(Outcome), maker_of(CaptureTotal)
_PENDING, _EXPIRED, _CAPTURE_FINAL = HoldState.PENDING, HoldState.EXPIRED, HoldEvent.CAPTURE_FINAL
"""What every call asks for, looked up once: a member of an enum is found by code of Python's own."""


def apply(state: BookState, commands: Sequence[Asked], now: datetime, ids: Callable[[], UUID]) -> Decision:
    """Decides `commands` in order, each on its own merits, those of a linked group together.

    Outcomes are flat: one a command, those of groups included. `ids` gives the next new id at each call.
    """
    desk = Desk(state, now, ids)
    outcomes: list[Outcome] = []
    for asked in commands:
        if isinstance(asked, Linked):
            outcomes += _answer_linked(desk, asked)
        else:
            outcomes.append(_answer(desk, asked))
    return desk.decision(outcomes)


def _answer_linked(desk: Desk, linked: Linked) -> Sequence[Outcome]:
    """The first command that isn't accepted breaks the group: what came before is undone, all others fail with it.

    What later commands would have been answered on their own isn't asked: they were meant for a state that never was.
    """
    mark = desk.mark()
    outcomes: list[Outcome] = []
    for command in linked.commands:
        outcomes.append(_answer(desk, command))
        if not outcomes[-1].accepted:
            break
    else:
        return outcomes
    desk.reset(mark)
    broken = len(outcomes) - 1
    # Nothing is kept of a group that couldn't be understood: its caller may mend it and use the same refs.
    kept = not (outcomes[broken].code.malformed or outcomes[broken].code.conflicting)
    return [
        _fail_linked(desk, command, cause=outcomes[broken] if place == broken else None, kept=kept)
        for place, command in enumerate(linked.commands)
    ]


def _fail_linked(desk: Desk, command: CallersCommand, *, cause: Outcome | None, kept: bool) -> Outcome:
    fault = fault_of(command)
    if fault is not None:
        return Outcome(code=fault, ref=command.ref)
    fingerprint = fingerprint_of(command)
    if stored := desk.stored(command):
        return _replay(command, stored, fingerprint)
    till = desk.till_of(command)
    view = till.view() if till is not None else None
    if cause is None:
        outcome = Outcome(code=OutcomeCode.LINKED_FAILED, ref=command.ref, wallet=view)
    else:
        # As it was found within the group, but for the wallet, which is as if the group had never been.
        outcome = cause._replace(hold=None, wallet=view)
    if kept:
        desk.store(command, fingerprint, outcome)
    return outcome


def _replay(command: CallersCommand, stored: StoredOutcome, fingerprint: Fingerprint) -> Outcome:
    differs = difference(stored.fingerprint, fingerprint)
    if differs is not None:
        return Outcome(code=differs, ref=command.ref)
    return stored.outcome._replace(replayed=True)


def _answer(desk: Desk, command: Command) -> Outcome:
    fault = fault_of(command)
    if fault is not None:
        return Outcome(code=fault, ref=command.ref)
    if isinstance(command, Expire):
        return _answer_expire(desk, command)
    fingerprint = fingerprint_of(command)
    stored = desk.stored(command)
    if stored is None:
        outcome = _decide(desk, command)
        if outcome.code is ACCEPTED or not outcome.code.malformed:
            desk.store(command, fingerprint, outcome)
        return outcome
    return _replay(command, stored, fingerprint)


def _answer_expire(desk: Desk, command: Expire) -> Outcome:
    till, hold = desk.tills.get(command.wallet_id.int), desk.holds.get(command.hold_id.int)
    if till is None or hold is None or (hold.wallet_id, hold.org_id) != (command.wallet_id, command.org_id):
        return Outcome(code=OutcomeCode.HOLD_NOT_FOUND, ref=command.ref)
    row = None
    if hold.due(desk.now):
        hold = desk.expire(till, hold)
        row = desk.rows[-1]
    return Outcome(code=OutcomeCode.ACCEPTED, ref=command.ref, transaction=row, hold=hold.view(), wallet=till.view())


def _decide(desk: Desk, command: CallersCommand) -> Outcome:
    till = desk.till_of(command)
    if till is None:
        return Outcome(code=OutcomeCode.WALLET_NOT_FOUND, ref=command.ref)
    try:
        _check_wallet(till, command)
        row, hold = _post(desk, till, command)
    except Refusal as refusal:
        return Outcome(
            code=refusal.code,
            ref=command.ref,
            hold=refusal.hold.view() if refusal.hold else None,
            wallet=till.view(),
            needed_nanos=refusal.needed,
            available_nanos=refusal.available,
            budget=refusal.budget,
        )
    desk.rows.append(row)
    if hold is not None:
        desk.keep(till, hold, row)
    return _new_outcome(
        code=ACCEPTED,
        ref=command.ref,
        transaction=row,
        hold=hold.view() if hold else None,
        wallet=till.view(),
    )


_REFUSED_BY_CLOSED_WALLETS = (TopUp, Hold, Extend, Adjust)
"""A closed wallet takes no money and no new holds; what is already held or captured still settles."""


def _check_wallet(till: Till, command: CallerCommand) -> None:
    if till.opened.closed_at is not None and isinstance(command, _REFUSED_BY_CLOSED_WALLETS):
        raise Refusal(OutcomeCode.WALLET_CLOSED)
    if command.currency is not None and command.currency != till.opened.currency:
        raise Refusal(OutcomeCode.CURRENCY_MISMATCH)
    if not till.fits(getattr(command, "amount_nanos", 0)):
        raise Refusal(OutcomeCode.INVALID_AMOUNT)


def _post(desk: Desk, till: Till, command: CallersCommand) -> Posting:
    match command:
        case Hold():
            return _hold(desk, till, command)
        case Capture():
            return _capture(desk, till, command)
        case Release():
            return _release(desk, till, command)
        case Extend():
            return _extend(desk, till, command)
        case TopUp():
            return _top_up(till, command)
        case Refund():
            return _refund(desk, till, command)
        case Adjust():
            return _adjust(desk, till, command)


def _hold(desk: Desk, till: Till, command: Hold) -> Posting:
    amount = command.amount_nanos
    desk.fund(till, amount, till.tallies.of(command.caps, till.at))
    hold_id = HoldId(desk.ids())
    row = till.post(command, amount=amount, frozen=amount, hold_id=hold_id)
    # The first by place, as in `Till.post`.
    return row, _new_hold_account(
        hold_id,
        command.org_id,
        command.wallet_id,
        command.ref,
        _PENDING,
        amount,
        0,  # extended
        0,  # captured
        0,  # released
        0,  # expired
        amount,
        0,  # overage
        settled_late=False,
        expires_at=desk.now + _seconds(command.lifetime_seconds),
        price_id=command.price_id,
        rates=command.rates,
        trace_id=command.trace_id,
        actor=command.actor,
        created_at=row.at,
        updated_at=row.at,
        version=1,
        caps=command.caps,
    )


@lru_cache(maxsize=LIFETIMES_REMEMBERED)
def _seconds(lifetime: int) -> timedelta:
    return timedelta(seconds=lifetime)


def _extend(desk: Desk, till: Till, command: Extend) -> Posting:
    hold = desk.live_hold_of(command)
    state = next_state(hold, HoldEvent.EXTEND)
    amount = command.amount_nanos
    desk.fund(till, amount, till.tallies.of(hold.caps, hold.created_at))
    row = till.post(command, amount=amount, frozen=amount, hold_id=hold.id)
    until = desk.now + _seconds(command.lifetime_seconds or 0)
    return row, hold.extended(amount, state=state, until=until, at=row.at)


def _release(desk: Desk, till: Till, command: Release) -> Posting:
    hold = desk.live_hold_of(command)
    state = next_state(hold, HoldEvent.RELEASE)
    freed = hold.remaining_nanos
    row = till.post(command, amount=freed, frozen=-freed, hold_id=hold.id, ends_hold=True)
    return row, hold.released(state=state, at=row.at)


def _capture(desk: Desk, till: Till, command: Capture) -> Posting:
    hold = desk.hold_of(command)
    if hold.due(desk.now):
        hold = desk.expire(till, hold)
    late = hold.state is _EXPIRED
    state = next_state(hold, _capture_event(late=late, final=command.final))
    amount = command.amount_nanos
    drawn = min(amount, hold.remaining_nanos)
    freed = hold.remaining_nanos - drawn if command.final else 0
    over = amount - drawn
    shortfall = 0
    if over:
        desk.cover(till, over)
        shortfall = max(0, over - till.room)
    row = till.post(
        command,
        amount=amount,
        balance=shortfall - amount,
        frozen=-drawn - freed,
        receivable=shortfall,
        released=freed,
        hold_id=hold.id,
        late=late,
        ends_hold=command.final and not late,
    )
    desk.captures[command.org_id.int, command.ref] = _new_total(till.opened.id, hold.id, amount, 0)
    return row, hold.captured(
        drawn_nanos=drawn,
        freed_nanos=freed,
        over_nanos=over,
        state=state,
        settled=late and command.final,
        at=row.at,
    )


def _capture_event(*, late: bool, final: bool) -> HoldEvent:
    if late:
        return HoldEvent.CAPTURE_LATE
    return _CAPTURE_FINAL if final else HoldEvent.CAPTURE_PART


def _refund(desk: Desk, till: Till, command: Refund) -> Posting:
    key = (command.org_id.int, command.capture_ref)
    total = desk.captures.get(key)
    if total is None or total.wallet_id != command.wallet_id:
        raise Refusal(OutcomeCode.REFUND_EXCEEDS_CAPTURED, needed=command.amount_nanos, available=0)
    left = total.captured_nanos - total.refunded_nanos
    if command.amount_nanos > left:
        raise Refusal(OutcomeCode.REFUND_EXCEEDS_CAPTURED, needed=command.amount_nanos, available=left)
    settled = till.settled(command.amount_nanos)
    row = till.post(
        command,
        amount=command.amount_nanos,
        balance=command.amount_nanos - settled,
        receivable=-settled,
        hold_id=total.hold_id,
        capture_ref=command.capture_ref,
        reason=command.reason,
    )
    desk.captures[key] = total._replace(refunded_nanos=total.refunded_nanos + command.amount_nanos)
    return row, None


def _top_up(till: Till, command: TopUp) -> Posting:
    settled = till.settled(command.amount_nanos)
    balance = command.amount_nanos - settled
    return till.post(command, amount=command.amount_nanos, balance=balance, receivable=-settled), None


def _adjust(desk: Desk, till: Till, command: Adjust) -> Posting:
    amount = command.amount_nanos
    if amount < 0:
        desk.fund(till, -amount)
    settled = till.settled(max(0, amount))
    row = till.post(command, amount=amount, balance=amount - settled, receivable=-settled, reason=command.reason)
    return row, None
