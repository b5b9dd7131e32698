"""What an administrator asks about the whole installation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from deepspace_core.audit import AuditReader, EventFilters
from deepspace_core.catalogue import ModelFilters, ModelRepository
from deepspace_core.channels import ChannelRepository, GivenChannel, all_channels
from deepspace_core.identity import Actor, require_administrator
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.page import PAGE_SIZE_MAX, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.overview.anomaly import (
    HOUR,
    Anomaly,
    AnomalyMeasure,
    PlaceKind,
    Series,
    find_anomalies,
    history_since,
)
from deepspace_core.overview.attention import (
    LEDGER_AUDITED,
    SEALS_VERIFIED,
    AttentionItem,
    in_order,
    of_audit,
    of_books,
    of_channels,
    of_models,
    of_seals,
    of_webhooks,
    of_work,
)
from deepspace_core.overview.errors import OverviewTooLong
from deepspace_core.overview.figures import (
    CallSums,
    ErrorCount,
    Figures,
    LatencySums,
    RequestKind,
    RequestSums,
    TrendStep,
    errors_of,
    figures_of,
    trend_of,
)
from deepspace_core.overview.ports import LEADERS_MAX, LeaderKind, Leaders, OverviewReader, Split
from deepspace_core.pricing import PriceRepository
from deepspace_core.usage import (
    OWN_BOOKS,
    Bucket,
    InvalidPeriod,
    Period,
    ReconciliationRepository,
    bucket_start,
    checked,
    hour_of,
)
from deepspace_core.webhooks import Endpoints
from deepspace_core.work import JobRuns

OVERVIEW_PERIOD_MAX = timedelta(days=92)
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Near the ends of the calendar there is no period before, and no day after."""
ANOMALY_WINDOW_MAX = timedelta(days=7)
SPENDERS_WATCHED_MAX = 20
"""Of how many organizations the spending is judged by the hour: those that spent most in the window."""
COMPARISONS_READ = 50
WEBHOOKS_SHOWN_MAX = 50
P95, PERMILLE = 950, 1_000
CALLS_JUDGED_MIN = 20
"""A share or a quantile of fewer says nothing of an hour."""


