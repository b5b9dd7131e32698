"""Setting, listing and removing budgets: permission first, then under the wallet's lock.

A budget set in the middle of a period finds what was spent in it before: the first counter is summed from the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deepspace_core.identity import Permission, Principal
from deepspace_core.kernel.errors import InvalidInput, NotFound
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import EventId, TraceId, show_id
from deepspace_core.kernel.money import NANOS_MAX
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.ledger.budget import (
    Budget,
    BudgetKey,
    BudgetLine,
    BudgetWindow,
    caps_of,
    line_of,
    midnight,
    starts_on,
)
from deepspace_core.ledger.command import Hold
from deepspace_core.ledger.errors import refusal_of
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.ports import BudgetRepository, DryLedger
from deepspace_core.ledger.wallet import Wallet

BUDGETS_LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class CapBook:
    """Not a use case: what those here have in common."""

    unit_of_work: UnitOfWork
    budgets: BudgetRepository
    events: EventLog
    clock: Clock
    ids: IdSource

    async def tell(
        self, tx: Transaction, principal: Principal, *, event_type: str, wallet: Wallet, payload: Mapping[str, object]
    ) -> None:
        """Appends the audit event of a change."""
        event = Event(
            id=EventId(self.ids.uuid()),
            at=self.clock.now(),
            event_type=event_type,
            org_id=principal.org_id,
            actor=principal.actor,
            subject=show_id("wallet", wallet.id),
            trace_id=TraceId(self.ids.trace_id()),
            payload=payload,
        )
        await self.events.append(tx, event)


@dataclass(frozen=True, slots=True)
class SetBudget:
    """Sets a budget; one that exists gets the new cap and keeps what is counted against it."""

    book: CapBook

    async def __call__(
        self, *, principal: Principal, key: BudgetKey, window: BudgetWindow, cap_nanos: int
    ) -> BudgetLine:
        """The budget in the period that is now. Raises PermissionMissing, InvalidInput or NotFound (no wallet)."""
        principal.require(Permission.MANAGE_WALLET)
        if not 0 <= cap_nanos <= NANOS_MAX:
            raise InvalidInput(f"cap_nanos must be between 0 and {NANOS_MAX}", param="cap_nanos")
        book = self.book
        async with book.unit_of_work() as tx:
            wallet = await book.budgets.lock_wallet_of_org(tx, org_id=principal.org_id)
            # As the books tell time: a clock that was set back doesn't put a budget before the rows it counts.
            at = max(book.clock.now(), wallet.updated_at)
            known = await book.budgets.find_budget(tx, wallet_id=wallet.id, key=key, window=window)
            budget = Budget(
                org_id=principal.org_id,
                wallet_id=wallet.id,
                key=key,
                window=window,
                cap_nanos=cap_nanos,
                counted_from=known.counted_from if known else starts_on(window, at),
                set_at=at,
            )
            line = await self._line(tx, budget, wallet, at)
            await book.budgets.put_budget(tx, budget, line=None if known else line)
            payload = {"cap_nanos": cap_nanos, **_named(key, window)}
            await book.tell(tx, principal, event_type="budget.set", wallet=wallet, payload=payload)
            await tx.commit()
        return line

    async def _line(self, tx: Transaction, budget: Budget, wallet: Wallet, at: datetime) -> BudgetLine:
        since = midnight(starts_on(budget.window, at))
        used, reserved = await self.book.budgets.spent_since(tx, wallet=wallet, key=budget.key, since=since)
        line = line_of(budget, at, used_nanos=used, reserved_nanos=reserved)
        if line is None:
            raise AssertionError("the period of now is always counted")
        return line


@dataclass(frozen=True, slots=True)
class ListBudgets:
    """The organization's budgets in the period that is now."""

    book: CapBook

    async def __call__(self, *, principal: Principal) -> Sequence[BudgetLine]:
        """At most BUDGETS_LISTED_MAX. Raises PermissionMissing."""
        principal.require(Permission.READ_WALLET)
        async with self.book.unit_of_work() as tx:
            return await self.book.budgets.list_lines(
                tx, org_id=principal.org_id, at=self.book.clock.now(), limit=BUDGETS_LISTED_MAX
            )


@dataclass(frozen=True, slots=True)
class RemoveBudget:
    """Removes a budget. What is held and captured stays as it is."""

    book: CapBook

    async def __call__(self, *, principal: Principal, key: BudgetKey, window: BudgetWindow) -> None:
        """Raises PermissionMissing or NotFound."""
        principal.require(Permission.MANAGE_WALLET)
        book = self.book
        async with book.unit_of_work() as tx:
            wallet = await book.budgets.lock_wallet_of_org(tx, org_id=principal.org_id)
            if not await book.budgets.remove_budget(tx, wallet_id=wallet.id, key=key, window=window):
                raise NotFound(f"there is no budget a {window} for this {key.scope}", param="budget")
            payload = _named(key, window)
            await book.tell(tx, principal, event_type="budget.removed", wallet=wallet, payload=payload)
            await tx.commit()


@dataclass(frozen=True, slots=True)
class TryHold:
    """Whether a hold would be admitted just now, and if not, what is missing. Holds nothing and stores nothing."""

    ledger: DryLedger
    ids: IdSource

    async def __call__(self, *, principal: Principal, amount_nanos: int, lifetime_seconds: int) -> Outcome:
        """What a call of this principal would be answered: accepted, or denied with what is missing.

        Raises PermissionMissing, and for what isn't a question of money what `refusal_of` makes of it.
        """
        principal.require(Permission.READ_WALLET)
        hold = Hold(
            org_id=principal.org_id,
            wallet_id=principal.wallet_id,
            ref=f"try:{self.ids.uuid().hex}",
            trace_id=TraceId(self.ids.trace_id()),
            actor=principal.actor,
            amount_nanos=amount_nanos,
            lifetime_seconds=lifetime_seconds,
            caps=caps_of(
                org_id=principal.org_id,
                project_id=principal.project_id,
                api_key_id=principal.api_key_id,
                user_id=principal.user_id,
            ),
        )
        outcome = await self.ledger.would_admit(hold)
        refusal = refusal_of(outcome)
        if refusal is not None and not outcome.code.denied:
            raise refusal
        return outcome


def _named(key: BudgetKey, window: BudgetWindow) -> Mapping[str, object]:
    return {"scope": key.scope.value, "scope_id": key.scope_id.hex, "window": window.value}
