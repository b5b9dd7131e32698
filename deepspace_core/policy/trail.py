"""How policy tells the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass

from deepspace_core.identity import told
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.policy.limit import Limit


@dataclass(frozen=True, slots=True)
class Trail:
    """How policy tells the audit trail."""

    events: EventLog
    ids: IdSource
    clock: Clock

    def event(
        self,
        event_type: str,
        *,
        org_id: OrgId | None,
        actor: str,
        subject: str,
        trace_id: TraceId,
        payload: Mapping[str, object],
    ) -> Event:
        """An audit event of now."""
        return told(
            self.ids,
            now=self.clock.now(),
            event_type=event_type,
            org_id=org_id,
            actor=actor,
            subject=subject,
            trace_id=trace_id,
            payload=payload,
        )


def limit_event(
    trail: Trail, event_type: str, limit: Limit, *, actor: str, trace_id: TraceId, before: Limit | None = None
) -> Event:
    """That a limit was set or removed; `before`: what it was."""
    payload = {
        "scope": limit.scope.value,
        "scope_id": None if limit.scope_id is None else str(limit.scope_id),
        "metric": limit.metric.value,
        "window_seconds": limit.window_seconds,
        "cap": limit.cap,
        "cap_before": before and before.cap,
    }
    return trail.event(
        event_type,
        org_id=limit.org_id,
        actor=actor,
        subject=show_id("limit", limit.id),
        trace_id=trace_id,
        payload=payload,
    )
