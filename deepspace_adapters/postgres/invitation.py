"""Invitations in PostgreSQL."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, run
from deepspace_core.identity.invitation import Invitation
from deepspace_core.identity.principal import Role
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import InvitationId, OrgId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_invitation: sql.Statement
    lock_invitation: sql.Statement
    find_by_secret: sql.Statement
    find_pending: sql.Statement
    save_invitation: sql.Statement
    list_pending: sql.Statement
    count_pending: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresInvitations:
    """The `Invitations` port."""

    async def add(self, tx: Transaction, invitation: Invitation) -> None:
        await run(tx, SQL.add_invitation, _row(invitation))

    async def lock(self, tx: Transaction, org_id: OrgId, invitation_id: InvitationId) -> Invitation:
        values = {"org_id": org_id, "id": invitation_id}
        found = await find_one(tx, _invitation, SQL.lock_invitation, values)
        if found is None:
            raise NotFound("this organization has no such invitation", param="invitation_id")
        return found

    async def find_by_secret(self, tx: Transaction, sha256: bytes) -> Invitation | None:
        return await find_one(tx, _invitation, SQL.find_by_secret, {"sha256": sha256})

    async def find_pending(self, tx: Transaction, org_id: OrgId, email: str, *, now: datetime) -> Invitation | None:
        return await find_one(tx, _invitation, SQL.find_pending, {"org_id": org_id, "email": email, "now": now})

    async def save(self, tx: Transaction, invitation: Invitation) -> None:
        await run(tx, SQL.save_invitation, _row(invitation))

    async def list_pending(
        self, tx: Transaction, org_id: OrgId, page: PageRequest, *, now: datetime
    ) -> Page[Invitation]:
        values = {"org_id": org_id, "now": now, "after": page.after, "limit": page.limit + 1}
        found = await find_all(tx, _invitation, SQL.list_pending, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def count_pending(self, tx: Transaction, org_id: OrgId, *, now: datetime) -> int:
        return await find_one(tx, _pending, SQL.count_pending, {"org_id": org_id, "now": now}) or 0


def _row(invitation: Invitation) -> dict[str, object]:
    return asdict(invitation) | {"role": invitation.role.value}


def _invitation(*, role: str, **columns: Any) -> Invitation:
    return Invitation(role=Role(role), **columns)


def _pending(*, pending: int) -> int:
    return pending
