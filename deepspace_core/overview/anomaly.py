"""Hours that are unlike what is usual: found in hourly figures by their own past, without anybody setting thresholds.

The method, a robust z-score by hour of the week (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993):
- What is usual in an hour is the median of the same hour of the week, and of those beside it, in the HISTORY_WEEKS
  before the window that is looked at. Where that is fewer than SAMPLES_MIN values, the same hours of every day; where
  that is too few as well, nothing is said.
- How much it usually strays is the median absolute deviation (MAD) times 1.4826, which for normal noise is the standard
  deviation. Medians stand still when less than half of the past was itself odd. It never counts as less than the noise
  that counting has anyway (the square root of the median), a twentieth of the median, or the measure's own floor.
- The score is the distance from usual in such strays. SCORE_MIN and more is an anomaly, if it also matters: `material`
  of its measure says from what difference on.
- Adjacent hours of one series that stray the same way are one anomaly, told by its farthest hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import sqrt
from statistics import median

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
WEEK = 7 * DAY
HISTORY_WEEKS = 5
SAMPLES_MIN = 6
SCORE_MIN = 6.0
MAD_TO_DEVIATION = 1.4826
DEVIATION_SHARE_MIN = 0.05
ANOMALIES_MAX = 100


class AnomalyMeasure(StrEnum):
    """What strayed."""

    REQUESTS = "requests"
    FAILED_PERMILLE = "failed_permille"
    LATENCY_P95_MS = "latency_p95_ms"
    SPENDING_NANOS = "spending_nanos"


class PlaceKind(StrEnum):
    """What an hourly series is of."""

    INSTALLATION = "installation"
    MODEL = "model"
    CHANNEL = "channel"
    ORGANIZATION = "organization"


class Direction(StrEnum):
    """Which way it strayed."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class MeasureTerms:
    """How a measure is judged.

    `counted`: its quiet hours are zero, else they have no value and say nothing. `events`: what is counted are things
    that happen one by one, whose number strays by its square root whatever the cause.
    """

    counted: bool
    events: bool
    both_ways: bool
    material: int
    deviation_min: float


TERMS: Mapping[AnomalyMeasure, MeasureTerms] = {
    AnomalyMeasure.REQUESTS: MeasureTerms(counted=True, events=True, both_ways=True, material=20, deviation_min=1.0),
    AnomalyMeasure.FAILED_PERMILLE: MeasureTerms(
        counted=False, events=False, both_ways=False, material=50, deviation_min=5.0
    ),
    AnomalyMeasure.LATENCY_P95_MS: MeasureTerms(
        counted=False, events=False, both_ways=False, material=250, deviation_min=20.0
    ),
    AnomalyMeasure.SPENDING_NANOS: MeasureTerms(
        counted=True, events=False, both_ways=True, material=100_000_000, deviation_min=10_000_000.0
    ),
}
"""`material` of spending is a tenth of a currency unit."""


@dataclass(frozen=True, slots=True)
class Series:
    """Hourly values of one measure in one place: a name, or an id whose `label` is the name; None: the installation."""

    measure: AnomalyMeasure
    kind: PlaceKind
    place: str | None
    values: Mapping[datetime, int]
    label: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What strayed, where, from when until when, and how far: `value` of the hour `peak` beside what is `usual`."""

    measure: AnomalyMeasure
    kind: PlaceKind
    place: str | None
    label: str | None
    currency: str | None
    since: datetime
    until: datetime
    peak: datetime
    value: int
    usual: int
    deviation: float
    score: float
    direction: Direction


def find_anomalies(series: Iterable[Series], *, since: datetime, until: datetime) -> list[Anomaly]:
    """The anomalies of the whole hours of [since, until), those farthest from usual first; ANOMALIES_MAX at most."""
    found = [one for each in series for one in _joined(_strays(each, since=since, until=until))]
    return sorted(found, key=_rank)[:ANOMALIES_MAX]


def history_since(since: datetime) -> datetime:
    """From when on values are needed to judge a window that begins at `since`."""
    return since - HISTORY_WEEKS * WEEK - HOUR


def _rank(one: Anomaly) -> tuple[float, datetime, str, str, str]:
    return (-abs(one.score), one.since, one.measure, one.place or "", one.currency or "")


def _strays(series: Series, *, since: datetime, until: datetime) -> list[Anomaly]:
    terms = TERMS[series.measure]
    begun = min(series.values, default=until)
    hours = (since + step * HOUR for step in range(max(0, (until - since) // HOUR)))
    judged = (_judged(series, terms, hour, window=since, begun=begun) for hour in hours)
    return [one for one in judged if one is not None]


def _judged(
    series: Series, terms: MeasureTerms, hour: datetime, *, window: datetime, begun: datetime
) -> Anomaly | None:
    value = series.values.get(hour, 0 if terms.counted and hour >= begun else None)
    past = _past(series, terms, hour, window=window, begun=begun)
    if value is None or len(past) < SAMPLES_MIN:
        return None
    usual = median(past)
    deviation = _deviation(past, usual, terms)
    distance = value - usual
    too_near = abs(distance) < terms.material or abs(distance) < SCORE_MIN * deviation
    if too_near or (distance < 0 and not terms.both_ways):
        return None
    return Anomaly(
        measure=series.measure,
        kind=series.kind,
        place=series.place,
        label=series.label,
        currency=series.currency,
        since=hour,
        until=hour + HOUR,
        peak=hour,
        value=value,
        usual=round(usual),
        deviation=deviation,
        score=distance / deviation,
        direction=Direction.ABOVE if distance > 0 else Direction.BELOW,
    )


def _past(series: Series, terms: MeasureTerms, hour: datetime, *, window: datetime, begun: datetime) -> Sequence[int]:
    """The values that tell what is usual in the hour: of its own hour of the week, else of its hour of the day."""
    found: Sequence[int] = ()
    for step in (WEEK, DAY):
        back = (hour - count * step for count in range(1, HISTORY_WEEKS * (WEEK // step) + 1))
        hours = [near for one in back for near in (one - HOUR, one, one + HOUR) if begun <= near < window]
        found = [series.values.get(one, 0) for one in hours if terms.counted or one in series.values]
        if len(found) >= SAMPLES_MIN:
            return found
    return found


def _deviation(past: Sequence[int], usual: float, terms: MeasureTerms) -> float:
    usually = MAD_TO_DEVIATION * median(abs(one - usual) for one in past)
    noise = sqrt(usual) if terms.events else 0.0
    return max(usually, noise, DEVIATION_SHARE_MIN * usual, terms.deviation_min)


def _joined(strays: Sequence[Anomaly]) -> list[Anomaly]:
    """One anomaly for each run of adjacent hours that stray the same way; told by the hour that is farthest out."""
    runs: list[list[Anomaly]] = []
    for one in strays:
        if runs and runs[-1][-1].until == one.since and runs[-1][-1].direction is one.direction:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_told(run) for run in runs]


def _told(run: Sequence[Anomaly]) -> Anomaly:
    farthest = max(run, key=lambda one: abs(one.score))
    return replace(farthest, since=run[0].since, until=run[-1].until)
