"""Calls of the past in memory."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime

from deepspace_adapters.memory.audit import REQUESTS
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_adapters.memory.usage import records_of
from deepspace_core.audit import RequestLog
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.pipeline import PastCall, PastOrigin
from deepspace_core.usage import UsageRecord

BATCH = 1_000
REFUSED_STATUS = 400


class MemoryPastCalls:
    """The `PastCalls` port."""

    async def calls(
        self, tx: Transaction, org_id: OrgId, *, since: datetime, until: datetime
    ) -> AsyncIterator[Sequence[PastCall]]:
        found = [one for one in records_of(tx) if one.org_id == org_id and since <= one.started_at < until]
        found.sort(key=lambda one: (one.started_at, one.id))
        for start in range(0, len(found), BATCH):
            yield [_call(one) for one in found[start : start + BATCH]]

    async def origins(
        self, tx: Transaction, org_id: OrgId, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[PastOrigin]:
        groups: dict[tuple[object, ...], list[RequestLog]] = defaultdict(list)
        logs: Iterable[RequestLog] = table_of(tx, REQUESTS).values()
        for log in logs:
            if log.org_id == org_id and since <= log.started_at < until and log.status < REFUSED_STATUS:
                groups[log.api_key_id, log.client_address, log.model_name].append(log)
        found = [_origin(logs) for logs in groups.values()]
        found.sort(key=lambda one: (-one.calls, -one.last_at.timestamp(), one.trace_id))
        return found[:limit]


def _call(record: UsageRecord) -> PastCall:
    return PastCall(
        org_id=record.org_id,
        trace_id=record.trace_id,
        started_at=record.started_at,
        ended_at=record.ended_at,
        project_id=record.project_id,
        user_id=record.user_id,
        api_key_id=record.api_key_id,
        model_id=record.model_id,
        model_name=record.model_name,
        tokens=record.leaves.total,
        cost_nanos=record.cost_nanos,
    )


def _origin(logs: Sequence[RequestLog]) -> PastOrigin:
    last = max(logs, key=lambda log: log.started_at)
    return PastOrigin(
        api_key_id=last.api_key_id,
        address=last.client_address,
        model_name=last.model_name,
        calls=len(logs),
        trace_id=last.trace_id,
        last_at=last.started_at,
    )
