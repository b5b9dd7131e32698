"""Usage records and their roll-ups in PostgreSQL."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TypeAlias, TypeVar, cast
from uuid import UUID

from psycopg.rows import DictRow, dict_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.arrays import columns_of
from deepspace_adapters.postgres.burst import Executes
from deepspace_adapters.postgres.overview import recompute_calls, recompute_requests
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_adapters.postgres.usage_sums import make_sums, summarize
from deepspace_core.kernel.ids import (
    ApiKeyId,
    AppId,
    ModelId,
    OrgId,
    PriceId,
    ProjectId,
    TraceId,
    UsageRecordId,
    UserId,
    WorkspaceId,
    show_id,
)
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.kernel.token_leaves import LEAF_NAMES, TokenLeaves
from deepspace_core.kernel.units import read_units
from deepspace_core.usage import (
    Dimension,
    Ending,
    Period,
    RollupState,
    SummaryRequest,
    Sums,
    UsageFilters,
    UsageRecord,
    UsageRecordNotFound,
    UsageSource,
    UsageSummaryRow,
    summary_page,
)

Values: TypeAlias = dict[str, object]
Id = TypeVar("Id")


@dataclass(frozen=True, slots=True)
class _Statements:
    write_records: sql.Statement
    get_record: sql.Statement
    find_trace: sql.Statement
    list_records: sql.Statement
    totals: sql.Statement
    lock_rollup_state: sql.Statement
    save_rollup_state: sql.Statement
    hours_written_since: sql.Statement
    delete_rollups: sql.Statement
    insert_rollups: sql.Statement


SQL = sql.load(__file__, _Statements)


async def write_usage_records(connection: Executes, records: Sequence[Record]) -> None:
    """Writes usage records in whatever transaction `connection` is in; for the ledger's own commit."""
    rows = list(map(_values, cast(Sequence[UsageRecord], records)))
    await connection.execute(SQL.write_records, columns_of(_COLUMNS, rows, b"%d" % len(rows)))


class PostgresUsage:
    """The `UsageReader` port."""

    async def get_record(self, tx: Transaction, org_id: OrgId, record_id: UsageRecordId) -> UsageRecord:
        rows = await _rows(tx, SQL.get_record, {"org_id": org_id, "id": record_id})
        if not rows:
            raise UsageRecordNotFound(
                f"there is no usage record {show_id('usage_record', record_id)}", param="usage_id"
            )
        return _record(rows[0])

    async def find_trace(self, tx: Transaction, record_id: UsageRecordId) -> TraceId | None:
        rows = await _rows(tx, SQL.find_trace, {"id": record_id})
        return TraceId(rows[0]["trace_id"]) if rows else None

    async def list_records(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: UsageFilters
    ) -> Page[UsageRecord]:
        values = _filter_values(org_id, filters) | {"after": page.after, "limit": page.limit}
        records = [_record(row) for row in await _rows(tx, SQL.list_records, values)]
        return page_of(records, [record.id for record in records], limit=page.limit)

    async def totals(self, tx: Transaction, org_id: OrgId | None, filters: UsageFilters) -> dict[str, Sums]:
        rows = await _rows(tx, SQL.totals, _filter_values(org_id, filters))
        return {row["currency"]: _sums(row) for row in rows}


class PostgresRollups:
    """The `RollupRepository` port."""

    async def lock_state(self, tx: Transaction) -> RollupState:
        (row,) = await _rows(tx, SQL.lock_rollup_state, {})
        return RollupState(rolled_until=row["rolled_until"], seen_until=row["seen_until"])

    async def save_state(self, tx: Transaction, state: RollupState) -> None:
        values = {"rolled_until": state.rolled_until, "seen_until": state.seen_until}
        await connection_of(tx).execute(SQL.save_rollup_state, values)

    async def store_now(self, tx: Transaction) -> datetime:
        (row,) = await _rows(tx, b"SELECT now() AS now", {})
        return cast(datetime, row["now"])

    async def hours_written_since(
        self, tx: Transaction, since: datetime | None, *, before: datetime
    ) -> Sequence[datetime]:
        rows = await _rows(tx, SQL.hours_written_since, {"since": since, "before": before})
        return [row["hour"] for row in rows]

    async def recompute(self, tx: Transaction, *, since: datetime, until: datetime) -> int:
        connection = connection_of(tx)
        await connection.execute(SQL.delete_rollups, {"since": since, "until": until})
        cursor = await connection.execute(SQL.insert_rollups, {"since": since, "until": until})
        await recompute_calls(tx, since=since, until=until)
        return cursor.rowcount

    async def recompute_requests(self, tx: Transaction, *, since: datetime | None, until: datetime) -> None:
        await recompute_requests(tx, since=since, until=until)

    async def make_sums(self, tx: Transaction, days: Sequence[datetime], *, before: datetime) -> None:
        if days:
            await make_sums(tx, days, before=before)

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
        rows = await summarize(tx, org_id, period=period, dimension=dimension, filters=filters, page=page)
        return summary_page(rows, limit=page.limit)


