"""Gateways over one memory database. A gateway is a ledger object; what it was writing dies with its callers."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from deepspace_adapters.memory.budgets import MemoryBudgets
from deepspace_adapters.memory.ledger import MemoryLedger
from deepspace_adapters.memory.ledger_reader import MemoryLedgerAuditReader, MemoryLedgerReader
from deepspace_adapters.memory.riders import RiderWriters
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.ledger.ports import WholeLedger
from deepspace_core.ledger.wallet import Wallet, open_wallet
from tests.fakes import NOON
from tests.simulation.history import TermsChange
from tests.simulation.plan import GATEWAYS, ChangeTerms, KillConnections, LockBackwards, Plan
from tests.simulation.world import Note, Poisoned, World

Tamper: TypeAlias = Callable[[MemoryLedger], WholeLedger]
"""What a test does to a gateway's ledger, to see whether the simulator notices."""


class MemoryWorld(World):
    """Everything on one event loop, and so exactly repeatable."""

    def __init__(self, plan: Plan, *, tamper: Tamper = lambda ledger: ledger) -> None:
        super().__init__(plan)
        self.database = MemoryDatabase()
        self.reader = MemoryLedgerReader()
        self.audit_reader = MemoryLedgerAuditReader()
        self.budgets = MemoryBudgets()
        self.unit_of_work = MemoryUnitOfWork(self.database)
        self._tamper = tamper

    async def open(self) -> None:
        async with self.unit_of_work() as tx:
            for planned in self.plan.wallets:
                table_of(tx, "wallets")[planned.wallet_id] = open_wallet(
                    org_id=planned.org_id,
                    wallet_id=planned.wallet_id,
                    now=NOON,
                    currency=planned.currency,
                    credit_limit_nanos=planned.credit_limit,
                )
            await tx.commit()
        await self.set_budgets()
        self.gateways = [self._gateway(number) for number in range(GATEWAYS)]

    async def restart(self, gateway: int) -> None:
        self.gateways[gateway] = self._gateway(gateway)

    async def disturb(self, action: KillConnections | LockBackwards) -> None:
        """There are no connections to lose here, and no row locks to deadlock on."""

    async def change_terms(self, change: ChangeTerms) -> None:
        async with self.unit_of_work() as tx:
            wallets = table_of(tx, "wallets")
            wallet: Wallet = wallets[change.wallet_id]
            if wallet.available_nanos < -change.credit_limit:
                return
            closed_at = NOON if change.closed else None
            wallets[wallet.id] = replace(wallet, credit_limit_nanos=change.credit_limit, closed_at=closed_at)
            await tx.commit()
        self.history.changes.append(TermsChange(wallet.id, wallet.version, change.credit_limit, change.closed))

    def heal(self) -> None:
        """All that goes wrong here is planned with the requests, and over with them."""

    async def notes(self) -> Sequence[str]:
        async with self.unit_of_work() as tx:
            return [note.ref for note in table_of(tx, "notes").values()]

    def _gateway(self, number: int) -> WholeLedger:
        clock = self.clock(number)
        writers: RiderWriters = {Note: _write_notes}
        return self._tamper(
            MemoryLedger(clock=clock, ids=self.ids(clock), database=self.database, rider_writers=writers)
        )


async def _write_notes(tx: Transaction, notes: Sequence[Record]) -> None:
    """Inside the transaction: others get their turn while it is open, or it breaks."""
    table = table_of(tx, "notes")
    for note in notes:
        if not isinstance(note, Note):
            continue
        for _ in range(note.yields):
            await asyncio.sleep(0)
        if note.poisoned:
            raise Poisoned(note.ref)
        table[len(table)] = note
