"""`deepspace export`: what an organization's books hold, as files that the worker writes."""

from datetime import datetime
from pathlib import Path

import click

from deepspace_adapters.cli.application import Application
from deepspace_adapters.cli.deployment import Deployment
from deepspace_adapters.cli.lookup import enter, org_option
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
from deepspace_core.exports import (
    KINDS_OF_THE_INSTALLATION,
    Export,
    ExportFilters,
    ExportFormat,
    ExportId,
    ExportKind,
)
from deepspace_core.exports.export import zone_of
from deepspace_core.kernel.ids import read_id, show_id
from deepspace_core.kernel.page import Page

# Conversations are a person's own, and the command line is nobody's.
KINDS = [one.value for one in ExportKind if one is not ExportKind.CONVERSATIONS]
FORMATS = [one.value for one in ExportFormat]


@click.group()
def export() -> None:
    """Exports: what the books hold, as files."""


@export.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--format", "wanted", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option("--since", type=click.DateTime(), help="Not before this time of the zone.")
@click.option("--until", type=click.DateTime(), help="Before this time of the zone.")
@click.option("--time-zone", default="UTC", show_default=True, help="In which times are read and told.")
@org_option
@json_option
@click.pass_obj
def create(
    deployment: Deployment,
    *,
    kind: str,
    wanted: str,
    since: datetime | None,
    until: datetime | None,
    time_zone: str,
    org: str | None,
) -> None:
    """Ask for an export; a running worker writes it. It is kept for seven days."""

    async def work(app: Application) -> Export:
        zone = zone_of(time_zone)
        filters = ExportFilters(
            everybody=ExportKind(kind) in KINDS_OF_THE_INSTALLATION,
            since=None if since is None else since.replace(tzinfo=zone),
            until=None if until is None else until.replace(tzinfo=zone),
            time_zone=time_zone,
        )
        return await app.request_export(
            principal=await enter(app, org),
            kind=ExportKind(kind),
            wanted_format=ExportFormat(wanted),
            filters=filters,
            trace_id=app.ids.trace_id(),
        )

    show_record(export_row(deployment.run(work)))


@export.command("list")
@org_option
@page_options
@json_option
@click.pass_obj
def list_(deployment: Deployment, *, org: str | None, limit: int, cursor: str | None) -> None:
    """List the exports that the command line asked for, newest first."""

    async def work(app: Application) -> Page[Export]:
        return await app.list_exports(principal=await enter(app, org), page=read_page(limit, cursor))

    show_page(
        deployment.run(work), export_row, columns=["id", "kind", "format", "ready", "rows", "bytes", "expires_at"]
    )


@export.command()
@click.argument("export", metavar="EXPORT")
@org_option
@json_option
@click.pass_obj
def show(deployment: Deployment, *, export: str, org: str | None) -> None:
    """Show an export: whether it is ready, and how large it is."""

    async def work(app: Application) -> Export:
        return await app.get_export(principal=await enter(app, org), export_id=_export(export))

    show_record(export_row(deployment.run(work)))


@export.command()
@click.argument("export", metavar="EXPORT")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="Default: its own name, here.")
@org_option
@click.pass_obj
def download(deployment: Deployment, *, export: str, target: Path | None, org: str | None) -> None:
    """Write an export's file to this machine."""

    async def work(app: Application) -> Path:
        content = await app.read_export(principal=await enter(app, org), export_id=_export(export))
        path = target or Path(content.file.name)
        with path.open("xb") as file:
            async for chunk in content.chunks:
                file.write(chunk)
        return path

    try:
        remark(f"Written to {deployment.run(work)}.")
    except FileExistsError as fault:
        raise click.ClickException(f"{fault.filename} is there already; name another file with --to") from fault


def export_row(one: Export) -> Row:
    """An export as commands print it."""
    return {
        "id": show_id("export", one.id),
        "kind": one.kind.value,
        "format": one.format.value,
        "ready": one.is_ready,
        "rows": one.row_count,
        "bytes": one.size_bytes,
        "job_id": show_id("job", one.job_id),
        "created_at": moment(one.created_at),
        "expires_at": moment(one.expires_at),
    }


def _export(text: str) -> ExportId:
    return ExportId(read_id("export", text, param="export"))
