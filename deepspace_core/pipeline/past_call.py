"""Calls that have been made, as far as a rule can be judged by them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deepspace_core.kernel.ids import OrgId, TraceId


@dataclass(frozen=True, slots=True)
class PastCall:
    """One metered call. It held its place from `started_at` to `ended_at`."""

    org_id: OrgId
    trace_id: TraceId
    started_at: datetime
    ended_at: datetime
    project_id: UUID | None
    user_id: UUID | None
    api_key_id: UUID | None
    model_id: UUID
    model_name: str
    tokens: int
    cost_nanos: int


@dataclass(frozen=True, slots=True)
class PastOrigin:
    """Calls of one API key (None: of people who were logged in) from one address to one model; `trace_id` of one."""

    api_key_id: UUID | None
    address: str | None
    model_name: str | None
    calls: int
    trace_id: TraceId
    last_at: datetime
