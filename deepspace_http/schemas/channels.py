"""Wire types of channels: upstreams, their health and their margins. A credential goes in and never comes out."""

from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import Meta

from deepspace_core.channels.breaker import BreakerState, RestingPart
from deepspace_core.channels.changes import ChannelChanges, LogChanges
from deepspace_core.channels.channel import CREDENTIAL_CHARACTERS_MAX, MODELS_MAX, CostRates, LogAccess
from deepspace_core.channels.health import ChannelHealth, CheckedHour
from deepspace_core.channels.margin import MarginRow
from deepspace_core.channels.use_cases import SeenChannel
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.money import decimal_from_picos
from deepspace_core.usage.reconciliation import Reconciliation
from deepspace_http.schemas.catalogue import ModelName
from deepspace_http.schemas.pricing import (
    Currency,
    Picos,
    ShownTierBody,
    TierBody,
    UnitRates,
    read_tier,
    show_tier,
)
from deepspace_http.schemas.wire import Count, DecimalText, RequestBody, ResponseBody, Time

_RATES = {"*": {"tiers": [{"rates_picos": {"input_uncached": 100_000, "output_text": 400_000}}]}}
ChannelIdText = Annotated[str, Meta(examples=["chan_0198c0ffee007abc8def0123456789ab"])]
ChannelName = Annotated[str, Meta(min_length=1, max_length=63, examples=["second"])]
BaseUrl = Annotated[str, Meta(min_length=1, max_length=500, examples=["https://newapi.example.com/v1"])]
ConsoleUrl = Annotated[str, Meta(min_length=1, max_length=500, examples=["https://newapi.example.com"])]
Credential = Annotated[str, Meta(min_length=1, max_length=CREDENTIAL_CHARACTERS_MAX, examples=["sk-…"])]
Priority = Annotated[int, Meta(ge=0, examples=[10])]
Weight = Annotated[int, Meta(ge=1, examples=[1])]
Models = Annotated[list[ModelName], Meta(max_length=MODELS_MAX, examples=[["smollm2-135m"]])]
ModelNames = Annotated[dict[ModelName, ModelName], Meta(examples=[{"smollm2-135m": "SmolLM2-135M-Instruct"}])]
UserNumber = Annotated[int, Meta(ge=1, examples=[1])]
TokenName = Annotated[str, Meta(min_length=1, max_length=200, examples=["deepspace"])]
PicosNumber = Annotated[int, Meta(examples=[1_500_000])]


class CostRatesBody(RequestBody, frozen=True, kw_only=True):
    """What a channel charges us for a model."""

    tiers: Annotated[list[TierBody], Meta(min_length=1)]
    currency: Currency = "USD"
    per_request_picos: Picos = 0
    unit_picos: UnitRates = msgspec.field(default_factory=dict)


CostRatesByModel = Annotated[dict[str, CostRatesBody], Meta(examples=[_RATES])]


class LogAccessBody(RequestBody, frozen=True, kw_only=True):
    """How NewAPI's own log is read: as one of its administrators. `token` absent keeps the one that is stored."""

    base_url: ConsoleUrl
    user_id: UserNumber
    token: Credential | None = None
    token_name: TokenName | None = None


class EditChannelBody(RequestBody, frozen=True, kw_only=True):
    """What to change; absent fields stay as they are. An empty `models` means all; mappings are replaced whole.
    `forget_log`: its log is no longer read, and the token for it no longer stored."""

    base_url: BaseUrl | None = None
    key: Credential | None = None
    priority: Priority | None = None
    weight: Weight | None = None
    models: Models | None = None
    model_names: ModelNames | None = None
    cost_rates: CostRatesByModel | None = None
    log: LogAccessBody | None = None
    forget_log: bool | None = None
    enabled: bool | None = None


class AddChannelBody(RequestBody, frozen=True, kw_only=True):
    """A new upstream. `cost_rates` go by model, or by `*` for any."""

    name: ChannelName
    base_url: BaseUrl
    key: Credential
    priority: Priority = 0
    weight: Weight = 1
    models: Models | None = None
    model_names: ModelNames | None = None
    cost_rates: CostRatesByModel | None = None
    log: LogAccessBody | None = None
    enabled: bool = True


