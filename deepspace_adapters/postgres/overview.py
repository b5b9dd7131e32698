"""Hourly sums over the whole installation in PostgreSQL: making them, and reading them for overviews."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import DictRow, dict_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.overview import (
    EDGES,
    TALLY_NAMES,
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
from deepspace_core.usage import SUMMARY_ROWS_MAX, Dimension, Period, buckets, cover


@dataclass(frozen=True, slots=True)
class _Statements:
    delete_calls: sql.Statement
    insert_calls: sql.Statement
    delete_latencies: sql.Statement
    insert_latencies: sql.Statement
    delete_requests: sql.Statement
    insert_requests: sql.Statement
    call_sums: sql.Statement
    request_sums: sql.Statement
    latency_sums: sql.Statement
    leaders: sql.Statement
    spending: sql.Statement


SQL = sql.load(__file__, _Statements)
DIMENSION_OF = {
    LeaderKind.ORGANIZATION: Dimension.NONE,
    LeaderKind.MODEL: Dimension.MODEL,
    LeaderKind.KEY: Dimension.KEY,
    LeaderKind.USER: Dimension.USER,
}
"""By which dimension of the sums those who lead are found; sums without a dimension are an organization's."""


async def recompute_calls(tx: Transaction, *, since: datetime, until: datetime) -> None:
    """Makes the sums of calls and the counts of latencies of the hours in [since, until) anew, of their records."""
    values = {"since": since, "until": until, "edges": [*EDGES]}
    for statement in (SQL.delete_calls, SQL.insert_calls, SQL.delete_latencies, SQL.insert_latencies):
        await connection_of(tx).execute(statement, values)


async def recompute_requests(tx: Transaction, *, since: datetime | None, until: datetime) -> None:
    """Counts the requests of the hours in [since, until) anew, of their logs."""
    for statement in (SQL.delete_requests, SQL.insert_requests):
        await connection_of(tx).execute(statement, {"since": since, "until": until})


class PostgresOverview:
    """The `OverviewReader` port."""

    async def call_sums(self, tx: Transaction, *, period: Period, split: Split) -> Sequence[CallSums]:
        rows = await _rows(tx, SQL.call_sums, _period_values(period) | {"split": split.value})
        return [
            CallSums(
                bucket_start=row["bucket_start"],
                value=row["value"],
                currency=row["currency"],
                tally=CallTally(**{name: int(row[name]) for name in TALLY_NAMES}),
            )
            for row in rows
        ]

    async def request_sums(self, tx: Transaction, *, period: Period) -> Sequence[RequestSums]:
        return [
            RequestSums(
                bucket_start=row["bucket_start"],
                channel=row["channel"],
                status=row["status"],
                error_code=row["error_code"] or None,
                requests=row["requests"],
            )
            for row in await _rows(tx, SQL.request_sums, _period_values(period))
        ]

    async def latency_sums(self, tx: Transaction, *, period: Period) -> Sequence[LatencySums]:
        rows = await _rows(tx, SQL.latency_sums, _period_values(period) | {"edges": [*EDGES]})
        return [
            LatencySums(
                bucket_start=row["bucket_start"],
                measure=LatencyMeasure(row["measure"]),
                latencies=Latencies(dict(zip(row["steps"], row["counts"], strict=True))),
            )
            for row in rows
        ]

    async def leaders(self, tx: Transaction, *, period: Period, kind: LeaderKind, limit: int) -> Leaders:
        blocks = [*cover(buckets(period))]
        values = {
            "dimension": DIMENSION_OF[kind].value,
            "since": period.since,
            "until": period.until,
            "spans": [block.span.value for block in blocks],
            "sinces": [block.since for block in blocks],
            "untils": [block.until for block in blocks],
            "signs": [block.sign for block in blocks],
            "limit": limit,
        }
        rows = await _rows(tx, SQL.leaders, values)
        return Leaders(total=rows[0]["total"] if rows else 0, rows=[_leader(row) for row in rows])

    async def spending(
        self, tx: Transaction, *, since: datetime, until: datetime, org_ids: Sequence[OrgId]
    ) -> Mapping[tuple[OrgId, str], Mapping[datetime, int]]:
        values = {"since": since, "until": until, "org_ids": [*org_ids], "limit": SUMMARY_ROWS_MAX}
        spent: dict[tuple[OrgId, str], dict[datetime, int]] = {}
        for row in await _rows(tx, SQL.spending, values):
            spent.setdefault((OrgId(row["org_id"]), row["currency"]), {})[row["hour"]] = row["cost_nanos"]
        return spent


def _leader(row: DictRow) -> Leader:
    return Leader(
        value=row["value"],
        label=row["label"],
        org_id=None if row["org_id"] is None else OrgId(row["org_id"]),
        currency=row["currency"],
        calls=row["calls"],
        tokens=row["tokens"],
        price_nanos=row["price_nanos"],
    )


def _period_values(period: Period) -> dict[str, object]:
    return {
        "since": period.since,
        "until": period.until,
        "bucket": period.bucket.value,
        "time_zone": period.time_zone,
        "limit": SUMMARY_ROWS_MAX,
    }


async def _rows(tx: Transaction, statement: sql.Statement, values: Mapping[str, object]) -> list[DictRow]:
    async with connection_of(tx).cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()
