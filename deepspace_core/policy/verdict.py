"""What a rate window answers: admitted or not, by which limit, how much is left and when it comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from deepspace_core.kernel.making import maker_of
from deepspace_core.policy.limit import Charge, Limit
from deepspace_core.policy.window import MILLISECONDS, WindowCount, standing, used, wait_ms

SLOT_RETRY_MS = 1_000
"""When a concurrency slot will be free can't be known; a caller is told to look again after this."""


class LimitState(NamedTuple):
    """One limit after the decision. `reset_seconds`: until nothing of what is used counts any more, rounded up."""

    limit: Limit
    remaining: int
    reset_seconds: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was charged, to be given back to `RateWindow.settle` exactly as it is.

    `degraded` tells that the in-process window made it; it must be settled there too.
    """

    id: str
    charges: tuple[Charge, ...]
    charged_at_ms: int
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on all limits of a call at once.

    Denied: `refused_by` is the first limit in the charges' order that does not fit, `reservation` None, and
    `retry_after_seconds` says when the same call would fit (None: never, it is larger than the cap).
    """

    admitted: bool
    states: Sequence[LimitState]
    reservation: Reservation | None = None
    refused_by: Limit | None = None
    retry_after_seconds: int | None = None


_new_state, _new_verdict = maker_of(LimitState), maker_of(Verdict)

NOTHING_TO_ADMIT = Verdict(admitted=True, states=())
"""For a call that no limit holds for: it costs no round trip."""


class SlotCount(NamedTuple):
    """How many concurrent calls hold a slot."""

    taken: int


def decide(
    charges: Sequence[Charge],
    counts: Sequence[WindowCount | SlotCount],
    *,
    now_ms: int,
    reservation: Reservation | None,
) -> Verdict:
    """The verdict on `charges`, given each one's count: after charging when `reservation` is set, else untouched."""
    states = [_state(charge, count, now_ms) for charge, count in zip(charges, counts, strict=True)]
    if reservation is not None:
        return _new_verdict(admitted=True, states=states, reservation=reservation)
    refusals = [
        (charge, count) for charge, count in zip(charges, counts, strict=True) if not fits(charge, count, now_ms)
    ]
    waits = [_wait_ms(charge, count, now_ms) for charge, count in refusals]
    longest = None if None in waits else max((wait for wait in waits if wait is not None), default=0)
    return Verdict(
        admitted=False,
        states=states,
        refused_by=refusals[0][0].limit if refusals else None,
        retry_after_seconds=None if longest is None else max(1, _ceil_seconds(longest)),
    )


def fits(charge: Charge, count: WindowCount | SlotCount, now_ms: int) -> bool:
    """Whether the cap has room for the charge on top of what is counted."""
    return _taken(charge, count, now_ms) + charge.amount <= charge.limit.cap


def _state(charge: Charge, count: WindowCount | SlotCount, now_ms: int) -> LimitState:
    limit = charge.limit
    if isinstance(count, SlotCount):
        taken = count.taken
        reset_ms = SLOT_RETRY_MS if taken else 0
    else:
        taken, reset_ms = standing(count, now_ms=now_ms, window_ms=limit.window_seconds * MILLISECONDS)
    remaining = limit.cap - taken
    return _new_state(limit, remaining if remaining > 0 else 0, -(-reset_ms // MILLISECONDS))


def _wait_ms(charge: Charge, count: WindowCount | SlotCount, now_ms: int) -> int | None:
    room = charge.limit.cap - charge.amount
    if room < 0:
        return None
    if isinstance(count, SlotCount):
        return SLOT_RETRY_MS
    return wait_ms(count, room=room, now_ms=now_ms, window_ms=charge.window_ms)


def _taken(charge: Charge, count: WindowCount | SlotCount, now_ms: int) -> int:
    if isinstance(count, SlotCount):
        return count.taken
    return used(count, now_ms=now_ms, window_ms=charge.window_ms)


def _ceil_seconds(milliseconds: int) -> int:
    return -(-milliseconds // MILLISECONDS)
