"""What every organization starts with: an owner, a workspace, a project and a wallet, in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime

from deepspace_core.identity.organization import Member, Organization, OrganizationKind
from deepspace_core.identity.ports import Members, Organizations, Projects, WalletOpening, Workspaces
from deepspace_core.identity.principal import Role
from deepspace_core.identity.project import DEFAULT_PROJECT_NAME, Project
from deepspace_core.identity.workspace import Workspace, propose_slugs
from deepspace_core.kernel.ids import OrgId, ProjectId, UserId, WalletId, WorkspaceId
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction

WORKSPACE_NAME = "Default"


@dataclass(frozen=True, slots=True)
class Foundation:
    """A new organization and what came with it."""

    organization: Organization
    workspace: Workspace
    project: Project
    wallet_id: WalletId


@dataclass(frozen=True, slots=True)
class Founding:
    """Not a use case: the part that registration and the making of an organization have in common."""

    organizations: Organizations
    members: Members
    workspaces: Workspaces
    projects: Projects
    wallets: WalletOpening
    ids: IdSource

    async def __call__(
        self,
        tx: Transaction,
        *,
        org_id: OrgId,
        name: str,
        kind: OrganizationKind,
        owner_id: UserId,
        now: datetime,
    ) -> Foundation:
        organization = Organization(id=org_id, name=name, kind=kind, created_at=now)
        await self.organizations.add(tx, organization)
        await self.members.add(tx, Member(org_id=org_id, user_id=owner_id, role=Role.OWNER, created_at=now))
        workspace = await self._workspace(tx, organization, now)
        project = Project(
            id=ProjectId(self.ids.uuid()),
            org_id=org_id,
            workspace_id=workspace.id,
            name=DEFAULT_PROJECT_NAME,
            created_at=now,
            is_default=True,
        )
        await self.projects.add(tx, project)
        wallet_id = WalletId(self.ids.uuid())
        await self.wallets.open(tx, org_id=org_id, wallet_id=wallet_id, now=now)
        return Foundation(organization, workspace, project, wallet_id)

    async def _workspace(self, tx: Transaction, organization: Organization, now: datetime) -> Workspace:
        workspace_id = WorkspaceId(self.ids.uuid())
        plain, unique = propose_slugs(organization.name, workspace_id)
        # Two at once may still want the same slug: the store then refuses the later one with SlugTaken.
        slug = unique if await self.workspaces.is_slug_taken(tx, plain) else plain
        workspace = Workspace(
            id=workspace_id,
            org_id=organization.id,
            slug=slug,
            name=WORKSPACE_NAME,
            created_at=now,
            is_default=True,
        )
        await self.workspaces.add(tx, workspace)
        return workspace
