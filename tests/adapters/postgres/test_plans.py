"""What runs before every call, or every minute, finds its rows by an index, however large its tables grow.

With sequential scans forbidden the planner takes one only where no index can serve, so a small table shows it too.
"""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from deepspace_adapters.postgres import audit, credential, idempotency, session, user
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.sql import Statement

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ID, DIGEST = UUID(int=1), b"digest"
STATEMENTS: dict[str, tuple[Statement, dict[str, object]]] = {
    "find_key": (credential.SQL.find_key, {"sha256": DIGEST}),
    "find_session": (credential.SQL.find_session, {"access_sha256": DIGEST, "org_id": ID, "project_id": None}),
    "find_user_by_email": (user.SQL.find_user_by_email, {"email": "ada@example.org"}),
    "lock_session_family": (session.SQL.lock_session_family, {"family_sha256": DIGEST}),
    "prune of idempotency keys": (idempotency.SQL.prune, {"now": NOW, "limit": 1}),
    "prune_sessions": (session.SQL.prune_sessions, {"expired_before": NOW, "limit": 1}),
    "orgs_to_seal": (audit.SQL.orgs_to_seal, {"until": NOW, "limit": 1}),
    "find_last_seal": (audit.SQL.find_last_seal, {"org_id": ID}),
    "find_last_seal of nobody": (audit.SQL.find_last_seal, {"org_id": None}),
    "seals_of": (audit.SQL.seals_of, {"org_id": ID, "after_seq": 0, "limit": 1}),
    "events_stored": (audit.SQL.events_stored, {"org_id": ID, "since": None, "until": NOW, "limit": 1}),
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_it_reads_no_table_from_end_to_end(pool: Pool, name: str) -> None:
    statement, values = STATEMENTS[name]
    async with pool.connection() as connection:
        await connection.execute(b"SET LOCAL enable_seqscan = off")
        found = await connection.execute(b"EXPLAIN " + statement, values)
        plan = "\n".join(row[0] for row in await found.fetchall())
    assert "Seq Scan" not in plan, plan
