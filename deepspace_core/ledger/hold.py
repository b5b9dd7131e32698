"""A hold: money of a wallet set aside for a call whose cost isn't known yet.

Its lifecycle is the table TRANSITIONS, which also draws the diagram in docs/billing.md. Rules:

- amount + extended = captured + released + expired + remaining, each at least 0.
- Exactly one event ends a hold, and then nothing remains on it.
- A hold is over when `now >= expires_at`, whether or not a sweeper has written that down yet.
- A capture that comes after expiry is a direct debit marked late; it doesn't reopen the hold. A final one settles it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

from deepspace_core.kernel.ids import HoldId, OrgId, PriceId, TraceId, WalletId
from deepspace_core.kernel.making import maker_of
from deepspace_core.ledger.budget import BudgetKey


class HoldState(StrEnum):
    """Where a hold is in its life."""

    PENDING = "pending"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    RELEASED = "released"
    EXPIRED = "expired"

    @property
    def open(self) -> bool:
        """Whether money may still be set aside on it."""
        return self in OPEN_STATES


class HoldEvent(StrEnum):
    """What can happen to a hold."""

    EXTEND = "extend"
    CAPTURE_PART = "capture_part"
    CAPTURE_FINAL = "capture_final"
    RELEASE = "release"
    EXPIRE = "expire"
    CAPTURE_LATE = "capture_late"


TRANSITIONS: Mapping[tuple[HoldState, HoldEvent], HoldState] = {
    (HoldState.PENDING, HoldEvent.EXTEND): HoldState.PENDING,
    (HoldState.PENDING, HoldEvent.CAPTURE_PART): HoldState.PARTIALLY_CAPTURED,
    (HoldState.PENDING, HoldEvent.CAPTURE_FINAL): HoldState.CAPTURED,
    (HoldState.PENDING, HoldEvent.RELEASE): HoldState.RELEASED,
    (HoldState.PENDING, HoldEvent.EXPIRE): HoldState.EXPIRED,
    (HoldState.PARTIALLY_CAPTURED, HoldEvent.EXTEND): HoldState.PARTIALLY_CAPTURED,
    (HoldState.PARTIALLY_CAPTURED, HoldEvent.CAPTURE_PART): HoldState.PARTIALLY_CAPTURED,
    (HoldState.PARTIALLY_CAPTURED, HoldEvent.CAPTURE_FINAL): HoldState.CAPTURED,
    (HoldState.PARTIALLY_CAPTURED, HoldEvent.RELEASE): HoldState.RELEASED,
    (HoldState.PARTIALLY_CAPTURED, HoldEvent.EXPIRE): HoldState.EXPIRED,
    (HoldState.EXPIRED, HoldEvent.CAPTURE_LATE): HoldState.EXPIRED,
}
"""From a state and an event to the next state; a pair that isn't here is refused."""

OPEN_STATES = frozenset({HoldState.PENDING, HoldState.PARTIALLY_CAPTURED})


class HoldAccount(NamedTuple):
    """A hold as it stands, with the sub-account of money on it. Replaced, never changed. A tuple for speed's sake, as
    a LedgerTransaction is.

    `captured_nanos` is what was drawn from the hold itself; `overage_nanos` what its captures took beyond it, late ones
    included. `settled_late` tells that a final capture came after expiry. `rates` is the price at the time of the hold,
    `caps` whose budgets it counts against. `version` is 1, and one more for every change.
    """

    id: HoldId
    org_id: OrgId
    wallet_id: WalletId
    ref: str
    state: HoldState
    amount_nanos: int
    extended_nanos: int
    captured_nanos: int
    released_nanos: int
    expired_nanos: int
    remaining_nanos: int
    overage_nanos: int
    settled_late: bool
    expires_at: datetime
    price_id: PriceId | None
    rates: Mapping[str, object] | None
    trace_id: TraceId
    actor: str
    created_at: datetime
    updated_at: datetime
    version: int
    caps: tuple[BudgetKey, ...] = ()

    def due(self, now: datetime) -> bool:
        """Whether the hold is over by time and nobody has written it down yet."""
        return now >= self.expires_at and self.state.open

    def extended(self, amount_nanos: int, *, state: HoldState, until: datetime, at: datetime) -> "HoldAccount":
        """With more set aside, for longer; never for shorter."""
        return self._replace(
            state=state,
            extended_nanos=self.extended_nanos + amount_nanos,
            remaining_nanos=self.remaining_nanos + amount_nanos,
            expires_at=max(self.expires_at, until),
            updated_at=at,
            version=self.version + 1,
        )

    def released(self, *, state: HoldState, at: datetime) -> "HoldAccount":
        """With all that remains given back at the caller's wish."""
        released_nanos = self.released_nanos + self.remaining_nanos
        return self._replace(
            state=state, released_nanos=released_nanos, remaining_nanos=0, updated_at=at, version=self.version + 1
        )

    def expired(self, *, at: datetime) -> "HoldAccount":
        """With all that remains given back because time was over."""
        state = TRANSITIONS[self.state, HoldEvent.EXPIRE]
        expired_nanos = self.expired_nanos + self.remaining_nanos
        return self._replace(
            state=state, expired_nanos=expired_nanos, remaining_nanos=0, updated_at=at, version=self.version + 1
        )

    def captured(
        self, *, drawn_nanos: int, freed_nanos: int, over_nanos: int, state: HoldState, settled: bool, at: datetime
    ) -> "HoldAccount":
        """With a capture taken: `drawn` from the hold, `over` from elsewhere, `freed` given back."""
        # Spelt out, because every call ends here, and `_replace` takes three times as long. The first by place, as in
        # `Till.post`.
        return _new_hold_account(
            self.id,
            self.org_id,
            self.wallet_id,
            self.ref,
            state,
            self.amount_nanos,
            self.extended_nanos,
            self.captured_nanos + drawn_nanos,
            self.released_nanos + freed_nanos,
            self.expired_nanos,
            self.remaining_nanos - drawn_nanos - freed_nanos,
            self.overage_nanos + over_nanos,
            settled,
            self.expires_at,
            self.price_id,
            self.rates,
            self.trace_id,
            self.actor,
            created_at=self.created_at,
            updated_at=at,
            version=self.version + 1,
            caps=self.caps,
        )

    def view(self) -> "HoldView":
        """The part of it that an outcome carries."""
        return HoldView._make(_viewed(self))


class HoldView(NamedTuple):
    """A hold's numbers right after a command."""

    id: HoldId
    ref: str
    state: HoldState
    remaining_nanos: int
    captured_nanos: int
    overage_nanos: int
    expires_at: datetime


_new_hold_account = maker_of(HoldAccount)
_viewed = itemgetter(*map(HoldAccount._fields.index, HoldView._fields))


def diagram() -> str:
    """The lifecycle as a Mermaid state diagram, for docs/billing.md; a test keeps the two the same."""
    lines = ["stateDiagram-v2", "    [*] --> pending: hold"]
    lines += [f"    {start} --> {end}: {event}" for (start, event), end in TRANSITIONS.items()]
    lines += [f"    {state} --> [*]" for state in HoldState if not state.open]
    return "\n".join(lines)
