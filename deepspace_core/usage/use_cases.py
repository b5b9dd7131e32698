"""Asking about usage, and keeping its roll-ups."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from deepspace_core.identity import Actor, Permission, Principal, require_administrator
from deepspace_core.kernel.ids import OrgId, ProjectId, UsageRecordId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.usage.breakdown import Breakdown, break_down
from deepspace_core.usage.errors import InvalidPeriod, UsageRecordNotFound
from deepspace_core.usage.ports import RollupRepository, RollupState, UsageFilters, UsageReader
from deepspace_core.usage.record import UsageRecord
from deepspace_core.usage.rollup import HOUR, Bucket, Dimension, Period, Sums, UsageSummaryRow, checked, hour_of
from deepspace_core.usage.summary import SummaryRequest

WRITE_LAG = timedelta(minutes=5)
"""Longer than any transaction may last (its time-outs are a minute): a record that carries an earlier `stored_at` is
visible by then. Each run looks back this far behind the last one; recomputing an hour again does no harm."""
EARLIEST = datetime.min.replace(tzinfo=UTC) + timedelta(days=32)
"""Before it there is no month to step back to."""
REQUEST_LAG = 3 * HOUR
"""Logs of requests carry the time of their arrival and are written at their end: each run counts these hours again.
Longer than any request may last."""
ROLLUP_SPAN_MAX = 24 * HOUR
"""Hours recomputed in one transaction."""
BREAKDOWN_ROWS_MAX = 50_000
SUM_DAYS_MAX = 4
"""Days whose sums are made in one transaction: the first run after a migration makes those of all days there are."""


@dataclass(frozen=True, slots=True)
class ListUsage:
    """Lists usage records, newest first."""

    unit_of_work: UnitOfWork
    usage: UsageReader

    async def __call__(self, *, principal: Principal, page: PageRequest, filters: UsageFilters) -> Page[UsageRecord]:
        """A key that is bound to a project sees that project's. Raises PermissionMissing."""
        filters = within_reach(principal, filters)
        async with self.unit_of_work() as tx:
            return await self.usage.list_records(tx, principal.org_id, page, filters)


@dataclass(frozen=True, slots=True)
class GetUsage:
    """One usage record."""

    unit_of_work: UnitOfWork
    usage: UsageReader

    async def __call__(self, *, principal: Principal, record_id: UsageRecordId) -> UsageRecord:
        """Raises PermissionMissing or UsageRecordNotFound."""
        principal.require(Permission.READ_USAGE)
        async with self.unit_of_work() as tx:
            record = await self.usage.get_record(tx, principal.org_id, record_id)
        if principal.is_project_bound and record.project_id != principal.project_id:
            raise UsageRecordNotFound("there is no such usage record within reach of this API key", param="usage_id")
        return record


@dataclass(frozen=True, slots=True)
class TotalUsage:
    """Sums all records that match, however many pages they fill; by currency."""

    unit_of_work: UnitOfWork
    usage: UsageReader

    async def __call__(self, *, principal: Principal, filters: UsageFilters) -> Mapping[str, Sums]:
        """Raises PermissionMissing."""
        filters = within_reach(principal, filters)
        async with self.unit_of_work() as tx:
            return await self.usage.totals(tx, principal.org_id, filters)


@dataclass(frozen=True, slots=True)
class UsageByPeriod:
    """Usage over time: sums by hour or day, split by a dimension."""

    unit_of_work: UnitOfWork
    rollups: RollupRepository

    async def __call__(
        self, *, principal: Principal, period: Period, dimension: Dimension, filters: UsageFilters, page: SummaryRequest
    ) -> Page[UsageSummaryRow]:
        """Oldest first. Raises PermissionMissing or InvalidPeriod."""
        filters = within_reach(principal, filters)
        async with self.unit_of_work() as tx:
            return await self.rollups.summarize(
                tx, principal.org_id, period=checked(period), dimension=dimension, filters=filters, page=page
            )