class ShownCostRatesBody(ResponseBody, frozen=True, kw_only=True):
    """What a channel charges us for a model."""

    currency: Currency
    per_request_picos: Picos
    unit_picos: UnitRates
    tiers: list[ShownTierBody]


class ShownLogAccessBody(ResponseBody, frozen=True, kw_only=True):
    """How NewAPI's own log is read."""

    base_url: ConsoleUrl
    user_id: UserNumber
    token_name: TokenName | None


class ChannelHealthBody(ResponseBody, frozen=True, kw_only=True):
    """What a look at a channel found."""

    healthy: bool
    latency_ms: Count
    models_listed: Count | None
    detail: Annotated[str, Meta(examples=[""])]
    checked_at: Time


class ChannelBody(ResponseBody, frozen=True, kw_only=True):
    """An upstream. `models` null: all. `from_environment`: place and credential are the settings'."""

    id: ChannelIdText
    name: ChannelName
    base_url: BaseUrl
    from_environment: bool
    priority: Priority
    weight: Weight
    models: Models | None
    model_names: ModelNames
    cost_rates: Annotated[dict[str, ShownCostRatesBody], Meta(examples=[{}])]
    log: ShownLogAccessBody | None
    enabled: bool
    version: Count
    created_at: Time
    health: ChannelHealthBody | None


class CheckedHourBody(ResponseBody, frozen=True, kw_only=True):
    """The looks of one hour: how many, how many found it failing, the median latency, what the last bad one said."""

    hour: Time
    checks: Count
    failed: Count
    latency_ms: Count
    detail: Annotated[str, Meta(examples=[""])]


class ChannelHistoryBody(ResponseBody, frozen=True, kw_only=True):
    """How a channel has been, by the hour, oldest first."""

    data: list[CheckedHourBody]


class RestingPartBody(ResponseBody, frozen=True, kw_only=True):
    """A breaker that remembers failures: of a channel, or of one `model` on it. Open: no call is sent meanwhile."""

    channel: ChannelName
    model: ModelName | None
    state: BreakerState
    calls: Count
    failures: Count
    rests_seconds: Count


class BreakersBody(ResponseBody, frozen=True, kw_only=True):
    """Of the gateway process that answers; each learns for itself."""

    data: list[RestingPartBody]


class ChannelListBody(ResponseBody, frozen=True, kw_only=True):
    """Every channel, the one of the settings first."""

    data: list[ChannelBody]


class MarginRowBody(ResponseBody, frozen=True, kw_only=True):
    """The calls of one channel, model and currency. `margin` null: nobody has said what the channel charges."""

    channel: ChannelName | None
    model: ModelName
    currency: Currency
    calls: Count
    price_picos: PicosNumber
    price: DecimalText
    costed_calls: Count
    cost_picos: PicosNumber | None
    cost: DecimalText | None
    margin_picos: PicosNumber | None
    margin: DecimalText | None


class MarginsBody(ResponseBody, frozen=True, kw_only=True):
    """By channel, model and currency."""

    data: list[MarginRowBody]


class RunReconciliationBody(RequestBody, frozen=True, kw_only=True):
    """The calls of which period to compare: of [from, to), a week at most."""

    since: Annotated[Time, Meta(examples=["2026-01-31T11:00:00Z"])] = msgspec.field(name="from")
    until: Time = msgspec.field(name="to")


class ReconciliationBody(ResponseBody, frozen=True, kw_only=True):
    """A finished comparison. In a list, `report` leaves out the findings."""

    id: Annotated[str, Meta(examples=["recon_0198c0ffee007abc8def0123456789ab"])]
    period_start: Time
    period_end: Time
    started_at: Time
    finished_at: Time
    rows_compared: Count
    differences: Count
    report: Annotated[dict[str, object], Meta(examples=[{"in_both": 41, "only_ours": 0, "only_theirs": 1}])]


