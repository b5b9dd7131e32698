"""The ports of usage: its records, and their roll-ups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from deepspace_core.kernel.ids import OrgId, ReconciliationId, TraceId, UsageRecordId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.usage.agreement import Agreement
from deepspace_core.usage.outputs import OutputCount
from deepspace_core.usage.reconciliation import LoggedCall, Reconciliation, UpstreamBook
from deepspace_core.usage.record import Ending, UsageRecord, UsageSource
from deepspace_core.usage.rollup import Dimension, Period, Sums, UsageSummaryRow
from deepspace_core.usage.summary import SummaryRequest


@dataclass(frozen=True, slots=True)
class UsageFilters:
    """Which records; None does not filter. `since` inclusive, `until` exclusive, both on `ended_at`."""

    workspace_id: UUID | None = None
    project_id: UUID | None = None
    api_key_id: UUID | None = None
    user_id: UUID | None = None
    app_id: UUID | None = None
    model_name: str | None = None
    trace_id: TraceId | None = None
    ending: Ending | None = None
    usage_source: UsageSource | None = None
    since: datetime | None = None
    until: datetime | None = None


class OutputHistory(Protocol):
    """Counts what completed calls wrote, as far as their upstream said."""

    async def store_now(self, tx: Transaction) -> datetime:
        """The store's own clock, by which it stamps what it stores."""
        ...

    async def count_outputs(
        self, tx: Transaction, *, since: datetime, edges: Sequence[int], limit: int
    ) -> Sequence[OutputCount]:
        """Of at most `limit` calls stored from `since` on. Bucket n: at least `edges[n - 1]`, below `edges[n]`."""
        ...


class UsageReader(Protocol):
    """Reads records. `org_id` None means every organization, for administrators only."""

    async def get_record(self, tx: Transaction, org_id: OrgId, record_id: UsageRecordId) -> UsageRecord:
        """Raises UsageRecordNotFound."""
        ...

    async def find_trace(self, tx: Transaction, record_id: UsageRecordId) -> TraceId | None:
        """The trace of a record, whosever; for administrators only."""
        ...

    async def list_records(
        self, tx: Transaction, org_id: OrgId | None, page: PageRequest, filters: UsageFilters
    ) -> Page[UsageRecord]:
        """Newest first."""
        ...

    async def totals(self, tx: Transaction, org_id: OrgId | None, filters: UsageFilters) -> dict[str, Sums]:
        """Sums over ALL records that match, by currency, straight from the records."""
        ...


@dataclass(frozen=True, slots=True)
class RollupState:
    """How far roll-ups have come: hours before `rolled_until` are summed; records written by `seen_until` are in."""

    rolled_until: datetime | None
    seen_until: datetime | None


class RollupRepository(Protocol):
    """Stores roll-ups, and answers from them."""

    async def lock_state(self, tx: Transaction) -> RollupState:
        """The state, locked until the transaction ends: one roll-up runs at a time."""
        ...

    async def save_state(self, tx: Transaction, state: RollupState) -> None: ...

    async def store_now(self, tx: Transaction) -> datetime:
        """The store's own clock, by which `hours_written_since` counts."""
        ...

    async def hours_written_since(
        self, tx: Transaction, since: datetime | None, *, before: datetime
    ) -> Sequence[datetime]:
        """Hours earlier than `before` of records that were stored at `since` or later, ascending.

        None: ever; then also the hours that only roll-ups are left of.
        """
        ...

    async def recompute(self, tx: Transaction, *, since: datetime, until: datetime) -> int:
        """Replaces the roll-ups of the hours in [since, until) by sums of their records, and with them the sums of all
        calls and their latencies; returns the rows of usage made.
        """
        ...

    async def recompute_requests(self, tx: Transaction, *, since: datetime | None, until: datetime) -> None:
        """Replaces the counts of requests of the hours in [since, until) by those of their logs (None: of all)."""
        ...

    async def make_sums(self, tx: Transaction, days: Sequence[datetime], *, before: datetime) -> None:
        """Makes the sums of these days (midnights UTC) and of their months anew, of hours earlier than `before`.

        Sums are read for what begins before `rolled_until` only.
        """
        ...

    async def summarize(
        self,
        tx: Transaction,
        org_id: OrgId | None,
        *,
        period: Period,
        dimension: Dimension,
        filters: UsageFilters,
        page: SummaryRequest,
    ) -> Page[UsageSummaryRow]:
        """Sums by bucket and value, oldest first: roll-ups before `rolled_until`, records after it.

        Of `filters`, `since`, `until` and `trace_id` do not apply.
        """
        ...


class UpstreamLog(Protocol):
    """What upstreams wrote down of our calls themselves."""

    async def list_books(self) -> Sequence[UpstreamBook]:
        """The logs that may be read; none where no channel says how."""
        ...

    async def read(self, book: UpstreamBook, *, since: datetime, until: datetime) -> Sequence[LoggedCall]:
        """The charged calls of [since, until). Raises a DeepSpaceError saying what is wrong."""
        ...


class OwnBooks(Protocol):
    """Reads captures, usage records, roll-ups and sums beside each other. They are the deployment's."""

    async def compare(self, tx: Transaction, *, since: datetime, until: datetime) -> Agreement:
        """Of [since, until), whole days in UTC, in one snapshot; DISAGREEMENTS_MAX of each kind. `tx` is fresh."""
        ...


class ReconciliationRepository(Protocol):
    """Stores finished comparisons. They are the deployment's, so no method takes an organization."""

    async def add_reconciliation(self, tx: Transaction, finished: Reconciliation) -> None: ...

    async def list_reconciliations(self, tx: Transaction, page: PageRequest) -> Page[Reconciliation]:
        """Newest first."""
        ...

    async def get_reconciliation(self, tx: Transaction, reconciliation_id: ReconciliationId) -> Reconciliation:
        """Raises ReconciliationNotFound."""
        ...
