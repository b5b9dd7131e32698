"""Where spending leads: usage of the past held beside what the wallet has."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger import LedgerReader
from deepspace_core.usage import (
    Bucket,
    Dimension,
    Forecast,
    Period,
    RollupRepository,
    SummaryRequest,
    UsageFilters,
    checked,
    forecast,
    history_begins,
)

SHORT = timedelta(microseconds=1)
"""Enough for a period not to be empty; periods are widened to whole hours."""


@dataclass(frozen=True, slots=True)
class ForecastOf:
    """A forecast, and the currency of its amounts."""

    currency: str
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class ForecastSpending:
    """What the local month of the caller's organization will come to, and when its balance will be gone.

    For a key that is bound to a project: of that project, and not when the organization's balance ends.
    """

    unit_of_work: UnitOfWork
    rollups: RollupRepository
    ledger: LedgerReader
    clock: Clock

    async def __call__(self, *, principal: Principal, time_zone: str) -> ForecastOf:
        """Raises PermissionMissing, NotFound (no wallet) or InvalidPeriod (time_zone)."""
        principal.require(Permission.READ_USAGE)
        principal.require(Permission.READ_WALLET)
        now = self.clock.now()
        period = _since_history(now, time_zone)
        filters = UsageFilters(project_id=principal.project_id if principal.is_project_bound else None)
        async with self.unit_of_work() as tx:
            wallet = await self.ledger.get_wallet(tx, org_id=principal.org_id, wallet_id=principal.wallet_id)
            # A few months of days, of a few currencies: far from filling a page.
            page = await self.rollups.summarize(
                tx,
                principal.org_id,
                period=period,
                dimension=Dimension.NONE,
                filters=filters,
                page=SummaryRequest(),
            )
        costs = {
            row.bucket_start.astimezone(period.zone).date(): row.sums.cost_nanos
            for row in page.rows
            if row.currency == wallet.currency
        }
        spendable = None if principal.is_project_bound else wallet.spendable_nanos
        today = now.astimezone(period.zone).date()
        return ForecastOf(wallet.currency, forecast(costs, today=today, spendable_nanos=spendable))


def _since_history(now: datetime, time_zone: str) -> Period:
    """From the first day that a forecast wants to know until now, by the local day. Raises InvalidPeriod."""
    last_hour = checked(Period(now, now + SHORT, Bucket.DAY, time_zone))
    begins = history_begins(now.astimezone(last_hour.zone).date())
    midnight = datetime(begins.year, begins.month, begins.day, tzinfo=last_hour.zone)
    return checked(replace(last_hour, since=midnight.astimezone(UTC)))
