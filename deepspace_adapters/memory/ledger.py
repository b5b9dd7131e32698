"""The ledger in memory: the same book over dictionaries, for embedding the library and for the contract tests.

It loads exactly what `needs_of` and `short_wallets` name, as the PostgreSQL adapter does, so that a contract test finds
out when those name too little.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from deepspace_adapters.memory.riders import RiderWriters
from deepspace_adapters.memory.unit_of_work import MemoryDatabase, MemoryUnitOfWork, table_of
from deepspace_core.kernel.ids import OrgId, WalletId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.ledger import book
from deepspace_core.ledger.budget import Budget, BudgetLine, LineKey, line_keys, line_of
from deepspace_core.ledger.command import Asked, CallersCommand, Command, Linked
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.outcome import Outcome, OutcomeCode, newly_accepted
from deepspace_core.ledger.ports import COMMANDS_MAX
from deepspace_core.ledger.state import (
    BookState,
    CaptureTotal,
    Decision,
    Needs,
    NumberedRef,
    RefKey,
    caps_needed,
    needs_of,
    short_wallets,
)
from deepspace_core.ledger.transaction import TransactionType
from deepspace_core.ledger.wallet import CURRENCY_DEFAULT, Wallet, open_wallet

NO_WRITERS: RiderWriters = MappingProxyType({})


class MemoryLedger:
    """The `Ledger` port over a MemoryDatabase; its own, unless it is given one to share with other repositories."""

    def __init__(
        self,
        *,
        clock: Clock,
        ids: IdSource,
        database: MemoryDatabase | None = None,
        rider_writers: RiderWriters = NO_WRITERS,
    ) -> None:
        self.unit_of_work = MemoryUnitOfWork(database or MemoryDatabase())
        self._clock = clock
        self._ids = ids
        self._rider_writers = rider_writers

    async def apply(self, command: Command, *, riders: Sequence[Record] = ()) -> Outcome:
        _require_writers(self._rider_writers, riders)
        async with self.unit_of_work() as tx:
            [outcome] = _decide(tx, [command], self._clock.now(), self._ids.uuid)
            if newly_accepted([outcome]):
                for rider in riders:
                    await self._rider_writers[type(rider)](tx, [rider])
            await tx.commit()
        return outcome

    async def apply_many(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        if len(commands) > COMMANDS_MAX:
            return [Outcome(code=OutcomeCode.BATCH_TOO_LARGE, ref=command.ref) for command in commands]
        async with self.unit_of_work() as tx:
            outcomes = _decide(tx, commands, self._clock.now(), self._ids.uuid)
            await tx.commit()
        return outcomes

    async def apply_linked(
        self, commands: Sequence[CallersCommand], *, riders: Sequence[Record] = ()
    ) -> Sequence[Outcome]:
        if len(commands) > COMMANDS_MAX:
            return [Outcome(code=OutcomeCode.BATCH_TOO_LARGE, ref=command.ref) for command in commands]
        _require_writers(self._rider_writers, riders)
        async with self.unit_of_work() as tx:
            outcomes = _decide(tx, [Linked(tuple(commands))], self._clock.now(), self._ids.uuid)
            if newly_accepted(outcomes):
                for rider in riders:
                    await self._rider_writers[type(rider)](tx, [rider])
            await tx.commit()
        return outcomes

    async def would_admit(self, command: Command) -> Outcome:
        async with self.unit_of_work() as tx:
            [outcome] = _decide(tx, [command], self._clock.now(), self._ids.uuid)
        return outcome if outcome.replayed else outcome._replace(transaction=None)

    async def open_wallet(
        self, *, org_id: OrgId, currency: str = CURRENCY_DEFAULT, credit_limit_nanos: int = 0
    ) -> Wallet:
        """Opens an empty wallet, for users of the library; the product opens one with each organization."""
        wallet = open_wallet(
            org_id=org_id,
            wallet_id=WalletId(self._ids.uuid()),
            now=self._clock.now(),
            currency=currency,
            credit_limit_nanos=credit_limit_nanos,
        )
        async with self.unit_of_work() as tx:
            table_of(tx, "wallets")[wallet.id] = wallet
            await tx.commit()
        return wallet


class MemoryWalletOpening:
    """The identity context's `WalletOpening` port."""

    async def open(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId, now: datetime) -> None:
        table_of(tx, "wallets")[wallet_id] = open_wallet(org_id=org_id, wallet_id=wallet_id, now=now)


