"""Erasing: what a dead upload left, and what a deleted file still holds."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.files import MemoryFiles
from deepspace_adapters.memory.objects import MemoryObjects
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_core.files import FileId, FileNotFound, FileState, StoredFile, file_key
from deepspace_core.files.stored_file import TRANSITIONS, FileStep
from deepspace_core.files.use_cases import EraseFile, SweepUploads
from deepspace_core.kernel.ids import OrgId, ProjectId
from deepspace_core.kernel.ports.object_store import StoredObject
from tests.fakes import NOON, TRACE, FixedClock

ORG = OrgId(UUID(int=1))


@dataclass
class Place:
    """A database, a store and a clock."""

    unit_of_work: MemoryUnitOfWork = field(default_factory=lambda: MemoryUnitOfWork(MemoryDatabase()))
    files: MemoryFiles = field(default_factory=MemoryFiles)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    clock: FixedClock = field(default_factory=FixedClock)

    @property
    def erase(self) -> EraseFile:
        return EraseFile(self.unit_of_work, self.files, self.objects)

    @property
    def sweep(self) -> SweepUploads:
        return SweepUploads(self.unit_of_work, self.files, self.erase, self.clock)

    async def hold(self, file: StoredFile) -> StoredFile:
        """A row and bytes of its own."""

        async def content() -> AsyncIterator[bytes]:
            yield b"bytes"

        await self.objects.put(file.storage_key, content(), bytes_max=9)
        async with self.unit_of_work() as tx:
            await self.files.add(tx, file)
            await tx.commit()
        return file

    async def states(self) -> list[FileState]:
        async with self.unit_of_work() as tx:
            found = [await self.files.lock(tx, FileId(UUID(int=number))) for number in (1, 2)]
        return [file.state for file in found if file is not None]


def _uploading(number: int = 1) -> StoredFile:
    file_id = FileId(UUID(int=number))
    return StoredFile(
        id=file_id,
        org_id=ORG,
        project_id=ProjectId(UUID(int=5)),
        name="a",
        storage_key=file_key(ORG, file_id),
        created_by="user:1",
        created_at=NOON,
        trace_id=TRACE,
    )


async def test_a_deleted_file_is_erased_and_erasing_again_does_no_harm() -> None:
    place = Place()
    kept = _uploading().keep(StoredObject(5, bytes(32)), content_type="text/plain")
    file = await place.hold(kept.delete(now=NOON))
    assert await place.erase(file_id=file.id) is True
    assert (place.objects.objects, await place.states()) == ({}, [])
    assert await place.erase(file_id=file.id) is False


async def test_a_file_that_is_in_use_is_not_erased() -> None:
    place = Place()
    file = await place.hold(_uploading().keep(StoredObject(5, bytes(32)), content_type="text/plain"))
    assert await place.erase(file_id=file.id) is False
    assert await place.states() == [FileState.STORED]
    assert len(place.objects.objects) == 1


async def test_a_dead_upload_is_swept_and_a_running_one_is_not() -> None:
    place = Place()
    await place.hold(_uploading(1))
    await place.hold(replace(_uploading(2), created_at=NOON + timedelta(hours=11)))
    place.clock.advance(timedelta(hours=13))
    assert await place.sweep() == 1
    assert await place.states() == [FileState.UPLOADING]
    assert [*place.objects.objects] == [file_key(ORG, FileId(UUID(int=2)))]


@pytest.mark.parametrize("state", FileState)
@pytest.mark.parametrize("step", FileStep)
def test_a_step_that_is_not_in_the_table_is_refused(state: FileState, step: FileStep) -> None:
    file = replace(_uploading(), state=state)
    steps = {
        FileStep.KEEP: lambda: file.keep(StoredObject(5, bytes(32)), content_type="text/plain"),
        FileStep.ABANDON: lambda: file.abandon(now=NOON),
        FileStep.DELETE: lambda: file.delete(now=NOON),
    }
    if (state, step) in TRANSITIONS:
        assert steps[step]().state is TRANSITIONS[state, step]
    else:
        with pytest.raises(FileNotFound):
            steps[step]()
