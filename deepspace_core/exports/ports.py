"""What exports need from outside, beside the object store (kernel)."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from deepspace_core.exports.export import Export, ExportId
from deepspace_core.exports.table import Column, Row
from deepspace_core.exports.text_format import Batches
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction


class Exports(Protocol):
    """The rows of exports, each its requester's own."""

    async def add(self, tx: Transaction, export: Export) -> None: ...

    async def get(self, tx: Transaction, org_id: OrgId, requested_by: str, export_id: ExportId) -> Export:
        """Raises ExportNotFound."""
        ...

    async def lock(self, tx: Transaction, export_id: ExportId) -> Export | None:
        """Whosever; for jobs and sealed links, which have the id from us."""
        ...

    async def save(self, tx: Transaction, export: Export) -> None: ...

    async def remove(self, tx: Transaction, export_id: ExportId) -> None: ...

    async def list(self, tx: Transaction, org_id: OrgId, requested_by: str, page: PageRequest) -> Page[Export]:
        """Newest first."""
        ...

    async def list_all(self, tx: Transaction, org_id: OrgId | None, page: PageRequest) -> Page[Export]:
        """Everybody's, or of one organization, newest first; for administrators."""
        ...

    async def count(self, tx: Transaction, org_id: OrgId, requested_by: str) -> int: ...

    async def list_expired(self, tx: Transaction, *, now: datetime, limit: int) -> Sequence[Export]: ...


class ExportRows(Protocol):
    """The rows of an export out of the books, as they were at one moment, in bounded memory."""

    def read(self, export: Export) -> AsyncIterator[Sequence[Row]]:
        """Batch by batch, in the order of time. Of `export.org_read` only, and of conversations only the requester's.

        Rows begin with the organization's id and what operators alone are told where `export.tells_owners`
        (`columns_of`).
        """
        ...


class ParquetEncoder(Protocol):
    """Writes Apache Parquet."""

    def encode(self, columns: Sequence[Column], batches: Batches) -> AsyncIterator[bytes]:
        """The file in pieces. What `batches` raise passes through; no more of them is read than is written."""
        ...
