"""Usage by month, day and third of a day: made of the hourly roll-ups, and what a year is answered from.

Sums are kept by one dimension and by each pair of them, so that a project's usage by model is as cheap as a model's,
and by all dimensions at once for what crosses more (a project's usage of a model by user). Months are kept by one
dimension only: a year of days is few rows for a pair, and the months of all pairs would be most of what a run writes.
What goes by the hour is answered from the roll-ups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import tuple_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.arrays import array_of
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.usage import (
    Bucket,
    Cut,
    Dimension,
    Period,
    Span,
    SummaryRequest,
    Sums,
    UsageFilters,
    UsageSummaryRow,
    buckets,
    cover,
)

BUCKETS_FIRST = 16
"""How many buckets are read at first; how many rows they have tells how many more a page takes."""
CROSSED_SPANS = (Span.DAY, Span.THIRD)
PAIR = 2
ALL = "all"
DIMENSIONS = [dimension for dimension in Dimension if dimension is not Dimension.NONE]


@dataclass(frozen=True, slots=True)
class _Statements:
    delete_sums: sql.Statement
    sum_thirds: sql.Statement
    sum_days: sql.Statement
    sum_months: sql.Statement
    delete_full_sums: sql.Statement
    full_sum_thirds: sql.Statement
    full_sum_days: sql.Statement
    allow_sorting: sql.Statement
    plan_for_these_values: sql.Statement
    summarize: sql.Statement


SQL = sql.load(__file__, _Statements)


async def make_sums(tx: Transaction, days: Sequence[datetime], *, before: datetime) -> None:
    """Makes the sums of these days (midnights UTC) anew, and those of their months."""
    values = {
        "days": [*days],
        "months": sorted({day.replace(day=1) for day in days}),
        "before": before,
    }
    connection = connection_of(tx)
    by_pairs = (SQL.delete_sums, SQL.sum_thirds, SQL.sum_days, SQL.sum_months)
    by_all = (SQL.delete_full_sums, SQL.full_sum_thirds, SQL.full_sum_days)
    for statement in by_pairs + by_all:
        await connection.execute(statement, values)


@dataclass(frozen=True, slots=True)
class Split:
    """Which sums answer a question: of one dimension or a pair, narrowed to the values that are named, and which of
    the two is shown; or of all dimensions, where columns tell. Without `spans`, hours are read from the roll-ups."""

    dimension: str
    value: str | None = None
    other: str | None = None
    shown: str | None = None
    spans: Sequence[Span] = ()


def split_of(dimension: Dimension, filters: UsageFilters, period: Period) -> Split:
    """The sums that know the answer, if any do."""
    named = _named(filters)
    asked = [one for one in DIMENSIONS if one in named or one is dimension]
    if period.bucket is Bucket.HOUR:
        return Split(ALL)
    if len(asked) > PAIR:
        return Split(ALL, spans=CROSSED_SPANS)
    names: dict[Dimension, str] = dict(zip(asked, ("value", "other"), strict=False))
    return Split(
        dimension="+".join(asked) or Dimension.NONE.value,
        shown=names.get(dimension),
        spans=CROSSED_SPANS if len(asked) == PAIR else tuple(Span),
        **{names[one]: value for one, value in named.items()},
    )


async def summarize(
    tx: Transaction,
    org_id: OrgId | None,
    *,
    period: Period,
    dimension: Dimension,
    filters: UsageFilters,
    page: SummaryRequest,
) -> list[UsageSummaryRow]:
    """Up to `page.limit + 1` rows."""
    split = split_of(dimension, filters, period)
    after = page.after
    values: dict[str, object] = {
        "org_id": org_id,
        "workspace_id": filters.workspace_id,
        "project_id": filters.project_id,
        "api_key_id": filters.api_key_id,
        "user_id": filters.user_id,
        "app_id": filters.app_id,
        "model_name": filters.model_name,
        "dimension": split.dimension,
        "value": split.value,
        "other": split.other,
        "shown": split.shown,
        "shown_dimension": dimension.value,
        "after_bucket": after and after.bucket_start,
        "after_value": after and after.value,
        "after_currency": after and after.currency,
    }
    connection = connection_of(tx)
    # A year of days by key is some ten megabytes to sort; with the default of four, PostgreSQL does it on the disk.
    await connection.execute(SQL.allow_sorting)
    await connection.execute(SQL.plan_for_these_values)
    found: list[UsageSummaryRow] = []
    cuts = [cut for cut in buckets(period) if after is None or cut.bucket_start >= after.bucket_start]
    begun, size = 0, BUCKETS_FIRST
    async with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        while begun < len(cuts) and len(found) <= page.limit:
            run = cuts[begun : begun + size]
            left = {"limit": page.limit - len(found)}
            await cursor.execute(SQL.summarize, values | _values(run, split.spans) | left)
            found += [_row(*row) for row in await cursor.fetchall()]
            begun += len(run)
            size = _buckets_for(page.limit + 1 - len(found), read=begun, rows=len(found))
    return found


def _buckets_for(wanted: int, *, read: int, rows: int) -> int:
    """How many buckets hold the rows that a page still wants, as those that were read tell, and an eighth more.

    What is beyond the page need not be read, and every run has a price of its own.
    """
    return max(BUCKETS_FIRST, -(-wanted * read * 9 // (8 * max(rows, 1))))


def _values(cuts: Sequence[Cut], spans: Sequence[Span]) -> dict[str, object]:
    """A run of buckets, and the blocks they are made of."""
    blocks = [*cover(cuts, spans=spans)]
    sums = [block for block in blocks if block.span is not Span.HOUR]
    runs = [block for block in blocks if block.span is Span.HOUR]
    stretches = sorted({(run.since, run.until) for run in runs})
    columns: dict[str, Sequence[object]] = {
        "buckets": [cut.bucket_start for cut in cuts],
        "bucket_sinces": [cut.since for cut in cuts],
        "bucket_untils": [cut.until for cut in cuts],
        "sum_buckets": [block.bucket_start for block in sums],
        "sum_spans": [block.span.value for block in sums],
        "sum_sinces": [block.since for block in sums],
        "run_buckets": [run.bucket_start for run in runs],
        "run_sinces": [run.since for run in runs],
        "run_untils": [run.until for run in runs],
        "run_signs": [run.sign for run in runs],
        "stretch_sinces": [since for since, _ in stretches],
        "stretch_untils": [until for _, until in stretches],
    }
    # A year of days in New York is some four thousand values: psycopg's own lists took a third of the whole answer.
    literals = {name: array_of(values) for name, values in columns.items()}
    return {"since": cuts[0].since, "until": cuts[-1].until, **literals}


def _row(bucket_start: datetime, value: str | None, currency: str, requests: int, *counts: int) -> UsageSummaryRow:
    *leaves, cost_nanos = counts
    return UsageSummaryRow(bucket_start, value, currency, Sums(requests, TokenLeaves(*leaves), cost_nanos))


def _named(filters: UsageFilters) -> Mapping[Dimension, str]:
    """The dimensions that the filters name, and the value of each."""
    given = {
        Dimension.WORKSPACE: filters.workspace_id,
        Dimension.PROJECT: filters.project_id,
        Dimension.KEY: filters.api_key_id,
        Dimension.USER: filters.user_id,
        Dimension.MODEL: filters.model_name,
        Dimension.APP: filters.app_id,
    }
    return {dimension: str(value) for dimension, value in given.items() if value is not None}
