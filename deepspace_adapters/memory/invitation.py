"""The memory twin of invitations."""

from collections.abc import Iterable
from datetime import datetime

from deepspace_adapters.memory.identity import newest_first
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.identity.invitation import Invitation, InvitationState
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import InvitationId, OrgId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction


class MemoryInvitations:
    """The `Invitations` port."""

    async def add(self, tx: Transaction, invitation: Invitation) -> None:
        table_of(tx, "invitations")[invitation.id] = invitation

    async def lock(self, tx: Transaction, org_id: OrgId, invitation_id: InvitationId) -> Invitation:
        found: Invitation | None = table_of(tx, "invitations").get(invitation_id)
        if found is None or found.org_id != org_id:
            raise NotFound("this organization has no such invitation", param="invitation_id")
        return found

    async def find_by_secret(self, tx: Transaction, sha256: bytes) -> Invitation | None:
        return next((one for one in _invitations(tx) if one.sha256 == sha256), None)

    async def find_pending(self, tx: Transaction, org_id: OrgId, email: str, *, now: datetime) -> Invitation | None:
        pending = [one for one in _pending(tx, org_id, now) if one.email == email]
        return max(pending, key=lambda one: one.id, default=None)

    async def save(self, tx: Transaction, invitation: Invitation) -> None:
        await self.add(tx, invitation)

    async def list_pending(
        self, tx: Transaction, org_id: OrgId, page: PageRequest, *, now: datetime
    ) -> Page[Invitation]:
        return newest_first([(one.id, one) for one in _pending(tx, org_id, now)], page)

    async def count_pending(self, tx: Transaction, org_id: OrgId, *, now: datetime) -> int:
        return len(_pending(tx, org_id, now))


def _pending(tx: Transaction, org_id: OrgId, now: datetime) -> list[Invitation]:
    return [one for one in _invitations(tx) if one.org_id == org_id and one.state(now) is InvitationState.PENDING]


def _invitations(tx: Transaction) -> Iterable[Invitation]:
    invitations: Iterable[Invitation] = table_of(tx, "invitations").values()
    return invitations
