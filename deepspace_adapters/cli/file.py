"""`deepspace file`: what a project keeps, in and out of the storage."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import enter, find_project, org_option
from deepspace_adapters.cli.output import (
    Row,
    json_option,
    moment,
    page_options,
    read_page,
    remark,
    show_page,
    show_record,
)
from deepspace_core.files import FileFilters, FileId, StoredFile, read_lifetime
from deepspace_core.identity import Principal
from deepspace_core.kernel.ids import ProjectId, read_id, show_id
from deepspace_core.kernel.page import Page

BYTES_A_READ = 2**20
project_option = click.option(
    "--project", metavar="PROJECT", required=True, help="Whose file: the project's id or its name."
)
file_argument = click.argument("file_id", metavar="FILE")


@click.group()
def file() -> None:
    """Files: what projects keep, and links to it."""


@file.command("list")
@click.option("--artifacts/--no-artifacts", default=None, help="Only artifacts, or none of them.")
@click.option("--name", metavar="TEXT", help="Only those whose name holds this text.")
@project_option
@org_option
@page_options
@json_option
@click.pass_obj
def list_(
    deployment: Deployment,
    *,
    artifacts: bool | None,
    name: str | None,
    project: str,
    org: str | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List a project's files, newest first."""

    async def work(app: Application) -> Page[StoredFile]:
        principal, project_id = await _enter(app, org, project)
        filters = FileFilters(artifacts=artifacts, text=name)
        page = read_page(limit, cursor)
        return await app.list_files(principal=principal, project_id=project_id, page=page, filters=filters)

    show_page(deployment.run(work), file_row, columns=["id", "name", "content_type", "bytes", "made_by", "created_at"])


@file.command()
@file_argument
@project_option
@org_option
@json_option
@click.pass_obj
def show(deployment: Deployment, *, file_id: str, project: str, org: str | None) -> None:
    """Show a file: its size, its type and its checksum."""

    async def work(app: Application) -> StoredFile:
        principal, project_id = await _enter(app, org, project)
        return await app.get_file(principal=principal, project_id=project_id, file_id=_file(file_id))

    show_record(file_row(deployment.run(work)))


@file.command()
@click.argument("source", type=click.File("rb"))
@click.option("--name", metavar="NAME", help="Its name in the project. Default: its own.")
@click.option("--made-by", metavar="WHAT", help="What made it, such as run:2026-01; that makes it an artifact.")
@project_option
@org_option
@json_option
@click.pass_obj
def upload(
    deployment: Deployment, *, source: BinaryIO, name: str | None, made_by: str | None, project: str, org: str | None
) -> None:
    """Store a file of this machine (`-`: standard input) in a project."""

    async def work(app: Application) -> StoredFile:
        principal, project_id = await _enter(app, org, project)
        return await app.upload_file(
            principal=principal,
            project_id=project_id,
            name=name or Path(source.name).name.strip("<>"),
            chunks=_chunks(source),
            trace_id=app.ids.trace_id(),
            made_by=made_by,
        )

    show_record(file_row(deployment.run(work)))


@file.command()
@file_argument
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="Default: its own name, here.")
@project_option
@org_option
@click.pass_obj
def download(deployment: Deployment, *, file_id: str, target: Path | None, project: str, org: str | None) -> None:
    """Write a file to this machine."""

    async def work(app: Application) -> Path:
        principal, project_id = await _enter(app, org, project)
        content = await app.read_file(principal=principal, project_id=project_id, file_id=_file(file_id))
        path = target or Path(content.file.name)
        with path.open("xb") as written:
            async for chunk in content.chunks:
                written.write(chunk)
        return path

    try:
        remark(f"Written to {deployment.run(work)}.")
    except FileExistsError as fault:
        raise click.ClickException(f"{fault.filename} is there already; name another file with --to") from fault


@file.command()
@file_argument
@click.option("--seconds", type=int, help="How long it works. Default: an hour.")
@project_option
@org_option
@json_option
@click.pass_obj
def link(deployment: Deployment, *, file_id: str, seconds: int | None, project: str, org: str | None) -> None:
    """Make a link by which anybody can download a file for a while."""
    base_url = deployment.running("database_url").base_url

    async def work(app: Application) -> Row:
        principal, project_id = await _enter(app, org, project)
        sealed = await app.make_file_link(
            principal=principal,
            project_id=project_id,
            file_id=_file(file_id),
            lifetime=read_lifetime(seconds),
            trace_id=app.ids.trace_id(),
        )
        return {"url": f"{base_url}/api/v1/downloads/{sealed.token}", "expires_at": moment(sealed.expires_at)}

    show_record(deployment.run(work))


@file.command()
@file_argument
@project_option
@org_option
@click.confirmation_option(prompt="Delete this file and all links to it?")
@click.pass_obj
def delete(deployment: Deployment, *, file_id: str, project: str, org: str | None) -> None:
    """Delete a file at once, with all links to it."""

    async def work(app: Application) -> None:
        principal, project_id = await _enter(app, org, project)
        await app.delete_file(
            principal=principal, project_id=project_id, file_id=_file(file_id), trace_id=app.ids.trace_id()
        )

    deployment.run(work)
    remark(f"Deleted {file_id}.")


def file_row(one: StoredFile) -> Row:
    """A file as commands print it."""
    return {
        "id": show_id("file", one.id),
        "name": one.name,
        "content_type": one.content_type,
        "bytes": one.size_bytes,
        "sha256": None if one.sha256 is None else one.sha256.hex(),
        "project_id": show_id("project", one.project_id),
        "made_by": one.made_by,
        "created_by": one.created_by,
        "created_at": moment(one.created_at),
    }


async def _enter(app: Application, org: str | None, project: str) -> tuple[Principal, ProjectId]:
    principal = await enter(app, org)
    return principal, (await find_project(app, principal, project)).id


async def _chunks(source: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := source.read(BYTES_A_READ):
        yield chunk


def _file(text: str) -> FileId:
    return FileId(read_id("file", text, param="file"))
