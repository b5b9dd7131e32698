"""The rows of files in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, run
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.files import FileFilters, FileId, FileState, StorageUse, StoredFile
from deepspace_core.files.stored_file import file_not_found
from deepspace_core.kernel.ids import OrgId, ProjectId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_file: sql.Statement
    get_file: sql.Statement
    lock_file: sql.Statement
    save_file: sql.Statement
    remove_file: sql.Statement
    list_files: sql.Statement
    list_leftovers: sql.Statement
    count_uploading: sql.Statement
    find_use: sql.Statement
    charge_use: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresFiles:
    """The `Files` port."""

    async def add(self, tx: Transaction, file: StoredFile) -> None:
        await run(tx, SQL.add_file, asdict(file))

    async def get(self, tx: Transaction, org_id: OrgId, file_id: FileId) -> StoredFile:
        file = await find_one(tx, _file, SQL.get_file, {"org_id": org_id, "id": file_id})
        if file is None:
            raise file_not_found()
        return file

    async def lock(self, tx: Transaction, file_id: FileId) -> StoredFile | None:
        return await find_one(tx, _file, SQL.lock_file, {"id": file_id})

    async def save(self, tx: Transaction, file: StoredFile) -> None:
        await run(tx, SQL.save_file, asdict(file))

    async def remove(self, tx: Transaction, file_id: FileId) -> None:
        await run(tx, SQL.remove_file, {"id": file_id})

    async def list(
        self, tx: Transaction, org_id: OrgId, project_id: ProjectId, page: PageRequest, filters: FileFilters
    ) -> Page[StoredFile]:
        values = {
            "org_id": org_id,
            "project_id": project_id,
            "after": page.after,
            "limit": page.limit,
            "artifacts": filters.artifacts,
            "text": filters.text,
        }
        found = await find_all(tx, _file, SQL.list_files, values)
        return page_of(found, [file.id for file in found], limit=page.limit)

    async def leftovers(self, tx: Transaction, *, before: datetime, limit: int) -> Sequence[StoredFile]:
        return await find_all(tx, _file, SQL.list_leftovers, {"before": before, "limit": limit})

    async def count_uploading(self, tx: Transaction, org_id: OrgId) -> int:
        cursor = await connection_of(tx).execute(SQL.count_uploading, {"org_id": org_id})
        row = await cursor.fetchone()
        return 0 if row is None else int(row[0])

    async def use_of(self, tx: Transaction, org_id: OrgId) -> StorageUse:
        return await find_one(tx, StorageUse, SQL.find_use, {"org_id": org_id}) or StorageUse()

    async def charge(self, tx: Transaction, org_id: OrgId, *, files: int, size_bytes: int) -> StorageUse:
        values = {"org_id": org_id, "files": files, "size_bytes": size_bytes}
        return await find_one(tx, StorageUse, SQL.charge_use, values) or StorageUse()


def _file(*, state: str, **columns: Any) -> StoredFile:
    return StoredFile(state=FileState(state), **columns)