@dataclass(frozen=True, slots=True)
class Active:
    """How many different ones made calls."""

    users: int
    organizations: int
    keys: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A period and, as long, the one before it. `by_model` and `by_channel` are sums of the whole period."""

    period: Period
    previous: Period
    now: Figures
    before: Figures
    active: Active
    active_before: Active
    trend: Sequence[TrendStep]
    errors: Sequence[ErrorCount]
    by_model: Sequence[CallSums]
    by_channel: Sequence[CallSums]


@dataclass(frozen=True, slots=True)
class _Rows:
    calls: Sequence[CallSums]
    requests: Sequence[RequestSums]
    latencies: Sequence[LatencySums]

    @property
    def figures(self) -> Figures:
        return figures_of(self.calls, self.requests, self.latencies)


@dataclass(frozen=True, slots=True)
class ShowOverview:
    """The figures of a period over all rows, beside those of the period before it, and how they moved."""

    unit_of_work: UnitOfWork
    reader: OverviewReader

    async def __call__(self, *, actor: Actor, period: Period) -> Overview:
        """Raises AdministratorRequired, InvalidPeriod or OverviewTooLong."""
        require_administrator(actor)
        period = bounded(period)
        previous = replace(period, since=period.since - (period.until - period.since), until=period.since)
        async with self.unit_of_work() as tx:
            now, before = await self._rows(tx, period), await self._rows(tx, previous)
            active, active_before = await self._active(tx, period), await self._active(tx, previous)
            by_model = await self.reader.call_sums(tx, period=period, split=Split.MODEL)
            by_channel = await self.reader.call_sums(tx, period=period, split=Split.CHANNEL)
        return Overview(
            period=period,
            previous=previous,
            now=now.figures,
            before=before.figures,
            active=active,
            active_before=active_before,
            trend=trend_of([*_starts(period)], now.calls, now.requests, now.latencies),
            errors=errors_of(now.requests, before.requests),
            by_model=_over_time(by_model),
            by_channel=_over_time(by_channel),
        )

    async def _rows(self, tx: Transaction, period: Period) -> _Rows:
        return _Rows(
            calls=await self.reader.call_sums(tx, period=period, split=Split.NONE),
            requests=await self.reader.request_sums(tx, period=period),
            latencies=await self.reader.latency_sums(tx, period=period),
        )

    async def _active(self, tx: Transaction, period: Period) -> Active:
        async def count(kind: LeaderKind) -> int:
            return (await self.reader.leaders(tx, period=period, kind=kind, limit=1)).total

        return Active(
            users=await count(LeaderKind.USER),
            organizations=await count(LeaderKind.ORGANIZATION),
            keys=await count(LeaderKind.KEY),
        )


@dataclass(frozen=True, slots=True)
class ListLeaders:
    """Who spent most in a period: organizations, models, keys or users."""

    unit_of_work: UnitOfWork
    reader: OverviewReader

    async def __call__(self, *, actor: Actor, period: Period, kind: LeaderKind, limit: int = 10) -> Leaders:
        """Raises AdministratorRequired, InvalidPeriod or OverviewTooLong."""
        require_administrator(actor)
        period = bounded(period)
        async with self.unit_of_work() as tx:
            return await self.reader.leaders(tx, period=period, kind=kind, limit=min(max(limit, 1), LEADERS_MAX))


@dataclass(frozen=True, slots=True)
class FindAnomalies:
    """Hours of the last days that are unlike what is usual (anomaly.py says how that is told)."""

    unit_of_work: UnitOfWork
    reader: OverviewReader
    clock: Clock

    async def __call__(self, *, actor: Actor, window: timedelta = timedelta(days=1)) -> Sequence[Anomaly]:
        """Of the whole hours of the window before now, ANOMALY_WINDOW_MAX at most. Raises AdministratorRequired."""
        require_administrator(actor)
        until = hour_of(self.clock.now())
        since = until - max(HOUR, min(window, ANOMALY_WINDOW_MAX))
        history = Period(history_since(since), until, Bucket.HOUR)
        async with self.unit_of_work() as tx:
            series = [
                *_of_requests(await self.reader.request_sums(tx, period=history)),
                _of_latency(history, await self.reader.latency_sums(tx, period=history)),
                *await self._of_spending(tx, history, Period(since, until, Bucket.HOUR)),
            ]
            for kind, split in ((PlaceKind.MODEL, Split.MODEL), (PlaceKind.CHANNEL, Split.CHANNEL)):
                series += _by_place(kind, await self.reader.call_sums(tx, period=history, split=split))
        return find_anomalies(series, since=since, until=until)

    async def _of_spending(self, tx: Transaction, history: Period, window: Period) -> list[Series]:
        leaders = await self.reader.leaders(tx, period=window, kind=LeaderKind.ORGANIZATION, limit=SPENDERS_WATCHED_MAX)
        labels = {OrgId(UUID(one.value)): one.label for one in leaders.rows}
        spent = await self.reader.spending(tx, since=history.since, until=history.until, org_ids=sorted(labels))
        return [
            Series(
                AnomalyMeasure.SPENDING_NANOS,
                PlaceKind.ORGANIZATION,
                str(org_id),
                hours,
                label=labels[org_id],
                currency=currency,
            )
            for (org_id, currency), hours in spent.items()
        ]


@dataclass(frozen=True, slots=True)
class ListAttention:
    """What an operator should look at now, what is worst first."""

    unit_of_work: UnitOfWork
    channels: ChannelRepository
    given: GivenChannel
    runs: JobRuns
    endpoints: Endpoints
    reconciliations: ReconciliationRepository
    audit: AuditReader
    models: ModelRepository
    prices: PriceRepository
    clock: Clock

    async def __call__(self, *, actor: Actor) -> Sequence[AttentionItem]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            stored = await self.channels.list_channels(tx)
            findings = await self.channels.list_health(tx)
            comparisons = await self.reconciliations.list_reconciliations(tx, PageRequest(limit=COMPARISONS_READ))
            items = [
                *of_audit(await self._last(tx, LEDGER_AUDITED), now=now),
                *of_seals(await self._last(tx, SEALS_VERIFIED), now=now),
                *of_channels(all_channels(stored, self.given.channel()), findings, now=now),
                *of_work(await self.runs.census(tx, now=now), now=now),
                *of_webhooks(await self.endpoints.list_troubled(tx, limit=WEBHOOKS_SHOWN_MAX)),
                *of_books(comparisons.rows, own_kind=OWN_BOOKS, now=now),
                *await self._of_models(tx, now),
            ]
        return in_order(items)

    async def _last(self, tx: Transaction, event_type: str) -> Event | None:
        found = await self.audit.list_events(tx, None, PageRequest(limit=1), EventFilters(event_type))
        return next(iter(found.rows), None)

    async def _of_models(self, tx: Transaction, now: datetime) -> list[AttentionItem]:
        page = await self.models.list_models(tx, PageRequest(limit=PAGE_SIZE_MAX), ModelFilters(enabled=True))
        return of_models(page.rows, await self.prices.effective_cards(tx, [model.id for model in page.rows], now))


def bounded(period: Period) -> Period:
    """The period in whole hours. Raises InvalidPeriod or OverviewTooLong."""
    if period.since < EARLIEST or period.until > LATEST:
        raise InvalidPeriod(f"an overview lies between the years {EARLIEST.year} and {LATEST.year}", param="from")
    period = checked(period)
    if period.until - period.since > OVERVIEW_PERIOD_MAX:
        raise OverviewTooLong(f"an overview spans at most {OVERVIEW_PERIOD_MAX.days} days", param="to")
    return period


def _starts(period: Period) -> Iterator[datetime]:
    """Where the steps of the period begin, each once; `period` is whole hours."""
    last: datetime | None = None
    for number in range((period.until - period.since) // HOUR):
        start = bucket_start(period.since + number * HOUR, period.bucket, period.zone)
        if start != last:
            yield start
        last = start


def _over_time(rows: Sequence[CallSums]) -> list[CallSums]:
    """The sums of each value over all steps, the highest price first."""
    summed: dict[tuple[str | None, str], CallSums] = {}
    for row in rows:
        known = summed.get((row.value, row.currency))
        summed[row.value, row.currency] = row if known is None else replace(known, tally=known.tally + row.tally)
    return sorted(summed.values(), key=lambda one: (-one.tally.price_picos, one.value or "", one.currency))


def _of_requests(rows: Sequence[RequestSums]) -> Iterator[Series]:
    """The number of requests of the installation, and its share of failures."""
    served: dict[datetime, int] = {}
    failed: dict[datetime, int] = {}
    every: dict[datetime, int] = {}
    for row in rows:
        hour = row.bucket_start
        every[hour] = every.get(hour, 0) + row.requests
        if row.kind is not RequestKind.REFUSED:
            served[hour] = served.get(hour, 0) + row.requests
        if row.kind is RequestKind.FAILED:
            failed[hour] = failed.get(hour, 0) + row.requests
    shares = {
        hour: failed.get(hour, 0) * PERMILLE // count for hour, count in served.items() if count >= CALLS_JUDGED_MIN
    }
    yield Series(AnomalyMeasure.REQUESTS, PlaceKind.INSTALLATION, None, every)
    yield Series(AnomalyMeasure.FAILED_PERMILLE, PlaceKind.INSTALLATION, None, shares)


def _of_latency(history: Period, rows: Sequence[LatencySums]) -> Series:
    steps = trend_of([*_starts(history)], [], [], rows)
    values = {
        step.bucket_start: step.figures.answer.quantile_ms(P95)
        for step in steps
        if step.figures.answer.calls >= CALLS_JUDGED_MIN
    }
    known = {hour: value for hour, value in values.items() if value is not None}
    return Series(AnomalyMeasure.LATENCY_P95_MS, PlaceKind.INSTALLATION, None, known)


def _by_place(kind: PlaceKind, rows: Sequence[CallSums]) -> list[Series]:
    """The number of calls of each model or channel that was written down."""
    counts: dict[str, dict[datetime, int]] = {}
    for row in rows:
        if not row.value:
            continue
        hours = counts.setdefault(row.value, {})
        hours[row.bucket_start] = hours.get(row.bucket_start, 0) + row.tally.calls
    return [Series(AnomalyMeasure.REQUESTS, kind, place, hours) for place, hours in counts.items()]
