"""The memory twin of identity's places and keys: workspaces, projects, API keys, and the look-up of credentials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from deepspace_adapters.memory.identity import names_of, newest_first
from deepspace_adapters.memory.unit_of_work import table_of
from deepspace_core.identity.admission import KeyFacts, OrganizationFacts, SessionFacts, SystemFacts
from deepspace_core.identity.api_key import LAST_USED_STEP, ApiKey
from deepspace_core.identity.errors import NameTaken, SlugTaken
from deepspace_core.identity.organization import Member, Organization
from deepspace_core.identity.ports import ApiKeyFilters, ApiKeyState
from deepspace_core.identity.principal import Role
from deepspace_core.identity.project import Project
from deepspace_core.identity.secret import same_digest
from deepspace_core.identity.session import Session
from deepspace_core.identity.user import User
from deepspace_core.identity.workspace import Workspace
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, UserId, WalletId, WorkspaceId
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction


class MemoryWorkspaces:
    """The `Workspaces` port."""

    async def add(self, tx: Transaction, workspace: Workspace) -> None:
        if any(one.slug == workspace.slug and one.id != workspace.id for one in _workspaces(tx)):
            raise SlugTaken(f"the slug {workspace.slug!r} is taken; choose another", param="slug")
        table_of(tx, "workspaces")[workspace.id] = workspace

    async def get(self, tx: Transaction, org_id: OrgId, workspace_id: WorkspaceId) -> Workspace:
        return _found_workspace(one for one in _workspaces(tx) if one.org_id == org_id and one.id == workspace_id)

    async def lock(self, tx: Transaction, org_id: OrgId, workspace_id: WorkspaceId) -> Workspace:
        return await self.get(tx, org_id, workspace_id)

    async def get_default(self, tx: Transaction, org_id: OrgId) -> Workspace:
        return _found_workspace(one for one in _workspaces(tx) if one.org_id == org_id and one.is_default)

    async def save(self, tx: Transaction, workspace: Workspace) -> None:
        await self.add(tx, workspace)

    async def list(
        self, tx: Transaction, org_id: OrgId, page: PageRequest, *, with_archived: bool = False
    ) -> Page[Workspace]:
        own = [one for one in _workspaces(tx) if one.org_id == org_id]
        return newest_first([(one.id, one) for one in own if with_archived or one.archived_at is None], page)

    async def is_slug_taken(self, tx: Transaction, slug: str) -> bool:
        return any(one.slug == slug for one in _workspaces(tx))


class MemoryProjects:
    """The `Projects` port."""

    async def add(self, tx: Transaction, project: Project) -> None:
        if project.archived_at is None and any(_is_same_name(one, project) for one in _projects(tx)):
            raise NameTaken("another project of this workspace has this name", param="name")
        table_of(tx, "projects")[project.id] = project

    async def get(self, tx: Transaction, org_id: OrgId, project_id: ProjectId) -> Project:
        project: Project | None = table_of(tx, "projects").get(project_id)
        if project is None or project.org_id != org_id:
            raise NotFound("this organization has no such project", param="project_id")
        return project

    async def lock(self, tx: Transaction, org_id: OrgId, project_id: ProjectId) -> Project:
        return await self.get(tx, org_id, project_id)

    async def save(self, tx: Transaction, project: Project) -> None:
        await self.add(tx, project)

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        page: PageRequest,
        *,
        workspace_id: WorkspaceId | None = None,
        with_archived: bool = False,
    ) -> Page[Project]:
        wanted = [
            (one.id, one)
            for one in _projects(tx)
            if one.org_id == org_id
            and workspace_id in (None, one.workspace_id)
            and (with_archived or one.archived_at is None)
        ]
        return newest_first(wanted, page)

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return names_of(tx, "projects", ids, by="name")


class MemoryApiKeys:
    """The `ApiKeys` port."""

    async def add(self, tx: Transaction, key: ApiKey) -> None:
        table_of(tx, "api_keys")[key.id] = key

    async def get(self, tx: Transaction, org_id: OrgId, api_key_id: ApiKeyId) -> ApiKey:
        key: ApiKey | None = table_of(tx, "api_keys").get(api_key_id)
        if key is None or key.org_id != org_id:
            raise NotFound("this organization has no such API key", param="api_key_id")
        return key

    async def lock(self, tx: Transaction, org_id: OrgId, api_key_id: ApiKeyId) -> ApiKey:
        return await self.get(tx, org_id, api_key_id)

    async def save(self, tx: Transaction, key: ApiKey) -> None:
        stored = await self.get(tx, key.org_id, key.id)
        table_of(tx, "api_keys")[key.id] = replace(key, last_used_at=stored.last_used_at)

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        page: PageRequest,
        *,
        project_id: ProjectId | None = None,
        created_by: UserId | None = None,
        with_revoked: bool = True,
    ) -> Page[ApiKey]:
        wanted = [
            (one.id, one)
            for one in _api_keys(tx)
            if one.org_id == org_id
            and project_id in (None, one.project_id)
            and created_by in (None, one.created_by)
            and (with_revoked or one.revoked_at is None)
        ]
        return newest_first(wanted, page)

    async def list_made_by(self, tx: Transaction, user_id: UserId, page: PageRequest) -> Page[ApiKey]:
        return newest_first([(one.id, one) for one in _api_keys(tx) if one.created_by == user_id], page)

    async def list_all(
        self, tx: Transaction, page: PageRequest, filters: ApiKeyFilters, *, now: datetime
    ) -> Page[ApiKey]:
        return newest_first([(one.id, one) for one in _api_keys(tx) if _is_wanted(one, filters, now)], page)

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return names_of(tx, "api_keys", ids, by="name")

    async def touch(self, tx: Transaction, uses: Mapping[ApiKeyId, datetime]) -> None:
        table = table_of(tx, "api_keys")
        for api_key_id, used_at in uses.items():
            key: ApiKey | None = table.get(api_key_id)
            if key and (key.last_used_at is None or used_at >= key.last_used_at + LAST_USED_STEP):
                table[api_key_id] = replace(key, last_used_at=used_at)


class MemoryCredentials:
    """The `Credentials` port. Reads the wallets' table of the ledger's twin, as its SQL joins the ledger's table."""

    async def find_key(self, tx: Transaction, sha256: bytes) -> KeyFacts | None:
        for key in _api_keys(tx):
            if same_digest(key.sha256, sha256):
                return _key_facts(tx, key, expires_at=key.expires_at)
            if key.previous_sha256 is not None and same_digest(key.previous_sha256, sha256):
                ends = [one for one in (key.expires_at, key.previous_expires_at) if one is not None]
                return _key_facts(tx, key, expires_at=min(ends))
        return None

    async def find_session(
        self, tx: Transaction, access_sha256: bytes, *, org_id: OrgId | None, project_id: ProjectId | None
    ) -> SessionFacts | None:
        sessions: Iterable[Session] = table_of(tx, "sessions").values()
        session = next((one for one in sessions if same_digest(one.access_sha256, access_sha256)), None)
        if session is None:
            return None
        user: User = table_of(tx, "users")[session.user_id]
        chosen = org_id or user.personal_org_id
        member: Member | None = table_of(tx, "org_members").get((chosen, user.id))
        return SessionFacts(
            session_id=session.id,
            user_id=user.id,
            user_disabled_at=user.disabled_at,
            is_administrator=user.is_administrator,
            access_expires_at=session.access_expires_at,
            revoked_at=session.revoked_at,
            role=None if member is None else member.role,
            place=None if member is None else _place(tx, chosen, project_id),
        )

    async def find_organization(
        self, tx: Transaction, org_id: OrgId, *, project_id: ProjectId | None
    ) -> SystemFacts | None:
        members: Iterable[Member] = table_of(tx, "org_members").values()
        owners = [one for one in members if one.org_id == org_id and one.role is Role.OWNER]
        if not owners:
            return None
        first = min(owners, key=lambda one: (one.created_at, one.user_id))
        return SystemFacts(owner_id=first.user_id, place=_place(tx, org_id, project_id))


