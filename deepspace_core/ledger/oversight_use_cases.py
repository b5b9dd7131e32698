"""What administrators see of all wallets at once, and the audit that is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from deepspace_core.identity import Actor, SystemActor, require_administrator
from deepspace_core.kernel.event import checked
from deepspace_core.kernel.ids import JobId, OrgId, TraceId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger.caps import BUDGETS_LISTED_MAX
from deepspace_core.ledger.metering_use_cases import AuditBooks
from deepspace_core.ledger.ports import (
    BudgetRepository,
    LedgerReader,
    OrgBudgetLine,
    OrgWallet,
    TransactionFilter,
    TransactionTotal,
    WalletFilter,
    WalletSort,
    WalletTotal,
)
from deepspace_core.ledger.transaction import LedgerTransaction
from deepspace_core.ledger.use_cases import AuditReport

AUDITED = "ledger.audited"
"""The event of a finished audit: the last one of that type is the last audit."""

FINDINGS_TOLD_MAX = 50
"""Of an audit that found something; `deepspace ledger audit` tells all of them."""

AUDITOR = SystemActor("ledger")


@dataclass(frozen=True, slots=True)
class ListWallets:
    """Every organization's wallet, in the order that is asked for."""

    unit_of_work: UnitOfWork
    reader: LedgerReader

    async def __call__(
        self, *, actor: Actor, page: PageRequest, where: WalletFilter, sort: WalletSort
    ) -> Page[OrgWallet]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.reader.list_wallets(tx, page=page, where=where, sort=sort)


@dataclass(frozen=True, slots=True)
class TotalWallets:
    """Sums over all wallets that match, however many pages they fill."""

    unit_of_work: UnitOfWork
    reader: LedgerReader

    async def __call__(self, *, actor: Actor, where: WalletFilter) -> Sequence[WalletTotal]:
        """One line a currency. Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.reader.total_wallets(tx, where=where)


@dataclass(frozen=True, slots=True)
class ListAllTransactions:
    """The movements of every organization, or of one, newest first."""

    unit_of_work: UnitOfWork
    reader: LedgerReader

    async def __call__(
        self, *, actor: Actor, org_id: OrgId | None, page: PageRequest, where: TransactionFilter
    ) -> Page[LedgerTransaction]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.reader.list_transactions(tx, org_id=org_id, page=page, where=where)


@dataclass(frozen=True, slots=True)
class TotalTransactions:
    """Sums over all movements that match, by currency and kind."""

    unit_of_work: UnitOfWork
    reader: LedgerReader

    async def __call__(
        self, *, actor: Actor, org_id: OrgId | None, where: TransactionFilter
    ) -> Sequence[TransactionTotal]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.reader.total_transactions(tx, org_id=org_id, where=where)


@dataclass(frozen=True, slots=True)
class ListAllBudgets:
    """The budgets of every organization, or of one, in the period that is now; the fullest first."""

    unit_of_work: UnitOfWork
    budgets: BudgetRepository
    clock: Clock

    async def __call__(self, *, actor: Actor, org_id: OrgId | None) -> Sequence[OrgBudgetLine]:
        """At most BUDGETS_LISTED_MAX. Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.budgets.list_all_lines(tx, org_id=org_id, at=self.clock.now(), limit=BUDGETS_LISTED_MAX)


@dataclass(frozen=True, slots=True)
class RecordAudit:
    """The worker's job: audits the books and writes what came of it into the audit trail, where everybody finds it."""

    audit_books: AuditBooks
    unit_of_work: UnitOfWork
    events: EventLog
    clock: Clock

    async def __call__(self, *, job_id: JobId, queued_at: datetime, trace_id: TraceId) -> AuditReport:
        report = await self.audit_books()
        event = checked(
            "ledger",
            _told_report(report),
            event_type=AUDITED,
            actor=AUDITOR.actor,
            job_id=job_id,
            queued_at=queued_at,
            finished_at=self.clock.now(),
            trace_id=trace_id,
        )
        async with self.unit_of_work() as tx:
            await self.events.append(tx, event)
            await tx.commit()
        return report


def _told_report(report: AuditReport) -> dict[str, object]:
    return {
        "sound": report.sound,
        "wallets": report.wallets,
        "holds": report.holds,
        "rows": report.rows,
        "roots": report.roots,
        "budgets": report.budgets,
        "calls": report.calls,
        "findings": len(report.findings),
        "first_findings": [
            {"invariant": one.invariant, "where": one.where, "message": one.message}
            for one in report.findings[:FINDINGS_TOLD_MAX]
        ],
        "trial_balance": [
            {"currency": one.currency, "account": one.account.value, "balance_nanos": one.balance_nanos}
            for one in report.trial_balance
        ],
    }
