"""What happened, in the past tense: the entry of the audit trail that any context may append."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deepspace_core.kernel.ids import EventId, JobId, OrgId, TraceId
from deepspace_core.kernel.record import Record


@dataclass(frozen=True, slots=True)
class Event(Record):
    """One audited fact.

    `event_type` is dotted and past tense ("api_key.revoked"); `actor` is "user:<uuid>", "key:<uuid>" or
    "system:<name>"; `subject` the edge form of what it is about ("key_0198…"); `payload` JSON-safe, never a secret.
    `org_id` is None only for what precedes any organization (a failed log-in).
    """

    id: EventId
    at: datetime
    event_type: str
    org_id: OrgId | None
    actor: str
    subject: str
    trace_id: TraceId
    payload: Mapping[str, object]


def checked(
    subject: str,
    report: Mapping[str, object],
    *,
    event_type: str,
    actor: str,
    job_id: JobId,
    queued_at: datetime,
    finished_at: datetime,
    trace_id: TraceId,
) -> Event:
    """What a nightly check of everybody's books came to. It has its job's id and time, so that a job whose worker was
    killed after it tells nothing twice."""
    return Event(
        id=EventId(job_id),
        at=queued_at,
        event_type=event_type,
        org_id=None,
        actor=actor,
        subject=subject,
        trace_id=trace_id,
        payload={**report, "finished_at": finished_at.isoformat()},
    )
