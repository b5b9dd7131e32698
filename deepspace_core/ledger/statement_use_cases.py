"""Telling a month of a wallet, from one snapshot."""

from dataclasses import dataclass
from datetime import timedelta

from deepspace_core.identity import Actor, Permission, Principal, require_administrator
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger.ports import LedgerReader, StatementReader
from deepspace_core.ledger.statement import ENTRY_TYPES, Statement, read_month

ENTRIES_MAX = 10_000
"""How many payments, refunds and corrections a statement lists one by one; the sums are over all of them."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class StateMonth:
    """The statement of an organization's wallet for a month."""

    unit_of_work: UnitOfWork
    ledger: LedgerReader
    reader: StatementReader

    async def __call__(self, *, principal: Principal, month: str, time_zone: str = "UTC") -> Statement:
        """Raises PermissionMissing, InvalidInput (month, time_zone) or NotFound (no wallet)."""
        principal.require(Permission.READ_WALLET)
        return await self.of(principal.org_id, month, time_zone)

    async def of(self, org_id: OrgId, month: str, time_zone: str) -> Statement:
        """The same of any organization, whoever asks: that is for the caller to have checked."""
        span = read_month(month, time_zone)
        async with self.unit_of_work() as tx:
            await self.reader.freeze(tx)
            wallet = await self.ledger.find_wallet_of_org(tx, org_id=org_id)
            if wallet is None:
                raise NotFound("there is no wallet of such an organization", param="org_id")
            opening, closing = [
                await self.ledger.balance_at(tx, org_id=wallet.org_id, wallet_id=wallet.id, at=at - _MICROSECOND)
                for at in (span.since, span.until)
            ]
            movements = await self.reader.movements(tx, wallet_id=wallet.id, since=span.since, until=span.until)
            entries = await self.reader.entries(
                tx, wallet_id=wallet.id, since=span.since, until=span.until, limit=ENTRIES_MAX
            )
            listed = sum(one.rows for one in movements if one.type in ENTRY_TYPES)
            return Statement(
                org_id=wallet.org_id,
                wallet_id=wallet.id,
                currency=wallet.currency,
                month=span,
                opening=opening,
                closing=closing,
                movements=movements,
                entries=entries,
                entries_omitted=listed - len(entries),
                spending=await self.reader.spending(tx, wallet_id=wallet.id, since=span.since, until=span.until),
                root=await self.reader.root_of(tx, wallet_id=wallet.id, seq=closing.seq),
            )


@dataclass(frozen=True, slots=True)
class StateAnyMonth:
    """The statement of any organization, for an administrator."""

    state_month: StateMonth

    async def __call__(self, *, actor: Actor, org_id: OrgId, month: str, time_zone: str = "UTC") -> Statement:
        """Raises AdministratorRequired, InvalidInput (month, time_zone) or NotFound (no wallet)."""
        require_administrator(actor)
        return await self.state_month.of(org_id, month, time_zone)
