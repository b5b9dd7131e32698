"""The whole audit: the books by themselves, then the books beside the usage that explains them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork
from deepspace_core.ledger.metering import ONE_TO_ONE, CostAgain, check_metering
from deepspace_core.ledger.ports import LedgerAuditReader
from deepspace_core.ledger.proof import Finding
from deepspace_core.ledger.use_cases import (
    AUDIT_FINDINGS_MAX,
    AUDIT_PAGE_ROWS,
    AuditLedger,
    AuditReport,
    every_wallet,
)
from deepspace_core.ledger.wallet import Wallet


@dataclass(frozen=True, slots=True)
class AuditBooks:
    """`AuditLedger`, and then usage and captures one to one, each cost made again from its leaves and rates.

    In a snapshot of its own, which serves as well: a capture and its usage are written in one commit. A ledger that is
    used alone has neither prices nor usage, and `AuditLedger` is all of its audit.
    """

    audit_ledger: AuditLedger
    reader: LedgerAuditReader
    unit_of_work: UnitOfWork
    cost_again: CostAgain

    async def __call__(self, *, from_seq: int = 0, org_id: OrgId | None = None) -> AuditReport:
        """What `AuditLedger` says and how many calls were held against their usage; `from_seq` continues here too."""
        report = await self.audit_ledger(from_seq=from_seq, org_id=org_id)
        findings, calls = [*report.findings], 0
        trusted: list[datetime | None] = []
        async with self.unit_of_work() as tx:
            await self.reader.freeze(tx)
            async for wallet in every_wallet(self.reader, tx, org_id):
                if len(findings) >= AUDIT_FINDINGS_MAX:
                    break
                known = await self.reader.sealed_row(tx, wallet_id=wallet.id, seq=from_seq) if from_seq else None
                trusted.append(known[0].at if known else None)
                found, checked = await self._check_wallet(tx, wallet, after_seq=known[0].seq if known else 0)
                findings, calls = findings + found, calls + checked
            lines = await self.reader.stray_usage(tx, org_id=org_id, since=_earliest(trusted), limit=AUDIT_FINDINGS_MAX)
        findings += [Finding(ONE_TO_ONE, "usage", line) for line in lines]
        return replace(report, findings=findings[:AUDIT_FINDINGS_MAX], calls=calls)

    async def _check_wallet(self, tx: Transaction, wallet: Wallet, *, after_seq: int) -> tuple[list[Finding], int]:
        findings: list[Finding] = []
        checked = 0
        while captures := await self.reader.metered_captures(
            tx, wallet_id=wallet.id, after_seq=after_seq, limit=AUDIT_PAGE_ROWS
        ):
            for capture in captures:
                findings += check_metering(capture, self.cost_again)
            checked += len(captures)
            after_seq = captures[-1].row.seq
        return findings, checked


def _earliest(trusted: Sequence[datetime | None]) -> datetime | None:
    """From when on usage is looked at; None for all of it, if anything was followed from its beginning."""
    moments = [at for at in trusted if at is not None]
    return min(moments) if moments and len(moments) == len(trusted) else None
