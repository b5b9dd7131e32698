"""The rows of files in memory."""

from collections.abc import Sequence
from datetime import datetime

from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.files import FileFilters, FileId, FileState, StorageUse, StoredFile
from deepspace_core.files.stored_file import file_not_found
from deepspace_core.kernel.ids import OrgId, ProjectId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction

FILES = "files"
USE = "storage_use"


class MemoryFiles:
    """The `Files` port."""

    async def add(self, tx: Transaction, file: StoredFile) -> None:
        table_of(tx, FILES)[file.id] = file

    async def get(self, tx: Transaction, org_id: OrgId, file_id: FileId) -> StoredFile:
        file = await self.lock(tx, file_id)
        if file is None or file.org_id != org_id or file.state is not FileState.STORED:
            raise file_not_found()
        return file

    async def lock(self, tx: Transaction, file_id: FileId) -> StoredFile | None:
        file: StoredFile | None = table_of(tx, FILES).get(file_id)
        return file

    async def save(self, tx: Transaction, file: StoredFile) -> None:
        table_of(tx, FILES)[file.id] = file

    async def remove(self, tx: Transaction, file_id: FileId) -> None:
        table_of(tx, FILES).pop(file_id, None)

    async def list(
        self, tx: Transaction, org_id: OrgId, project_id: ProjectId, page: PageRequest, filters: FileFilters
    ) -> Page[StoredFile]:
        found = [
            file
            for file in sorted(_files(tx), key=lambda file: file.id, reverse=True)
            if (file.org_id, file.project_id, file.state) == (org_id, project_id, FileState.STORED)
            and (page.after is None or file.id < page.after)
            and filters.artifacts in {None, file.is_artifact}
            and (filters.text or "").casefold() in file.name.casefold()
        ]
        return page_of(found, [file.id for file in found], limit=page.limit)

    async def leftovers(self, tx: Transaction, *, before: datetime, limit: int) -> Sequence[StoredFile]:
        old = [file for file in _files(tx) if file.state is FileState.UPLOADING and file.created_at < before]
        return sorted(old, key=lambda file: file.id)[:limit]

    async def count_uploading(self, tx: Transaction, org_id: OrgId) -> int:
        return sum((file.org_id, file.state) == (org_id, FileState.UPLOADING) for file in _files(tx))

    async def use_of(self, tx: Transaction, org_id: OrgId) -> StorageUse:
        use: StorageUse = table_of(tx, USE).get(org_id, StorageUse())
        return use

    async def charge(self, tx: Transaction, org_id: OrgId, *, files: int, size_bytes: int) -> StorageUse:
        before = await self.use_of(tx, org_id)
        use = StorageUse(before.files + files, before.size_bytes + size_bytes)
        table_of(tx, USE)[org_id] = use
        return use


def _files(tx: Transaction) -> Sequence[StoredFile]:
    return list(table_of(tx, FILES).values())
