"""The port of time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. Always timezone-aware UTC."""

    def now(self) -> datetime: ...

    def monotonic_nanos(self) -> int:
        """For durations only: never goes back, has no epoch."""
        ...
