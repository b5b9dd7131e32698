"""Idempotency keys and the answers kept under them, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from deepspace_adapters.memory.unit_of_work import Table, table_of
from deepspace_core.kernel.ids import OrgId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.pipeline import Answer, Claim, Claimed, ClaimState, KeptAnswer


@dataclass(frozen=True, slots=True)
class _Row:
    claim: Claim
    state: ClaimState
    answer: Answer | None = None

    @property
    def sealed_bytes(self) -> int:
        return len(self.answer.sealed) if self.answer else 0


async def write_kept_answers(tx: Transaction, records: Sequence[Record]) -> None:
    """Writes answers in the ledger's own transaction."""
    table = _keys(tx)
    for record in records:
        kept = cast(KeptAnswer, record)
        standing: _Row | None = table.get(_place(kept.claim))
        if standing is None or standing.claim.call_id == kept.claim.call_id:
            state = ClaimState.DROPPED if kept.answer is None else ClaimState.KEPT
            table[_place(kept.claim)] = _Row(standing.claim if standing else kept.claim, state, kept.answer)


class MemoryIdempotencyKeys:
    """The `IdempotencyKeys` port."""

    async def claim(self, tx: Transaction, claim: Claim) -> Claimed | None:
        standing: _Row | None = _keys(tx).get(_place(claim))
        if standing is None or _is_over(standing, claim.claimed_at):
            _keys(tx)[_place(claim)] = _Row(claim, ClaimState.RUNNING)
            return None
        return Claimed(
            state=standing.state,
            body_hash=standing.claim.body_hash,
            trace_id=standing.claim.trace_id,
            lease_until=standing.claim.lease_until,
            answer=standing.answer,
        )

    async def free(self, tx: Transaction, claim: Claim) -> None:
        standing: _Row | None = _keys(tx).get(_place(claim))
        if standing and standing.claim.call_id == claim.call_id and standing.state is ClaimState.RUNNING:
            del _keys(tx)[_place(claim)]

    async def prune(self, tx: Transaction, *, now: datetime, limit: int) -> int:
        rows: list[_Row] = sorted(_keys(tx).values(), key=lambda row: row.claim.expires_at)
        over = [row for row in rows if row.claim.expires_at <= now][:limit]
        for row in over:
            del _keys(tx)[_place(row.claim)]
        return len(over)

    async def shrink(self, tx: Transaction, *, bytes_max: int, limit: int) -> int:
        bytes_so_far: dict[OrgId, int] = {}
        beyond: list[_Row] = []
        rows: list[_Row] = [row for row in _keys(tx).values() if row.state is ClaimState.KEPT]
        for row in sorted(rows, key=lambda row: (-row.claim.claimed_at.timestamp(), row.claim.key_hash)):
            org_id = row.claim.org_id
            bytes_so_far[org_id] = bytes_so_far.get(org_id, 0) + row.sealed_bytes
            if bytes_so_far[org_id] > bytes_max:
                beyond.append(row)
        for row in beyond[::-1][:limit]:
            _keys(tx)[_place(row.claim)] = replace(row, state=ClaimState.DROPPED, answer=None)
        return min(limit, len(beyond))


def _keys(tx: Transaction) -> Table:
    return table_of(tx, "idempotency_keys")


def _place(claim: Claim) -> tuple[OrgId, bytes]:
    return (claim.org_id, claim.key_hash)


def _is_over(row: _Row, now: datetime) -> bool:
    if row.claim.expires_at <= now:
        return True
    return row.state is ClaimState.RUNNING and row.claim.lease_until <= now
