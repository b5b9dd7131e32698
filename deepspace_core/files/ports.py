"""What files need from outside, beside the object store (kernel)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from deepspace_core.files.stored_file import FileId, StoredFile
from deepspace_core.kernel.ids import OrgId, ProjectId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What a deployment allows. `org_bytes_max` None: no quota."""

    file_bytes_max: int = 512 * 1024 * 1024
    org_bytes_max: int | None = 10 * 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StorageUse:
    """What an organization has stored."""

    files: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FileFilters:
    """Which files; None does not filter. `text` is searched in names, letters' case aside."""

    artifacts: bool | None = None
    text: str | None = None


class Files(Protocol):
    """The rows of files. What is not `stored` is found by `lock` and `leftovers` only."""

    async def add(self, tx: Transaction, file: StoredFile) -> None: ...

    async def get(self, tx: Transaction, org_id: OrgId, file_id: FileId) -> StoredFile:
        """Raises FileNotFound."""
        ...

    async def lock(self, tx: Transaction, file_id: FileId) -> StoredFile | None:
        """In any state, whosever; for uploads and upkeep, which have the id from a row or a job."""
        ...

    async def save(self, tx: Transaction, file: StoredFile) -> None:
        """Writes what a transition changes. The file was locked in `tx`."""
        ...

    async def remove(self, tx: Transaction, file_id: FileId) -> None: ...

    async def list(
        self, tx: Transaction, org_id: OrgId, project_id: ProjectId, page: PageRequest, filters: FileFilters
    ) -> Page[StoredFile]:
        """Newest first."""
        ...

    async def leftovers(self, tx: Transaction, *, before: datetime, limit: int) -> Sequence[StoredFile]:
        """Uploads that began before then and never ended."""
        ...

    async def count_uploading(self, tx: Transaction, org_id: OrgId) -> int: ...

    async def use_of(self, tx: Transaction, org_id: OrgId) -> StorageUse: ...

    async def charge(self, tx: Transaction, org_id: OrgId, *, files: int, size_bytes: int) -> StorageUse:
        """Adds to the organization's use (negative: takes away), one transaction after the other; the new use."""
        ...
