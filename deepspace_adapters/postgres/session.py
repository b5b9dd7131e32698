"""Sessions in PostgreSQL. Secrets arrive as digests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, run
from deepspace_core.identity.session import Session, SessionEnd
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import SessionId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_session: sql.Statement
    lock_session: sql.Statement
    lock_session_family: sql.Statement
    save_session: sql.Statement
    list_live_sessions: sql.Statement
    end_all_sessions: sql.Statement
    prune_sessions: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresSessions:
    """The `Sessions` port."""

    async def add(self, tx: Transaction, session: Session) -> None:
        await run(tx, SQL.add_session, _row(session))

    async def lock(self, tx: Transaction, user_id: UserId, session_id: SessionId) -> Session:
        session = await find_one(tx, _session, SQL.lock_session, {"id": session_id, "user_id": user_id})
        if session is None:
            raise NotFound("you have no such session", param="session_id")
        return session

    async def lock_family(self, tx: Transaction, family_sha256: bytes) -> Session | None:
        return await find_one(tx, _session, SQL.lock_session_family, {"family_sha256": family_sha256})

    async def save(self, tx: Transaction, session: Session) -> None:
        await run(tx, SQL.save_session, _row(session))

    async def list_live(self, tx: Transaction, user_id: UserId, page: PageRequest, *, now: datetime) -> Page[Session]:
        values = {"user_id": user_id, "now": now, "after": page.after, "limit": page.limit + 1}
        sessions = await find_all(tx, _session, SQL.list_live_sessions, values)
        return page_of(sessions, [session.id for session in sessions], limit=page.limit)

    async def end_all(
        self, tx: Transaction, user_id: UserId, *, end: SessionEnd, now: datetime, but: SessionId | None = None
    ) -> int:
        return await run(tx, SQL.end_all_sessions, {"user_id": user_id, "end": end.value, "now": now, "but": but})

    async def prune(self, tx: Transaction, *, expired_before: datetime, limit: int) -> int:
        return await run(tx, SQL.prune_sessions, {"expired_before": expired_before, "limit": limit})


def _row(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "user_id": session.user_id,
        "access_sha256": session.access_sha256,
        "family_sha256": session.family_sha256,
        "generation_sha256": session.generation_sha256,
        "created_at": session.created_at,
        "refreshed_at": session.refreshed_at,
        "access_expires_at": session.access_expires_at,
        "expires_at": session.expires_at,
        "revoked_at": session.revoked_at,
        "end_reason": None if session.end is None else session.end.value,
        "user_agent": session.user_agent,
        "address": session.address,
    }


def _session(*, end_reason: str | None, **columns: Any) -> Session:
    return Session(end=None if end_reason is None else SessionEnd(end_reason), **columns)
