"""Projects of the caller's organization. An API key bound to a project sees that one only."""

from dataclasses import dataclass, replace

from deepspace_core.identity.errors import DefaultKept
from deepspace_core.identity.ports import Projects, Workspaces
from deepspace_core.identity.principal import Permission, Principal
from deepspace_core.identity.project import PROJECT_NAME_CHARS_MAX, Project, read_description
from deepspace_core.identity.trail import Teller, told
from deepspace_core.identity.user import read_name
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import ProjectId, TraceId, WorkspaceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ListProjects:
    """Newest first, of all workspaces or one; archived ones on request."""

    unit_of_work: UnitOfWork
    projects: Projects

    async def __call__(
        self,
        *,
        principal: Principal,
        page: PageRequest,
        workspace_id: WorkspaceId | None = None,
        with_archived: bool = False,
    ) -> Page[Project]:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_PROJECTS)
        async with self.unit_of_work() as tx:
            if principal.is_project_bound and principal.project_id is not None:
                return Page(rows=[await self.projects.get(tx, principal.org_id, principal.project_id)])
            return await self.projects.list(
                tx, principal.org_id, page, workspace_id=workspace_id, with_archived=with_archived
            )


@dataclass(frozen=True, slots=True)
class GetProject:
    """One project."""

    unit_of_work: UnitOfWork
    projects: Projects

    async def __call__(self, *, principal: Principal, project_id: ProjectId) -> Project:
        """Raises PermissionMissing or NotFound."""
        principal.require(Permission.READ_PROJECTS)
        principal.require_project(project_id)
        async with self.unit_of_work() as tx:
            return await self.projects.get(tx, principal.org_id, project_id)


@dataclass(frozen=True, slots=True)
class CreateProject:
    """Makes a project in a workspace, the default one unless named."""

    unit_of_work: UnitOfWork
    workspaces: Workspaces
    projects: Projects
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        name: str,
        trace_id: TraceId,
        workspace_id: WorkspaceId | None = None,
        description: str = "",
    ) -> Project:
        """Raises PermissionMissing, InvalidInput (name, description), NotFound (workspace_id) or NameTaken."""
        principal.require(Permission.MANAGE_PROJECTS)
        name = read_name(name, param="name", chars_max=PROJECT_NAME_CHARS_MAX)
        description = read_description(description)
        async with self.unit_of_work() as tx:
            workspace = (
                await self.workspaces.get_default(tx, principal.org_id)
                if workspace_id is None
                else await self.workspaces.get(tx, principal.org_id, workspace_id)
            )
            project = Project(
                id=ProjectId(self.ids.uuid()),
                org_id=principal.org_id,
                workspace_id=workspace.id,
                name=name,
                created_at=self.clock.now(),
                description=description,
            )
            await self.projects.add(tx, project)
            await self.events.append(
                tx, _told(self, principal, project, event_type="project.created", trace_id=trace_id)
            )
            await tx.commit()
        return project


@dataclass(frozen=True, slots=True)
class UpdateProject:
    """Changes what is given and leaves the rest."""

    unit_of_work: UnitOfWork
    projects: Projects
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        project_id: ProjectId,
        trace_id: TraceId,
        name: str | None = None,
        description: str | None = None,
    ) -> Project:
        """Raises PermissionMissing, NotFound, InvalidInput (name, description) or NameTaken."""
        principal.require(Permission.MANAGE_PROJECTS)
        async with self.unit_of_work() as tx:
            seen = await self.projects.lock(tx, principal.org_id, project_id)
            project = replace(
                seen,
                name=seen.name if name is None else read_name(name, param="name", chars_max=PROJECT_NAME_CHARS_MAX),
                description=seen.description if description is None else read_description(description),
            )
            await self.projects.save(tx, project)
            await self.events.append(
                tx, _told(self, principal, project, event_type="project.updated", trace_id=trace_id)
            )
            await tx.commit()
        return project


@dataclass(frozen=True, slots=True)
class ArchiveProject:
    """Puts a project away: what it holds can be read, its keys are refused."""

    unit_of_work: UnitOfWork
    projects: Projects
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, project_id: ProjectId, trace_id: TraceId) -> Project:
        """Raises PermissionMissing, NotFound or DefaultKept."""
        principal.require(Permission.MANAGE_PROJECTS)
        async with self.unit_of_work() as tx:
            project = await self.projects.lock(tx, principal.org_id, project_id)
            if project.is_default:
                raise DefaultKept("the default project can't be archived", param="project_id")
            if project.archived_at is not None:
                return project
            archived = replace(project, archived_at=self.clock.now())
            await self.projects.save(tx, archived)
            await self.events.append(
                tx, _told(self, principal, archived, event_type="project.archived", trace_id=trace_id)
            )
            await tx.commit()
        return archived


def _told(teller: Teller, principal: Principal, project: Project, *, event_type: str, trace_id: TraceId) -> Event:
    return told(
        teller.ids,
        now=teller.clock.now(),
        event_type=event_type,
        org_id=principal.org_id,
        actor=principal.actor,
        subject=show_id("project", project.id),
        trace_id=trace_id,
        payload={"name": project.name},
    )