def show_reconciliation(one: Reconciliation) -> ReconciliationBody:
    """The wire form."""
    return ReconciliationBody(
        id=show_id("reconciliation", one.id),
        period_start=one.period_start,
        period_end=one.period_end,
        started_at=one.started_at,
        finished_at=one.finished_at,
        rows_compared=one.rows_compared,
        differences=one.differences,
        report=dict(one.report),
    )


def read_changes(body: AddChannelBody | EditChannelBody) -> ChannelChanges:
    """The core's changes; of a new channel, all but what makes it."""
    rates = body.cost_rates
    changes = ChannelChanges(
        priority=body.priority,
        weight=body.weight,
        models=None if body.models is None else frozenset(body.models),
        model_names=body.model_names,
        cost_rates=None if rates is None else {name: _read_rates(one) for name, one in rates.items()},
        log=None if body.log is None else _read_log(body.log),
        enabled=body.enabled,
    )
    if isinstance(body, EditChannelBody):
        return replace(changes, base_url=body.base_url, key=body.key, forget_log=body.forget_log)
    return changes


def show_channel(seen: SeenChannel) -> ChannelBody:
    """The wire form."""
    one, log = seen.channel, seen.channel.log
    return ChannelBody(
        id=show_id("channel", one.id),
        name=one.name,
        base_url=one.base_url,
        from_environment=one.sealed_key is None,
        priority=one.priority,
        weight=one.weight,
        models=None if one.models is None else sorted(one.models),
        model_names=dict(one.model_names),
        cost_rates={name: _show_rates(rates) for name, rates in one.cost_rates.items()},
        log=None if log is None else _show_log(log),
        enabled=one.enabled,
        version=one.version,
        created_at=one.created_at,
        health=None if seen.health is None else show_health(seen.health),
    )


def show_health(found: ChannelHealth) -> ChannelHealthBody:
    """The wire form."""
    return ChannelHealthBody(
        healthy=found.healthy,
        latency_ms=found.latency_ms,
        models_listed=found.models,
        detail=found.detail,
        checked_at=found.checked_at,
    )


def show_margin(row: MarginRow) -> MarginRowBody:
    """The wire form."""
    margin_picos = row.margin_picos
    return MarginRowBody(
        channel=row.channel or None,
        model=row.model_name,
        currency=row.currency,
        calls=row.calls,
        price_picos=row.price_picos,
        price=decimal_from_picos(row.price_picos),
        costed_calls=row.costed_calls,
        cost_picos=row.cost_picos if row.costed_calls else None,
        cost=decimal_from_picos(row.cost_picos) if row.costed_calls else None,
        margin_picos=margin_picos,
        margin=None if margin_picos is None else decimal_from_picos(margin_picos),
    )


def _read_rates(body: CostRatesBody) -> CostRates:
    return CostRates(
        tiers=tuple(read_tier(tier) for tier in body.tiers),
        currency=body.currency,
        per_request_picos=body.per_request_picos,
        unit_picos=dict(body.unit_picos),
    )


def _read_log(body: LogAccessBody) -> LogChanges:
    return LogChanges(base_url=body.base_url, user_id=body.user_id, token=body.token, token_name=body.token_name)


def _show_log(log: LogAccess) -> ShownLogAccessBody:
    return ShownLogAccessBody(base_url=log.base_url, user_id=log.user_id, token_name=log.token_name)


def _show_rates(rates: CostRates) -> ShownCostRatesBody:
    return ShownCostRatesBody(
        currency=rates.currency,
        per_request_picos=rates.per_request_picos,
        unit_picos=dict(rates.unit_picos),
        tiers=[show_tier(tier) for tier in rates.tiers],
    )


def show_checked_hour(one: CheckedHour) -> CheckedHourBody:
    """The wire form."""
    return CheckedHourBody(
        hour=one.hour, checks=one.checks, failed=one.failed, latency_ms=one.latency_ms, detail=one.detail
    )


def show_resting_part(one: RestingPart) -> RestingPartBody:
    """The wire form."""
    return RestingPartBody(
        channel=one.channel,
        model=one.model_name,
        state=one.state,
        calls=one.calls,
        failures=one.failures,
        rests_seconds=one.rests_seconds,
    )
