"""What happened, in the past tense: the entry of the audit trail that any context may append."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deepspace_core.kernel.ids import EventId, OrgId, TraceId
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
