"""Wire types of files, links and storage."""

from typing import Annotated

from msgspec import Meta

from deepspace_core.files import SealedLink, StorageReport, StoredFile
from deepspace_core.files.link import LIFETIME_MAX
from deepspace_core.kernel.ids import show_id
from deepspace_http.schemas.wire import Count, ProjectIdText, RequestBody, ResponseBody, Time, TraceIdText

FileIdText = Annotated[str, Meta(examples=["file_0198c0ffee007abc8def0123456789ab"])]
FileName = Annotated[str, Meta(examples=["measurements.csv"])]
ContentType = Annotated[str, Meta(examples=["text/csv"])]
Bytes = Annotated[int, Meta(examples=[1_048_576])]
Sha256 = Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
ActorText = Annotated[str, Meta(examples=["user:0198c0ff-ee00-7abc-8def-0123456789ab"])]
MadeBy = Annotated[str, Meta(examples=["run:2026-01"])]
Url = Annotated[str, Meta(examples=["https://ai.example.com/api/v1/downloads/AbCd…"])]
LifetimeSeconds = Annotated[int, Meta(ge=1, le=int(LIFETIME_MAX.total_seconds()), examples=[3_600])]


class FileBody(ResponseBody, frozen=True, kw_only=True):
    """A file. `made_by` is null for what somebody uploaded, and names the maker of an artifact."""

    id: FileIdText
    project_id: ProjectIdText
    name: FileName
    content_type: ContentType
    size_bytes: Bytes
    sha256: Sha256
    created_by: ActorText
    made_by: MadeBy | None
    trace_id: TraceIdText
    created_at: Time


class LinkBody(ResponseBody, frozen=True, kw_only=True):
    """A link that needs no account. Whoever has it can download, until it ends or the file is deleted."""

    url: Url
    expires_at: Time


class MakeLinkBody(RequestBody, frozen=True, kw_only=True):
    """How long the link shall work: an hour unless told, a week at the most."""

    lifetime_seconds: LifetimeSeconds | None = None


class StorageBody(ResponseBody, frozen=True, kw_only=True):
    """What the organization has stored, and how much it may. `bytes_max` null: no quota."""

    files: Count
    bytes_used: Bytes
    bytes_max: Bytes | None


def show_file(file: StoredFile) -> FileBody:
    """The wire form of a stored file."""
    return FileBody(
        id=show_id("file", file.id),
        project_id=show_id("project", file.project_id),
        name=file.name,
        content_type=file.content_type,
        size_bytes=file.size_bytes,
        sha256=(file.sha256 or b"").hex(),
        created_by=file.created_by,
        made_by=file.made_by,
        trace_id=file.trace_id,
        created_at=file.created_at,
    )


def show_link(link: SealedLink, *, base_url: str) -> LinkBody:
    """The wire form, with the address under which this gateway is reached."""
    return LinkBody(url=f"{base_url}/api/v1/downloads/{link.token}", expires_at=link.expires_at)


def show_storage(report: StorageReport) -> StorageBody:
    """The wire form."""
    return StorageBody(files=report.use.files, bytes_used=report.use.size_bytes, bytes_max=report.bytes_max)
