"""A memory ledger of one organization with everything that people ask of it, and what was told of them."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from deepspace_adapters.memory.audit import MemoryEventLog
from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.ledger_reader import MemoryLedgerReader
from deepspace_adapters.memory.statements import MemoryStatementReader
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_core.identity import Permission, Principal, SystemActor
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import UserId
from deepspace_core.ledger import OperatorLedger, Wallet
from deepspace_core.ledger.caps import CapBook
from deepspace_core.ledger.counter import Books
from deepspace_core.ledger.statement_use_cases import StateMonth
from tests.core.ledger.asking import ORG, Caller
from tests.fakes import CountingIds, FixedClock

OPERATOR = SystemActor("test")


@dataclass
class Desks:
    """Opened with `open`; the events of its operators and owners are in the same database as its books."""

    clock: FixedClock = field(default_factory=FixedClock)
    database: MemoryDatabase = field(default_factory=MemoryDatabase)

    def __post_init__(self) -> None:
        self.ids = CountingIds()
        self.event_log = MemoryEventLog(self.clock)
        self.ledger = MemoryLedger(
            clock=self.clock, ids=self.ids, database=self.database, rider_writers={Event: self.event_log}
        )
        self.unit_of_work = MemoryUnitOfWork(self.database)
        self.books = Books(self.unit_of_work, MemoryLedgerReader())
        self.operator = OperatorLedger(self.ledger, self.clock, self.ids)
        self.cap_book = CapBook(self.unit_of_work, MemoryBudgets(), self.event_log, self.clock, CountingIds(run=1))
        self.state_month = StateMonth(self.unit_of_work, self.books.reader, MemoryStatementReader())

    async def open(self, *, credit_limit: int = 0) -> Caller:
        """Somebody with a wallet."""
        self.opened = await self.ledger.open_wallet(org_id=ORG, credit_limit_nanos=credit_limit)
        self.owner = Principal(
            kind="session",
            user_id=UserId(UUID(int=3)),
            org_id=ORG,
            wallet_id=self.opened.id,
            permissions=frozenset(Permission),
        )
        self.stranger = replace(self.owner, permissions=frozenset())
        return Caller(wallet_id=self.opened.id)

    async def wallet(self) -> Wallet:
        return await self.books.wallet_of(ORG)

    async def events(self) -> list[Event]:
        """Everything that was told, in order."""
        async with self.unit_of_work() as tx:
            return [stored.event for stored in table_of(tx, "audit_logs").values()]
