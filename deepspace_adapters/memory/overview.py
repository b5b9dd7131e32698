"""Hourly sums over the whole installation in memory: counted from the records and the logs each time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from deepspace_adapters.memory.audit import REQUESTS
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_adapters.memory.usage import records_of
from deepspace_core.audit import RequestLog
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.overview import (
    CallSums,
    CallTally,
    Latencies,
    LatencyMeasure,
    LatencySums,
    Leader,
    LeaderKind,
    Leaders,
    RequestSums,
    Split,
)
from deepspace_core.usage import Period, UsageRecord, bucket_start, hour_of

VALUE_OF: Mapping[LeaderKind, Callable[[UsageRecord], UUID | str | None]] = {
    LeaderKind.ORGANIZATION: lambda record: record.org_id,
    LeaderKind.MODEL: lambda record: record.model_name,
    LeaderKind.KEY: lambda record: record.api_key_id,
    LeaderKind.USER: lambda record: record.user_id,
}
LABELS = {
    LeaderKind.ORGANIZATION: ("orgs", "name"),
    LeaderKind.KEY: ("api_keys", "name"),
    LeaderKind.USER: ("users", "email"),
}
"""In which table those who lead stand, and which field of theirs people call them by."""


class MemoryOverview:
    """The `OverviewReader` port."""

    async def call_sums(self, tx: Transaction, *, period: Period, split: Split) -> Sequence[CallSums]:
        sums: dict[tuple[datetime, str | None, str], CallTally] = {}
        for record in _ended(tx, period):
            place = (_step(record.ended_at, period), _value(record, split), record.currency)
            sums[place] = sums.get(place, CallTally()) + _tally(record)
        order = sorted(sums, key=lambda place: (place[0], place[1] or "", place[2]))
        return [CallSums(*place, sums[place]) for place in order]

    async def request_sums(self, tx: Transaction, *, period: Period) -> Sequence[RequestSums]:
        counts: dict[tuple[datetime, str, int, str], int] = {}
        logs: Iterable[RequestLog] = table_of(tx, REQUESTS).values()
        for log in logs:
            if period.since <= log.started_at < period.until:
                place = (_step(log.started_at, period), log.channel or "", log.status, log.error_code or "")
                counts[place] = counts.get(place, 0) + 1
        return [
            RequestSums(start, channel, status, code or None, counts[start, channel, status, code])
            for start, channel, status, code in sorted(counts)
        ]

    async def latency_sums(self, tx: Transaction, *, period: Period) -> Sequence[LatencySums]:
        timed: dict[tuple[datetime, LatencyMeasure], list[int]] = {}
        for record in _ended(tx, period):
            step = _step(record.ended_at, period)
            timed.setdefault((step, LatencyMeasure.ANSWER), []).append(record.latency_ms)
            if record.first_token_ms is not None:
                timed.setdefault((step, LatencyMeasure.FIRST_TOKEN), []).append(record.first_token_ms)
        return [LatencySums(*place, Latencies.of(timed[place])) for place in sorted(timed)]

    async def leaders(self, tx: Transaction, *, period: Period, kind: LeaderKind, limit: int) -> Leaders:
        groups: dict[tuple[str, str], list[UsageRecord]] = {}
        for record in _ended(tx, period):
            value = VALUE_OF[kind](record)
            if value is not None:
                groups.setdefault((str(value), record.currency), []).append(record)
        led = [_leader(tx, kind, *place, records) for place, records in groups.items()]
        led.sort(key=lambda one: (-one.price_nanos, one.value, one.currency))
        return Leaders(total=len({value for value, _ in groups}), rows=led[:limit])

    async def spending(
        self, tx: Transaction, *, since: datetime, until: datetime, org_ids: Sequence[OrgId]
    ) -> Mapping[tuple[OrgId, str], Mapping[datetime, int]]:
        spent: dict[tuple[OrgId, str], dict[datetime, int]] = {}
        for record in records_of(tx):
            if record.org_id in org_ids and since <= record.ended_at < until:
                hours = spent.setdefault((record.org_id, record.currency), {})
                hour = hour_of(record.ended_at)
                hours[hour] = hours.get(hour, 0) + record.cost_nanos
        return spent


def _leader(tx: Transaction, kind: LeaderKind, value: str, currency: str, records: Sequence[UsageRecord]) -> Leader:
    orgs = {record.org_id for record in records}
    return Leader(
        value=value,
        label=_label(tx, kind, value),
        org_id=orgs.pop() if len(orgs) == 1 else None,
        currency=currency,
        calls=len(records),
        tokens=sum(record.leaves.input_total + record.leaves.output_total for record in records),
        price_nanos=sum(record.cost_nanos for record in records),
    )


def _label(tx: Transaction, kind: LeaderKind, value: str) -> str | None:
    if kind not in LABELS:
        return None
    table, field = LABELS[kind]
    row: object = table_of(tx, table).get(UUID(value))
    return None if row is None else str(getattr(row, field))


def _ended(tx: Transaction, period: Period) -> list[UsageRecord]:
    return [record for record in records_of(tx) if period.since <= record.ended_at < period.until]


def _step(moment: datetime, period: Period) -> datetime:
    return bucket_start(hour_of(moment), period.bucket, period.zone)


def _value(record: UsageRecord, split: Split) -> str | None:
    match split:
        case Split.NONE:
            return None
        case Split.MODEL:
            return record.model_name
        case Split.CHANNEL:
            return record.channel or ""


def _tally(record: UsageRecord) -> CallTally:
    costed = record.upstream_cost_currency == record.currency
    return CallTally(
        calls=1,
        input_tokens=record.leaves.input_total,
        output_tokens=record.leaves.output_total,
        price_picos=record.cost_picos,
        costed_calls=int(costed),
        costed_price_picos=record.cost_picos if costed else 0,
        cost_picos=(record.upstream_cost_picos or 0) if costed else 0,
        **{record.ending.value: 1},
    )
