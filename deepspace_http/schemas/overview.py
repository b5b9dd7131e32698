"""Wire types of the overview of the whole installation."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import half_even_nanos
from deepspace_core.overview import (
    Anomaly,
    AnomalyMeasure,
    AttentionItem,
    AttentionKind,
    CallSums,
    CallTally,
    Direction,
    ErrorCount,
    Figures,
    Latencies,
    Leader,
    LeaderKind,
    Leaders,
    PlaceKind,
    RequestKind,
    Severity,
    TrendStep,
)
from deepspace_core.overview.use_cases import Active, Overview
from deepspace_core.usage import Bucket, Period
from deepspace_http.schemas.wire import Count, MoneyBody, OrgIdText, ResponseBody, Time, decimal

NOUN_OF: Mapping[LeaderKind, str] = {
    LeaderKind.ORGANIZATION: "org",
    LeaderKind.KEY: "api_key",
    LeaderKind.USER: "user",
}
P50, P90, P95, P99 = 500, 900, 950, 990

Permille = Annotated[int, Meta(description="Of a thousand.", examples=[12])]
Milliseconds = Annotated[int, Meta(examples=[840])]
CurrencyCode = Annotated[str, Meta(examples=["USD"])]
TimeZoneName = Annotated[str, Meta(examples=["Asia/Shanghai"])]
Label = Annotated[str, Meta(examples=["smollm2-135m"])]


class OverviewPeriodBody(ResponseBody, frozen=True, kw_only=True):
    """From when, until when, in which steps, of whose days."""

    since: Time
    until: Time
    bucket: Bucket
    time_zone: TimeZoneName


class EarningsBody(ResponseBody, frozen=True, kw_only=True):
    """What calls brought in and cost us, in one currency. Cost and margin are of the `costed_calls`; null: of none."""

    currency: CurrencyCode
    calls: Count
    price: MoneyBody
    costed_calls: Count
    cost: MoneyBody | None
    margin: MoneyBody | None
    margin_permille: Permille | None


class EndingsBody(ResponseBody, frozen=True, kw_only=True):
    """How metered calls ended."""

    completed: Count
    truncated: Count
    client_aborted: Count
    upstream_error: Count
    timed_out: Count


class QuantilesBody(ResponseBody, frozen=True, kw_only=True):
    """What half, nine tenths, … did not exceed; within five percent. Null where nothing was timed."""

    calls: Count
    p50_ms: Milliseconds | None
    p90_ms: Milliseconds | None
    p95_ms: Milliseconds | None
    p99_ms: Milliseconds | None


class FiguresBody(ResponseBody, frozen=True, kw_only=True):
    """Over all rows. Requests knocked; calls were metered. `failed_permille` is of requests that were not refused."""

    requests: Count
    answered: Count
    refused: Count
    failed: Count
    failed_permille: Permille | None
    calls: Count
    input_tokens: Count
    output_tokens: Count
    endings: EndingsBody
    earnings: list[EarningsBody]
    answer: QuantilesBody
    first_token: QuantilesBody


class ActiveBody(ResponseBody, frozen=True, kw_only=True):
    """How many different ones made calls."""

    users: Count
    organizations: Count
    keys: Count


class TrendStepBody(ResponseBody, frozen=True, kw_only=True):
    """The figures of one step of time."""

    starts_at: Time
    figures: FiguresBody


class ErrorCountBody(ResponseBody, frozen=True, kw_only=True):
    """How often requests ended with one error, and how often in the period before."""

    error_code: Annotated[str, Meta(examples=["rate_limited"])]
    kind: RequestKind
    requests: Count
    before: Count


class ShareBody(ResponseBody, frozen=True, kw_only=True):
    """The calls of one model, or of one channel, in one currency. `name` null: the channel was not written down."""

    name: Label | None
    tokens: Count
    endings: EndingsBody
    earnings: EarningsBody


class OverviewBody(ResponseBody, frozen=True, kw_only=True):
    """A period, and the one before it, which is as long."""

    period: OverviewPeriodBody
    previous: OverviewPeriodBody
    now: FiguresBody
    before: FiguresBody
    active: ActiveBody
    active_before: ActiveBody
    trend: list[TrendStepBody]
    errors: list[ErrorCountBody]
    models: list[ShareBody]
    channels: list[ShareBody]


class LeaderBody(ResponseBody, frozen=True, kw_only=True):
    """One of those that spent most. `label`: what people call it. `org_id` null: of several organizations."""

    value: Label
    label: Label | None
    org_id: OrgIdText | None
    currency: CurrencyCode
    calls: Count
    tokens: Count
    price: MoneyBody


class LeadersBody(ResponseBody, frozen=True, kw_only=True):
    """Those that spent most, first of all; `total` is how many different ones there were."""

    total: Count
    data: list[LeaderBody]


class AnomalyBody(ResponseBody, frozen=True, kw_only=True):
    """What strayed, where, and how far: `value` of the hour `peak` beside the `usual` one, `score` strays away."""

    measure: AnomalyMeasure
    place_kind: PlaceKind
    place: Label | None
    label: Label | None
    currency: CurrencyCode | None
    since: Time
    until: Time
    peak: Time
    value: Count
    usual: Count
    score: Annotated[float, Meta(examples=[9.4])]
    direction: Direction


class AnomaliesBody(ResponseBody, frozen=True, kw_only=True):
    """The hours that are unlike what is usual, the farthest first."""

    data: list[AnomalyBody]


class AttentionItemBody(ResponseBody, frozen=True, kw_only=True):
    """One thing to look at. `subject`: a name or an id, whichever its page goes by."""

    kind: AttentionKind
    severity: Severity
    subject: Label
    count: Count
    since: Time | None
    detail: Annotated[str, Meta(examples=["upstream_unreachable: connection refused"])]
    org_id: OrgIdText | None


class AttentionBody(ResponseBody, frozen=True, kw_only=True):
    """What an operator should look at now, the worst first; nothing known is wrong where it is empty."""

    data: list[AttentionItemBody]


def show_overview(found: Overview) -> OverviewBody:
    """The wire form."""
    return OverviewBody(
        period=_show_period(found.period),
        previous=_show_period(found.previous),
        now=show_figures(found.now),
        before=show_figures(found.before),
        active=_show_active(found.active),
        active_before=_show_active(found.active_before),
        trend=[_show_step(step) for step in found.trend],
        errors=[_show_error(one) for one in found.errors],
        models=[_show_share(row) for row in found.by_model],
        channels=[_show_share(row) for row in found.by_channel],
    )


def show_figures(figures: Figures) -> FiguresBody:
    """The wire form."""
    calls = figures.calls
    return FiguresBody(
        requests=figures.requests,
        answered=figures.answered,
        refused=figures.refused,
        failed=figures.failed,
        failed_permille=figures.failed_permille,
        calls=calls.calls,
        input_tokens=calls.input_tokens,
        output_tokens=calls.output_tokens,
        endings=_show_endings(calls),
        earnings=[show_earnings(currency, tally) for currency, tally in figures.money.items()],
        answer=_show_quantiles(figures.answer),
        first_token=_show_quantiles(figures.first_token),
    )


def show_earnings(currency: str, tally: CallTally) -> EarningsBody:
    """The wire form; picos become nanos half to even, as a capture's do."""
    margin = tally.margin_picos
    return EarningsBody(
        currency=currency,
        calls=tally.calls,
        price=_money(tally.price_picos),
        costed_calls=tally.costed_calls,
        cost=_money(tally.cost_picos) if tally.costed_calls else None,
        margin=None if margin is None else _money(margin),
        margin_permille=tally.margin_permille,
    )


