"""The ledger's adapters side by side: what a contract test asks for, whichever store stands behind it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.ledger import MemoryLedger, MemoryWalletOpening
from deepspace_adapters.memory.ledger_reader import MemoryLedgerAuditReader, MemoryLedgerReader
from deepspace_adapters.memory.riders import RiderWriters
from deepspace_adapters.memory.statements import MemoryStatementReader
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, table_of
from deepspace_adapters.memory.usage import MemoryUsageWriter
from deepspace_adapters.postgres.budgets import PostgresBudgets
from deepspace_adapters.postgres.ledger import PostgresWalletOpening, open_wallet
from deepspace_adapters.postgres.ledger_audit import PostgresLedgerAuditReader
from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.ledger_reader import PostgresLedgerReader
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.statements import PostgresStatementReader
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_adapters.postgres.usage import write_usage_records
from deepspace_core.identity import Permission, Principal
from deepspace_core.identity.ports import WalletOpening
from deepspace_core.kernel.ids import OrgId, UserId, WalletId
from deepspace_core.kernel.page import PAGE_SIZE_MAX, PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger import (
    AuditLedger,
    AuditReport,
    BalanceAt,
    BudgetKey,
    BudgetLine,
    BudgetRepository,
    BudgetWindow,
    HoldAccount,
    LedgerAuditReader,
    LedgerReader,
    LedgerTransaction,
    SweepExpiredHolds,
    Wallet,
    WholeLedger,
)
from deepspace_core.ledger import wallet as nouns
from deepspace_core.ledger.caps import CapBook, SetBudget
from deepspace_core.ledger.ports import StatementReader
from deepspace_core.ledger.statement import Statement
from deepspace_core.ledger.statement_use_cases import StateMonth
from deepspace_core.usage import UsageRecord
from tests.core.ledger.asking import ORG, WALLET, Caller
from tests.fakes import CountingIds, FixedClock, ListedEvents

WalletOpener = Callable[[Caller, str, int], Awaitable[None]]


@dataclass
class LedgerWorld:
    """One ledger with its readers, its clock and a way to open wallets."""

    ledger: WholeLedger
    reader: LedgerReader
    audit_reader: LedgerAuditReader
    unit_of_work: UnitOfWork
    clock: FixedClock
    opener: WalletOpener
    opening: WalletOpening
    budgets: BudgetRepository
    statements: StatementReader

    async def caller(
        self, org_id: UUID = ORG, wallet_id: UUID = WALLET, *, currency: str = "USD", credit_limit: int = 0
    ) -> Caller:
        """Somebody with a newly opened wallet."""
        caller = Caller(org_id=OrgId(org_id), wallet_id=WalletId(wallet_id))
        await self.opener(caller, currency, credit_limit)
        return caller

    async def wallet(self, caller: Caller) -> Wallet:
        async with self.unit_of_work() as tx:
            return await self.reader.get_wallet(tx, org_id=caller.org_id, wallet_id=caller.wallet_id)

    async def balance_at(self, caller: Caller, at: datetime) -> BalanceAt:
        async with self.unit_of_work() as tx:
            return await self.reader.balance_at(tx, org_id=caller.org_id, wallet_id=caller.wallet_id, at=at)

    async def rows(self, caller: Caller) -> Sequence[LedgerTransaction]:
        """The first rows of a wallet, oldest first."""
        async with self.unit_of_work() as tx:
            return await self.audit_reader.rows_of_wallet(
                tx, wallet_id=caller.wallet_id, after_seq=0, limit=PAGE_SIZE_MAX
            )

    async def holds(self, caller: Caller) -> Sequence[HoldAccount]:
        async with self.unit_of_work() as tx:
            page = PageRequest(limit=PAGE_SIZE_MAX)
            return (await self.reader.list_holds(tx, org_id=caller.org_id, page=page)).rows

    async def cap(self, caller: Caller, key: BudgetKey, window: BudgetWindow, nanos: int) -> BudgetLine:
        """Sets a budget, as an owner of the caller's organization."""
        return await SetBudget(self.cap_book)(
            principal=owner_of(caller.org_id, caller.wallet_id), key=key, window=window, cap_nanos=nanos
        )

    async def lines(self, caller: Caller) -> Sequence[BudgetLine]:
        """Every counter of the wallet's budgets, in all periods."""
        async with self.unit_of_work() as tx:
            _, lines = await self.audit_reader.budgets_of_wallet(tx, wallet_id=caller.wallet_id)
        return sorted(lines, key=lambda line: (str(line.key), line.window, line.starts_on))

    @property
    def cap_book(self) -> CapBook:
        return CapBook(self.unit_of_work, self.budgets, ListedEvents(), self.clock, CountingIds())

    async def statement(self, caller: Caller, month: str, time_zone: str = "UTC") -> Statement:
        """The month of the organization's wallet."""
        state = StateMonth(self.unit_of_work, self.reader, self.statements)
        return await state(principal=owner_of(caller.org_id, caller.wallet_id), month=month, time_zone=time_zone)

    async def sweep(self) -> int:
        return await SweepExpiredHolds(self.ledger, self.reader, self.unit_of_work, self.clock)()

    async def audit(self) -> AuditReport:
        return await AuditLedger(self.audit_reader, self.unit_of_work)()


def owner_of(org_id: OrgId, wallet_id: WalletId) -> Principal:
    """Somebody who may do everything in an organization."""
    return Principal(
        kind="session",
        user_id=UserId(UUID(int=3)),
        org_id=org_id,
        wallet_id=wallet_id,
        permissions=frozenset(Permission),
    )


def memory_world(*, run: int = 0) -> LedgerWorld:
    """On dictionaries."""
    clock, database = FixedClock(), MemoryDatabase()
    writers: RiderWriters = {UsageRecord: MemoryUsageWriter(clock)}
    ledger = MemoryLedger(clock=clock, ids=CountingIds(run), database=database, rider_writers=writers)

    async def opener(caller: Caller, currency: str, credit_limit: int) -> None:
        wallet = nouns.open_wallet(
            org_id=caller.org_id,
            wallet_id=caller.wallet_id,
            now=clock.now(),
            currency=currency,
            credit_limit_nanos=credit_limit,
        )
        async with ledger.unit_of_work() as tx:
            table_of(tx, "wallets")[wallet.id] = wallet
            await tx.commit()

    return LedgerWorld(
        ledger,
        MemoryLedgerReader(),
        MemoryLedgerAuditReader(),
        ledger.unit_of_work,
        clock,
        opener,
        MemoryWalletOpening(),
        MemoryBudgets(),
        MemoryStatementReader(),
    )


def postgres_world(pool: Pool, *, run: int = 0) -> LedgerWorld:
    """On a migrated database."""
    clock = FixedClock()

    async def opener(caller: Caller, currency: str, credit_limit: int) -> None:
        async with pool.connection() as connection:
            await open_wallet(
                connection,
                org_id=caller.org_id,
                wallet_id=caller.wallet_id,
                now=clock.now(),
                currency=currency,
                credit_limit_nanos=credit_limit,
            )

    return LedgerWorld(
        PostgresLedger(pool, clock=clock, ids=CountingIds(run), rider_writers={UsageRecord: write_usage_records}),
        PostgresLedgerReader(),
        PostgresLedgerAuditReader(),
        PostgresUnitOfWork(pool),
        clock,
        opener,
        PostgresWalletOpening(),
        PostgresBudgets(),
        PostgresStatementReader(),
    )
