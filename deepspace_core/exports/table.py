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


def _columns(**types: str) -> Sequence[Column]:
    return tuple(Column(name, ColumnType(kind)) for name, kind in types.items())


COLUMNS: Mapping[ExportKind, Sequence[Column]] = MappingProxyType(
    {
        ExportKind.TRANSACTIONS: _columns(
            at="time",
            id="text",
            seq="integer",
            type="text",
            ref="text",
            amount="decimal",
            currency="text",
            amount_nanos="integer",
            balance_after_nanos="integer",
            frozen_after_nanos="integer",
            actor="text",
            description="text",
            trace_id="text",
        ),
        ExportKind.USAGE: _columns(
            ended_at="time",
            id="text",
            project_id="text",
            api_key_id="text",
            user_id="text",
            app_id="text",
            model="text",
            route="text",
            ending="text",
            usage_source="text",
            **dict.fromkeys(LEAF_NAMES, "integer"),
            cost="decimal",
            currency="text",
            cost_nanos="integer",
            latency_ms="integer",
            trace_id="text",
        ),
        ExportKind.AUDIT: _columns(
            at="time", id="text", event_type="text", actor="text", subject="text", trace_id="text", payload="text"
        ),
        ExportKind.CONVERSATIONS: _columns(
            at="time",
            conversation_id="text",
            title="text",
            project_id="text",
            message_id="text",
            role="text",
            text="text",
            model="text",
            trace_id="text",
        ),
        ExportKind.REQUESTS: _columns(
            started_at="time",
            id="text",
            trace_id="text",
            method="text",
            route="text",
            model="text",
            stream="boolean",
            status="integer",
            error_code="text",
            project_id="text",
            api_key_id="text",
            user_id="text",
            duration_ms="integer",
            first_token_ms="integer",  # noqa: S106  # a column's type, not a token
            request_bytes="integer",
            response_bytes="integer",
            attempts="integer",
            client_address="text",
            user_agent="text",
        ),
        ExportKind.WALLETS: _columns(
            opened_at="time",
            id="text",
            organization="text",
            currency="text",
            balance="decimal",
            frozen="decimal",
            available="decimal",
            receivable="decimal",
            credit_limit="decimal",
            balance_nanos="integer",
            frozen_nanos="integer",
            receivable_nanos="integer",
            credit_limit_nanos="integer",
            version="integer",
            updated_at="time",
        ),
        ExportKind.API_KEYS: _columns(
            created_at="time",
            id="text",
            name="text",
            prefix="text",
            project_id="text",
            created_by="text",
            scopes="text",
            expires_at="time",
            revoked_at="time",
            last_used_at="time",
        ),
        ExportKind.DELIVERIES: _columns(
            created_at="time",
            id="text",
            webhook_id="text",
            event_type="text",
            state="text",
            attempts="integer",
            attempted_at="time",
            response_status="integer",
            error="text",
            trace_id="text",
        ),
        ExportKind.JOBS: _columns(
            queued_at="time",
            id="text",
            name="text",
            state="text",
            attempts="integer",
            started_at="time",
            finished_at="time",
            error_code="text",
            trace_id="text",
        ),
        ExportKind.BUDGETS: _columns(
            set_at="time",
            wallet_id="text",
            currency="text",
            scope="text",
            scope_id="text",
            window="text",
            starts_on="text",
            cap="decimal",
            used="decimal",
            reserved="decimal",
            cap_nanos="integer",
            used_nanos="integer",
            reserved_nanos="integer",
        ),
        ExportKind.LIMITS: _columns(
            created_at="time",
            id="text",
            whose="text",
            scope="text",
            scope_id="text",
            metric="text",
            window_seconds="integer",
            cap="integer",
        ),
        ExportKind.IP_RULES: _columns(
            created_at="time", id="text", scope="text", scope_id="text", action="text", network="text", note="text"
        ),
        ExportKind.WEBHOOKS: _columns(
            created_at="time",
            id="text",
            url="text",
            description="text",
            event_types="text",
            enabled="boolean",
            failures="integer",
            failing_since="time",
            disabled_at="time",
            disabled_reason="text",
        ),
        ExportKind.USERS: _columns(
            created_at="time",
            id="text",
            email="text",
            name="text",
            administrator="boolean",
            language="text",
            time_zone="text",
            personal_org_id="text",
            disabled_at="time",
        ),
        ExportKind.ORGANIZATIONS: _columns(
            created_at="time",
            id="text",
            name="text",
            kind="text",
            on_abort="text",
            members="integer",
            suspended_at="time",
        ),
        ExportKind.MODELS: _columns(
            created_at="time",
            id="text",
            name="text",
            upstream_name="text",
            kinds="text",
            context_tokens="integer",
            output_tokens_max="integer",
            enabled="boolean",
            visibility="text",
            recommended="boolean",
        ),
        ExportKind.CHANNELS: _columns(
            created_at="time",
            id="text",
            name="text",
            base_url="text",
            priority="integer",
            weight="integer",
            models="text",
            model_names="text",
            has_cost_rates="boolean",
            has_log="boolean",
            enabled="boolean",
            version="integer",
            healthy="boolean",
            checked_at="time",
        ),
        ExportKind.RECONCILIATIONS: _columns(
            finished_at="time",
            id="text",
            kind="text",
            period_start="time",
            period_end="time",
            started_at="time",
            rows_compared="integer",
            differences="integer",
            report="text",
        ),
        ExportKind.SCHEDULES: _columns(
            next_fire_at="time",
            name="text",
            cron="text",
            time_zone="text",
            job="text",
            enabled="boolean",
            last_fired_at="time",
            last_job_id="text",
        ),
    }
)
"""Ids are written as the API shows them."""

OWNER = Column("org_id")
"""The column that comes first where rows of everybody are told."""

OF_OPERATORS: Mapping[ExportKind, Sequence[Column]] = {ExportKind.REQUESTS: _columns(channel="text")}
"""The columns after it, that nobody but operators is told."""


def columns_of(kind: ExportKind, *, everybody: bool) -> Sequence[Column]:
    """The columns of a file."""
    if not everybody or kind in KINDS_OF_THE_INSTALLATION:
        return COLUMNS[kind]
    return (OWNER, *OF_OPERATORS.get(kind, ()), *COLUMNS[kind])
