"""Files and artifacts of a project, links to them, and the organization's storage."""

from typing import Annotated, Any, TypeAlias

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter, SkipValidation
from litestar.response import Stream

from deepspace_core.files import FileFilters, FileId, LinkInvalid, read_lifetime
from deepspace_core.kernel.ids import ProjectId, read_id
from deepspace_http.application import HttpSettings
from deepspace_http.auth import PUBLIC
from deepspace_http.downloads import DownloadOperation, file_answer, wanted_range
from deepspace_http.outbound import ExportUseCases, FileUseCases
from deepspace_http.parameters import Caller, HttpRequest, WantedPage
from deepspace_http.raw_body import RAW_BODY, UploadOperation, body_chunks
from deepspace_http.schemas.files import (
    FileBody,
    LinkBody,
    MakeLinkBody,
    StorageBody,
    show_file,
    show_link,
    show_storage,
)
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

ExportsOf: TypeAlias = NamedDependency[SkipValidation[ExportUseCases]]
FilesOf: TypeAlias = NamedDependency[SkipValidation[FileUseCases]]
Shell: TypeAlias = NamedDependency[SkipValidation[HttpSettings]]
UploadName = Annotated[str, QueryParameter(name="name", description="The file's name, with its ending.")]
Maker = Annotated[
    str | None,
    QueryParameter(name="made_by", description="What made it, such as run:2026-01; that makes it an artifact."),
]


@post(
    "/{project_id:str}/files",
    summary="Upload a file",
    opt=RAW_BODY,
    request_max_body_size=None,
    operation_class=UploadOperation,
)
async def upload_file(
    *,
    caller: Caller,
    files: FilesOf,
    request: HttpRequest,
    project_id: FromPath[str],
    name: UploadName = "file",
    made_by: Maker = None,
) -> FileBody:
    """The body is the file itself, streamed; what its bytes show goes before the content-type that the client says."""
    file = await files.upload_file(
        principal=caller,
        project_id=_project(project_id),
        name=name,
        chunks=body_chunks(request),
        trace_id=current_trace_id(),
        declared_type=request.headers.get("content-type"),
        made_by=made_by,
    )
    return show_file(file)


@get("/{project_id:str}/files", summary="List files")
async def list_files(
    *,
    caller: Caller,
    files: FilesOf,
    page: WantedPage,
    project_id: FromPath[str],
    artifacts: FromQuery[bool | None] = None,
    name: FromQuery[str | None] = None,
) -> PageBody[FileBody]:
    """Of a project, newest first; artifacts alone, or without them; those whose name holds a text."""
    found = await files.list_files(
        principal=caller,
        project_id=_project(project_id),
        page=page,
        filters=FileFilters(artifacts=artifacts, text=name),
    )
    return page_body(found, show_file)


@get("/{project_id:str}/files/{file_id:str}", summary="Show a file")
async def get_file(caller: Caller, files: FilesOf, project_id: FromPath[str], file_id: FromPath[str]) -> FileBody:
    """Its facts; the bytes are under `/content`."""
    file = await files.get_file(principal=caller, project_id=_project(project_id), file_id=_file(file_id))
    return show_file(file)


@get(
    "/{project_id:str}/files/{file_id:str}/content",
    summary="Download a file",
    operation_class=DownloadOperation,
)
async def read_file(
    caller: Caller, files: FilesOf, request: HttpRequest, project_id: FromPath[str], file_id: FromPath[str]
) -> Stream:
    """Its bytes, or the range of them that the Range header names."""
    content = await files.read_file(
        principal=caller, project_id=_project(project_id), file_id=_file(file_id), wanted=wanted_range(request)
    )
    return file_answer(content)


@post("/{project_id:str}/files/{file_id:str}/links", summary="Make a link to a file")
async def make_file_link(
    *,
    caller: Caller,
    files: FilesOf,
    settings: Shell,
    project_id: FromPath[str],
    file_id: FromPath[str],
    data: JSONBody[MakeLinkBody],
) -> LinkBody:
    """By which anybody can download it for a while."""
    link = await files.make_file_link(
        principal=caller,
        project_id=_project(project_id),
        file_id=_file(file_id),
        lifetime=read_lifetime(data.lifetime_seconds),
        trace_id=current_trace_id(),
    )
    return show_link(link, base_url=settings.base_url)


@delete("/{project_id:str}/files/{file_id:str}", summary="Delete a file", status_code=204)
async def delete_file(caller: Caller, files: FilesOf, project_id: FromPath[str], file_id: FromPath[str]) -> None:
    """At once, with all links to it; its bytes are erased within minutes."""
    await files.delete_file(
        principal=caller, project_id=_project(project_id), file_id=_file(file_id), trace_id=current_trace_id()
    )


@get("/", summary="Show the organization's storage")
async def report_storage(caller: Caller, files: FilesOf) -> StorageBody:
    """How much it has stored, and how much it may."""
    return show_storage(await files.report_storage(principal=caller))


@get("/{token:str}", summary="Follow a link", opt=PUBLIC, operation_class=DownloadOperation)
async def follow_link(files: FilesOf, exports: ExportsOf, request: HttpRequest, token: FromPath[str]) -> Stream:
    """Downloads what somebody made a link to; no account is needed."""
    wanted = wanted_range(request)
    try:
        return file_answer(await files.follow_file_link(token=token, wanted=wanted))
    except LinkInvalid:
        return file_answer(await exports.follow_export_link(token=token, wanted=wanted))


def _project(text: str) -> ProjectId:
    return ProjectId(read_id("project", text, param="project_id"))


def _file(text: str) -> FileId:
    return FileId(read_id("file", text, param="file_id"))


_HANDLERS: list[Any] = [upload_file, list_files, get_file, read_file, make_file_link, delete_file]
files_router = Router("/projects", route_handlers=_HANDLERS, tags=["Files"])
storage_router = Router("/storage", route_handlers=[report_storage], tags=["Files"])
downloads_router = Router("/downloads", route_handlers=[follow_link], tags=["Files"])