def _decide(tx: Transaction, commands: Sequence[Asked], now: datetime, ids: Callable[[], UUID]) -> Sequence[Outcome]:
    needs = needs_of(commands)
    state = _with_lines(tx, _load(tx, needs), commands, now)
    short = short_wallets(state, commands)
    if short:
        due = {
            hold.id.int: hold for hold in table_of(tx, "holds").values() if hold.wallet_id in short and hold.due(now)
        }
        state = _with_lines(tx, replace(state, holds={**due, **state.holds}), commands, now)
    decision = book.apply(state, commands, now, ids)
    _store(tx, decision)
    return decision.outcomes


def _with_lines(tx: Transaction, state: BookState, commands: Sequence[Asked], now: datetime) -> BookState:
    budgets, counters = table_of(tx, "budgets"), table_of(tx, "budget_counters")
    lines: dict[LineKey, BudgetLine] = {}
    for wallet_id, key, at in caps_needed(state, commands, now):
        for line_key in line_keys(wallet_id, [key], at):
            budget: Budget | None = budgets.get((wallet_id, key, line_key[3]))
            line = line_of(budget, at, used_nanos=0, reserved_nanos=0) if budget else None
            if budget and line:
                lines[line_key] = replace(counters.get(line_key, line), cap_nanos=budget.cap_nanos)
    return replace(state, lines=lines)


def _load(tx: Transaction, needs: Needs) -> BookState:
    wallets, refs = table_of(tx, "wallets"), table_of(tx, "ledger_refs")
    return BookState(
        wallets={key: wallets[key] for key in needs.wallet_ids if key in wallets},
        holds=_holds(tx, needs),
        refs={(org_id.int, ref): refs[org_id, ref] for org_id, ref in needs.refs if (org_id, ref) in refs},
        captures=_captures(tx, needs.capture_refs),
    )


def _holds(tx: Transaction, needs: Needs) -> Mapping[int, HoldAccount]:
    holds, refs = table_of(tx, "holds"), table_of(tx, "ledger_refs")
    views = [refs[key].outcome.hold for key in needs.hold_refs if key in refs]
    named = {view.id for view in views if view is not None}
    by_id = {hold_id for org_id, hold_id in needs.hold_ids if hold_id in holds and holds[hold_id].org_id == org_id}
    return {hold_id.int: holds[hold_id] for hold_id in sorted(named | by_id)}


def _captures(tx: Transaction, keys: Sequence[RefKey]) -> Mapping[NumberedRef, CaptureTotal]:
    totals: dict[NumberedRef, CaptureTotal] = {}
    if not keys:
        return totals
    rows = table_of(tx, "transactions").values()
    for row in rows:
        if row.type is TransactionType.CAPTURE and (row.org_id, row.ref) in keys:
            refunded = sum(
                other.amount_nanos for other in rows if (other.org_id, other.capture_ref) == (row.org_id, row.ref)
            )
            totals[row.org_id.int, row.ref] = CaptureTotal(row.wallet_id, row.hold_id, row.amount_nanos, refunded)
    return totals


def _store(tx: Transaction, decision: Decision) -> None:
    table_of(tx, "wallets").update({wallet.id: wallet for wallet in decision.wallets})
    table_of(tx, "holds").update({hold.id: hold for hold in decision.holds})
    table_of(tx, "transactions").update({row.id: row for row in decision.rows})
    table_of(tx, "ledger_refs").update(decision.refs)
    table_of(tx, "roots").update({(wallet.id, wallet.version): wallet.root for wallet in decision.wallets})
    table_of(tx, "budget_counters").update({line.line_key: line for line in decision.lines})


def _require_writers(writers: RiderWriters, riders: Sequence[Record]) -> None:
    for rider in riders:
        if type(rider) not in writers:
            raise TypeError(f"the ledger has no writer for riders of type {type(rider).__name__}")
