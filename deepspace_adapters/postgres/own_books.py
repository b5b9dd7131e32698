"""Captures, usage records, roll-ups and sums beside each other, in one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import DictRow, dict_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage import Agreement, Disagreement, DisagreementKind
from deepspace_core.usage.agreement import DISAGREEMENTS_MAX


@dataclass(frozen=True, slots=True)
class _Statements:
    count_records: sql.Statement
    captures_without_usage: sql.Statement
    usage_beside_captures: sql.Statement
    rollups_beside_usage: sql.Statement
    sums_beside_rollups: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresOwnBooks:
    """The `OwnBooks` port."""

    async def compare(self, tx: Transaction, *, since: datetime, until: datetime) -> Agreement:
        connection = connection_of(tx)
        # One snapshot for all of it: what is captured and rolled up meanwhile would look like a difference.
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        values = {"since": since, "until": until, "limit": DISAGREEMENTS_MAX}

        async def rows(statement: sql.Statement) -> Sequence[DictRow]:
            async with connection.cursor(row_factory=dict_row) as cursor:
                return await (await cursor.execute(statement, values)).fetchall()

        (counted,) = await rows(SQL.count_records)
        found = [_lonely_capture(row) for row in await rows(SQL.captures_without_usage)]
        found += [_usage(row) for row in await rows(SQL.usage_beside_captures)]
        found += [_rollup(row) for row in await rows(SQL.rollups_beside_usage)]
        found += [_sum(row) for row in await rows(SQL.sums_beside_rollups)]
        return Agreement(counted["records"], found)


def _lonely_capture(row: DictRow) -> Disagreement:
    about = {"org_id": show_id("org", row["org_id"]), "capture_ref": row["ref"], "trace_id": row["trace_id"]}
    return Disagreement(DisagreementKind.CAPTURE_WITHOUT_USAGE, about, str(row["amount_nanos"]), None)


def _usage(row: DictRow) -> Disagreement:
    about = {
        "org_id": show_id("org", row["org_id"]),
        "usage_id": show_id("usage_record", row["id"]),
        "capture_ref": row["capture_ref"],
        "trace_id": row["trace_id"],
    }
    here, there = str(row["cost_nanos"]), row["amount_nanos"]
    if there is None:
        return Disagreement(DisagreementKind.USAGE_WITHOUT_CAPTURE, about, here, None)
    return Disagreement(DisagreementKind.AMOUNT_DIFFERS, about, here, str(there))


def _rollup(row: DictRow) -> Disagreement:
    about = {"org_id": show_id("org", row["org_id"]), "hour": row["hour"].isoformat()}
    return Disagreement(DisagreementKind.ROLLUP_DIFFERS, about, row["here"], row["there"])


def _sum(row: DictRow) -> Disagreement:
    about = {
        "org_id": show_id("org", row["org_id"]),
        "day": row["day"].isoformat(),
        "dimension": row["dimension"],
        "span": row["span"],
    }
    return Disagreement(DisagreementKind.SUM_DIFFERS, about, row["here"], row["there"])
