"""Wire types of usage: records, and sums over periods."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_nanos, decimal_from_picos
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.kernel.units import Unit
from deepspace_core.usage.breakdown import Breakdown, Compared
from deepspace_core.usage.record import Ending, UsageRecord, UsageSource
from deepspace_core.usage.rollup import Dimension, Sums, UsageSummaryRow
from deepspace_http.schemas.catalogue import ModelName
from deepspace_http.schemas.pricing import Currency
from deepspace_http.schemas.wire import (
    ApiKeyIdText,
    AppIdText,
    Count,
    Cursor,
    DecimalText,
    ModelIdText,
    NanosNumber,
    OrgIdText,
    PriceIdText,
    ProjectIdText,
    ResponseBody,
    Time,
    TraceIdText,
    UsageRecordIdText,
    UserIdText,
    WorkspaceIdText,
)

NOUNS: Mapping[Dimension, str] = {
    Dimension.WORKSPACE: "workspace",
    Dimension.PROJECT: "project",
    Dimension.KEY: "api_key",
    Dimension.USER: "user",
    Dimension.APP: "app",
}
"""Dimensions whose values are ids, and the noun of their prefix."""

Tokens = Annotated[int, Meta(examples=[1200])]
Milliseconds = Annotated[int, Meta(examples=[840])]
RefText = Annotated[str, Meta(examples=["req_00f067aa0ba902b7"])]
UnitCounts = Annotated[dict[Unit, int], Meta(examples=[{"images": 2}])]


class TokensBody(ResponseBody, frozen=True, kw_only=True):
    """Tokens by leaf. The leaves are disjoint; the totals are their sums."""

    input_uncached: Tokens
    input_cached_read: Tokens
    input_cache_write: Tokens
    input_audio: Tokens
    input_image: Tokens
    output_text: Tokens
    output_reasoning: Tokens
    output_audio: Tokens
    output_image: Tokens
    input_total: Tokens
    output_total: Tokens


class UsageRecordBody(ResponseBody, frozen=True, kw_only=True):
    """One metered call; `usage_source` says who counted, `ending` how the answer ended."""

    id: UsageRecordIdText
    org_id: OrgIdText
    workspace_id: WorkspaceIdText | None
    project_id: ProjectIdText | None
    api_key_id: ApiKeyIdText | None
    user_id: UserIdText | None
    app_id: AppIdText | None
    model_id: ModelIdText
    model: ModelName
    route: Annotated[str, Meta(examples=["/v1/chat/completions"])]
    stream: bool
    tokens: TokensBody
    units: UnitCounts
    cost_nanos: NanosNumber
    cost: DecimalText
    cost_exact: DecimalText
    currency: Currency
    price_id: PriceIdText | None
    price_version: Count | None
    usage_source: UsageSource
    ending: Ending
    trace_id: TraceIdText
    hold_ref: RefText | None
    capture_ref: RefText
    started_at: Time
    ended_at: Time
    latency_ms: Milliseconds
    first_token_ms: Milliseconds | None


class SumsBody(ResponseBody, frozen=True, kw_only=True):
    """What adds up, in one currency."""

    currency: Currency
    requests: Count
    tokens: TokensBody
    cost_nanos: NanosNumber
    cost: DecimalText


class UsageTotalsBody(ResponseBody, frozen=True, kw_only=True):
    """Sums over all records that match, however many pages they fill; one row a currency."""

    totals: list[SumsBody]


class SummaryRowBody(ResponseBody, frozen=True, kw_only=True):
    """The sums of one step of time and one value of what the answer is grouped by."""

    starts_at: Time
    value: Annotated[str, Meta(examples=["smollm2-135m"])] | None
    sums: SumsBody


class PartBody(ResponseBody, frozen=True, kw_only=True):
    """What one value came to, and what it came to in the stretch before; `value` null: calls that have none."""

    value: Annotated[str, Meta(examples=["smollm2-135m"])] | None
    sums: SumsBody
    before: SumsBody


class ComparedBody(ResponseBody, frozen=True, kw_only=True):
    """Sums of the period and of the stretch before, in one currency."""

    sums: SumsBody
    before: SumsBody


class UsageBreakdownBody(ResponseBody, frozen=True, kw_only=True):
    """The dearest first; `others` is what the parts beyond them come to, `totals` all of it, one row a currency."""

    parts: list[PartBody]
    others: list[ComparedBody]
    totals: list[ComparedBody]


class UsageSummaryBody(ResponseBody, frozen=True, kw_only=True):
    """Usage over time, oldest first. Ask for the next page with `cursor=next_cursor`; null means there is none."""

    data: list[SummaryRowBody]
    next_cursor: Cursor | None = None


def show_usage_record(record: UsageRecord) -> UsageRecordBody:
    """The wire form."""
    return UsageRecordBody(
        id=show_id("usage_record", record.id),
        org_id=show_id("org", record.org_id),
        workspace_id=_shown("workspace", record.workspace_id),
        project_id=_shown("project", record.project_id),
        api_key_id=_shown("api_key", record.api_key_id),
        user_id=_shown("user", record.user_id),
        app_id=_shown("app", record.app_id),
        model_id=show_id("model", record.model_id),
        model=record.model_name,
        route=record.route,
        stream=record.stream,
        tokens=show_tokens(record.leaves),
        units={Unit(name): count for name, count in record.units.counted().items()},
        cost_nanos=record.cost_nanos,
        cost=decimal_from_nanos(record.cost_nanos),
        cost_exact=decimal_from_picos(record.cost_picos),
        currency=record.currency,
        price_id=_shown("price", record.price_id),
        price_version=record.price_version,
        usage_source=record.usage_source,
        ending=record.ending,
        trace_id=record.trace_id,
        hold_ref=record.hold_ref,
        capture_ref=record.capture_ref,
        started_at=record.started_at,
        ended_at=record.ended_at,
        latency_ms=record.latency_ms,
        first_token_ms=record.first_token_ms,
    )


def show_totals(totals: Mapping[str, Sums]) -> UsageTotalsBody:
    """The wire form, currencies in order."""
    return UsageTotalsBody(totals=[_show_sums(currency, totals[currency]) for currency in sorted(totals)])


def show_summary_row(row: UsageSummaryRow, dimension: Dimension) -> SummaryRowBody:
    """The wire form; ids of the dimension get their prefix."""
    value = _shown_value(row.value, dimension)
    return SummaryRowBody(starts_at=row.bucket_start, value=value, sums=_show_sums(row.currency, row.sums))


def show_breakdown(breakdown: Breakdown, dimension: Dimension) -> UsageBreakdownBody:
    """The wire form; ids of the dimension get their prefix."""
    return UsageBreakdownBody(
        parts=[
            PartBody(value=_shown_value(part.value, dimension), **_shown_sums(part.compared))
            for part in breakdown.parts
        ],
        others=[ComparedBody(**_shown_sums(one)) for one in breakdown.others],
        totals=[ComparedBody(**_shown_sums(one)) for one in breakdown.totals],
    )


def show_tokens(leaves: TokenLeaves) -> TokensBody:
    """The wire form."""
    return TokensBody(
        input_uncached=leaves.input_uncached,
        input_cached_read=leaves.input_cached_read,
        input_cache_write=leaves.input_cache_write,
        input_audio=leaves.input_audio,
        input_image=leaves.input_image,
        output_text=leaves.output_text,
        output_reasoning=leaves.output_reasoning,
        output_audio=leaves.output_audio,
        output_image=leaves.output_image,
        input_total=leaves.input_total,
        output_total=leaves.output_total,
    )


def _show_sums(currency: str, sums: Sums) -> SumsBody:
    return SumsBody(
        currency=currency,
        requests=sums.requests,
        tokens=show_tokens(sums.leaves),
        cost_nanos=sums.cost_nanos,
        cost=decimal_from_nanos(sums.cost_nanos),
    )


def _shown_sums(compared: Compared) -> dict[str, SumsBody]:
    return {
        "sums": _show_sums(compared.currency, compared.now),
        "before": _show_sums(compared.currency, compared.before),
    }


def _shown_value(value: str | None, dimension: Dimension) -> str | None:
    noun = NOUNS.get(dimension)
    return value if noun is None or value is None else show_id(noun, UUID(value))


def _shown(noun: str, value: UUID | None) -> str | None:
    return None if value is None else show_id(noun, value)
