"""The story of one call: what each context knows of its trace, in the order it happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deepspace_core.audit.request_log import RequestLog, show_stages
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import TraceId, show_id

TRACE_ENTRIES_MAX = 1_000
"""Of one source, and of a whole story."""


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One thing that is known of a trace. `kind` is dotted ("ledger.hold"); `details` JSON-safe, ids in edge form."""

    at: datetime
    kind: str
    title: str
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TraceStory:
    """Everything known of one call, in the order it happened."""

    trace_id: TraceId
    entries: Sequence[TraceEntry]


def told_request(log: RequestLog, *, for_operator: bool) -> TraceEntry:
    """A request as an entry of its trace's story. It stands where it ended, after what it caused.

    Which channel it went to is told to the operator only.
    """
    title = f"{log.method} {log.route} answered {log.status}" + (f" ({log.error_code})" if log.error_code else "")
    details: dict[str, object] = {
        "org_id": log.org_id and show_id("org", log.org_id),
        "project_id": log.project_id and show_id("project", log.project_id),
        "api_key_id": log.api_key_id and show_id("api_key", log.api_key_id),
        "user_id": log.user_id and show_id("user", log.user_id),
        "method": log.method,
        "route": log.route,
        "model": log.model_name,
        "stream": log.stream,
        "status": log.status,
        "error_code": log.error_code,
        "stages": show_stages(log.stages),
        "client_address": log.client_address,
        "user_agent": log.user_agent,
        "request_bytes": log.request_bytes,
        "response_bytes": log.response_bytes,
        "duration_ms": log.duration_ms,
        "first_token_ms": log.first_token_ms,
        "upstream_request_id": log.upstream_request_id,
        "upstream_status": log.upstream_status,
        "attempts": log.attempts,
    }
    if for_operator:
        details["channel"] = log.channel
    return TraceEntry(
        at=log.started_at + timedelta(milliseconds=log.duration_ms), kind="request", title=title, details=details
    )


def told_event(event: Event) -> TraceEntry:
    """An audited fact as an entry of its trace's story."""
    return TraceEntry(
        at=event.at,
        kind=f"event.{event.event_type}",
        title=f"{event.event_type} by {event.actor}",
        details={
            "event_id": show_id("event", event.id),
            "org_id": event.org_id and show_id("org", event.org_id),
            "actor": event.actor,
            "subject": event.subject,
            "payload": dict(event.payload),
        },
    )
