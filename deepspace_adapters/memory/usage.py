"""Usage records and their roll-ups in memory, by the very functions of core that the SQL repeats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.kernel.ids import OrgId, TraceId, UsageRecordId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.usage import (
    Dimension,
    Period,
    RollupKey,
    RollupState,
    SummaryPlace,
    SummaryRequest,
    Sums,
    UsageFilters,
    UsageRecord,
    UsageRecordNotFound,
    UsageSummaryRow,
    bucket_start,
    hour_of,
    roll_up,
    summary_page,
    value_of,
)

NEVER = RollupState(rolled_until=None, seen_until=None)


@dataclass(frozen=True, slots=True)
class _Stored:
    record: UsageRecord
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class MemoryUsageWriter:
    """Writes usage records that ride in another repository's transaction; a memory `RiderWriter`."""

    clock: Clock

    async def __call__(self, tx: Transaction, records: Sequence[Record]) -> None:
        table = table_of(tx, "usage_records")
        for record in records:
            usage = cast(UsageRecord, record)
            # A retried write finds its row there and leaves it.
            table.setdefault((usage.org_id, usage.capture_ref), _Stored(usage, self.clock.now()))


class MemoryUsage:
    """The `UsageReader` port."""

    async def get_record(self, tx: Transaction, org_id: OrgId, record_id: UsageRecordId) -> UsageRecord:
        for record in records_of(tx):
            if (record.org_id, record.id) == (org_id, record_id):
                return record
        raise UsageRecordNotFound(f"there is no usage record {show_id('usage_record', record_id)}", param="usage_id")

    async def find_trace(self, tx: Transaction, record_id: UsageRecordId) -> TraceId | None:
        return next((record.trace_id for record in records_of(tx) if record.id == record_id), None)

    async def list_records(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: UsageFilters
    ) -> Page[UsageRecord]:
        found = sorted(_matching(tx, org_id, filters), key=lambda record: record.id)
        rows = [record for record in reversed(found) if page.after is None or record.id < page.after]
        return page_of(rows, [record.id for record in rows], limit=page.limit)

    async def totals(self, tx: Transaction, org_id: OrgId | None, filters: UsageFilters) -> dict[str, Sums]:
        totals: dict[str, Sums] = {}
        for key, sums in roll_up(_matching(tx, org_id, filters)).items():
            totals[key.currency] = totals.get(key.currency, Sums()) + sums
        return totals


class MemoryRollups:
    """The `RollupRepository` port. One memory transaction runs at a time, so there is nothing to lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def lock_state(self, tx: Transaction) -> RollupState:
        state: RollupState = table_of(tx, "usage_rollup_state").get("only", NEVER)
        return state

    async def save_state(self, tx: Transaction, state: RollupState) -> None:
        table_of(tx, "usage_rollup_state")["only"] = state

    async def store_now(self, tx: Transaction) -> datetime:
        return self._clock.now()

    async def hours_written_since(
        self, tx: Transaction, since: datetime | None, *, before: datetime
    ) -> Sequence[datetime]:
        rows: Iterable[_Stored] = table_of(tx, "usage_records").values()
        fresh = [row.record.ended_at for row in rows if since is None or row.stored_at >= since]
        rolled = table_of(tx, "usage_rollups") if since is None else {}
        return sorted({hour_of(at) for at in fresh if at < before} | {key.hour for key in rolled if key.hour < before})

    async def recompute(self, tx: Transaction, *, since: datetime, until: datetime) -> int:
        table = table_of(tx, "usage_rollups")
        made = roll_up(record for record in records_of(tx) if since <= record.ended_at < until)
        # An hour without records had them archived: it keeps what was rolled up of it.
        for key in [key for key in table if key.hour in {one.hour for one in made}]:
            del table[key]
        table.update(made)
        return len(made)

    async def recompute_requests(self, tx: Transaction, *, since: datetime | None, until: datetime) -> None:
        """Nothing to make: memory counts the logs each time."""
        table_of(tx, "request_logs")

    async def make_sums(self, tx: Transaction, days: Sequence[datetime], *, before: datetime) -> None:
        """Nothing to make: memory adds the hours up each time."""
        table_of(tx, "usage_rollups")

    async def summarize(
        self,
        tx: Transaction,
        org_id: OrgId | None,
        *,
        period: Period,
        dimension: Dimension,
        filters: UsageFilters,
        page: SummaryRequest,
    ) -> Page[UsageSummaryRow]:
        rolled_until = (await self.lock_state(tx)).rolled_until
        rolled: dict[RollupKey, Sums] = table_of(tx, "usage_rollups")
        rows = {key: sums for key, sums in rolled.items() if rolled_until is not None and key.hour < rolled_until}
        rows |= roll_up(one for one in records_of(tx) if rolled_until is None or one.ended_at >= rolled_until)
        summed: dict[SummaryPlace, Sums] = {}
        for key, sums in rows.items():
            if period.since <= key.hour < period.until and _key_matches(key, org_id, filters):
                bucket = bucket_start(key.hour, period.bucket, period.zone)
                place = SummaryPlace(bucket, value_of(key, dimension), key.currency)
                summed[place] = summed.get(place, Sums()) + sums
        left = [place for place in summed if page.after is None or place.order > page.after.order]
        found = [
            UsageSummaryRow(place.bucket_start, place.value, place.currency, summed[place])
            for place in sorted(left, key=lambda place: place.order)[: page.limit + 1]
        ]
        return summary_page(found, limit=page.limit)


def stored_records_of(tx: Transaction) -> Iterable[tuple[UsageRecord, datetime]]:
    """Every usage record there is, and when it was stored."""
    rows: Iterable[_Stored] = table_of(tx, "usage_records").values()
    return ((row.record, row.stored_at) for row in rows)


def records_of(tx: Transaction) -> Iterable[UsageRecord]:
    """Every usage record there is."""
    rows: Iterable[_Stored] = table_of(tx, "usage_records").values()
    return (row.record for row in rows)


def _matching(tx: Transaction, org_id: OrgId | None, filters: UsageFilters) -> list[UsageRecord]:
    return [record for record in records_of(tx) if _matches(record, org_id, filters)]


def _matches(record: UsageRecord, org_id: OrgId | None, filters: UsageFilters) -> bool:
    wanted = (
        _key_matches(record, org_id, filters),
        filters.trace_id in (None, record.trace_id),
        filters.ending in (None, record.ending),
        filters.usage_source in (None, record.usage_source),
        filters.since is None or record.ended_at >= filters.since,
        filters.until is None or record.ended_at < filters.until,
    )
    return all(wanted)


def _key_matches(key: UsageRecord | RollupKey, org_id: OrgId | None, filters: UsageFilters) -> bool:
    wanted = (
        org_id in (None, key.org_id),
        filters.workspace_id in (None, key.workspace_id),
        filters.project_id in (None, key.project_id),
        filters.api_key_id in (None, key.api_key_id),
        filters.user_id in (None, key.user_id),
        filters.app_id in (None, key.app_id),
        filters.model_name in (None, key.model_name),
    )
    return all(wanted)
