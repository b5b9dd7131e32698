"""The contract of stored comparisons, on memory and on PostgreSQL."""

from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.reconciliations import MemoryReconciliations
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.postgres.reconciliations import PostgresReconciliations
from deepspace_core.kernel.ids import ReconciliationId
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.usage import Reconciliation, ReconciliationNotFound, ReconciliationRepository
from tests.fakes import NOON

Stores = tuple[UnitOfWork, ReconciliationRepository]


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        return MemoryUnitOfWork(MemoryDatabase()), MemoryReconciliations()
    return request.getfixturevalue("unit_of_work"), PostgresReconciliations()


def finished(number: int) -> Reconciliation:
    return Reconciliation(
        id=ReconciliationId(UUID(int=number)),
        kind="upstream_log",
        period_start=NOON - timedelta(hours=1),
        period_end=NOON,
        started_at=NOON,
        finished_at=NOON,
        rows_compared=7,
        differences=number,
        report={"in_both": 3, "findings": [{"kind": "only_ours", "ours": {"model": "é"}, "theirs": None}]},
    )


async def test_comparisons_are_kept_as_they_are_and_paged_newest_first(stores: Stores) -> None:
    unit_of_work, store = stores
    async with unit_of_work() as tx:
        for number in (1, 2, 3):
            await store.add_reconciliation(tx, finished(number))
        await tx.commit()
    async with unit_of_work() as tx:
        first = await store.list_reconciliations(tx, PageRequest(limit=2))
        assert list(first.rows) == [finished(3), finished(2)]
        after = UUID(hex=first.next_cursor or "")
        assert list((await store.list_reconciliations(tx, PageRequest(limit=2, after=after))).rows) == [finished(1)]
        assert await store.get_reconciliation(tx, finished(2).id) == finished(2)
        with pytest.raises(ReconciliationNotFound):
            await store.get_reconciliation(tx, ReconciliationId(UUID(int=9)))
