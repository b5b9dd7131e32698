"""The contract of what estimates of outputs are learned from, on memory and on PostgreSQL, and learning from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from deepspace_adapters.memory.output_history import MemoryOutputHistory
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork
from deepspace_adapters.memory.usage import MemoryUsageWriter
from deepspace_adapters.postgres.output_history import PostgresOutputHistory
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork, connection_of
from deepspace_adapters.postgres.usage import write_usage_records
from deepspace_adapters.system import SystemClock
from deepspace_core.kernel.ids import ApiKeyId, ModelId, UsageRecordId
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.kernel.token_leaves import TokenLeaves
from deepspace_core.pipeline import OutputEstimates
from deepspace_core.pipeline.outputs import EDGES
from deepspace_core.pipeline.use_cases import LearnOutputs
from deepspace_core.usage import Ending, OutputCount, OutputHistory, UsageRecord, UsageSource
from tests.core.metering_values import KEY, MODEL, USED

OTHER_KEY = ApiKeyId(UUID(int=0xDD))
OTHER_MODEL = ModelId(UUID(int=0xFF))
CLOCK = SystemClock()


@dataclass(frozen=True)
class Store:
    """One adapter."""

    unit_of_work: UnitOfWork
    history: OutputHistory

    async def write(self, *records: UsageRecord) -> None:
        async with self.unit_of_work() as tx:
            if isinstance(self.history, MemoryOutputHistory):
                await MemoryUsageWriter(CLOCK)(tx, records)
            else:
                await write_usage_records(connection_of(tx), records)
            await tx.commit()

    async def counts(self, *, minutes: int = 60, limit: int = 1_000) -> Sequence[OutputCount]:
        async with self.unit_of_work() as tx:
            since = await self.history.store_now(tx) - timedelta(minutes=minutes)
            found = await self.history.count_outputs(tx, since=since, edges=EDGES, limit=limit)
        return sorted(found, key=lambda one: (one.bucket, str(one.api_key_id), one.model_id))


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return Store(MemoryUnitOfWork(MemoryDatabase()), MemoryOutputHistory(CLOCK))
    unit_of_work: PostgresUnitOfWork = request.getfixturevalue("unit_of_work")
    return Store(unit_of_work, PostgresOutputHistory())


def _used(number: int, written: int, **changes: object) -> UsageRecord:
    unique = {"id": UsageRecordId(UUID(int=number)), "capture_ref": f"capture:{number}", "ended_at": CLOCK.now()}
    leaves = TokenLeaves(input_uncached=5, output_text=written // 2, output_reasoning=written - written // 2)
    return replace(USED, leaves=leaves, **({"api_key_id": KEY} | unique | changes))  # type: ignore[arg-type]


async def test_calls_are_counted_by_model_key_and_bucket_of_all_they_wrote(store: Store) -> None:
    await store.write(
        _used(1, 1),
        _used(2, 8),
        _used(3, 9),
        _used(4, 10),
        _used(5, 10, api_key_id=None),
        _used(6, 10, model_id=OTHER_MODEL),
        _used(7, EDGES[-1] * 2),
    )
    found = {(one.model_id, one.api_key_id, one.bucket): one.calls for one in await store.counts()}
    assert found == {
        (MODEL, KEY, 1): 1,
        (MODEL, KEY, 8): 2,
        (MODEL, KEY, 9): 1,
        (MODEL, None, 9): 1,
        (OTHER_MODEL, KEY, 9): 1,
        (MODEL, KEY, len(EDGES)): 1,
    }


@pytest.mark.parametrize(
    "changes",
    [{"usage_source": UsageSource.ESTIMATED}, {"ending": Ending.TRUNCATED}, {"ending": Ending.CLIENT_ABORTED}],
)
async def test_what_nobody_counted_or_broke_off_teaches_nothing(store: Store, changes: dict[str, object]) -> None:
    await store.write(_used(1, 10, **changes), _used(2, 0))
    assert await store.counts() == []


async def test_what_was_stored_before_is_not_counted_again_and_the_rest_is_bounded(store: Store) -> None:
    await store.write(*(_used(number, 10) for number in range(1, 6)))
    assert await store.counts(minutes=-1) == []
    assert sum(one.calls for one in await store.counts(limit=3)) == 3


async def test_a_gateway_learns_what_all_have_metered_once(store: Store) -> None:
    await store.write(*(_used(number, 10) for number in range(1, 31)))
    estimates = OutputEstimates()
    learn = LearnOutputs(store.unit_of_work, store.history, estimates)
    assert await learn() == 30
    assert estimates.estimate(MODEL, KEY) == 11
    assert await learn() == 0
    await store.write(_used(31, 10, api_key_id=OTHER_KEY))
    assert await learn() == 1
