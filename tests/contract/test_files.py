"""The contract of the rows of files, on memory and on PostgreSQL."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.files import MemoryFiles
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.postgres.files import PostgresFiles
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.files import FileFilters, FileId, FileNotFound, Files, FileState, StorageUse, StoredFile, file_key
from deepspace_core.kernel.ids import OrgId, ProjectId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.object_store import StoredObject
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from tests.fakes import NOON, TRACE

ORG, OTHER_ORG = OrgId(UUID(int=1)), OrgId(UUID(int=2))
PROJECT, OTHER_PROJECT = ProjectId(UUID(int=11)), ProjectId(UUID(int=12))
PLACES = ((ORG, PROJECT), (OTHER_ORG, OTHER_PROJECT))


@dataclass(frozen=True)
class Stores:
    """The repository, and where its rows may stand."""

    unit_of_work: UnitOfWork
    files: Files

    async def prepare(self, tx: Transaction) -> None:
        """The organizations and projects that PostgreSQL asks for."""
        if isinstance(self.files, MemoryFiles):
            return
        for org_id, project_id in PLACES:
            connection = connection_of(tx)
            await connection.execute(
                "INSERT INTO orgs (id, name, kind, on_abort, created_at) VALUES (%s, 'o', 'team', 'drain', now())",
                (org_id,),
            )
            await connection.execute(
                "INSERT INTO workspaces (id, org_id, slug, name, is_default, created_at)"
                " VALUES (%s, %s, %s, 'w', true, now())",
                (org_id, org_id, org_id.hex),
            )
            await connection.execute(
                "INSERT INTO projects (id, org_id, workspace_id, name, description, is_default, created_at)"
                " VALUES (%s, %s, %s, 'p', '', true, now())",
                (project_id, org_id, org_id),
            )


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        return Stores(MemoryUnitOfWork(MemoryDatabase()), MemoryFiles())
    return Stores(request.getfixturevalue("unit_of_work"), PostgresFiles())


def _file(number: int, *, name: str = "data.csv", stored: bool = True, **changes: object) -> StoredFile:
    file_id = FileId(UUID(int=number))
    file = StoredFile(
        id=file_id,
        org_id=ORG,
        project_id=PROJECT,
        name=name,
        storage_key=file_key(ORG, file_id),
        created_by="user:1",
        created_at=NOON,
        trace_id=TRACE,
    )
    file = replace(file, **changes)  # type: ignore[arg-type]
    return file.keep(StoredObject(5, bytes(32)), content_type="text/csv") if stored else file


async def _add(stores: Stores, *files: StoredFile) -> None:
    async with stores.unit_of_work() as tx:
        await stores.prepare(tx)
        for file in files:
            await stores.files.add(tx, file)
        await tx.commit()


async def test_a_stored_file_is_found_by_its_own_organization(stores: Stores) -> None:
    await _add(stores, _file(101, made_by="run:7"))
    async with stores.unit_of_work() as tx:
        assert await stores.files.get(tx, ORG, FileId(UUID(int=101))) == _file(101, made_by="run:7")
        with pytest.raises(FileNotFound):
            await stores.files.get(tx, OTHER_ORG, FileId(UUID(int=101)))


async def test_what_is_not_stored_is_found_by_its_lock_only(stores: Stores) -> None:
    uploading, deleted = _file(101, stored=False), _file(102).delete(now=NOON)
    await _add(stores, uploading, deleted)
    async with stores.unit_of_work() as tx:
        for file in (uploading, deleted):
            with pytest.raises(FileNotFound):
                await stores.files.get(tx, ORG, file.id)
            assert await stores.files.lock(tx, file.id) == file
        assert (await stores.files.list(tx, ORG, PROJECT, PageRequest(), FileFilters())).rows == []
        assert await stores.files.lock(tx, FileId(UUID(int=999))) is None


async def test_files_are_listed_newest_first_by_project_name_and_maker(stores: Stores) -> None:
    artifact = _file(103, name="Plot.png", made_by="run:7")
    await _add(
        stores,
        _file(101),
        _file(102, name="notes.md"),
        artifact,
        _file(104, org_id=OTHER_ORG, project_id=OTHER_PROJECT),
    )
    async with stores.unit_of_work() as tx:

        async def ids(page: PageRequest, filters: FileFilters) -> list[int]:
            found = await stores.files.list(tx, ORG, PROJECT, page, filters)
            return [file.id.int for file in found.rows]

        assert await ids(PageRequest(), FileFilters()) == [103, 102, 101]
        assert await ids(PageRequest(limit=1, after=UUID(int=103)), FileFilters()) == [102]
        assert await ids(PageRequest(), FileFilters(artifacts=True)) == [103]
        assert await ids(PageRequest(), FileFilters(artifacts=False)) == [102, 101]
        assert await ids(PageRequest(), FileFilters(text="PLOT")) == [103]
        assert await ids(PageRequest(), FileFilters(text="%")) == []
        first = await stores.files.list(tx, ORG, PROJECT, PageRequest(limit=2), FileFilters())
        assert first.next_cursor == UUID(int=102).hex


async def test_a_change_is_written_and_a_removed_row_is_gone(stores: Stores) -> None:
    await _add(stores, _file(101, stored=False))
    kept = _file(101)
    async with stores.unit_of_work() as tx:
        await stores.files.save(tx, kept)
        assert await stores.files.get(tx, ORG, kept.id) == kept
        await stores.files.save(tx, kept.delete(now=NOON))
        found = await stores.files.lock(tx, kept.id)
        assert found is not None
        assert (found.state, found.deleted_at) == (FileState.DELETED, NOON)
        await stores.files.remove(tx, kept.id)
        assert await stores.files.lock(tx, kept.id) is None


async def test_old_uploads_are_leftovers(stores: Stores) -> None:
    old, young = _file(101, stored=False), _file(102, stored=False, created_at=NOON + timedelta(hours=1))
    await _add(stores, old, young, _file(103))
    async with stores.unit_of_work() as tx:
        assert await stores.files.leftovers(tx, before=NOON + timedelta(minutes=1), limit=9) == [old]
        assert await stores.files.leftovers(tx, before=NOON + timedelta(hours=2), limit=1) == [old]
        assert await stores.files.count_uploading(tx, ORG) == 2
        assert await stores.files.count_uploading(tx, OTHER_ORG) == 0


async def test_use_adds_up_and_goes_down_again(stores: Stores) -> None:
    await _add(stores)
    async with stores.unit_of_work() as tx:
        assert await stores.files.use_of(tx, ORG) == StorageUse()
        assert await stores.files.charge(tx, ORG, files=1, size_bytes=10) == StorageUse(1, 10)
        assert await stores.files.charge(tx, ORG, files=1, size_bytes=5) == StorageUse(2, 15)
        assert await stores.files.charge(tx, ORG, files=-1, size_bytes=-10) == StorageUse(1, 5)
        assert await stores.files.use_of(tx, ORG) == StorageUse(1, 5)
        assert await stores.files.use_of(tx, OTHER_ORG) == StorageUse()


async def test_charges_at_once_are_added_one_after_the_other(stores: Stores) -> None:
    await _add(stores)

    async def charge() -> None:
        async with stores.unit_of_work() as tx:
            await stores.files.charge(tx, ORG, files=1, size_bytes=7)
            await tx.commit()

    await asyncio.gather(*[charge() for _ in range(8)])
    async with stores.unit_of_work() as tx:
        assert await stores.files.use_of(tx, ORG) == StorageUse(8, 56)
