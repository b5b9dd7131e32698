"""Commands in few words: one caller, one wallet, one trace."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from deepspace_core.kernel.ids import OrgId, TraceId, WalletId
from deepspace_core.ledger import Adjust, BudgetKey, BudgetScope, Capture, Extend, Hold, Refund, Release, TopUp
from tests.fakes import TRACE

ORG = OrgId(UUID(int=1))
OTHER_ORG = OrgId(UUID(int=2))
WALLET = WalletId(UUID(int=11))
OTHER_WALLET = WalletId(UUID(int=12))
MINUTE = 60
CAP = BudgetKey(BudgetScope.ORG, ORG)


class _Common(TypedDict):
    org_id: OrgId
    wallet_id: WalletId
    trace_id: TraceId
    actor: str
    currency: str | None


@dataclass(frozen=True)
class Caller:
    """Somebody who spends from one wallet."""

    org_id: OrgId = ORG
    wallet_id: WalletId = WALLET
    trace_id: TraceId = TRACE
    currency: str | None = None
    caps: tuple[BudgetKey, ...] = ()

    @property
    def _common(self) -> _Common:
        return {
            "org_id": self.org_id,
            "wallet_id": self.wallet_id,
            "trace_id": self.trace_id,
            "actor": "key:test",
            "currency": self.currency,
        }

    def top_up(self, ref: str, amount: int) -> TopUp:
        return TopUp(**self._common, ref=ref, amount_nanos=amount)

    def hold(self, ref: str, amount: int, *, seconds: int = MINUTE) -> Hold:
        return Hold(**self._common, ref=ref, amount_nanos=amount, lifetime_seconds=seconds, caps=self.caps)

    def extend(self, ref: str, hold_ref: str, amount: int = 0, *, seconds: int | None = None) -> Extend:
        return Extend(**self._common, ref=ref, hold_ref=hold_ref, amount_nanos=amount, lifetime_seconds=seconds)

    def capture(self, ref: str, hold_ref: str | None, amount: int, *, final: bool = True) -> Capture:
        return Capture(**self._common, ref=ref, hold_ref=hold_ref, amount_nanos=amount, final=final)

    def release(self, ref: str, hold_ref: str) -> Release:
        return Release(**self._common, ref=ref, hold_ref=hold_ref)

    def refund(self, ref: str, capture_ref: str, amount: int) -> Refund:
        return Refund(**self._common, ref=ref, capture_ref=capture_ref, amount_nanos=amount, reason="wrong answer")

    def adjust(self, ref: str, amount: int) -> Adjust:
        return Adjust(**self._common, ref=ref, amount_nanos=amount, reason="miscounted")
