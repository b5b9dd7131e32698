"""One call as it was metered: whose, which model, how many tokens, what it cost, how it ended.

Written in the commit of its capture and never changed. `ended_at` is its time everywhere (filters, roll-ups,
partitions): it is when the money moved, so a month of usage and a month of captures are the same month.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deepspace_core.kernel.ids import (
    ApiKeyId,
    ModelId,
    OrgId,
    PriceId,
    ProjectId,
    TraceId,
    UsageRecordId,
    UserId,
    WorkspaceId,
)
from deepspace_core.kernel.record import Record
from deepspace_core.kernel.token_leaves import TokenLeaves


class UsageSource(StrEnum):
    """Who counted the tokens."""

    UPSTREAM = "upstream"
    ESTIMATED = "estimated"
    NONE = "none"


class Ending(StrEnum):
    """How the answer ended, decided by its terminal event, not by the socket."""

    COMPLETED = "completed"
    TRUNCATED = "truncated"
    CLIENT_ABORTED = "client_aborted"
    UPSTREAM_ERROR = "upstream_error"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class UsageRecord(Record):
    """One metered call. `capture_ref` is unique in the organization: one usage record a capture.

    `price_id` and `price_version` name an immutable rate card, so cost recomputes from the leaves at any time.
    `latency_ms` runs from the request's arrival to its end, `first_token_ms` to the first content byte sent on.
    """

    id: UsageRecordId
    org_id: OrgId
    workspace_id: WorkspaceId | None
    project_id: ProjectId | None
    api_key_id: ApiKeyId | None
    user_id: UserId | None
    model_id: ModelId
    model_name: str
    route: str
    stream: bool
    leaves: TokenLeaves
    cost_picos: int
    cost_nanos: int
    currency: str
    price_id: PriceId | None
    price_version: int | None
    usage_source: UsageSource
    ending: Ending
    trace_id: TraceId
    hold_ref: str | None
    capture_ref: str
    started_at: datetime
    ended_at: datetime
    latency_ms: int
    first_token_ms: int | None = None
