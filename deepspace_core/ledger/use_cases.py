"""What people and schedules do with the ledger. The calls themselves use the `Ledger` port directly.

Whether the actor may do it is for the caller to have checked; these only write down who did.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import EventId, OrgId, TraceId, WalletId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.ledger.command import Adjust, CallersCommand, Refund, TopUp
from deepspace_core.ledger.errors import refusal_of
from deepspace_core.ledger.outcome import Outcome
from deepspace_core.ledger.ports import AccountBalance, Ledger, LedgerAuditReader, LedgerReader, OpenHolds
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
class CountHolds:
    """How many holds are open, for an operator who watches."""

    reader: LedgerReader
    unit_of_work: UnitOfWork
    clock: Clock

    async def __call__(self) -> OpenHolds:
        async with self.unit_of_work() as tx:
            return await self.reader.count_holds(tx, now=self.clock.now())


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the audit looked at and what it found; sound when there are no findings.

    `rows` were followed one by one, of which `roots` carried a root; `seq` is the highest there was. `calls` are the
    captures that were held against their usage. The trial balance is over all rows, however few were followed.
    """

    wallets: int
    holds: int
    rows: int
    findings: Sequence[Finding]
    trial_balance: Sequence[AccountBalance]
    roots: int = 0
    budgets: int = 0
    seq: int = 0
    calls: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(slots=True)
class _Tally:
    """What one run of the audit has seen so far."""

    wallets: int = 0
    holds: int = 0
    rows: int = 0
    roots: int = 0
    budgets: int = 0
    seq: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AuditLedger:
    """Checks on live data every invariant that data can show, on one snapshot, page by page, without locking anyone."""

    reader: LedgerAuditReader
    unit_of_work: UnitOfWork

    async def __call__(self, *, from_seq: int = 0, org_id: OrgId | None = None) -> AuditReport:
        """Stops looking for more after AUDIT_FINDINGS_MAX findings.

        `from_seq` continues: what a wallet's rows up to there say is taken on trust (from the last root at or before
        it), and so are holds that nothing has happened to since; budgets are then not counted anew. `org_id` looks at
        one organization's wallets only.
        """
        tally = _Tally()
        async with self.unit_of_work() as tx:
            await self.reader.freeze(tx)
            async for wallet in every_wallet(self.reader, tx, org_id):
                if len(tally.findings) >= AUDIT_FINDINGS_MAX:
                    break
                tally.wallets += 1
                since = await self._check_rows(tx, wallet, tally, from_seq=from_seq)
                await self._check_holds(tx, wallet, tally, since=since)
            orphans = await self.reader.orphans(tx, limit=AUDIT_FINDINGS_MAX)
            tally.findings += [Finding("nothing points to nothing", "ledger", line) for line in orphans]
            balance = await self.reader.trial_balance(tx)
        tally.findings += _unbalanced(balance)
        return AuditReport(
            wallets=tally.wallets,
            holds=tally.holds,
            rows=tally.rows,
            findings=tally.findings[:AUDIT_FINDINGS_MAX],
            trial_balance=balance,
            roots=tally.roots,
            budgets=tally.budgets,
            seq=tally.seq,
        )

    async def _check_rows(self, tx: Transaction, wallet: Wallet, tally: _Tally, *, from_seq: int) -> datetime | None:
        """From when on the rows were followed; None means all of them."""
        chain, since = RowChain(wallet), None
        if from_seq and (known := await self.reader.sealed_row(tx, wallet_id=wallet.id, seq=from_seq)):
            chain.begin_after(*known)
            since = known[0].at
        while rows := await self.reader.rows_of_wallet(
            tx, wallet_id=wallet.id, after_seq=chain.seq, limit=AUDIT_PAGE_ROWS
        ):
            roots = await self.reader.roots_of_wallet(tx, wallet_id=wallet.id, after_seq=chain.seq, to_seq=rows[-1].seq)
            for row in rows:
                chain.follow(row, roots.get(row.seq))
            tally.rows += len(rows)
            tally.roots += len(roots)
        chain.close()
        tally.seq = max(tally.seq, chain.seq)
        tally.findings += chain.findings
        return since

    async def _check_holds(self, tx: Transaction, wallet: Wallet, tally: _Tally, *, since: datetime | None) -> None:
        remaining = 0
        after = None
        budgets, lines = await self.reader.budgets_of_wallet(tx, wallet_id=wallet.id)
        caps = CapProof(wallet, budgets)
        while holds := await self.reader.holds_of_wallet(tx, wallet_id=wallet.id, after=after, limit=AUDIT_PAGE_ROWS):
            touched = [hold for hold in holds if since is None or hold.updated_at >= since]
            rows = by_hold(await self.reader.rows_of_holds(tx, hold_ids=[hold.id for hold in touched]))
            for hold in touched:
                tally.findings += check_hold(hold, rows.get(hold.id, ()))
                caps.follow(hold, rows.get(hold.id, ()))
            remaining += sum(hold.remaining_nanos for hold in holds)
            tally.holds += len(touched)
            after = holds[-1].ref
        tally.findings += check_frozen(wallet, remaining)
        if since is None:
            tally.budgets += len(budgets)
            tally.findings += caps.close(lines)


async def every_wallet(reader: LedgerAuditReader, tx: Transaction, org_id: OrgId | None) -> AsyncIterator[Wallet]:
    """All wallets there are, of one organization where one is named, read page by page."""
    after: WalletId | None = None
    while page := await reader.wallets_after(tx, after=after, limit=AUDIT_PAGE_ROWS, org_id=org_id):
        for wallet in page:
            yield wallet
        after = page[-1].id


def _unbalanced(lines: Sequence[AccountBalance]) -> list[Finding]:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.balance_nanos
    return [
        Finding("accounts sum to zero", f"currency {currency}", f"the trial balance is off by {nanos}")
        for currency, nanos in sums.items()
        if nanos != 0
    ]
