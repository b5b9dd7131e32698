"""`deepspace project`: where work happens and what it costs is counted."""

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import enter, find_project, org_option
from deepspace_adapters.cli.output import Row, json_option, moment, page_options, read_page, show_page, show_record
from deepspace_core.identity.project import Project
from deepspace_core.kernel.ids import show_id
from deepspace_core.kernel.page import Page


@click.group()
def project() -> None:
    """Projects: what chats, keys and usage belong to."""


@project.command()
@click.argument("name")
@click.option("--description", default="", help="What it is for.")
@org_option
@json_option
@click.pass_obj
def create(deployment: Deployment, *, name: str, description: str, org: str | None) -> None:
    """Make a project in the organization's default workspace."""

    async def work(app: Application) -> Project:
        return await app.create_project(
            principal=await enter(app, org), name=name, description=description, trace_id=app.ids.trace_id()
        )

    show_record(project_row(deployment.run(work)))


@project.command("list")
@click.option("--archived", is_flag=True, help="Archived ones too.")
@org_option
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, archived: bool, org: str | None, limit: int, cursor: str | None) -> None:
    """List projects, newest first."""

    async def work(app: Application) -> Page[Project]:
        return await app.list_projects(
            principal=await enter(app, org), page=read_page(limit, cursor), with_archived=archived
        )

    show_page(deployment.run(work), project_row, columns=["id", "name", "default", "created_at", "archived_at"])


@project.command()
@click.argument("project", metavar="PROJECT")
@org_option
@json_option
@click.pass_obj
def show(deployment: Deployment, *, project: str, org: str | None) -> None:
    """Show one project, by id or name."""

    async def work(app: Application) -> Project:
        return await find_project(app, await enter(app, org), project)

    show_record(project_row(deployment.run(work)))


@project.command()
@click.argument("project", metavar="PROJECT")
@click.option("--name", help="A new name.")
@click.option("--description", help="A new description.")
@org_option
@json_option
@click.pass_obj
def update(deployment: Deployment, *, project: str, name: str | None, description: str | None, org: str | None) -> None:
    """Rename a project or describe it anew."""

    async def work(app: Application) -> Project:
        principal = await enter(app, org)
        found = await find_project(app, principal, project)
        return await app.update_project(
            principal=principal,
            project_id=found.id,
            name=name,
            description=description,
            trace_id=app.ids.trace_id(),
        )

    show_record(project_row(deployment.run(work)))


@project.command()
@click.argument("project", metavar="PROJECT")
@org_option
@json_option
@click.pass_obj
def archive(deployment: Deployment, *, project: str, org: str | None) -> None:
    """Put a project away: it can be read, its keys are refused."""

    async def work(app: Application) -> Project:
        principal = await enter(app, org)
        found = await find_project(app, principal, project)
        return await app.archive_project(principal=principal, project_id=found.id, trace_id=app.ids.trace_id())

    show_record(project_row(deployment.run(work)))


def project_row(one: Project) -> Row:
    """A project as commands print it."""
    return {
        "id": show_id("project", one.id),
        "name": one.name,
        "description": one.description,
        "default": one.is_default,
        "workspace_id": show_id("workspace", one.workspace_id),
        "created_at": moment(one.created_at),
        "archived_at": moment(one.archived_at),
    }
