"""What ledger, usage and work know of a trace, told to audit, which may know neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deepspace_core.audit import FOUND_MAX, TRACE_ENTRIES_MAX, TraceEntry
from deepspace_core.kernel.ids import HoldId, JobId, OrgId, TraceId, UsageRecordId, id_in, show_id
from deepspace_core.kernel.money import decimal_from_nanos
from deepspace_core.kernel.page import PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger import HoldAccount, LedgerReader, LedgerTransaction, TransactionType
from deepspace_core.usage import UsageFilters, UsageReader, told_usage
from deepspace_core.work import JobFilter, JobRuns, told_job


@dataclass(frozen=True, slots=True)
class LedgerTrace:
    """What the books tell of a trace, each movement with the balance after it: a `TraceSource`."""

    unit_of_work: UnitOfWork
    ledger: LedgerReader

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        async with self.unit_of_work() as tx:
            rows = await self.ledger.transactions_of_trace(tx, org_id=org_id, trace_id=trace_id)
            holds = await self.ledger.holds_of_trace(tx, org_id=org_id, trace_id=trace_id)
        by_id = {hold.id: hold for hold in holds}
        return [_told_transaction(row, by_id) for row in rows]

    async def find(self, name: str) -> Sequence[TraceId]:
        """By the ref of any command, or the id of a hold or a transaction."""
        hold_id, transaction_id = id_in("hold", name), id_in("transaction", name)
        async with self.unit_of_work() as tx:
            return await self.ledger.traces_of(
                tx, ref=name, hold_id=hold_id, transaction_id=transaction_id, limit=FOUND_MAX
            )


@dataclass(frozen=True, slots=True)
class UsageTrace:
    """What usage records tell of a trace: a `TraceSource`."""

    unit_of_work: UnitOfWork
    usage: UsageReader

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        page, filters = PageRequest(limit=TRACE_ENTRIES_MAX), UsageFilters(trace_id=trace_id)
        async with self.unit_of_work() as tx:
            found = await self.usage.list_records(tx, org_id, page, filters)
        told = [(one.ended_at, *told_usage(one, for_operator=org_id is None)) for one in found.rows]
        return [TraceEntry(at=at, kind="usage", title=title, details=details) for at, title, details in told]

    async def find(self, name: str) -> Sequence[TraceId]:
        """By the record's id."""
        record_id = id_in("usage_record", name)
        if record_id is None:
            return []
        async with self.unit_of_work() as tx:
            found = await self.usage.find_trace(tx, UsageRecordId(record_id))
        return [] if found is None else [found]


@dataclass(frozen=True, slots=True)
class JobTrace:
    """What jobs tell of a trace, each where it was queued, beside its cause: a `TraceSource`."""

    unit_of_work: UnitOfWork
    runs: JobRuns

    async def tell(self, trace_id: TraceId, org_id: OrgId | None) -> Sequence[TraceEntry]:
        page = PageRequest(limit=TRACE_ENTRIES_MAX)
        async with self.unit_of_work() as tx:
            jobs = await self.runs.list(tx, org_id=org_id, matching=JobFilter(trace_id=trace_id), page=page)
        told = [(job.queued_at, *told_job(job)) for job in jobs.rows]
        return [TraceEntry(at=at, kind="job", title=title, details=details) for at, title, details in told]

    async def find(self, name: str) -> Sequence[TraceId]:
        """By the job's id."""
        job_id = id_in("job", name)
        if job_id is None:
            return []
        async with self.unit_of_work() as tx:
            return [job.trace_id for job in await self.runs.find(tx, [JobId(job_id)])]


def _told_transaction(row: LedgerTransaction, holds: Mapping[HoldId, HoldAccount]) -> TraceEntry:
    details: dict[str, object] = {
        "transaction_id": show_id("transaction", row.id),
        "org_id": show_id("org", row.org_id),
        "wallet_id": show_id("wallet", row.wallet_id),
        "hold_id": row.hold_id and show_id("hold", row.hold_id),
        "seq": row.seq,
        "ref": row.ref,
        "amount_nanos": row.amount_nanos,
        "amount": decimal_from_nanos(row.amount_nanos),
        "released_nanos": row.released_nanos,
        "balance_after_nanos": row.balance_after_nanos,
        "frozen_after_nanos": row.frozen_after_nanos,
        "receivable_after_nanos": row.receivable_after_nanos,
        "currency": row.currency,
        "late": row.late,
        "actor": row.actor,
        "description": row.description,
    }
    hold = holds.get(row.hold_id) if row.hold_id and row.type is TransactionType.HOLD else None
    if hold is not None:
        details |= {
            "price_id": hold.price_id and show_id("price", hold.price_id),
            "price": hold.rates,
            "hold_state": hold.state.value,
            "expires_at": hold.expires_at.isoformat(),
        }
    title = f"{row.type} {decimal_from_nanos(row.amount_nanos)} {row.currency}"
    return TraceEntry(at=row.at, kind=f"ledger.{row.type}", title=title, details=details)
