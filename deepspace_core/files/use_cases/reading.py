"""Looking at files, reading them, and giving out links to them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from deepspace_core.files.errors import FileNotFound, RangeNotSatisfiable
from deepspace_core.files.link import DownloadLink, SealedLink, link_invalid, open_link, seal_link
from deepspace_core.files.ports import FileFilters, FileLimits, Files, StorageUse
from deepspace_core.files.stored_file import FileId, StoredFile, file_not_found
from deepspace_core.identity import Permission, Principal, Projects, told
from deepspace_core.kernel.ids import ProjectId, TraceId, show_id
from deepspace_core.kernel.object_key import ObjectKey
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.secret_box import SecretBox
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

LINK_KIND = "file"


@dataclass(frozen=True, slots=True)
class ByteRange:
    """What a reader wants of a file: from `first` on, up to `last` inclusive; `first` None: the last `last` bytes.

    The shape is that of RFC 9110, section 14.1.2.
    """

    first: int | None = None
    last: int | None = None

    def within(self, size_bytes: int) -> tuple[int, int]:
        """Start and end (exclusive) in a file of that size. Raises RangeNotSatisfiable."""
        if self.first is None:
            start, end = max(0, size_bytes - (self.last or 0)), size_bytes
        else:
            start, end = self.first, size_bytes if self.last is None else min(self.last + 1, size_bytes)
        if start >= end:
            raise RangeNotSatisfiable(
                f"the range lies outside the file, which has {size_bytes} bytes", param="range", size_bytes=size_bytes
            )
        return start, end


class Downloadable(Protocol):
    """What a download tells of its file."""

    @property
    def name(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def sha256(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file and the stretch of its bytes that was asked for; `chunks` reads the store as it is consumed."""

    file: Downloadable
    start: int
    end: int
    chunks: AsyncIterator[bytes]

    @property
    def is_part(self) -> bool:
        """Whether it is less than the whole."""
        return self.end - self.start < self.file.size_bytes


@dataclass(frozen=True, slots=True)
class StorageReport:
    """What an organization has stored, and how much it may; `bytes_max` None: no quota."""

    use: StorageUse
    bytes_max: int | None


@dataclass(frozen=True, slots=True)
class ListFiles:
    """The files of a project, newest first."""

    unit_of_work: UnitOfWork
    projects: Projects
    files: Files

    async def __call__(
        self, *, principal: Principal, project_id: ProjectId, page: PageRequest, filters: FileFilters
    ) -> Page[StoredFile]:
        """Raises PermissionMissing or NotFound (project_id)."""
        principal.require(Permission.READ_FILES)
        principal.require_project(project_id)
        async with self.unit_of_work() as tx:
            await self.projects.get(tx, principal.org_id, project_id)
            return await self.files.list(tx, principal.org_id, project_id, page, filters)


@dataclass(frozen=True, slots=True)
class GetFile:
    """One file's facts."""

    unit_of_work: UnitOfWork
    files: Files

    async def __call__(self, *, principal: Principal, project_id: ProjectId, file_id: FileId) -> StoredFile:
        """Raises PermissionMissing, NotFound or FileNotFound."""
        principal.require(Permission.READ_FILES)
        principal.require_project(project_id)
        async with self.unit_of_work() as tx:
            file = await self.files.get(tx, principal.org_id, file_id)
        if file.project_id != project_id:
            raise file_not_found()
        return file


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's bytes, or some of them."""

    get_file: GetFile
    objects: ObjectStore

    async def __call__(
        self, *, principal: Principal, project_id: ProjectId, file_id: FileId, wanted: ByteRange | None = None
    ) -> FileContent:
        """Raises PermissionMissing, NotFound, FileNotFound, RangeNotSatisfiable."""
        file = await self.get_file(principal=principal, project_id=project_id, file_id=file_id)
        return content_of(self.objects, file.storage_key, file, wanted)


@dataclass(frozen=True, slots=True)
class MakeFileLink:
    """Gives out a link by which anybody can download a file for a while. The trail tells who did."""

    unit_of_work: UnitOfWork
    get_file: GetFile
    box: SecretBox
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self, *, principal: Principal, project_id: ProjectId, file_id: FileId, lifetime: timedelta, trace_id: TraceId
    ) -> SealedLink:
        """`lifetime` as `read_lifetime` bounds it. Raises PermissionMissing, NotFound or FileNotFound."""
        file = await self.get_file(principal=principal, project_id=project_id, file_id=file_id)
        now = self.clock.now()
        link = seal_link(self.box, DownloadLink(LINK_KIND, file.org_id, file.id, now + lifetime))
        async with self.unit_of_work() as tx:
            event = told(
                self.ids,
                now=now,
                event_type="file.link_made",
                org_id=file.org_id,
                actor=principal.actor,
                subject=show_id("file", file.id),
                trace_id=trace_id,
                payload={"expires_at": link.expires_at.isoformat()},
            )
            await self.events.append(tx, event)
            await tx.commit()
        return link


@dataclass(frozen=True, slots=True)
class FollowFileLink:
    """A file's bytes for whoever has a link to it."""

    unit_of_work: UnitOfWork
    files: Files
    objects: ObjectStore
    box: SecretBox
    clock: Clock

    async def __call__(self, *, token: str, wanted: ByteRange | None = None) -> FileContent:
        """Raises LinkInvalid, LinkExpired, RangeNotSatisfiable."""
        link = open_link(self.box, token, now=self.clock.now())
        if link.kind != LINK_KIND:
            raise link_invalid()
        async with self.unit_of_work() as tx:
            try:
                file = await self.files.get(tx, link.org_id, FileId(link.id))
            except FileNotFound as fault:
                raise link_invalid() from fault
        return content_of(self.objects, file.storage_key, file, wanted)


@dataclass(frozen=True, slots=True)
class ReportStorage:
    """How much the caller's organization has stored, and may."""

    unit_of_work: UnitOfWork
    files: Files
    limits: FileLimits

    async def __call__(self, *, principal: Principal) -> StorageReport:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_FILES)
        async with self.unit_of_work() as tx:
            return StorageReport(await self.files.use_of(tx, principal.org_id), self.limits.org_bytes_max)


def content_of(objects: ObjectStore, key: ObjectKey, file: Downloadable, wanted: ByteRange | None) -> FileContent:
    """The stretch that is wanted of what is stored under `key`. Raises RangeNotSatisfiable."""
    start, end = (0, file.size_bytes) if wanted is None else wanted.within(file.size_bytes)
    return FileContent(file, start, end, objects.read(key, start=start, end=end))
