"""How a channel was found the last time somebody asked it: the health check's memory, told to operators.

It chooses nothing: which channels rest is decided by the calls themselves (the breaker), in each gateway.
"""

from dataclasses import dataclass
from datetime import datetime

from deepspace_core.kernel.ids import ChannelId

DETAIL_CHARACTERS_MAX = 300


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """One finding. `models` is how many it lists, None where it lists none; `detail` says what went wrong."""

    channel_id: ChannelId
    checked_at: datetime
    healthy: bool
    latency_ms: int
    models: int | None = None
    detail: str = ""