@dataclass(frozen=True, slots=True)
class BreakDownUsage:
    """What a period came to by one dimension, beside the equally long stretch right before it."""

    unit_of_work: UnitOfWork
    rollups: RollupRepository

    async def __call__(
        self, *, principal: Principal, since: datetime, until: datetime, dimension: Dimension, filters: UsageFilters
    ) -> Breakdown:
        """Raises PermissionMissing or InvalidPeriod."""
        filters = within_reach(principal, filters)
        period = checked(Period(since, until, Bucket.MONTH))
        length = period.until - period.since
        if period.since - EARLIEST < length:
            raise InvalidPeriod("there is no time before the period to compare it with", param="from")
        earlier = replace(period, since=period.since - length, until=period.since)
        async with self.unit_of_work() as tx:
            now, before = [
                await self._all_rows(tx, principal.org_id, period=one, dimension=dimension, filters=filters)
                for one in (period, earlier)
            ]
        return break_down(now, before)

    async def _all_rows(
        self, tx: Transaction, org_id: OrgId, *, period: Period, dimension: Dimension, filters: UsageFilters
    ) -> Sequence[UsageSummaryRow]:
        rows: list[UsageSummaryRow] = []
        page = SummaryRequest()
        while len(rows) < BREAKDOWN_ROWS_MAX:
            found = await self.rollups.summarize(
                tx, org_id, period=period, dimension=dimension, filters=filters, page=page
            )
            rows += found.rows
            if found.next_cursor is None:
                return rows
            page = SummaryRequest.read(limit=None, cursor=found.next_cursor)
        raise InvalidPeriod(f"more than {BREAKDOWN_ROWS_MAX} rows to add up; ask for a shorter period", param="from")


@dataclass(frozen=True, slots=True)
class ListAllUsage:
    """Lists usage records of every organization, or of one, to an administrator."""

    unit_of_work: UnitOfWork
    usage: UsageReader

    async def __call__(
        self, *, actor: Actor, org_id: OrgId | None, page: PageRequest, filters: UsageFilters
    ) -> Page[UsageRecord]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.usage.list_records(tx, org_id, page, filters)


@dataclass(frozen=True, slots=True)
class TotalAllUsage:
    """Sums all records of every organization, or of one, that match; by currency."""

    unit_of_work: UnitOfWork
    usage: UsageReader

    async def __call__(self, *, actor: Actor, org_id: OrgId | None, filters: UsageFilters) -> Mapping[str, Sums]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.usage.totals(tx, org_id, filters)


