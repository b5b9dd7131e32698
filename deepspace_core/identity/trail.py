"""How identity tells the audit trail: one way to make an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import EventId, OrgId, TraceId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource


class Teller(Protocol):
    """Any use case that makes events: the two ports that it takes."""

    @property
    def ids(self) -> IdSource: ...

    @property
    def clock(self) -> Clock: ...


def told(
    ids: IdSource,
    *,
    now: datetime,
    event_type: str,
    org_id: OrgId | None,
    actor: str,
    subject: str,
    trace_id: TraceId,
    payload: Mapping[str, object] | None = None,
) -> Event:
    """An audit event with a fresh id; `subject` in edge form, `payload` JSON-safe and without secrets."""
    return Event(
        id=EventId(ids.uuid()),
        at=now,
        event_type=event_type,
        org_id=org_id,
        actor=actor,
        subject=subject,
        trace_id=trace_id,
        payload=payload or {},
    )
