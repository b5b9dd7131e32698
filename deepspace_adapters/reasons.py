"""Why somebody does what they do, from where it is asked for to the audit trail.

A reason belongs to a request, as its trace id does: the events of whatever that request changes carry it. So no use
case takes one that it only hands on. Those whose rule needs a reason (a suspension, a correction of a wallet) ask for
it themselves; theirs stands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.unit_of_work import Transaction

_REASON: ContextVar[str | None] = ContextVar("deepspace_reason", default=None)


@contextmanager
def because(reason: str | None) -> Iterator[None]:
    """Events that are appended inside say `reason` in their payload; None, or nothing but space, says nothing."""
    token = _REASON.set((reason or "").strip() or None)
    try:
        yield
    finally:
        _REASON.reset(token)


@dataclass(frozen=True, slots=True)
class ReasonedEventLog:
    """The `EventLog` port over another, which adds why."""

    events: EventLog

    async def append(self, tx: Transaction, event: Event) -> None:
        reason = _REASON.get()
        if reason is not None and "reason" not in event.payload:
            event = replace(event, payload={**event.payload, "reason": reason})
        await self.events.append(tx, event)
