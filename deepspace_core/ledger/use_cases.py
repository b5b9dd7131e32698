"""What people and schedules do with the ledger. The calls themselves use the `Ledger` port directly.

Whether the actor may do it is for the caller to have checked; these only write down who did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import EventId, OrgId, TraceId, WalletId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.ledger.command import Adjust, CallersCommand, Refund, TopUp
from deepspace_core.ledger.errors import refusal_of
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.ports import AccountBalance, Ledger, LedgerAuditReader, LedgerReader
from deepspace_core.ledger.proof import CapProof, Finding, RowChain, by_hold, check_frozen, check_hold
from deepspace_core.ledger.wallet import Wallet

SWEEP_HOLDS_MAX = 500
"""How many holds one round of the sweeper expires: one batch, a few milliseconds of a wallet's lock."""

SWEEP_ROUNDS_MAX = 20
AUDIT_PAGE_ROWS = 1_000
AUDIT_FINDINGS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class OperatorLedger:
    """Applies an operator's command with its audit event in the same commit."""

    ledger: Ledger
    clock: Clock
    ids: IdSource

    async def apply(self, command: CallersCommand, *, event_type: str, payload: Mapping[str, object]) -> Outcome:
        """The accepted outcome. Raises what `refusal_of` makes of any other."""
        event = Event(
            id=EventId(self.ids.uuid()),
            at=self.clock.now(),
            event_type=event_type,
            org_id=command.org_id,
            actor=command.actor,
            subject=show_id("wallet", command.wallet_id),
            trace_id=command.trace_id,
            payload={"ref": command.ref, **payload},
        )
        outcome = await self.ledger.apply(command, riders=[event])
        if refusal := refusal_of(outcome):
            raise refusal
        return outcome


@dataclass(frozen=True, slots=True)
class TopUpWallet:
    """Books money that was paid in. The payment's own id makes the best `ref`."""

    operator: OperatorLedger

    async def __call__(
        self,
        *,
        org_id: OrgId,
        wallet_id: WalletId,
        ref: str,
        amount_nanos: int,
        actor: str,
        trace_id: TraceId,
        description: str = "",
    ) -> Outcome:
        command = TopUp(
            org_id=org_id,
            wallet_id=wallet_id,
            ref=ref,
            amount_nanos=amount_nanos,
            actor=actor,
            trace_id=trace_id,
            description=description,
        )
        return await self.operator.apply(command, event_type="wallet.topped_up", payload={"amount_nanos": amount_nanos})


@dataclass(frozen=True, slots=True)
class AdjustWallet:
    """Corrects a wallet, up or down, for a stated reason."""

    operator: OperatorLedger

    async def __call__(
        self,
        *,
        org_id: OrgId,
        wallet_id: WalletId,
        ref: str,
        amount_nanos: int,
        reason: str,
        actor: str,
        trace_id: TraceId,
    ) -> Outcome:
        command = Adjust(
            org_id=org_id,
            wallet_id=wallet_id,
            ref=ref,
            amount_nanos=amount_nanos,
            reason=reason,
            actor=actor,
            trace_id=trace_id,
        )
        payload = {"amount_nanos": amount_nanos, "reason": reason}
        return await self.operator.apply(command, event_type="wallet.adjusted", payload=payload)


@dataclass(frozen=True, slots=True)
class RefundCapture:
    """Gives back some or all of a capture, for a stated reason."""

    operator: OperatorLedger

    async def __call__(
        self,
        *,
        org_id: OrgId,
        wallet_id: WalletId,
        ref: str,
        capture_ref: str,
        amount_nanos: int,
        reason: str,
        actor: str,
        trace_id: TraceId,
    ) -> Outcome:
        command = Refund(
            org_id=org_id,
            wallet_id=wallet_id,
            ref=ref,
            capture_ref=capture_ref,
            amount_nanos=amount_nanos,
            reason=reason,
            actor=actor,
            trace_id=trace_id,
        )
        payload = {"amount_nanos": amount_nanos, "capture_ref": capture_ref, "reason": reason}
        return await self.operator.apply(command, event_type="capture.refunded", payload=payload)


