"""The ledger alone, for programs that want its books and nothing else of the product (docs/ledger-library.md).

Owns no rule: it puts the parts together that the product puts together itself (deepspace_adapters/container.py), over
two pools of their own. Whoever has the database's password may do everything here; who asks is the program's business.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from deepspace_adapters.postgres.audit import PostgresEventLog
from deepspace_adapters.postgres.budgets import PostgresBudgets
from deepspace_adapters.postgres.ledger import open_wallet
from deepspace_adapters.postgres.ledger_audit import PostgresLedgerAuditReader
from deepspace_adapters.postgres.ledger_batch import NO_WRITERS
from deepspace_adapters.postgres.ledger_batcher import PostgresLedger
from deepspace_adapters.postgres.ledger_reader import PostgresLedgerReader
from deepspace_adapters.postgres.partitions import PostgresPartitions
from deepspace_adapters.postgres.pool import make_pool
from deepspace_adapters.postgres.riders import RiderWriters
from deepspace_adapters.postgres.statements import PostgresStatementReader
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork, connection_of
from deepspace_adapters.system import SystemClock, SystemIds
from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.errors import Conflict
from deepspace_core.kernel.ids import OrgId, UserId, WalletId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.ledger import (
    AuditLedger,
    AuditReport,
    BalanceAt,
    BudgetKey,
    BudgetLine,
    BudgetWindow,
    SweepExpiredHolds,
    Wallet,
)
from deepspace_core.ledger.caps import CapBook, RemoveBudget, SetBudget
from deepspace_core.ledger.statement import Statement
from deepspace_core.ledger.statement_use_cases import StateMonth
from deepspace_core.ledger.wallet import CURRENCY_DEFAULT
from deepspace_core.work.use_cases.upkeep import MakePartitionsAhead

LEDGER_CONNECTIONS = 2
"""One that batches are written on, and one that stands by for when it is lost."""

READING_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class PostgresBooks:
    """The ledger, its readers and its use cases. `ledger` takes commands; everything else reads, or keeps house."""

    ledger: PostgresLedger
    unit_of_work: PostgresUnitOfWork
    reader: PostgresLedgerReader
    clock: Clock
    ids: IdSource

    async def open_wallet(
        self,
        *,
        org_id: OrgId,
        wallet_id: WalletId | None = None,
        currency: str = CURRENCY_DEFAULT,
        credit_limit_nanos: int = 0,
    ) -> Wallet:
        """A new wallet with nothing in it. Raises Conflict when there is one of that id."""
        wallet_id = wallet_id or WalletId(self.ids.uuid())
        async with self.unit_of_work() as tx:
            try:
                await open_wallet(
                    connection_of(tx),
                    org_id=org_id,
                    wallet_id=wallet_id,
                    now=self.clock.now(),
                    currency=currency,
                    credit_limit_nanos=credit_limit_nanos,
                )
            except psycopg.errors.UniqueViolation as fault:
                raise Conflict(f"there is a wallet {wallet_id} already", param="wallet_id") from fault
            await tx.commit()
        return await self.wallet(org_id=org_id, wallet_id=wallet_id)

    async def wallet(self, *, org_id: OrgId, wallet_id: WalletId) -> Wallet:
        """As it stands. Raises NotFound."""
        async with self.unit_of_work() as tx:
            return await self.reader.get_wallet(tx, org_id=org_id, wallet_id=wallet_id)

    async def balance_at(self, *, org_id: OrgId, wallet_id: WalletId, at: datetime) -> BalanceAt:
        """As it stood at any time. Raises NotFound."""
        async with self.unit_of_work() as tx:
            return await self.reader.balance_at(tx, org_id=org_id, wallet_id=wallet_id, at=at)

    async def statement(self, *, org_id: OrgId, month: str, time_zone: str = "UTC") -> Statement:
        """A month (YYYY-MM) of the organization's first wallet. Raises InvalidInput or NotFound."""
        state = StateMonth(self.unit_of_work, self.reader, PostgresStatementReader())
        return await state(principal=_whoever_has_the_database(org_id), month=month, time_zone=time_zone)

    async def set_budget(self, *, org_id: OrgId, key: BudgetKey, window: BudgetWindow, cap_nanos: int) -> BudgetLine:
        """Caps what may be spent from the organization's first wallet. Raises InvalidInput or NotFound."""
        principal = _whoever_has_the_database(org_id)
        return await SetBudget(self._caps)(principal=principal, key=key, window=window, cap_nanos=cap_nanos)

    async def remove_budget(self, *, org_id: OrgId, key: BudgetKey, window: BudgetWindow) -> None:
        """Removes a budget. Raises NotFound."""
        await RemoveBudget(self._caps)(principal=_whoever_has_the_database(org_id), key=key, window=window)

    async def audit(self, *, from_seq: int = 0, org_id: OrgId | None = None) -> AuditReport:
        """Checks every invariant that the data can show, on one snapshot, without locking anyone."""
        audit = AuditLedger(PostgresLedgerAuditReader(), self.unit_of_work)
        return await audit(from_seq=from_seq, org_id=org_id)

    async def keep_house(self) -> int:
        """What has to be done now and then, once an hour say: writes expiries down, and makes the months to come.

        How many holds were expired. Outcomes don't depend on when this runs; the months must be there in time.
        """
        await MakePartitionsAhead(self.unit_of_work, PostgresPartitions(), self.clock)()
        return await SweepExpiredHolds(self.ledger, self.reader, self.unit_of_work, self.clock)()

    @property
    def _caps(self) -> CapBook:
        return CapBook(self.unit_of_work, PostgresBudgets(), PostgresEventLog(), self.clock, self.ids)


@asynccontextmanager
async def open_books(
    database_url: str,
    *,
    rider_writers: RiderWriters = NO_WRITERS,
    clock: Clock | None = None,
    ids: IdSource | None = None,
    application: str = "deepspace-ledger",
) -> AsyncIterator[PostgresBooks]:
    """The books of a migrated database, once it is connected to. Closing answers everybody who still waits.

    `clock` and `ids` are the system's unless given. Raises Unavailable when the database can't be reached.
    """
    clock, ids = clock or SystemClock(), ids or SystemIds()
    async with AsyncExitStack() as opened:
        pool = make_pool(database_url, size_max=READING_CONNECTIONS, application=application)
        ledger_pool = make_pool(database_url, size_max=LEDGER_CONNECTIONS, application=application)
        for one in (pool, ledger_pool):
            await one.open(wait=False)
            opened.push_async_callback(one.close)
        unit_of_work = PostgresUnitOfWork(pool)
        await unit_of_work.ping()
        ledger = PostgresLedger(ledger_pool, clock=clock, ids=ids, rider_writers=rider_writers)
        opened.push_async_callback(ledger.close)
        yield PostgresBooks(ledger, unit_of_work, PostgresLedgerReader(), clock, ids)


def _whoever_has_the_database(org_id: OrgId) -> Principal:
    """Use cases ask for a principal; here it is the program itself, which answers to nobody."""
    return Principal(
        kind="system",
        user_id=UserId(org_id),
        org_id=org_id,
        wallet_id=WalletId(org_id),
        permissions=frozenset({Permission.READ_WALLET, Permission.MANAGE_WALLET}),
        system_name="library",
    )
