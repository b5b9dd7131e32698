"""The port of work that need not happen while somebody waits."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from deepspace_core.kernel.ids import JobId, OrgId, TraceId
from deepspace_core.kernel.ports.unit_of_work import Transaction


class JobQueue(Protocol):
    """Writes a job to the outbox in the transaction of the change that causes it; a relay hands it to a worker.

    Jobs are named, not imported, so that no shell knows another. `payload` is JSON-safe. A job runs at least once
    and must be idempotent.
    """

    async def enqueue(
        self,
        tx: Transaction,
        *,
        name: str,
        payload: Mapping[str, object],
        trace_id: TraceId,
        org_id: OrgId | None = None,
        delay: timedelta = timedelta(0),
    ) -> JobId: ...
