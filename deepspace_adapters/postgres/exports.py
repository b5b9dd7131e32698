"""The rows of exports in PostgreSQL. What is asked for beside kind and format stands in one JSON object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, run
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.exports import Export, ExportFilters, ExportFormat, ExportId, ExportKind, ExportNotFound
from deepspace_core.kernel.ids import OrgId, ProjectId, TraceId, UserId, show_id
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_export: sql.Statement
    get_export: sql.Statement
    lock_export: sql.Statement
    save_export: sql.Statement
    remove_export: sql.Statement
    list_exports: sql.Statement
    list_all_exports: sql.Statement
    count_exports: sql.Statement
    list_expired: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresExports:
    """The `Exports` port."""

    async def add(self, tx: Transaction, export: Export) -> None:
        values = {
            "id": export.id,
            "org_id": export.org_id,
            "job_id": export.job_id,
            "kind": export.kind.value,
            "format": export.format.value,
            "filters": Jsonb(_asked(export)),
            "requested_by": export.requested_by,
            "storage_key": export.storage_key,
            "size_bytes": export.size_bytes,
            "row_count": export.row_count,
            "created_at": export.created_at,
            "expires_at": export.expires_at,
        }
        await run(tx, SQL.add_export, values)

    async def get(self, tx: Transaction, org_id: OrgId, requested_by: str, export_id: ExportId) -> Export:
        values = {"org_id": org_id, "requested_by": requested_by, "id": export_id}
        found = await find_one(tx, _export, SQL.get_export, values)
        if found is None:
            raise ExportNotFound(f"you have no export {show_id('export', export_id)}", param="export_id")
        return found

    async def lock(self, tx: Transaction, export_id: ExportId) -> Export | None:
        return await find_one(tx, _export, SQL.lock_export, {"id": export_id})

    async def save(self, tx: Transaction, export: Export) -> None:
        values = {
            "id": export.id,
            "storage_key": export.storage_key,
            "size_bytes": export.size_bytes,
            "row_count": export.row_count,
        }
        await run(tx, SQL.save_export, values)

    async def remove(self, tx: Transaction, export_id: ExportId) -> None:
        await run(tx, SQL.remove_export, {"id": export_id})

    async def list(self, tx: Transaction, org_id: OrgId, requested_by: str, page: PageRequest) -> Page[Export]:
        values = {"org_id": org_id, "requested_by": requested_by, "after": page.after, "limit": page.limit}
        found = await find_all(tx, _export, SQL.list_exports, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def list_all(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Export]:
        values = {"org_id": org_id, "after": page.after, "limit": page.limit}
        found = await find_all(tx, _export, SQL.list_all_exports, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def count(self, tx: Transaction, org_id: OrgId, requested_by: str) -> int:
        cursor = await connection_of(tx).execute(SQL.count_exports, {"org_id": org_id, "requested_by": requested_by})
        row = await cursor.fetchone()
        return 0 if row is None else int(row[0])

    async def list_expired(self, tx: Transaction, *, now: datetime, limit: int) -> Sequence[Export]:
        return await find_all(tx, _export, SQL.list_expired, {"now": now, "limit": limit})


def _asked(export: Export) -> Mapping[str, object]:
    wanted = export.filters
    return {
        "since": None if wanted.since is None else wanted.since.isoformat(),
        "until": None if wanted.until is None else wanted.until.isoformat(),
        "project_id": None if wanted.project_id is None else wanted.project_id.hex,
        "time_zone": wanted.time_zone,
        "matching": dict(wanted.matching),
        "everybody": wanted.everybody,
        "of_org_id": None if wanted.of_org_id is None else wanted.of_org_id.hex,
        "user_id": export.user_id.hex,
        "trace_id": export.trace_id,
    }


def _export(*, kind: str, format: str, filters: Mapping[str, Any], **columns: Any) -> Export:  # noqa: A002
    since, until, project_id = filters["since"], filters["until"], filters["project_id"]
    of_org_id = filters.get("of_org_id")  # what was asked for before these filters has none of them
    return Export(
        kind=ExportKind(kind),
        format=ExportFormat(format),
        filters=ExportFilters(
            since=None if since is None else datetime.fromisoformat(since),
            until=None if until is None else datetime.fromisoformat(until),
            project_id=None if project_id is None else ProjectId(UUID(hex=project_id)),
            time_zone=filters["time_zone"],
            matching=filters.get("matching", {}),
            everybody=filters.get("everybody", False),
            of_org_id=None if of_org_id is None else OrgId(UUID(hex=of_org_id)),
        ),
        user_id=UserId(UUID(hex=filters["user_id"])),
        trace_id=TraceId(filters["trace_id"]),
        **columns,
    )
