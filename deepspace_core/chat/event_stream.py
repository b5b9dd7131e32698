"""The event stream of an answer: what its followers are told, numbered from 1 without a gap.

The process that writes an answer appends; whoever follows reads from the number that it heard last, in any process. A
stream is kept for a while and within bounds. A follower that finds a gap goes on from what is stored of the answer.
"""

from dataclasses import dataclass

EVENTS_MAX = 20_000
"""Of one answer; beyond it the oldest are forgotten."""
EVENT_BYTES_MAX = 4 * 1024 * 1024
"""The same bound in bytes."""
KEPT_SECONDS = 900
"""How long a stream is kept after its last event."""
READ_MAX = 500
"""Events of one reading."""


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One event as it is sent, its id included. `is_last`: the stream ends with it."""

    number: int
    data: bytes
    is_last: bool = False
