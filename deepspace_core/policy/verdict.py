"""What a rate window answers: admitted or not, by which limit, how much is left and when it comes back."""

from collections.abc import Sequence
from dataclasses import dataclass

from deepspace_core.policy.limit import Charge, Limit


@dataclass(frozen=True, slots=True)
class LimitState:
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


NOTHING_TO_ADMIT = Verdict(admitted=True, states=())
"""For a call that no limit holds for: it costs no round trip."""