async def _rows(tx: Transaction, statement: sql.Statement, values: Mapping[str, object]) -> list[DictRow]:
    async with connection_of(tx).cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()


def _filter_values(org_id: OrgId | None, filters: UsageFilters) -> Values:
    return {
        "org_id": org_id,
        "workspace_id": filters.workspace_id,
        "project_id": filters.project_id,
        "api_key_id": filters.api_key_id,
        "user_id": filters.user_id,
        "app_id": filters.app_id,
        "model_name": filters.model_name,
        "trace_id": filters.trace_id,
        "ending": filters.ending,
        "usage_source": filters.usage_source,
        "since": filters.since,
        "until": filters.until,
    }


_FIELDS = (
    "id",
    "org_id",
    "workspace_id",
    "project_id",
    "api_key_id",
    "user_id",
    "model_id",
    "model_name",
    "route",
    "stream",
    "cost_picos",
    "cost_nanos",
    "currency",
    "price_id",
    "price_version",
    "usage_source",
    "ending",
    "trace_id",
    "hold_ref",
    "capture_ref",
    "started_at",
    "ended_at",
    "latency_ms",
    "first_token_ms",
    "channel",
    "upstream_model",
    "upstream_request_id",
    "attempts",
    "upstream_cost_picos",
    "upstream_cost_currency",
    "app_id",
)
_COLUMNS = (*_FIELDS, *LEAF_NAMES, "units", "count")
_values_of, _leaves_of = attrgetter(*_FIELDS), attrgetter(*LEAF_NAMES)


def _values(record: UsageRecord) -> tuple[object, ...]:
    """In the order of _COLUMNS, but for the count. Read by names that are looked up in C: a record has two score and
    each call has one."""
    units = json.dumps(record.units.counted()) if record.units else None
    return *_values_of(record), *_leaves_of(record.leaves), units


def _record(row: DictRow) -> UsageRecord:
    return UsageRecord(
        id=UsageRecordId(row["id"]),
        org_id=OrgId(row["org_id"]),
        workspace_id=_maybe(row["workspace_id"], WorkspaceId),
        project_id=_maybe(row["project_id"], ProjectId),
        api_key_id=_maybe(row["api_key_id"], ApiKeyId),
        user_id=_maybe(row["user_id"], UserId),
        model_id=ModelId(row["model_id"]),
        model_name=row["model_name"],
        route=row["route"],
        stream=row["stream"],
        leaves=_leaves(row),
        cost_picos=row["cost_picos"],
        cost_nanos=row["cost_nanos"],
        currency=row["currency"],
        price_id=_maybe(row["price_id"], PriceId),
        price_version=row["price_version"],
        usage_source=UsageSource(row["usage_source"]),
        ending=Ending(row["ending"]),
        trace_id=TraceId(row["trace_id"]),
        hold_ref=row["hold_ref"],
        capture_ref=row["capture_ref"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        latency_ms=row["latency_ms"],
        first_token_ms=row["first_token_ms"],
        channel=row["channel"],
        upstream_model=row["upstream_model"],
        upstream_request_id=row["upstream_request_id"],
        attempts=row["attempts"],
        upstream_cost_picos=row["upstream_cost_picos"],
        upstream_cost_currency=row["upstream_cost_currency"],
        units=read_units(row["units"]),
        app_id=_maybe(row["app_id"], AppId),
    )


def _sums(row: DictRow) -> Sums:
    return Sums(requests=row["requests"], leaves=_leaves(row), cost_nanos=row["cost_nanos"])


def _leaves(row: DictRow) -> TokenLeaves:
    return TokenLeaves(**{name: row[name] for name in LEAF_NAMES})


def _maybe(value: UUID | None, identify: Callable[[UUID], Id]) -> Id | None:
    return None if value is None else identify(value)
