"""Roll-ups: usage summed by the hour, and questions about periods answered from the sums.

Rules:
- A roll-up row is a pure function of the records whose `ended_at` falls in its hour; recomputing an hour from any
  order or partition of its records gives the same rows. So a run may be repeated, and late records are handled by
  recomputing the hours they fall in.
- Sums by month, day and third of a day, by one dimension and by each pair of them, are made of roll-ups, whole days at
  a time, so that a year is answered from a few thousand rows (`cover.py`).
- The hours before `rolled_until` are read from roll-ups, the rest from the records themselves: an answer is never an
  hour behind.
- Hours are UTC. A local day takes the UTC hours that begin in it; in a zone that is off by a half or quarter of an
  hour, the hour across midnight belongs to the day it begins in.
- Costs of different currencies are never added up: currency is part of every row's key.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deepspace_core.kernel.ids import ApiKeyId, AppId, ModelId, OrgId, ProjectId, UserId, WorkspaceId
from deepspace_core.kernel.token_leaves import NO_TOKENS, TokenLeaves
from deepspace_core.usage.errors import InvalidPeriod
from deepspace_core.usage.record import UsageRecord

HOUR = timedelta(hours=1)
HOURLY_PERIOD_MAX = timedelta(days=31)
DAILY_PERIOD_MAX = timedelta(days=366 * 3)
MONTHLY_PERIOD_MAX = timedelta(days=366 * 10)
LATEST = datetime.max.replace(tzinfo=UTC) - HOUR
"""A period may name the end of time, which has no hour after it."""


class Bucket(StrEnum):
    """The steps of time of an answer."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


PERIOD_MAX = {Bucket.HOUR: HOURLY_PERIOD_MAX, Bucket.DAY: DAILY_PERIOD_MAX, Bucket.MONTH: MONTHLY_PERIOD_MAX}


class Dimension(StrEnum):
    """What an answer is split by; NONE gives one row a bucket."""

    NONE = "none"
    WORKSPACE = "workspace"
    PROJECT = "project"
    KEY = "key"
    USER = "user"
    MODEL = "model"
    APP = "app"


@dataclass(frozen=True, slots=True)
class RollupKey:
    """Whose usage, of what, in which hour."""

    hour: datetime
    org_id: OrgId
    workspace_id: WorkspaceId | None
    project_id: ProjectId | None
    api_key_id: ApiKeyId | None
    user_id: UserId | None
    app_id: AppId | None
    model_id: ModelId
    model_name: str
    currency: str


@dataclass(frozen=True, slots=True)
class Sums:
    """What adds up."""

    requests: int = 0
    leaves: TokenLeaves = NO_TOKENS
    cost_nanos: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.requests + other.requests, self.leaves + other.leaves, self.cost_nanos + other.cost_nanos)


@dataclass(frozen=True, slots=True)
class RollupRow:
    """The sums of one key."""

    key: RollupKey
    sums: Sums


@dataclass(frozen=True, slots=True)
class UsageSummaryRow:
    """The sums of one bucket and one value of the dimension (None: not set, or the dimension is NONE)."""

    bucket_start: datetime
    value: str | None
    currency: str
    sums: Sums


def roll_up(records: Iterable[UsageRecord]) -> dict[RollupKey, Sums]:
    """Sums records by key."""
    sums: dict[RollupKey, Sums] = {}
    for record in records:
        key = key_of(record)
        sums[key] = sums.get(key, Sums()) + Sums(1, record.leaves, record.cost_nanos)
    return sums


def key_of(record: UsageRecord) -> RollupKey:
    """The roll-up row that a record belongs to."""
    return RollupKey(
        hour=hour_of(record.ended_at),
        org_id=record.org_id,
        workspace_id=record.workspace_id,
        project_id=record.project_id,
        api_key_id=record.api_key_id,
        user_id=record.user_id,
        app_id=record.app_id,
        model_id=record.model_id,
        model_name=record.model_name,
        currency=record.currency,
    )


def hour_of(at: datetime) -> datetime:
    """The UTC hour that `at` falls in."""
    return at.replace(minute=0, second=0, microsecond=0)


def bucket_start(hour: datetime, bucket: Bucket, zone: ZoneInfo) -> datetime:
    """The start, in UTC, of the bucket that the UTC hour belongs to."""
    if bucket is Bucket.HOUR:
        return hour
    local_midnight = hour.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    first = local_midnight.replace(day=1) if bucket is Bucket.MONTH else local_midnight
    return first.astimezone(hour.tzinfo)


def value_of(key: RollupKey, dimension: Dimension) -> str | None:
    """The value of a dimension in a roll-up key, as text (ids as 36-character UUIDs)."""
    chosen: UUID | str | None
    match dimension:
        case Dimension.NONE:
            chosen = None
        case Dimension.WORKSPACE:
            chosen = key.workspace_id
        case Dimension.PROJECT:
            chosen = key.project_id
        case Dimension.KEY:
            chosen = key.api_key_id
        case Dimension.USER:
            chosen = key.user_id
        case Dimension.MODEL:
            chosen = key.model_name
        case Dimension.APP:
            chosen = key.app_id
    return None if chosen is None else str(chosen)


@dataclass(frozen=True, slots=True)
class Period:
    """A span [since, until) of time in steps, whole UTC hours at both ends, in a time zone for days."""

    since: datetime
    until: datetime
    bucket: Bucket
    time_zone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def checked(period: Period) -> Period:
    """The period widened to whole hours. Raises InvalidPeriod when it is empty, too long, or its zone is unknown."""
    try:
        _ = period.zone
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidPeriod(
            f"time_zone must be an IANA name such as Europe/Berlin, not {period.time_zone[:64]!r}", param="time_zone"
        ) from None
    since, until = hour_of(period.since), hour_of(min(period.until, LATEST) + HOUR - timedelta(microseconds=1))
    if since >= until:
        raise InvalidPeriod("the period is empty: `from` must come before `to`", param="from")
    longest = PERIOD_MAX[period.bucket]
    if until - since > longest:
        raise InvalidPeriod(f"by the {period.bucket}, a period spans at most {longest.days} days", param="to")
    return replace(period, since=since, until=until)
