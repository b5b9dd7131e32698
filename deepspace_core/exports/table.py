"""The columns of what is exported: one order, one name, one type each, whatever the format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from deepspace_core.exports.export import KINDS_OF_THE_INSTALLATION, ExportKind
from deepspace_core.kernel.token_leaves import LEAF_NAMES

Row: TypeAlias = Sequence[object]
"""Values in the order of the columns: str, int, bool, a timezone-aware datetime, or None."""


class ColumnType(StrEnum):
    """What a column holds. `decimal` is a number written as text, exact; it is never a formula."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    type: ColumnType = ColumnType.TEXT


def _columns(told: str) -> Sequence[Column]:
    """Names, each with its type behind a colon; without one it is text."""
    pairs = (one.partition(":") for one in told.split())
    return tuple(Column(name, ColumnType(kind or ColumnType.TEXT)) for name, _, kind in pairs)


_LEAVES = " ".join(f"{leaf}:integer" for leaf in LEAF_NAMES)

COLUMNS: Mapping[ExportKind, Sequence[Column]] = MappingProxyType(
    {
        ExportKind.TRANSACTIONS: _columns(
            "at:time id seq:integer type ref amount:decimal currency amount_nanos:integer "
            "balance_after_nanos:integer frozen_after_nanos:integer actor description trace_id"
        ),
        ExportKind.USAGE: _columns(
            f"ended_at:time id project_id api_key_id user_id app_id model route ending usage_source {_LEAVES} "
            "cost:decimal currency cost_nanos:integer latency_ms:integer trace_id"
        ),
        ExportKind.AUDIT: _columns("at:time id event_type actor subject trace_id payload"),
        ExportKind.CONVERSATIONS: _columns(
            "at:time conversation_id title project_id message_id role text model trace_id"
        ),
        ExportKind.REQUESTS: _columns(
            "started_at:time id trace_id method route model stream:boolean status:integer error_code project_id "
            "api_key_id user_id duration_ms:integer first_token_ms:integer request_bytes:integer "
            "response_bytes:integer attempts:integer client_address user_agent"
        ),
        ExportKind.WALLETS: _columns(
            "opened_at:time id organization currency balance:decimal frozen:decimal available:decimal "
            "receivable:decimal credit_limit:decimal balance_nanos:integer frozen_nanos:integer "
            "receivable_nanos:integer credit_limit_nanos:integer version:integer updated_at:time"
        ),
        ExportKind.API_KEYS: _columns(
            "created_at:time id name prefix project_id created_by scopes expires_at:time revoked_at:time "
            "last_used_at:time"
        ),
        ExportKind.DELIVERIES: _columns(
            "created_at:time id webhook_id event_type state attempts:integer attempted_at:time "
            "response_status:integer error trace_id"
        ),
        ExportKind.JOBS: _columns(
            "queued_at:time id name state attempts:integer started_at:time finished_at:time error_code trace_id"
        ),
        ExportKind.BUDGETS: _columns(
            "set_at:time wallet_id currency scope scope_id window starts_on cap:decimal used:decimal "
            "reserved:decimal cap_nanos:integer used_nanos:integer reserved_nanos:integer"
        ),
        ExportKind.LIMITS: _columns(
            "created_at:time id whose scope scope_id metric window_seconds:integer cap:integer"
        ),
        ExportKind.IP_RULES: _columns("created_at:time id scope scope_id action network note"),
        ExportKind.WEBHOOKS: _columns(
            "created_at:time id url description event_types enabled:boolean failures:integer failing_since:time "
            "disabled_at:time disabled_reason"
        ),
        ExportKind.USERS: _columns(
            "created_at:time id email name administrator:boolean language time_zone personal_org_id disabled_at:time"
        ),
        ExportKind.ORGANIZATIONS: _columns("created_at:time id name kind on_abort members:integer suspended_at:time"),
        ExportKind.MODELS: _columns(
            "created_at:time id name upstream_name kinds context_tokens:integer output_tokens_max:integer "
            "enabled:boolean visibility recommended:boolean"
        ),
        ExportKind.CHANNELS: _columns(
            "created_at:time id name base_url priority:integer weight:integer models model_names "
            "has_cost_rates:boolean has_log:boolean enabled:boolean version:integer healthy:boolean "
            "checked_at:time"
        ),
        ExportKind.RECONCILIATIONS: _columns(
            "finished_at:time id kind period_start:time period_end:time started_at:time rows_compared:integer "
            "differences:integer report"
        ),
        ExportKind.SCHEDULES: _columns(
            "next_fire_at:time name cron time_zone job enabled:boolean last_fired_at:time last_job_id"
        ),
    }
)
"""Ids are written as the API shows them."""

OWNER = Column("org_id")
"""The column that comes first where rows of everybody are told."""

OF_OPERATORS: Mapping[ExportKind, Sequence[Column]] = {ExportKind.REQUESTS: _columns("channel")}
"""The columns after it, that nobody but operators is told."""


def columns_of(kind: ExportKind, *, everybody: bool) -> Sequence[Column]:
    """The columns of a file."""
    if not everybody or kind in KINDS_OF_THE_INSTALLATION:
        return COLUMNS[kind]
    return (OWNER, *OF_OPERATORS.get(kind, ()), *COLUMNS[kind])
