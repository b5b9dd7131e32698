"""How a channel was found when somebody asked it: the health check's memory, told to operators.

The last finding says how it is; those of CHECKS_KEPT, by the hour, say how it has been.

It chooses nothing: which channels rest is decided by the calls themselves (the breaker), in each gateway.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deepspace_core.kernel.ids import ChannelId

DETAIL_CHARACTERS_MAX = 300
CHECKS_KEPT = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """One finding. `models` is how many it lists, None where it lists none; `detail` says what went wrong."""

    channel_id: ChannelId
    checked_at: datetime
    healthy: bool
    latency_ms: int
    models: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CheckedHour:
    """The findings of one hour: how many, how many bad, and the median latency. `detail` is of the last bad one."""

    hour: datetime
    checks: int
    failed: int
    latency_ms: int
    detail: str
