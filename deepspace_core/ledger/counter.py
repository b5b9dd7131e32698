"""What people see and do of wallets: permission first, then the books.

Customers read their own organization's wallet; money comes in from outside, is corrected or given back by
administrators only. The commands themselves are in use_cases.py, which asks nobody for permission.
"""

from dataclasses import dataclass
from datetime import datetime

from deepspace_core.identity import Actor, Permission, Principal, require_administrator
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import HoldId, OrgId, TraceId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger.hold import HoldAccount
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.ports import LedgerReader, TransactionFilter
from deepspace_core.ledger.transaction import LedgerTransaction
from deepspace_core.ledger.use_cases import AdjustWallet, RefundCapture, TopUpWallet
from deepspace_core.ledger.wallet import BalanceAt, Wallet


@dataclass(frozen=True, slots=True)
class Books:
    """Not a use case: the reading that all of these have in common."""

    unit_of_work: UnitOfWork
    reader: LedgerReader

    async def wallet_of(self, org_id: OrgId) -> Wallet:
        """Raises NotFound."""
        async with self.unit_of_work() as tx:
            wallet = await self.reader.find_wallet_of_org(tx, org_id=org_id)
        if wallet is None:
            raise NotFound("there is no wallet of such an organization", param="org_id")
        return wallet

    async def balance_of(self, org_id: OrgId, at: datetime) -> BalanceAt:
        """Raises NotFound."""
        wallet = await self.wallet_of(org_id)
        async with self.unit_of_work() as tx:
            return await self.reader.balance_at(tx, org_id=org_id, wallet_id=wallet.id, at=at)


@dataclass(frozen=True, slots=True)
class GetWallet:
    """The wallet of the caller's organization."""

    books: Books

    async def __call__(self, *, principal: Principal) -> Wallet:
        """Raises PermissionMissing or NotFound."""
        principal.require(Permission.READ_WALLET)
        return await self.books.wallet_of(principal.org_id)


@dataclass(frozen=True, slots=True)
class GetBalance:
    """The wallet of the caller's organization as of any time: after its last row at or before it."""

    books: Books

    async def __call__(self, *, principal: Principal, at: datetime) -> BalanceAt:
        """Raises PermissionMissing or NotFound."""
        principal.require(Permission.READ_WALLET)
        return await self.books.balance_of(principal.org_id, at)


@dataclass(frozen=True, slots=True)
class ListTransactions:
    """The movements of the caller's organization, newest first."""

    books: Books

    async def __call__(
        self, *, principal: Principal, page: PageRequest, where: TransactionFilter
    ) -> Page[LedgerTransaction]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_WALLET)
        async with self.books.unit_of_work() as tx:
            return await self.books.reader.list_transactions(tx, org_id=principal.org_id, page=page, where=where)


@dataclass(frozen=True, slots=True)
class ListHolds:
    """The holds of the caller's organization; with `open_only` those that still set money aside."""

    books: Books

    async def __call__(self, *, principal: Principal, page: PageRequest, open_only: bool) -> Page[HoldAccount]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_WALLET)
        async with self.books.unit_of_work() as tx:
            return await self.books.reader.list_holds(tx, org_id=principal.org_id, page=page, open_only=open_only)


@dataclass(frozen=True, slots=True)
class GetHold:
    """One hold of the caller's organization."""

    books: Books

    async def __call__(self, *, principal: Principal, hold_id: HoldId) -> HoldAccount:
        """Raises PermissionMissing or NotFound."""
        principal.require(Permission.READ_WALLET)
        async with self.books.unit_of_work() as tx:
            return await self.books.reader.get_hold(tx, org_id=principal.org_id, hold_id=hold_id)


@dataclass(frozen=True, slots=True)
class GetAnyWallet:
    """The wallet of any organization, for an administrator."""

    books: Books

    async def __call__(self, *, actor: Actor, org_id: OrgId) -> Wallet:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        return await self.books.wallet_of(org_id)


@dataclass(frozen=True, slots=True)
class GetAnyBalance:
    """The wallet of any organization as of any time, for an administrator."""

    books: Books

    async def __call__(self, *, actor: Actor, org_id: OrgId, at: datetime) -> BalanceAt:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        return await self.books.balance_of(org_id, at)


@dataclass(frozen=True, slots=True)
class ListAnyTransactions:
    """The movements of any organization, for an administrator."""

    books: Books

    async def __call__(
        self, *, actor: Actor, org_id: OrgId, page: PageRequest, where: TransactionFilter
    ) -> Page[LedgerTransaction]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.books.unit_of_work() as tx:
            return await self.books.reader.list_transactions(tx, org_id=org_id, page=page, where=where)


@dataclass(frozen=True, slots=True)
class TopUpOrganization:
    """Books money that an organization paid in. The same `ref` again gives the first answer and books nothing."""

    books: Books
    top_up_wallet: TopUpWallet

    async def __call__(
        self, *, actor: Actor, org_id: OrgId, ref: str, amount_nanos: int, description: str, trace_id: TraceId
    ) -> Outcome:
        """Raises AdministratorRequired, NotFound, InvalidInput, RefConflict or LedgerRefused."""
        require_administrator(actor)
        wallet = await self.books.wallet_of(org_id)
        return await self.top_up_wallet(
            org_id=org_id,
            wallet_id=wallet.id,
            ref=ref,
            amount_nanos=amount_nanos,
            actor=actor.actor,
            trace_id=trace_id,
            description=description,
        )


@dataclass(frozen=True, slots=True)
class AdjustOrganization:
    """Corrects an organization's wallet, up or down, for a stated reason."""

    books: Books
    adjust_wallet: AdjustWallet

    async def __call__(
        self, *, actor: Actor, org_id: OrgId, ref: str, amount_nanos: int, reason: str, trace_id: TraceId
    ) -> Outcome:
        """Raises AdministratorRequired, NotFound, InvalidInput, RefConflict, InsufficientFunds or LedgerRefused."""
        require_administrator(actor)
        wallet = await self.books.wallet_of(org_id)
        return await self.adjust_wallet(
            org_id=org_id,
            wallet_id=wallet.id,
            ref=ref,
            amount_nanos=amount_nanos,
            reason=reason,
            actor=actor.actor,
            trace_id=trace_id,
        )


@dataclass(frozen=True, slots=True)
class RefundOrganization:
    """Gives back some or all of a capture, for a stated reason."""

    books: Books
    refund_capture: RefundCapture

    async def __call__(
        self,
        *,
        actor: Actor,
        org_id: OrgId,
        ref: str,
        capture_ref: str,
        amount_nanos: int,
        reason: str,
        trace_id: TraceId,
    ) -> Outcome:
        """Raises AdministratorRequired, NotFound, InvalidInput, RefConflict or LedgerRefused."""
        require_administrator(actor)
        wallet = await self.books.wallet_of(org_id)
        return await self.refund_capture(
            org_id=org_id,
            wallet_id=wallet.id,
            ref=ref,
            capture_ref=capture_ref,
            amount_nanos=amount_nanos,
            reason=reason,
            actor=actor.actor,
            trace_id=trace_id,
        )
