"""The delivery of a job that is not settled yet to the broker, which may lose it at any time.

A delivery has one clock, `available_at`: when the job is next to be handed over. Relaying moves it ahead by the
visibility bound; starting and renewing move it to the end of the lease; a retry moves it to the end of its pause;
settling removes the delivery. Whatever is lost on the way (a message, the broker's memory, a worker), the clock runs
out and the job is handed over again. A second copy of a message does no harm: `JobRun.start` lets one in.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from deepspace_core.kernel.ids import JobId, TraceId

VISIBILITY_FIRST = timedelta(seconds=15)
VISIBILITY_LONGEST = timedelta(minutes=10)
DOUBLINGS_MAX = 16


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the relay needs to know of a job."""

    id: JobId
    name: str
    trace_id: TraceId
    created_at: datetime
    available_at: datetime
    relays: int = 0
    relayed_at: datetime | None = None

    def claim(self, *, now: datetime) -> "Delivery":
        """About to be handed over; due again when no worker started the job within the visibility bound.

        The bound doubles with every relay, so that a long backlog in the broker is not filled up with copies.
        """
        visibility = min(VISIBILITY_LONGEST, VISIBILITY_FIRST * (1 << min(self.relays, DOUBLINGS_MAX)))
        return replace(self, available_at=now + visibility, relays=self.relays + 1)
