"""Usage by month, day and third of a day: made of the hourly roll-ups, and what a year is answered from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import DictRow, dict_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage import SUMMARY_ROWS_MAX, Bucket, Dimension, Period, UsageFilters, cover


@dataclass(frozen=True, slots=True)
class _Statements:
    delete_sums: sql.Statement
    sum_thirds: sql.Statement
    sum_days: sql.Statement
    sum_months: sql.Statement
    allow_sorting: sql.Statement
    summarize_sums: sql.Statement


SQL = sql.load(__file__, _Statements)


async def make_sums(tx: Transaction, days: Sequence[datetime], *, rolled_until: datetime) -> None:
    """Makes the sums of these days (midnights UTC) anew, and those of their months."""
    values = {
        "days": [*days],
        "months": sorted({day.replace(day=1) for day in days}),
        "rolled_until": rolled_until,
    }
    connection = connection_of(tx)
    for statement in (SQL.delete_sums, SQL.sum_thirds, SQL.sum_days, SQL.sum_months):
        await connection.execute(statement, values)


def one_dimension(dimension: Dimension, filters: UsageFilters, period: Period) -> tuple[Dimension, str | None] | None:
    """The one dimension that a question is about, and the one value of it if it names one.

    None for a question that crosses two dimensions (a project's usage by model), or goes by the hour: only the hourly
    roll-ups know that.
    """
    named = _named(filters)
    if period.bucket is Bucket.HOUR or len(named) > 1:
        return None
    if not named:
        return dimension, None
    ((of, value),) = named.items()
    return (of, value) if dimension in {Dimension.NONE, of} else None


async def summarize_sums(
    tx: Transaction,
    org_id: OrgId | None,
    *,
    period: Period,
    of: Dimension,
    value: str | None,
    shown: bool,
) -> list[DictRow]:
    """Rows of sums by bucket and value of one dimension; the value is None unless it is to be shown."""
    blocks = [*cover(period)]
    values = {
        "org_id": org_id,
        "dimension": of.value,
        "value": value,
        "shown": shown,
        "since": period.since,
        "until": period.until,
        "bucket_starts": [block.bucket_start for block in blocks],
        "spans": [block.span.value for block in blocks],
        "sinces": [block.since for block in blocks],
        "untils": [block.until for block in blocks],
        "limit": SUMMARY_ROWS_MAX,
    }
    connection = connection_of(tx)
    # A year of days by key is some ten megabytes to sort; with the default of four, PostgreSQL does it on the disk.
    await connection.execute(SQL.allow_sorting)
    async with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        await cursor.execute(SQL.summarize_sums, values)
        return await cursor.fetchall()


def _named(filters: UsageFilters) -> Mapping[Dimension, str]:
    """The dimensions that the filters name, and the value of each."""
    given = {
        Dimension.WORKSPACE: filters.workspace_id,
        Dimension.PROJECT: filters.project_id,
        Dimension.KEY: filters.api_key_id,
        Dimension.USER: filters.user_id,
        Dimension.MODEL: filters.model_name,
    }
    return {dimension: str(value) for dimension, value in given.items() if value is not None}
