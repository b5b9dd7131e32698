"""One call as it was metered: whose, which model, how many tokens, what it cost, how it ended.

Written in the commit of its capture and never changed. `ended_at` is its time everywhere (filters, roll-ups,
partitions): it is when the money moved, so a month of usage and a month of captures are the same month.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deepspace_core.kernel.ids import (
    ApiKeyId,
    AppId,
    ModelId,
    OrgId,
    PriceId,
    ProjectId,
    TraceId,
    UsageRecordId,
    UserId,
    WorkspaceId,
    show_id,
)
from deepspace_core.kernel.money import decimal_from_picos
from deepspace_core.kernel.record import Record
from deepspace_core.kernel.token_leaves import Leaf, TokenLeaves
from deepspace_core.kernel.units import NO_UNITS, Units


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
    `app_id` is the app that made the call, where one did. `channel` is where it was answered, `upstream_model` what is
    called so there, `upstream_request_id` how the call was named there, `attempts` how often it was sent.
    `upstream_cost_picos` is what it costs us there; None where nobody has said what the channel charges. `latency_ms`
    runs from the request's arrival to its end, `first_token_ms` to the first content byte sent on.
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
    channel: str | None = None
    upstream_model: str | None = None
    upstream_request_id: str | None = None
    attempts: int | None = None
    upstream_cost_picos: int | None = None
    upstream_cost_currency: str | None = None
    units: Units = NO_UNITS
    app_id: AppId | None = None

    @property
    def margin_picos(self) -> int | None:
        """Price less cost; None where the cost isn't known, or is in another currency."""
        if self.upstream_cost_picos is None or self.upstream_cost_currency != self.currency:
            return None
        return self.cost_picos - self.upstream_cost_picos


def told_usage(record: UsageRecord, *, for_operator: bool) -> tuple[str, dict[str, object]]:
    """What a trace's story says of a record: a title, and JSON-safe details with ids in their edge form.

    Channel, cost and margin are told to the operator only.
    """
    title = f"{record.model_name}: {record.leaves.input_total} in, {record.leaves.output_total} out, {record.ending}"
    told: dict[str, object] = {
        "usage_id": show_id("usage_record", record.id),
        "org_id": show_id("org", record.org_id),
        "project_id": record.project_id and show_id("project", record.project_id),
        "api_key_id": record.api_key_id and show_id("api_key", record.api_key_id),
        "app_id": record.app_id and show_id("app", record.app_id),
        "model": record.model_name,
        "route": record.route,
        "stream": record.stream,
        "tokens": {leaf.value: count for leaf in Leaf if (count := record.leaves.of(leaf))},
        "units": record.units.counted(),
        "cost_nanos": record.cost_nanos,
        "cost_picos": record.cost_picos,
        "cost": decimal_from_picos(record.cost_picos),
        "currency": record.currency,
        "price_id": record.price_id and show_id("price", record.price_id),
        "price_version": record.price_version,
        "usage_source": record.usage_source.value,
        "ending": record.ending.value,
        "hold_ref": record.hold_ref,
        "capture_ref": record.capture_ref,
        "latency_ms": record.latency_ms,
        "first_token_ms": record.first_token_ms,
    }
    return title, told | (_told_upstream(record) if for_operator else {})


def _told_upstream(record: UsageRecord) -> dict[str, object]:
    margin, cost = record.margin_picos, record.upstream_cost_picos
    return {
        "channel": record.channel,
        "upstream_model": record.upstream_model,
        "upstream_request_id": record.upstream_request_id,
        "attempts": record.attempts,
        "upstream_cost": None if cost is None else decimal_from_picos(cost),
        "upstream_cost_picos": cost,
        "upstream_cost_currency": record.upstream_cost_currency,
        "margin": None if margin is None else decimal_from_picos(margin),
        "margin_picos": margin,
    }