@dataclass(frozen=True, slots=True)
class SweepExpiredHolds:
    """Writes down that holds are over. Changes no outcome: the book counts them as over already."""

    ledger: Ledger
    reader: LedgerReader
    unit_of_work: UnitOfWork
    clock: Clock

    async def __call__(self) -> int:
        """How many holds were expired; at most SWEEP_ROUNDS_MAX x SWEEP_HOLDS_MAX a call."""
        swept = 0
        for _ in range(SWEEP_ROUNDS_MAX):
            async with self.unit_of_work() as tx:
                due = await self.reader.due_holds(tx, now=self.clock.now(), limit=SWEEP_HOLDS_MAX)
            if due:
                outcomes = await self.ledger.apply_many(due)
                swept += sum(outcome.transaction is not None for outcome in outcomes)
            if len(due) < SWEEP_HOLDS_MAX:
                break
        return swept


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the audit looked at and what it found; sound when there are no findings."""

    wallets: int
    holds: int
    rows: int
    findings: Sequence[Finding]
    trial_balance: Sequence[AccountBalance]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class AuditLedger:
    """Checks on live data every invariant that data can show, on one snapshot, page by page, without locking anyone."""

    reader: LedgerAuditReader
    unit_of_work: UnitOfWork

    async def __call__(self) -> AuditReport:
        """Stops looking for more after AUDIT_FINDINGS_MAX findings; the trial balance is over all rows all the same."""
        wallets = holds = rows = 0
        findings: list[Finding] = []
        async with self.unit_of_work() as tx:
            await self.reader.freeze(tx)
            after: WalletId | None = None
            while page := await self.reader.wallets_after(tx, after=after, limit=AUDIT_PAGE_ROWS):
                after = page[-1].id
                for wallet in page:
                    if len(findings) >= AUDIT_FINDINGS_MAX:
                        break
                    wallets += 1
                    rows += await self._check_rows(tx, wallet, findings)
                    holds += await self._check_holds(tx, wallet, findings)
            orphans = await self.reader.orphans(tx, limit=AUDIT_FINDINGS_MAX)
            findings += [Finding("nothing points to nothing", "ledger", line) for line in orphans]
            balance = await self.reader.trial_balance(tx)
        findings += _unbalanced(balance)
        return AuditReport(wallets, holds, rows, findings[:AUDIT_FINDINGS_MAX], balance)

    async def _check_rows(self, tx: Transaction, wallet: Wallet, findings: list[Finding]) -> int:
        chain = RowChain(wallet)
        count, after_seq = 0, 0
        while rows := await self.reader.rows_of_wallet(
            tx, wallet_id=wallet.id, after_seq=after_seq, limit=AUDIT_PAGE_ROWS
        ):
            for row in rows:
                chain.follow(row)
            count += len(rows)
            after_seq = rows[-1].seq
        chain.close()
        findings += chain.findings
        return count

    async def _check_holds(self, tx: Transaction, wallet: Wallet, findings: list[Finding]) -> int:
        count = remaining = 0
        after = None
        budgets, lines = await self.reader.budgets_of_wallet(tx, wallet_id=wallet.id)
        caps = CapProof(wallet, budgets)
        while holds := await self.reader.holds_of_wallet(tx, wallet_id=wallet.id, after=after, limit=AUDIT_PAGE_ROWS):
            rows = by_hold(await self.reader.rows_of_holds(tx, hold_ids=[hold.id for hold in holds]))
            for hold in holds:
                findings += check_hold(hold, rows.get(hold.id, ()))
                caps.follow(hold, rows.get(hold.id, ()))
                remaining += hold.remaining_nanos
            count += len(holds)
            after = holds[-1].ref
        findings += check_frozen(wallet, remaining)
        findings += caps.close(lines)
        return count


def _unbalanced(lines: Sequence[AccountBalance]) -> list[Finding]:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.balance_nanos
    return [
        Finding("accounts sum to zero", f"currency {currency}", f"the trial balance is off by {nanos}")
        for currency, nanos in sums.items()
        if nanos != 0
    ]
