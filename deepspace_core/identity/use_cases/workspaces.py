"""Workspaces of the caller's organization."""

from dataclasses import dataclass, replace

from deepspace_core.identity.errors import DefaultKept
from deepspace_core.identity.ports import Workspaces
from deepspace_core.identity.principal import Permission, Principal
from deepspace_core.identity.trail import Teller, told
from deepspace_core.identity.user import read_name
from deepspace_core.identity.workspace import WORKSPACE_NAME_CHARS_MAX, Workspace, read_slug
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import TraceId, WorkspaceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ListWorkspaces:
    """Newest first; archived ones on request."""

    unit_of_work: UnitOfWork
    workspaces: Workspaces

    async def __call__(
        self, *, principal: Principal, page: PageRequest, with_archived: bool = False
    ) -> Page[Workspace]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_ORGANIZATION)
        async with self.unit_of_work() as tx:
            return await self.workspaces.list(tx, principal.org_id, page, with_archived=with_archived)


@dataclass(frozen=True, slots=True)
class GetWorkspace:
    """One workspace."""

    unit_of_work: UnitOfWork
    workspaces: Workspaces

    async def __call__(self, *, principal: Principal, workspace_id: WorkspaceId) -> Workspace:
        """Raises PermissionMissing or NotFound."""
        principal.require(Permission.READ_ORGANIZATION)
        async with self.unit_of_work() as tx:
            return await self.workspaces.get(tx, principal.org_id, workspace_id)


@dataclass(frozen=True, slots=True)
class CreateWorkspace:
    """Makes a workspace under a slug that nobody in the installation has."""

    unit_of_work: UnitOfWork
    workspaces: Workspaces
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, name: str, slug: str, trace_id: TraceId) -> Workspace:
        """Raises PermissionMissing, InvalidInput (name, slug) or SlugTaken."""
        principal.require(Permission.MANAGE_WORKSPACES)
        workspace = Workspace(
            id=WorkspaceId(self.ids.uuid()),
            org_id=principal.org_id,
            slug=read_slug(slug),
            name=read_name(name, param="name", chars_max=WORKSPACE_NAME_CHARS_MAX),
            created_at=self.clock.now(),
        )
        async with self.unit_of_work() as tx:
            await self.workspaces.add(tx, workspace)
            event = _told(self, principal, workspace, event_type="workspace.created", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return workspace


@dataclass(frozen=True, slots=True)
class UpdateWorkspace:
    """Changes what is given and leaves the rest. A new slug changes every public address below."""

    unit_of_work: UnitOfWork
    workspaces: Workspaces
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        workspace_id: WorkspaceId,
        trace_id: TraceId,
        name: str | None = None,
        slug: str | None = None,
    ) -> Workspace:
        """Raises PermissionMissing, NotFound, InvalidInput (name, slug) or SlugTaken."""
        principal.require(Permission.MANAGE_WORKSPACES)
        async with self.unit_of_work() as tx:
            seen = await self.workspaces.lock(tx, principal.org_id, workspace_id)
            workspace = replace(
                seen,
                name=seen.name if name is None else read_name(name, param="name", chars_max=WORKSPACE_NAME_CHARS_MAX),
                slug=seen.slug if slug is None else read_slug(slug),
            )
            await self.workspaces.save(tx, workspace)
            event = _told(self, principal, workspace, event_type="workspace.updated", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return workspace


@dataclass(frozen=True, slots=True)
class ArchiveWorkspace:
    """Puts a workspace away; its slug stays taken, so that no address ever changes hands."""

    unit_of_work: UnitOfWork
    workspaces: Workspaces
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, workspace_id: WorkspaceId, trace_id: TraceId) -> Workspace:
        """Raises PermissionMissing, NotFound or DefaultKept."""
        principal.require(Permission.MANAGE_WORKSPACES)
        async with self.unit_of_work() as tx:
            workspace = await self.workspaces.lock(tx, principal.org_id, workspace_id)
            if workspace.is_default:
                raise DefaultKept("the default workspace can't be archived", param="workspace_id")
            if workspace.archived_at is not None:
                return workspace
            archived = replace(workspace, archived_at=self.clock.now())
            await self.workspaces.save(tx, archived)
            event = _told(self, principal, archived, event_type="workspace.archived", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return archived


def _told(teller: Teller, principal: Principal, workspace: Workspace, *, event_type: str, trace_id: TraceId) -> Event:
    return told(
        teller.ids,
        now=teller.clock.now(),
        event_type=event_type,
        org_id=principal.org_id,
        actor=principal.actor,
        subject=show_id("workspace", workspace.id),
        trace_id=trace_id,
        payload={"name": workspace.name, "slug": workspace.slug},
    )
