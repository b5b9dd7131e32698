"""Wire types of exports."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from msgspec import Meta

from deepspace_core.exports import Export, ExportFilters, ExportFormat, ExportKind
from deepspace_core.kernel.ids import OrgId, ProjectId, read_id, show_id
from deepspace_core.ledger.transaction import TransactionType
from deepspace_core.usage.record import Ending, UsageSource
from deepspace_http.schemas.wire import (
    ApiKeyIdText,
    Count,
    HoldIdText,
    OrgIdText,
    ProjectIdText,
    RequestBody,
    ResponseBody,
    Time,
    UserIdText,
    WorkspaceIdText,
    utc,
)

ExportIdText = Annotated[str, Meta(examples=["export_0198c0ffee007abc8def0123456789ab"])]
ExportJobIdText = Annotated[str, Meta(examples=["job_0198c0ffee007abc8def0123456789ab"])]
ExportName = Annotated[str, Meta(examples=["usage-2026-01-31-456789ab.csv"])]
ExportBytes = Annotated[int, Meta(examples=[1_048_576])]
MatchedBy = Annotated[dict[str, str], Meta(examples=[{"type": "top_up"}])]
MatchText = Annotated[str, Meta(min_length=1, max_length=256, examples=["completed"])]
MatchFlag = Annotated[bool, Meta(examples=[True])]
MatchNumber = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1, examples=[400])]
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
    matching: MatchedBy
    job_id: ExportJobIdText
    ready: bool
    file_name: ExportName
    size_bytes: ExportBytes | None
    rows: Count | None
    created_at: Time
    expires_at: Time


class AnyExportBody(ExportBody, frozen=True, kw_only=True):
    """An export as an administrator sees it: whose rows, and who asked for it."""

    org_id: OrgIdText
    requested_by: Annotated[str, Meta(examples=["user:0198c0ff-ee00-7abc-8def-0123456789ab"])]
    everybody: Annotated[bool, Meta(examples=[True])]
    of_org_id: OrgIdText | None


class ExportMatchBody(RequestBody, frozen=True, kw_only=True):
    """The filters of the list that is exported; a kind takes those of its own list and refuses the others."""

    type: Annotated[list[TransactionType], Meta(min_length=1, max_length=8, examples=[["top_up"]])] | None = None
    ref: MatchText | None = None
    hold_id: HoldIdText | None = None
    trace_id: MatchText | None = None
    api_key_id: ApiKeyIdText | None = None
    user_id: UserIdText | None = None
    workspace_id: WorkspaceIdText | None = None
    app_id: MatchText | None = None
    channel: MatchText | None = None
    model: MatchText | None = None
    ending: Ending | None = None
    usage_source: UsageSource | None = None
    event_type: MatchText | None = None
    actor: MatchText | None = None
    subject: MatchText | None = None
    error_code: MatchText | None = None
    status_min: MatchNumber | None = None
    status_max: MatchNumber | None = None
    route: MatchText | None = None
    slower_than_ms: MatchNumber | None = None
    search: MatchText | None = None
    currency: MatchText | None = None
    is_owing: MatchFlag | None = None
    available_below_nanos: MatchNumber | None = None
    state: MatchText | None = None
    webhook_id: MatchText | None = None
    name: MatchText | None = None
    kind: MatchText | None = None
    visibility: MatchText | None = None
    whose: Annotated[Literal["orgs", "platform"], Meta(examples=["platform"])] | None = None
    enabled: MatchFlag | None = None
    disabled: MatchFlag | None = None
    suspended: MatchFlag | None = None
    administrator: MatchFlag | None = None


class RequestExportBody(RequestBody, frozen=True, kw_only=True):
    """What is wanted, in which form; from when to when, of which project, with times of which zone."""

    kind: ExportKind
    format: ExportFormat = ExportFormat.CSV
    since: Time | None = None
    until: Time | None = None
    project_id: ProjectIdText | None = None
    time_zone: ZoneName = "UTC"
    matching: ExportMatchBody | None = None


class RequestAnyExportBody(RequestExportBody, frozen=True, kw_only=True):
    """The same of all organizations, or of the one that is named."""

    org_id: OrgIdText | None = None


def read_filters(body: RequestExportBody) -> ExportFilters:
    """The core's filters. Raises InvalidInput naming the field."""
    project_id = None if body.project_id is None else ProjectId(read_id("project", body.project_id, param="project_id"))
    return ExportFilters(
        since=utc(body.since, param="since"),
        until=utc(body.until, param="until"),
        project_id=project_id,
        time_zone=body.time_zone,
        matching={} if body.matching is None else _matching(body.matching),
    )


def read_any_filters(body: RequestAnyExportBody) -> ExportFilters:
    """The core's filters, of everybody. Raises InvalidInput naming the field."""
    of_org_id = None if body.org_id is None else OrgId(read_id("org", body.org_id, param="org_id"))
    return replace(read_filters(body), everybody=True, of_org_id=of_org_id)


def show_export(export: Export) -> ExportBody:
    """The wire form."""
    return ExportBody(**_shown(export))


def show_any_export(export: Export) -> AnyExportBody:
    """The wire form for administrators."""
    of_org_id = export.filters.of_org_id
    return AnyExportBody(
        **_shown(export),
        org_id=show_id("org", export.org_id),
        requested_by=export.requested_by,
        everybody=export.filters.everybody,
        of_org_id=None if of_org_id is None else show_id("org", of_org_id),
    )


def _shown(export: Export) -> dict[str, Any]:
    wanted = export.filters
    return {
        "id": show_id("export", export.id),
        "kind": export.kind,
        "format": export.format,
        "since": wanted.since,
        "until": wanted.until,
        "project_id": None if wanted.project_id is None else show_id("project", wanted.project_id),
        "time_zone": wanted.time_zone,
        "matching": dict(wanted.matching),
        "job_id": show_id("job", export.job_id),
        "ready": export.is_ready,
        "file_name": export.file_name,
        "size_bytes": export.size_bytes,
        "rows": export.row_count,
        "created_at": export.created_at,
        "expires_at": export.expires_at,
    }


def _matching(body: ExportMatchBody) -> dict[str, str]:
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: _as_text(value) for name, value in given.items() if value is not None}


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
