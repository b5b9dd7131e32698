"""Workspaces and projects of the organization that the caller acts in."""

from typing import TypeAlias

from litestar import Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation

from deepspace_core.kernel.ids import ProjectId, WorkspaceId, read_id
from deepspace_http.application import TenancyUseCases
from deepspace_http.parameters import Caller, WantedPage, optional_id
from deepspace_http.schemas.tenancy import (
    CreateProjectBody,
    CreateWorkspaceBody,
    ProjectBody,
    UpdateProjectBody,
    UpdateWorkspaceBody,
    WorkspaceBody,
    show_project,
    show_workspace,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

Tenancy: TypeAlias = NamedDependency[SkipValidation[TenancyUseCases]]


@get("/", summary="List workspaces")
async def list_workspaces(
    caller: Caller, tenancy: Tenancy, page: WantedPage, with_archived: FromQuery[bool] = False
) -> PageBody[WorkspaceBody]:
    """Of the organization; archived ones on request."""
    found = await tenancy.list_workspaces(principal=caller, page=page, with_archived=with_archived)
    return page_body(found, show_workspace)


@post("/", summary="Create a workspace")
async def create_workspace(caller: Caller, tenancy: Tenancy, data: JSONBody[CreateWorkspaceBody]) -> WorkspaceBody:
    """Under a slug that nobody in the installation has."""
    workspace = await tenancy.create_workspace(
        principal=caller, name=data.name, slug=data.slug, trace_id=current_trace_id()
    )
    return show_workspace(workspace)


@get("/{workspace_id:str}", summary="Show a workspace")
async def get_workspace(caller: Caller, tenancy: Tenancy, workspace_id: FromPath[str]) -> WorkspaceBody:
    """One workspace."""
    return show_workspace(await tenancy.get_workspace(principal=caller, workspace_id=_workspace(workspace_id)))


@patch("/{workspace_id:str}", summary="Change a workspace")
async def update_workspace(
    caller: Caller, tenancy: Tenancy, workspace_id: FromPath[str], data: JSONBody[UpdateWorkspaceBody]
) -> WorkspaceBody:
    """Absent fields stay as they are."""
    workspace = await tenancy.update_workspace(
        principal=caller,
        workspace_id=_workspace(workspace_id),
        trace_id=current_trace_id(),
        name=data.name,
        slug=data.slug,
    )
    return show_workspace(workspace)


@delete("/{workspace_id:str}", summary="Archive a workspace", status_code=200)
async def archive_workspace(caller: Caller, tenancy: Tenancy, workspace_id: FromPath[str]) -> WorkspaceBody:
    """Puts it away; its slug stays taken. The default workspace stays."""
    workspace = await tenancy.archive_workspace(
        principal=caller, workspace_id=_workspace(workspace_id), trace_id=current_trace_id()
    )
    return show_workspace(workspace)


@get("/", summary="List projects")
async def list_projects(
    caller: Caller,
    tenancy: Tenancy,
    page: WantedPage,
    workspace_id: FromQuery[str | None] = None,
    with_archived: FromQuery[bool] = False,
) -> PageBody[ProjectBody]:
    """Of the organization or one workspace; archived ones on request."""
    wanted = optional_id("workspace", workspace_id, param="workspace_id")
    found = await tenancy.list_projects(
        principal=caller,
        page=page,
        workspace_id=None if wanted is None else WorkspaceId(wanted),
        with_archived=with_archived,
    )
    return page_body(found, show_project)


@post("/", summary="Create a project")
async def create_project(caller: Caller, tenancy: Tenancy, data: JSONBody[CreateProjectBody]) -> ProjectBody:
    """In the default workspace unless one is named."""
    project = await tenancy.create_project(
        principal=caller,
        name=data.name,
        trace_id=current_trace_id(),
        workspace_id=None if data.workspace_id is None else _workspace(data.workspace_id),
        description=data.description,
    )
    return show_project(project)


@get("/{project_id:str}", summary="Show a project")
async def get_project(caller: Caller, tenancy: Tenancy, project_id: FromPath[str]) -> ProjectBody:
    """One project."""
    return show_project(await tenancy.get_project(principal=caller, project_id=_project(project_id)))


@patch("/{project_id:str}", summary="Change a project")
async def update_project(
    caller: Caller, tenancy: Tenancy, project_id: FromPath[str], data: JSONBody[UpdateProjectBody]
) -> ProjectBody:
    """Absent fields stay as they are."""
    project = await tenancy.update_project(
        principal=caller,
        project_id=_project(project_id),
        trace_id=current_trace_id(),
        name=data.name,
        description=data.description,
    )
    return show_project(project)


@delete("/{project_id:str}", summary="Archive a project", status_code=200)
async def archive_project(caller: Caller, tenancy: Tenancy, project_id: FromPath[str]) -> ProjectBody:
    """What it holds can be read; its keys are refused. The default project stays."""
    project = await tenancy.archive_project(
        principal=caller, project_id=_project(project_id), trace_id=current_trace_id()
    )
    return show_project(project)


def _workspace(text: str) -> WorkspaceId:
    return WorkspaceId(read_id("workspace", text, param="workspace_id"))


def _project(text: str) -> ProjectId:
    return ProjectId(read_id("project", text, param="project_id"))


workspaces_router = Router(
    "/workspaces",
    route_handlers=[list_workspaces, create_workspace, get_workspace, update_workspace, archive_workspace],
    tags=["Workspaces"],
)
projects_router = Router(
    "/projects",
    route_handlers=[list_projects, create_project, get_project, update_project, archive_project],
    tags=["Projects"],
)
