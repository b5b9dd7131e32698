"""The whole installation at a glance, for its administrators."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, TypeAlias

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter, SkipValidation

from deepspace_core.kernel.errors import InvalidInput
from deepspace_core.overview import LEADERS_MAX, AttentionItem, AttentionKind, LeaderKind, Severity, in_order
from deepspace_core.usage.rollup import Bucket, Period
from deepspace_http.application import Probes
from deepspace_http.console import OverviewUseCases
from deepspace_http.parameters import Caller, From, To
from deepspace_http.probing import ask_all
from deepspace_http.schemas.health import DependencyBody
from deepspace_http.schemas.overview import (
    AnomaliesBody,
    AttentionBody,
    LeadersBody,
    OverviewBody,
    show_anomaly,
    show_attention_item,
    show_leaders,
    show_overview,
)
from deepspace_http.schemas.wire import utc

Overviews: TypeAlias = NamedDependency[SkipValidation[OverviewUseCases]]
WantedPeriod: TypeAlias = NamedDependency[SkipValidation[Period]]
LeadersWanted = Annotated[int, QueryParameter(name="limit", description=f"1 to {LEADERS_MAX}.")]
HoursWanted = Annotated[int, QueryParameter(name="hours", description="How many hours back from now: 1 to 168.")]
HOURS_MAX = 168


def provide_overview_period(
    *,
    since: From = None,
    until: To = None,
    bucket: FromQuery[Bucket] = Bucket.DAY,
    time_zone: FromQuery[str] = "UTC",
) -> Period:
    """What overviews are about: whole hours, 92 days at most."""
    since, until = utc(since, param="from"), utc(until, param="to")
    if since is None or until is None:
        param = "from" if since is None else "to"
        raise InvalidInput(f"{param} is needed, as a time such as 2026-01-31T00:00:00Z", param=param)
    return Period(since=since, until=until, bucket=bucket, time_zone=time_zone)


@get("/", summary="Show the overview")
async def show_the_overview(caller: Caller, overview: Overviews, period: WantedPeriod) -> OverviewBody:
    """Usage, earnings, margin, errors and latency of a period over all rows, beside the period before it."""
    return show_overview(await overview.show_overview(actor=caller, period=period))


@get("/leaders", summary="List who spent most")
async def list_leaders(
    caller: Caller,
    overview: Overviews,
    period: WantedPeriod,
    kind: FromQuery[LeaderKind],
    limit: LeadersWanted = 10,
) -> LeadersBody:
    """Organizations, models, keys or users."""
    return show_leaders(await overview.list_leaders(actor=caller, period=period, kind=kind, limit=limit), kind)


@get("/anomalies", summary="List anomalies")
async def list_anomalies(caller: Caller, overview: Overviews, hours: HoursWanted = 24) -> AnomaliesBody:
    """Hours unlike what is usual: a robust z-score by hour of the week over the five weeks before (docs/operating)."""
    window = timedelta(hours=min(max(hours, 1), HOURS_MAX))
    return AnomaliesBody(data=[show_anomaly(one) for one in await overview.find_anomalies(actor=caller, window=window)])


@get("/attention", summary="List what needs attention")
async def list_attention(
    caller: Caller, overview: Overviews, probes: NamedDependency[SkipValidation[Probes]]
) -> AttentionBody:
    """Dependencies away, channels failing, jobs dead or late, webhooks refusing, books that differ, models unpriced."""
    known = await overview.list_attention(actor=caller)
    items = in_order([*_away(await ask_all(probes)), *known])
    return AttentionBody(data=[show_attention_item(one) for one in items])


def _away(dependencies: Sequence[DependencyBody]) -> list[AttentionItem]:
    return [
        AttentionItem(
            AttentionKind.DEPENDENCY_AWAY,
            Severity.CRITICAL if one.required else Severity.WARNING,
            one.name,
            detail=one.status,
        )
        for one in dependencies
        if one.status != "ok"
    ]


_PERIOD = {"period": Provide(provide_overview_period, sync_to_thread=False)}
admin_overview_router = Router(
    "/overview",
    route_handlers=[
        Router("/", route_handlers=[show_the_overview, list_leaders], dependencies=_PERIOD),
        list_anomalies,
        list_attention,
    ],
    tags=["Admin: overview"],
)
