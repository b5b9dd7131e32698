"""Storing a file: the row first, then the bytes, then the charge; whatever fails takes back what came before it."""

from collections.abc import AsyncIterable
from contextlib import suppress
from dataclasses import dataclass

from deepspace_core.files.content_type import SNIFFED_BYTES, Beginning, content_type_of
from deepspace_core.files.errors import FileTooLarge, StorageFull
from deepspace_core.files.ports import FileLimits, Files, StorageUse
from deepspace_core.files.stored_file import FileId, StoredFile, file_key, read_file_name, read_made_by
from deepspace_core.identity import Permission, Principal, ProjectArchived, Projects, told
from deepspace_core.kernel.errors import ObjectTooLarge, Unavailable
from deepspace_core.kernel.ids import OrgId, ProjectId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.tasks import Tasks
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork

UPLOADS_AT_ONCE_MAX = 32
"""Of one organization: each may take what is left of the quota before the first of them is charged."""


@dataclass(frozen=True, slots=True)
class UploadFile:
    """Streams a file into a project."""

    unit_of_work: UnitOfWork
    projects: Projects
    files: Files
    objects: ObjectStore
    limits: FileLimits
    events: EventLog
    tasks: Tasks
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        project_id: ProjectId,
        name: str,
        chunks: AsyncIterable[bytes],
        trace_id: TraceId,
        declared_type: str | None = None,
        made_by: str | None = None,
    ) -> StoredFile:
        """`declared_type` is the client's word; what the bytes say wins.

        Raises PermissionMissing, NotFound (project_id), ProjectArchived, InvalidInput (name, made_by), FileTooLarge,
        StorageFull, Unavailable, and whatever `chunks` raise.
        """
        principal.require(Permission.WRITE_FILES)
        principal.require_project(project_id)
        file_id = FileId(self.ids.uuid())
        file = StoredFile(
            id=file_id,
            org_id=principal.org_id,
            project_id=project_id,
            name=read_file_name(name),
            storage_key=file_key(principal.org_id, file_id),
            created_by=principal.actor,
            created_at=self.clock.now(),
            trace_id=trace_id,
            made_by=read_made_by(made_by),
        )
        room_bytes = await self._announce(file)
        try:
            return await self._store(file, chunks, room_bytes=room_bytes, declared_type=declared_type)
        except BaseException:
            await self.tasks.shield(self._take_back(file))
            raise

    async def _announce(self, file: StoredFile) -> int:
        """Writes the row of the file to come; how many bytes there is room for."""
        async with self.unit_of_work() as tx:
            project = await self.projects.get(tx, file.org_id, file.project_id)
            if project.archived_at is not None:
                raise ProjectArchived("this project is archived; choose another", param="project_id")
            if await self.files.count_uploading(tx, file.org_id) >= UPLOADS_AT_ONCE_MAX:
                raise StorageFull(f"{UPLOADS_AT_ONCE_MAX} uploads are under way already; let some of them finish")
            room_bytes = self._room(await self.files.use_of(tx, file.org_id))
            await self.files.add(tx, file)
            await tx.commit()
        return room_bytes

    async def _store(
        self, file: StoredFile, chunks: AsyncIterable[bytes], *, room_bytes: int, declared_type: str | None
    ) -> StoredFile:
        beginning = await Beginning.of(chunks)
        try:
            stored = await self.objects.put(file.storage_key, beginning.whole(), bytes_max=room_bytes)
        except ObjectTooLarge as fault:
            raise self._too_large(room_bytes) from fault
        content_type = content_type_of(beginning.head[:SNIFFED_BYTES], declared=declared_type)
        kept = file.keep(stored, content_type=content_type)
        async with self.unit_of_work() as tx:
            await self._charge(tx, file.org_id, size_bytes=kept.size_bytes)
            await self.files.save(tx, kept)
            event = told(
                self.ids,
                now=self.clock.now(),
                event_type="file.stored",
                org_id=kept.org_id,
                actor=kept.created_by,
                subject=show_id("file", kept.id),
                trace_id=kept.trace_id,
                payload={
                    "project_id": show_id("project", kept.project_id),
                    "name": kept.name,
                    "bytes": kept.size_bytes,
                },
            )
            await self.events.append(tx, event)
            await tx.commit()
        return kept

    async def _charge(self, tx: Transaction, org_id: OrgId, *, size_bytes: int) -> None:
        use = await self.files.charge(tx, org_id, files=1, size_bytes=size_bytes)
        if self.limits.org_bytes_max is not None and use.size_bytes > self.limits.org_bytes_max:
            raise _full(self.limits.org_bytes_max)

    def _room(self, use: StorageUse) -> int:
        if self.limits.org_bytes_max is None:
            return self.limits.file_bytes_max
        if use.size_bytes >= self.limits.org_bytes_max:
            raise _full(self.limits.org_bytes_max)
        return min(self.limits.file_bytes_max, self.limits.org_bytes_max - use.size_bytes)

    def _too_large(self, room_bytes: int) -> FileTooLarge | StorageFull:
        if room_bytes < self.limits.file_bytes_max:
            return _full(self.limits.org_bytes_max or room_bytes)
        return FileTooLarge(f"a file may have {room_bytes} bytes at most", bytes_max=room_bytes)

    async def _take_back(self, file: StoredFile) -> None:
        # Where the store or the database is away too, the row stays and SweepUploads does this later.
        with suppress(Unavailable):
            await self.objects.delete(file.storage_key)
            async with self.unit_of_work() as tx:
                await self.files.remove(tx, file.id)
                await tx.commit()


def _full(org_bytes_max: int) -> StorageFull:
    return StorageFull(
        f"this organization may store {org_bytes_max} bytes and has no room for this file; delete some, "
        "or ask an administrator of the installation for more",
        org_bytes_max=org_bytes_max,
    )