def show_leaders(leaders: Leaders, kind: LeaderKind) -> LeadersBody:
    """The wire form; ids get their prefix."""
    return LeadersBody(total=leaders.total, data=[_show_leader(one, NOUN_OF.get(kind)) for one in leaders.rows])


def show_anomaly(one: Anomaly) -> AnomalyBody:
    """The wire form."""
    is_org = one.kind is PlaceKind.ORGANIZATION and one.place is not None
    return AnomalyBody(
        measure=one.measure,
        place_kind=one.kind,
        place=show_id("org", UUID(one.place)) if is_org else one.place,
        label=one.label,
        currency=one.currency,
        since=one.since,
        until=one.until,
        peak=one.peak,
        value=one.value,
        usual=one.usual,
        score=round(one.score, 1),
        direction=one.direction,
    )


def show_attention_item(item: AttentionItem) -> AttentionItemBody:
    """The wire form."""
    return AttentionItemBody(
        kind=item.kind,
        severity=item.severity,
        subject=item.subject,
        count=item.count,
        since=item.since,
        detail=item.detail,
        org_id=item.org_id,
    )


def _show_period(period: Period) -> OverviewPeriodBody:
    return OverviewPeriodBody(since=period.since, until=period.until, bucket=period.bucket, time_zone=period.time_zone)


def _show_active(active: Active) -> ActiveBody:
    return ActiveBody(users=active.users, organizations=active.organizations, keys=active.keys)


def _show_step(step: TrendStep) -> TrendStepBody:
    return TrendStepBody(starts_at=step.bucket_start, figures=show_figures(step.figures))


def _show_error(one: ErrorCount) -> ErrorCountBody:
    return ErrorCountBody(error_code=one.error_code, kind=one.kind, requests=one.requests, before=one.before)


def _show_share(row: CallSums) -> ShareBody:
    return ShareBody(
        name=row.value or None,
        tokens=row.tally.input_tokens + row.tally.output_tokens,
        endings=_show_endings(row.tally),
        earnings=show_earnings(row.currency, row.tally),
    )


def _show_endings(tally: CallTally) -> EndingsBody:
    return EndingsBody(
        completed=tally.completed,
        truncated=tally.truncated,
        client_aborted=tally.client_aborted,
        upstream_error=tally.upstream_error,
        timed_out=tally.timed_out,
    )


def _show_quantiles(latencies: Latencies) -> QuantilesBody:
    return QuantilesBody(
        calls=latencies.calls,
        p50_ms=latencies.quantile_ms(P50),
        p90_ms=latencies.quantile_ms(P90),
        p95_ms=latencies.quantile_ms(P95),
        p99_ms=latencies.quantile_ms(P99),
    )


def _show_leader(one: Leader, noun: str | None) -> LeaderBody:
    return LeaderBody(
        value=one.value if noun is None else show_id(noun, UUID(one.value)),
        label=one.label,
        org_id=None if one.org_id is None else show_id("org", one.org_id),
        currency=one.currency,
        calls=one.calls,
        tokens=one.tokens,
        price=MoneyBody(nanos=one.price_nanos, decimal=decimal(one.price_nanos)),
    )


def _money(amount_picos: int) -> MoneyBody:
    nanos = half_even_nanos(amount_picos)
    return MoneyBody(nanos=nanos, decimal=decimal(nanos))
