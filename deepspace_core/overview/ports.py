"""What overviews read: hourly sums over the whole installation. They are its administrators': none takes a tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.overview.figures import CallSums, LatencySums, RequestSums
from deepspace_core.usage import Period

LEADERS_MAX = 50


class Split(StrEnum):
    """What the sums of calls are split by."""

    NONE = "none"
    MODEL = "model"
    CHANNEL = "channel"


class LeaderKind(StrEnum):
    """Who, or what, is asked to lead."""

    ORGANIZATION = "organization"
    MODEL = "model"
    KEY = "key"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Leader:
    """One of those that spent most. `value` is an id or a model's name; `label` what people call it, where known."""

    value: str
    label: str | None
    org_id: OrgId | None
    currency: str
    calls: int
    tokens: int
    price_nanos: int


@dataclass(frozen=True, slots=True)
class Leaders:
    """Those that spent most, and how many different ones there were in all."""

    total: int
    rows: Sequence[Leader]


class OverviewReader(Protocol):
    """Sums of hours before the roll-ups' end come from them, those of later ones from records and request logs."""

    async def call_sums(self, tx: Transaction, *, period: Period, split: Split) -> Sequence[CallSums]:
        """By step, value and currency, ascending; of calls that ended in the period."""
        ...

    async def request_sums(self, tx: Transaction, *, period: Period) -> Sequence[RequestSums]:
        """By step, channel, status and error, ascending; of requests that began in the period."""
        ...

    async def latency_sums(self, tx: Transaction, *, period: Period) -> Sequence[LatencySums]:
        """By step and measure, ascending; of calls that ended in the period."""
        ...

    async def leaders(self, tx: Transaction, *, period: Period, kind: LeaderKind, limit: int) -> Leaders:
        """The first `limit` by price, then by value. A bucket of the period does not matter."""
        ...

    async def spending(
        self, tx: Transaction, *, since: datetime, until: datetime, org_ids: Sequence[OrgId]
    ) -> Mapping[tuple[OrgId, str], Mapping[datetime, int]]:
        """Nanos by hour of these organizations, by organization and currency; hours without any are left out."""
        ...