@dataclass(frozen=True, slots=True)
class AllUsageByPeriod:
    """Usage over time of every organization, or of one, to an administrator."""

    unit_of_work: UnitOfWork
    rollups: RollupRepository

    async def __call__(
        self,
        *,
        actor: Actor,
        org_id: OrgId | None,
        period: Period,
        dimension: Dimension,
        filters: UsageFilters,
        page: SummaryRequest,
    ) -> Page[UsageSummaryRow]:
        """Raises AdministratorRequired or InvalidPeriod."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.rollups.summarize(
                tx, org_id, period=checked(period), dimension=dimension, filters=filters, page=page
            )


@dataclass(frozen=True, slots=True)
class RollUpRun:
    """What one run did."""

    hours: int
    rows: int
    rolled_until: datetime


@dataclass(frozen=True, slots=True)
class RollUpUsage:
    """The worker's job: recomputes every finished hour that records were stored for since the last run.

    Safe to run at any time, twice, or on two workers at once. When it dies half-way, the next run begins where the
    last finished one ended.
    """

    unit_of_work: UnitOfWork
    rollups: RollupRepository

    async def __call__(self) -> RollUpRun:
        async with self.unit_of_work() as tx:
            state = await self.rollups.lock_state(tx)
            now = await self.rollups.store_now(tx)
            since = None if state.seen_until is None else state.seen_until - WRITE_LAG
            hours = await self.rollups.hours_written_since(tx, since, before=hour_of(now))
        rows = sum([await self._recompute(first, until) for first, until in spans(hours)])
        rolled_until = hour_of(now)
        days = days_of(hours)
        # While nothing is rolled up, nobody reads sums. Later, those of earlier days were made with their hours.
        begun = [day for day in days if state.rolled_until is not None and day + 24 * HOUR > state.rolled_until]
        if state.rolled_until is None:
            for first in range(0, len(days), SUM_DAYS_MAX):
                await self._make_sums(days[first : first + SUM_DAYS_MAX], rolled_until)
        async with self.unit_of_work() as tx:
            state = await self.rollups.lock_state(tx)
            if state.rolled_until is None or state.rolled_until <= rolled_until:
                await self.rollups.save_state(tx, RollupState(rolled_until=rolled_until, seen_until=now))
                counted = None if state.rolled_until is None else state.rolled_until - REQUEST_LAG
                await self.rollups.recompute_requests(tx, since=counted, until=rolled_until)
                # In one commit with the state: an hour that the sums have must not be counted from its records too.
                await self.rollups.make_sums(tx, begun, before=rolled_until)
                await tx.commit()
        return RollUpRun(hours=len(hours), rows=rows, rolled_until=rolled_until)

    async def _make_sums(self, days: Sequence[datetime], rolled_until: datetime) -> None:
        async with self.unit_of_work() as tx:
            state = await self.rollups.lock_state(tx)
            # Another run may have come further meanwhile.
            await self.rollups.make_sums(tx, days, before=max(rolled_until, state.rolled_until or rolled_until))
            await tx.commit()

    async def _recompute(self, since: datetime, until: datetime) -> int:
        async with self.unit_of_work() as tx:
            rows = await recompute_hours(tx, self.rollups, since=since, until=until)
            await tx.commit()
        return rows


@dataclass(frozen=True, slots=True)
class RecomputeUsage:
    """Recomputes all roll-ups of a span of time from the records, for an administrator who doubts them."""

    unit_of_work: UnitOfWork
    rollups: RollupRepository

    async def __call__(self, *, actor: Actor, since: datetime, until: datetime) -> int:
        """Returns how many roll-up rows there are now. Raises AdministratorRequired or InvalidPeriod."""
        require_administrator(actor)
        rows = 0
        start = hour_of(since)
        async with self.unit_of_work() as tx:
            end = min(until, hour_of(await self.rollups.store_now(tx)))
        while start < end:
            stop = min(start + ROLLUP_SPAN_MAX, end)
            async with self.unit_of_work() as tx:
                rows += await recompute_hours(tx, self.rollups, since=start, until=stop)
                await self.rollups.recompute_requests(tx, since=start, until=stop)
                await tx.commit()
            start = stop
        return rows


async def recompute_hours(tx: Transaction, rollups: RollupRepository, *, since: datetime, until: datetime) -> int:
    """The roll-ups of some hours and, in the same commit, the sums made of them: answers take hours away from sums.

    At most ROLLUP_SPAN_MAX. Returns how many rows of roll-ups there are now.
    """
    state = await rollups.lock_state(tx)
    rows = await rollups.recompute(tx, since=since, until=until)
    if state.rolled_until is not None and since < state.rolled_until:
        await rollups.make_sums(tx, days_of([since, until - HOUR]), before=state.rolled_until)
    return rows


def within_reach(principal: Principal, filters: UsageFilters) -> UsageFilters:
    """The filters, narrowed to what the principal may see.

    Raises PermissionMissing, or NotFound for another project than a bound key's.
    """
    principal.require(Permission.READ_USAGE)
    if not principal.is_project_bound:
        return filters
    if filters.project_id is not None:
        principal.require_project(ProjectId(filters.project_id))
    return replace(filters, project_id=principal.project_id)


def days_of(hours: Iterable[datetime]) -> Sequence[datetime]:
    """The days in UTC that the hours lie in, as midnights, ascending."""
    return sorted({hour.replace(hour=0) for hour in hours})


def spans(hours: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Joins ascending hours into [since, until) spans of adjacent hours, none longer than ROLLUP_SPAN_MAX."""
    first: datetime | None = None
    until: datetime | None = None
    for hour in hours:
        if first is not None and until is not None and (hour != until or until - first >= ROLLUP_SPAN_MAX):
            yield first, until
            first = None
        first = hour if first is None else first
        until = hour + HOUR
    if first is not None and until is not None:
        yield first, until
