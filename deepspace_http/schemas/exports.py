"""Wire types of exports."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.exports import Export, ExportFilters, ExportFormat, ExportKind
from deepspace_core.kernel.ids import ProjectId, read_id, show_id
from deepspace_http.schemas.wire import Count, ProjectIdText, RequestBody, ResponseBody, Time, utc

ExportIdText = Annotated[str, Meta(examples=["export_0198c0ffee007abc8def0123456789ab"])]
ExportJobIdText = Annotated[str, Meta(examples=["job_0198c0ffee007abc8def0123456789ab"])]
ExportName = Annotated[str, Meta(examples=["usage-2026-01-31-456789ab.csv"])]
ExportBytes = Annotated[int, Meta(examples=[1_048_576])]
ZoneName = Annotated[str, Meta(max_length=64, examples=["Europe/Berlin"])]


class ExportBody(ResponseBody, frozen=True, kw_only=True):
    """An export. `ready`: it can be downloaded; until then its job tells how far it is, under /api/v1/jobs."""

    id: ExportIdText
    kind: ExportKind
    format: ExportFormat
    since: Time | None
    until: Time | None
    project_id: ProjectIdText | None
    time_zone: ZoneName
    job_id: ExportJobIdText
    ready: bool
    file_name: ExportName
    size_bytes: ExportBytes | None
    rows: Count | None
    created_at: Time
    expires_at: Time


class RequestExportBody(RequestBody, frozen=True, kw_only=True):
    """What is wanted, in which form; from when to when, of which project, with times of which zone."""

    kind: ExportKind
    format: ExportFormat = ExportFormat.CSV
    since: Time | None = None
    until: Time | None = None
    project_id: ProjectIdText | None = None
    time_zone: ZoneName = "UTC"


def read_filters(body: RequestExportBody) -> ExportFilters:
    """The core's filters. Raises InvalidInput naming the field."""
    project_id = None if body.project_id is None else ProjectId(read_id("project", body.project_id, param="project_id"))
    return ExportFilters(
        since=utc(body.since, param="since"),
        until=utc(body.until, param="until"),
        project_id=project_id,
        time_zone=body.time_zone,
    )


def show_export(export: Export) -> ExportBody:
    """The wire form."""
    wanted = export.filters
    return ExportBody(
        id=show_id("export", export.id),
        kind=export.kind,
        format=export.format,
        since=wanted.since,
        until=wanted.until,
        project_id=None if wanted.project_id is None else show_id("project", wanted.project_id),
        time_zone=wanted.time_zone,
        job_id=show_id("job", export.job_id),
        ready=export.is_ready,
        file_name=export.file_name,
        size_bytes=export.size_bytes,
        rows=export.row_count,
        created_at=export.created_at,
        expires_at=export.expires_at,
    )
