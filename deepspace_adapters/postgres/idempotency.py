"""Idempotency keys and the answers kept under them, in PostgreSQL."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from psycopg.rows import DictRow, dict_row

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.arrays import array_of
from deepspace_adapters.postgres.burst import Executes
from deepspace_adapters.postgres.unit_of_work import connection_of
from deepspace_core.kernel.errors import Unavailable
from deepspace_core.kernel.ids import TraceId
from deepspace_core.kernel.ports.unit_of_work import Transaction
from deepspace_core.kernel.record import Record
from deepspace_core.pipeline import Answer, Claim, Claimed, ClaimState, KeptAnswer

CLAIM_ATTEMPTS_MAX = 3


@dataclass(frozen=True, slots=True)
class _Statements:
    claim: sql.Statement
    free: sql.Statement
    write_answers: sql.Statement
    prune: sql.Statement
    shrink: sql.Statement


SQL = sql.load(__file__, _Statements)


async def write_kept_answers(connection: Executes, records: Sequence[Record]) -> None:
    """Writes answers in whatever transaction `connection` is in; for the ledger's own commit."""
    kept = [cast(KeptAnswer, record) for record in records]
    claims = [one.claim for one in kept]
    answers = [one.answer for one in kept]
    values = {
        "org_ids": array_of(claim.org_id for claim in claims),
        "key_hashes": array_of(claim.key_hash.hex() for claim in claims),
        "body_hashes": array_of(claim.body_hash.hex() for claim in claims),
        "call_ids": array_of(claim.call_id for claim in claims),
        "trace_ids": array_of(claim.trace_id for claim in claims),
        "claimed_ats": array_of(claim.claimed_at for claim in claims),
        "lease_untils": array_of(claim.lease_until for claim in claims),
        "expires_ats": array_of(claim.expires_at for claim in claims),
        "statuses": array_of(answer and answer.status for answer in answers),
        "content_types": array_of(answer and answer.content_type for answer in answers),
        "costs": array_of(answer and answer.cost for answer in answers),
        "sealeds": array_of(answer and b64encode(answer.sealed).decode() for answer in answers),
    }
    await connection.execute(SQL.write_answers, values)


class PostgresIdempotencyKeys:
    """The `IdempotencyKeys` port."""

    async def claim(self, tx: Transaction, claim: Claim) -> Claimed | None:
        values = {
            "org_id": claim.org_id,
            "key_hash": claim.key_hash,
            "body_hash": claim.body_hash,
            "call_id": claim.call_id,
            "trace_id": claim.trace_id,
            "claimed_at": claim.claimed_at,
            "lease_until": claim.lease_until,
            "expires_at": claim.expires_at,
        }
        for _ in range(CLAIM_ATTEMPTS_MAX):
            async with connection_of(tx).cursor(row_factory=dict_row) as cursor:
                await cursor.execute(SQL.claim, values)
                row = await cursor.fetchone()
            if row is not None:
                return None if row["ours"] else _claimed(row)
        raise Unavailable("this Idempotency-Key is being claimed by several calls at once; try again")

    async def free(self, tx: Transaction, claim: Claim) -> None:
        values = {"org_id": claim.org_id, "key_hash": claim.key_hash, "call_id": claim.call_id}
        await connection_of(tx).execute(SQL.free, values)

    async def prune(self, tx: Transaction, *, now: datetime, limit: int) -> int:
        cursor = await connection_of(tx).execute(SQL.prune, {"now": now, "limit": limit})
        return cursor.rowcount

    async def shrink(self, tx: Transaction, *, bytes_max: int, limit: int) -> int:
        cursor = await connection_of(tx).execute(SQL.shrink, {"bytes_max": bytes_max, "limit": limit})
        return cursor.rowcount


def _claimed(row: DictRow) -> Claimed:
    answer = None
    if row["sealed"] is not None:
        answer = Answer(status=row["status"], content_type=row["content_type"], cost=row["cost"], sealed=row["sealed"])
    return Claimed(
        state=ClaimState(row["state"]),
        body_hash=row["body_hash"],
        trace_id=TraceId(row["trace_id"]),
        lease_until=row["lease_until"],
        answer=answer,
    )
