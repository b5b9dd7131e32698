"""Deleting files, and erasing what nobody can reach any more."""

from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.files.ports import Files
from deepspace_core.files.stored_file import FileId, FileState, file_not_found
from deepspace_core.identity import Permission, Principal, told
from deepspace_core.kernel.ids import ProjectId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.job_queue import JobQueue
from deepspace_core.kernel.ports.object_store import ObjectStore
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork

ERASE_JOB = "files.erase"
UPLOAD_AGE_MAX = timedelta(hours=12)
"""An upload that is older has died with its process: no connection lasts as long."""
SWEEP_MAX = 1_000


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """Puts a file out of sight and gives its room back; its bytes are erased by a job within minutes."""

    unit_of_work: UnitOfWork
    files: Files
    events: EventLog
    queue: JobQueue
    clock: Clock
    ids: IdSource

    async def __call__(
        self, *, principal: Principal, project_id: ProjectId, file_id: FileId, trace_id: TraceId
    ) -> None:
        """Raises PermissionMissing, NotFound or FileNotFound."""
        principal.require(Permission.WRITE_FILES)
        principal.require_project(project_id)
        async with self.unit_of_work() as tx:
            file = await self.files.lock(tx, file_id)
            if file is None or (file.org_id, file.project_id) != (principal.org_id, project_id):
                raise file_not_found()
            now = self.clock.now()
            deleted = file.delete(now=now)
            await self.files.save(tx, deleted)
            await self.files.charge(tx, file.org_id, files=-1, size_bytes=-file.size_bytes)
            await self.queue.enqueue(tx, name=ERASE_JOB, payload={"file_id": file.id.hex}, trace_id=trace_id)
            event = told(
                self.ids,
                now=now,
                event_type="file.deleted",
                org_id=file.org_id,
                actor=principal.actor,
                subject=show_id("file", file.id),
                trace_id=trace_id,
                payload={"name": file.name, "bytes": file.size_bytes},
            )
            await self.events.append(tx, event)
            await tx.commit()


@dataclass(frozen=True, slots=True)
class EraseFile:
    """The worker's job: erases the bytes of a deleted file, then its row. Doing so twice does no harm."""

    unit_of_work: UnitOfWork
    files: Files
    objects: ObjectStore

    async def __call__(self, *, file_id: FileId) -> bool:
        """Whether there was anything to erase. Raises Unavailable."""
        async with self.unit_of_work() as tx:
            file = await self.files.lock(tx, file_id)
        if file is None or file.state is not FileState.DELETED:
            return False
        await self.objects.delete(file.storage_key)
        async with self.unit_of_work() as tx:
            await self.files.remove(tx, file_id)
            await tx.commit()
        return True


@dataclass(frozen=True, slots=True)
class SweepUploads:
    """The worker's job: gives up uploads whose process died in the middle, and erases what they left."""

    unit_of_work: UnitOfWork
    files: Files
    erase_file: EraseFile
    clock: Clock

    async def __call__(self) -> int:
        """How many; SWEEP_MAX at most, the rest is the next run's."""
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            found = await self.files.leftovers(tx, before=now - UPLOAD_AGE_MAX, limit=SWEEP_MAX)
        return sum([await self._give_up(file.id) for file in found])

    async def _give_up(self, file_id: FileId) -> bool:
        async with self.unit_of_work() as tx:
            file = await self.files.lock(tx, file_id)
            if file is None or file.state is not FileState.UPLOADING:
                return False
            await self.files.save(tx, file.abandon(now=self.clock.now()))
            await tx.commit()
        return await self.erase_file(file_id=file_id)