class _WalletRow(Protocol):
    @property
    def id(self) -> WalletId: ...

    @property
    def org_id(self) -> OrgId: ...


def _key_facts(tx: Transaction, key: ApiKey, *, expires_at: datetime | None) -> KeyFacts:
    maker: User = table_of(tx, "users")[key.created_by]
    member: Member | None = table_of(tx, "org_members").get((key.org_id, key.created_by))
    return KeyFacts(
        place=_place(tx, key.org_id, key.project_id),
        api_key_id=key.id,
        user_id=key.created_by,
        user_disabled_at=maker.disabled_at,
        maker_role=None if member is None else member.role,
        scopes=key.scopes,
        is_project_bound=key.project_id is not None,
        model_allow_list=key.model_allow_list,
        expires_at=expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


def _place(tx: Transaction, org_id: OrgId, project_id: ProjectId | None) -> OrganizationFacts:
    organization: Organization = table_of(tx, "orgs")[org_id]
    own = [one for one in _projects(tx) if one.org_id == org_id]
    project = next((one for one in own if (one.is_default if project_id is None else one.id == project_id)), None)
    wallets: Iterable[_WalletRow] = table_of(tx, "wallets").values()
    return OrganizationFacts(
        org_id=org_id,
        on_abort=organization.on_abort,
        suspended_at=organization.suspended_at,
        wallet_id=min((one.id for one in wallets if one.org_id == org_id), default=None),
        workspace_id=None if project is None else project.workspace_id,
        project_id=None if project is None else project.id,
        project_archived_at=None if project is None else project.archived_at,
    )


def _found_workspace(candidates: Iterable[Workspace]) -> Workspace:
    workspace = next(iter(candidates), None)
    if workspace is None:
        raise NotFound("this organization has no such workspace", param="workspace_id")
    return workspace


def _is_same_name(one: Project, other: Project) -> bool:
    return (
        one.id != other.id
        and one.archived_at is None
        and one.workspace_id == other.workspace_id
        and one.name.lower() == other.name.lower()
    )


def _workspaces(tx: Transaction) -> Iterable[Workspace]:
    workspaces: Iterable[Workspace] = table_of(tx, "workspaces").values()
    return workspaces


def _projects(tx: Transaction) -> Iterable[Project]:
    projects: Iterable[Project] = table_of(tx, "projects").values()
    return projects


def _api_keys(tx: Transaction) -> Iterable[ApiKey]:
    keys: Iterable[ApiKey] = table_of(tx, "api_keys").values()
    return keys


def _is_wanted(key: ApiKey, filters: ApiKeyFilters, now: datetime) -> bool:
    state = ApiKeyState.ACTIVE
    if key.revoked_at is not None:
        state = ApiKeyState.REVOKED
    elif key.expires_at is not None and key.expires_at <= now:
        state = ApiKeyState.EXPIRED
    text = filters.search
    return (
        filters.org_id in (None, key.org_id)
        and filters.created_by in (None, key.created_by)
        and filters.state in (None, state)
        and (text is None or text.lower() in key.name.lower() or key.prefix.startswith(text))
    )
