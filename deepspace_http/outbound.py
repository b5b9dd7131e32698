"""Use cases of what leaves the house: files, exports and webhooks. A part of deepspace_http/application.py."""

from dataclasses import dataclass

from deepspace_core.exports.use_cases import (
    DeleteExport,
    FollowExportLink,
    GetExport,
    ListExports,
    MakeExportLink,
    ReadExport,
    RequestExport,
)
from deepspace_core.files.use_cases import (
    DeleteFile,
    FollowFileLink,
    GetFile,
    ListFiles,
    MakeFileLink,
    ReadFile,
    ReportStorage,
    UploadFile,
)
from deepspace_core.webhooks.use_cases import (
    CreateWebhook,
    DeleteWebhook,
    GetDelivery,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    PingWebhook,
    ReplayDelivery,
    RotateWebhookSecret,
    UpdateWebhook,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUseCases:
    """Files and artifacts."""

    upload_file: UploadFile
    list_files: ListFiles
    get_file: GetFile
    read_file: ReadFile
    make_file_link: MakeFileLink
    follow_file_link: FollowFileLink
    delete_file: DeleteFile
    report_storage: ReportStorage


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportUseCases:
    """What the books hold, as files."""

    request_export: RequestExport
    list_exports: ListExports
    get_export: GetExport
    read_export: ReadExport
    make_export_link: MakeExportLink
    follow_export_link: FollowExportLink
    delete_export: DeleteExport


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookUseCases:
    """Who is told what, and how that went."""

    create_webhook: CreateWebhook
    list_webhooks: ListWebhooks
    get_webhook: GetWebhook
    update_webhook: UpdateWebhook
    rotate_webhook_secret: RotateWebhookSecret
    delete_webhook: DeleteWebhook
    list_deliveries: ListDeliveries
    get_delivery: GetDelivery
    replay_delivery: ReplayDelivery
    ping_webhook: PingWebhook
