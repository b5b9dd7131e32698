"""Exports: each caller's own."""

from typing import TypeAlias

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, SkipValidation
from litestar.response import Stream

from deepspace_core.exports import ExportId
from deepspace_core.files import read_lifetime
from deepspace_core.kernel.ids import read_id
from deepspace_http.application import HttpSettings
from deepspace_http.downloads import DownloadOperation, file_answer, wanted_range
from deepspace_http.outbound import ExportUseCases
from deepspace_http.oversight import Oversight
from deepspace_http.parameters import Caller, HttpRequest, WantedPage, optional_org
from deepspace_http.schemas.exports import (
    AnyExportBody,
    ExportBody,
    RequestAnyExportBody,
    RequestExportBody,
    read_any_filters,
    read_filters,
    show_any_export,
    show_export,
)
from deepspace_http.schemas.files import LinkBody, MakeLinkBody, show_link
from deepspace_http.schemas.wire import PageBody, page_body
from deepspace_http.trace import current_trace_id

ExportsOf: TypeAlias = NamedDependency[SkipValidation[ExportUseCases]]
Shell: TypeAlias = NamedDependency[SkipValidation[HttpSettings]]


@post("/", summary="Ask for an export", status_code=202)
async def request_export(caller: Caller, exports: ExportsOf, data: JSONBody[RequestExportBody]) -> ExportBody:
    """A job writes it; the answer names the job. It is kept for seven days."""
    export = await exports.request_export(
        principal=caller,
        kind=data.kind,
        wanted_format=data.format,
        filters=read_filters(data),
        trace_id=current_trace_id(),
    )
    return show_export(export)


@get("/", summary="List exports")
async def list_exports(caller: Caller, exports: ExportsOf, page: WantedPage) -> PageBody[ExportBody]:
    """The caller's own, newest first."""
    return page_body(await exports.list_exports(principal=caller, page=page), show_export)


@get("/{export_id:str}", summary="Show an export")
async def get_export(caller: Caller, exports: ExportsOf, export_id: FromPath[str]) -> ExportBody:
    """Whether it is ready, and how large it is."""
    return show_export(await exports.get_export(principal=caller, export_id=_export(export_id)))


@get("/{export_id:str}/content", summary="Download an export", operation_class=DownloadOperation)
async def read_export(caller: Caller, exports: ExportsOf, request: HttpRequest, export_id: FromPath[str]) -> Stream:
    """Its file, or the range of it that the Range header names."""
    content = await exports.read_export(principal=caller, export_id=_export(export_id), wanted=wanted_range(request))
    return file_answer(content)


@post("/{export_id:str}/links", summary="Make a link to an export")
async def make_export_link(
    caller: Caller, exports: ExportsOf, settings: Shell, export_id: FromPath[str], data: JSONBody[MakeLinkBody]
) -> LinkBody:
    """By which anybody can download it for a while."""
    link = await exports.make_export_link(
        principal=caller,
        export_id=_export(export_id),
        lifetime=read_lifetime(data.lifetime_seconds),
        trace_id=current_trace_id(),
    )
    return show_link(link, base_url=settings.base_url)


@delete("/{export_id:str}", summary="Delete an export", status_code=204)
async def delete_export(caller: Caller, exports: ExportsOf, export_id: FromPath[str]) -> None:
    """With its file and every link to it."""
    await exports.delete_export(principal=caller, export_id=_export(export_id))


@get("/", summary="List exports of everybody")
async def list_all_exports(
    caller: Caller, oversight: Oversight, page: WantedPage, org_id: FromQuery[str | None] = None
) -> PageBody[AnyExportBody]:
    """Who asked for what, of one organization or of all. What is in them stays their requesters'."""
    found = await oversight.list_all_exports(actor=caller, org_id=optional_org(org_id), page=page)
    return page_body(found, show_any_export)


@post("/", summary="Ask for an export of everybody", status_code=202)
async def request_any_export(caller: Caller, exports: ExportsOf, data: JSONBody[RequestAnyExportBody]) -> AnyExportBody:
    """Rows of all organizations, or of the one that is named. It is the caller's own, under /api/v1/exports."""
    export = await exports.request_export(
        principal=caller,
        kind=data.kind,
        wanted_format=data.format,
        filters=read_any_filters(data),
        trace_id=current_trace_id(),
    )
    return show_any_export(export)


def _export(text: str) -> ExportId:
    return ExportId(read_id("export", text, param="export_id"))


exports_router = Router(
    "/exports",
    route_handlers=[request_export, list_exports, get_export, read_export, make_export_link, delete_export],
    tags=["Exports"],
)
admin_exports_router = Router(
    "/exports", route_handlers=[list_all_exports, request_any_export], tags=["Admin: exports"]
)
