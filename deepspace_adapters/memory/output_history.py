"""What estimates of outputs are learned from, in memory."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from deepspace_adapters.memory.usage import stored_records_of
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage import Ending, OutputCount, UsageRecord, UsageSource


class MemoryOutputHistory:
    """The `OutputHistory` port. `clock` is the store's own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def store_now(self, tx: Transaction) -> datetime:
        return self._clock.now()

    async def count_outputs(
        self, tx: Transaction, *, since: datetime, edges: Sequence[int], limit: int
    ) -> Sequence[OutputCount]:
        stored = (record for record, stored_at in stored_records_of(tx) if stored_at >= since and _is_certain(record))
        found = Counter(
            (record.model_id, record.api_key_id, bisect_right(edges, record.leaves.output_total))
            for record in islice(stored, limit)
            if record.leaves.output_total > 0
        )
        return [OutputCount(model, key, bucket, calls) for (model, key, bucket), calls in found.items()]


def _is_certain(record: UsageRecord) -> bool:
    return record.usage_source is UsageSource.UPSTREAM and record.ending is Ending.COMPLETED
