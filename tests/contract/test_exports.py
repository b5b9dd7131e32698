"""The contract of the rows of exports, on memory and on PostgreSQL."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.exports import MemoryExports
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.postgres.exports import PostgresExports
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.exports import Export, ExportFilters, ExportId, ExportNotFound, Exports
from deepspace_core.kernel.ids import OrgId, ProjectId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from tests.core.exports.test_writing import EXPORT
from tests.fakes import NOON

ORG, OTHER_ORG = EXPORT.org_id, OrgId(UUID(int=9))


@dataclass(frozen=True)
class Stores:
    unit_of_work: UnitOfWork
    exports: Exports


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        return Stores(MemoryUnitOfWork(MemoryDatabase()), MemoryExports())
    return Stores(request.getfixturevalue("unit_of_work"), PostgresExports())


def _export(number: int, **changes: object) -> Export:
    return replace(EXPORT, id=ExportId(UUID(int=number)), **changes)  # type: ignore[arg-type]


async def _add(stores: Stores, *exports: Export) -> None:
    async with stores.unit_of_work() as tx:
        if not isinstance(stores.exports, MemoryExports):
            for org_id in (ORG, OTHER_ORG):
                await connection_of(tx).execute(
                    "INSERT INTO orgs (id, name, kind, on_abort, created_at) VALUES (%s, 'o', 'team', 'drain', now())",
                    (org_id,),
                )
        for export in exports:
            await stores.exports.add(tx, export)
        await tx.commit()


async def test_an_export_is_its_requesters_alone(stores: Stores) -> None:
    filters = ExportFilters(NOON - timedelta(days=1), NOON, ProjectId(UUID(int=7)), "Asia/Shanghai")
    whole = _export(101, filters=filters)
    await _add(stores, whole, _export(102))
    async with stores.unit_of_work() as tx:
        assert await stores.exports.get(tx, ORG, EXPORT.requested_by, whole.id) == whole
        for org_id, who in ((OTHER_ORG, EXPORT.requested_by), (ORG, "user:4")):
            with pytest.raises(ExportNotFound):
                await stores.exports.get(tx, org_id, who, whole.id)
            assert (await stores.exports.list(tx, org_id, who, PageRequest())).rows == []
            assert await stores.exports.count(tx, org_id, who) == 0
        assert await stores.exports.lock(tx, whole.id) == whole
        assert await stores.exports.count(tx, ORG, EXPORT.requested_by) == 2


async def test_exports_are_listed_newest_first(stores: Stores) -> None:
    await _add(stores, _export(101), _export(102), _export(103))
    async with stores.unit_of_work() as tx:
        first = await stores.exports.list(tx, ORG, EXPORT.requested_by, PageRequest(limit=2))
        assert [one.id.int for one in first.rows] == [103, 102]
        rest = await stores.exports.list(tx, ORG, EXPORT.requested_by, PageRequest(after=UUID(int=102)))
        assert [one.id.int for one in rest.rows] == [101]


async def test_what_was_written_is_saved_and_what_is_removed_is_gone(stores: Stores) -> None:
    await _add(stores, _export(101))
    written = _export(101).written(size_bytes=10, row_count=2)
    async with stores.unit_of_work() as tx:
        await stores.exports.save(tx, written)
        assert await stores.exports.lock(tx, written.id) == written
        await stores.exports.remove(tx, written.id)
        assert await stores.exports.lock(tx, written.id) is None


async def test_those_whose_time_is_over_are_found(stores: Stores) -> None:
    await _add(stores, _export(101), _export(102, expires_at=NOON))
    async with stores.unit_of_work() as tx:
        assert [one.id.int for one in await stores.exports.list_expired(tx, now=NOON, limit=9)] == [102]
        assert await stores.exports.list_expired(tx, now=NOON - timedelta(seconds=1), limit=9) == []
