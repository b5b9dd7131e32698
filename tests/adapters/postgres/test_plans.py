"""What runs before every call, or every minute, finds its rows by an index, however large its tables grow.

With sequential scans forbidden the planner takes one only where no index can serve, so a small table shows it too.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from deepspace_adapters.postgres import audit, credential, idempotency, session, user
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.sql import Statement
from deepspace_core.audit import RequestLogFilters

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
    "traces_of_request": (audit.SQL.traces_of_request, {"name": "up-1", "id": ID, "limit": 1}),
    "events_stored": (audit.SQL.events_stored, {"org_id": ID, "since": None, "until": NOW, "limit": 1}),
}


REQUESTS = {field.name: None for field in fields(RequestLogFilters)} | {"org_id": None}
FOUND_BY: dict[str, tuple[dict[str, object], str]] = {
    "an organization": ({"org_id": ID}, "Index Cond: (org_id = "),
    "a key": ({"api_key_id": ID}, "Index Cond: (api_key_id = "),
    "a person": ({"user_id": ID}, "Index Cond: (user_id = "),
    "a project": ({"project_id": ID}, "Index Cond: (org_id = "),
    "a workspace": ({"workspace_id": ID}, "Index Cond: (org_id = "),
    "a trace": ({"trace_id": "0" * 32}, "Index Cond: (trace_id = "),
    "a period": ({"since": NOW, "until": NOW + timedelta(days=1)}, "Index Cond: ((started_at >= "),
}
"""What requests are looked for by, and how an index is asked for them."""


@pytest.mark.parametrize("name", FOUND_BY)
async def test_requests_and_their_totals_are_found_by_an_index(pool: Pool, name: str) -> None:
    wanted, condition = FOUND_BY[name]
    plan = await _plan(pool, audit.SQL.total_requests, REQUESTS | wanted)
    assert condition in plan, plan
    assert "Seq Scan on request_logs" not in plan, plan
    listed = await _plan(pool, audit.SQL.list_requests, REQUESTS | wanted | {"after": None, "limit": 50})
    assert "Seq Scan on request_logs" not in listed, listed


@pytest.mark.parametrize("wanted", [{"status_min": 400}, {"status_min": 500}, {"status_min": 429, "status_max": 429}])
async def test_failed_requests_are_found_among_the_failed(pool: Pool, wanted: dict[str, object]) -> None:
    plan = await _plan(pool, audit.SQL.total_requests, REQUESTS | wanted)
    assert "Seq Scan" not in plan, plan


async def test_an_upstreams_id_is_looked_up_and_not_searched_for(pool: Pool) -> None:
    plan = await _plan(pool, audit.SQL.traces_of_request, {"name": "up-1", "id": ID, "limit": 20})
    assert "Index Cond: (upstream_request_id = " in plan, plan
    assert "Index Cond: (id = " in plan, plan


@pytest.mark.parametrize("name", STATEMENTS)
async def test_it_reads_no_table_from_end_to_end(pool: Pool, name: str) -> None:
    plan = await _plan(pool, *STATEMENTS[name])
    assert "Seq Scan" not in plan, plan


async def _plan(pool: Pool, statement: Statement, values: Mapping[str, object]) -> str:
    async with pool.connection() as connection:
        await connection.execute(b"SET LOCAL enable_seqscan = off")
        found = await connection.execute(b"EXPLAIN " + statement, values)
        return "\n".join(row[0] for row in await found.fetchall())
