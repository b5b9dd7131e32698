"""The use cases that commands call, wired and open.

`open_application` is the whole wiring of the command line; a test gives its `Deployment` another one, over the memory
adapters.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from deepspace_adapters.settings import Settings
from deepspace_core.audit.sealing_use_cases import VerifyTrail
from deepspace_core.audit.use_cases import TellAnyTrace
from deepspace_core.catalogue.use_cases import CreateModel, GetModel, GetUsableModel, ListModels, UpdateModel
from deepspace_core.channels.use_cases import (
    AddChannel,
    EditChannel,
    GetChannel,
    ListChannels,
    LookAtChannel,
    RemoveChannel,
    ShowMargins,
)
from deepspace_core.exports.use_cases import GetExport, ListExports, ReadExport, RequestExport
from deepspace_core.files.use_cases import DeleteFile, GetFile, ListFiles, MakeFileLink, ReadFile, UploadFile
from deepspace_core.identity.use_cases.administration import (
    DisableUser,
    EnableUser,
    GetUser,
    GetUserByEmail,
    GrantAdministrator,
    ListUsers,
    ResetPassword,
)
from deepspace_core.identity.use_cases.api_keys import (
    CreateApiKey,
    GetApiKey,
    ListApiKeys,
    RevokeApiKey,
    RotateApiKey,
)
from deepspace_core.identity.use_cases.authentication import AuthenticateApiKey, AuthenticateSystem
from deepspace_core.identity.use_cases.key_changes import UpdateApiKey
from deepspace_core.identity.use_cases.organizations import (
    CreateOrganization,
    GetOrganization,
    ListAllOrganizations,
    ResumeOrganization,
    SuspendOrganization,
    UpdateOrganization,
)
from deepspace_core.identity.use_cases.projects import (
    ArchiveProject,
    CreateProject,
    GetProject,
    ListProjects,
    UpdateProject,
)
from deepspace_core.identity.use_cases.registration import EnsureAdministrator, RegisterUser
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork
from deepspace_core.ledger import LedgerReader
from deepspace_core.ledger.caps import ListBudgets, RemoveBudget, SetBudget
from deepspace_core.ledger.metering_use_cases import AuditBooks
from deepspace_core.ledger.statement_use_cases import StateMonth
from deepspace_core.ledger.use_cases import AdjustWallet, RefundCapture, TopUpWallet
from deepspace_core.pipeline.dry_run_use_cases import DryRunPolicy
from deepspace_core.policy.use_cases import (
    ListIpRules,
    ListLimits,
    ListPlatformLimits,
    RemoveIpRule,
    RemoveLimit,
    RemovePlatformLimit,
    SetIpRule,
    SetLimit,
    SetPlatformLimit,
)
from deepspace_core.pricing.use_cases import GetEffectivePrice, ListPrices, SetPrice
from deepspace_core.usage.agreement_use_cases import CompareOwnBooks
from deepspace_core.usage.reconciliation_use_cases import (
    GetReconciliation,
    ListReconciliations,
    RunReconciliation,
)
from deepspace_core.usage.use_cases import AllUsageByPeriod, ListAllUsage, RecomputeUsage
from deepspace_core.webhooks.use_cases import (
    CreateWebhook,
    DeleteWebhook,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    PingWebhook,
    ReplayDelivery,
    RotateWebhookSecret,
    UpdateWebhook,
)
from deepspace_core.work import (
    CancelJob,
    ChangeSchedule,
    GetJob,
    GetSchedule,
    ListArchives,
    ListJobs,
    ListSchedules,
    ReportRetention,
    RestoreMonth,
    RetryDeadJobs,
    RetryJob,
    RunSchedule,
    TakeCensus,
)

APPLICATION_NAME = "deepspace-cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Each field is a use case under its own name, but for the first four: ports that commands use by themselves."""

    clock: Clock
    ids: IdSource
    unit_of_work: UnitOfWork
    ledger_reader: LedgerReader

    authenticate_system: AuthenticateSystem
    authenticate_api_key: AuthenticateApiKey
    ensure_administrator: EnsureAdministrator

    create_organization: CreateOrganization
    get_organization: GetOrganization
    list_all_organizations: ListAllOrganizations
    resume_organization: ResumeOrganization
    suspend_organization: SuspendOrganization
    update_organization: UpdateOrganization

    disable_user: DisableUser
    enable_user: EnableUser
    get_user: GetUser
    get_user_by_email: GetUserByEmail
    grant_administrator: GrantAdministrator
    list_users: ListUsers
    register_user: RegisterUser
    reset_password: ResetPassword

    archive_project: ArchiveProject
    create_project: CreateProject
    get_project: GetProject
    list_projects: ListProjects
    update_project: UpdateProject

    create_api_key: CreateApiKey
    get_api_key: GetApiKey
    list_api_keys: ListApiKeys
    revoke_api_key: RevokeApiKey
    rotate_api_key: RotateApiKey
    update_api_key: UpdateApiKey

    create_model: CreateModel
    get_model: GetModel
    get_usable_model: GetUsableModel
    list_models: ListModels
    update_model: UpdateModel

    add_channel: AddChannel
    edit_channel: EditChannel
    get_channel: GetChannel
    list_channels: ListChannels
    look_at_channel: LookAtChannel
    remove_channel: RemoveChannel
    show_margins: ShowMargins
    dry_run_policy: DryRunPolicy
    list_ip_rules: ListIpRules
    list_limits: ListLimits
    list_platform_limits: ListPlatformLimits
    remove_ip_rule: RemoveIpRule
    remove_limit: RemoveLimit
    remove_platform_limit: RemovePlatformLimit
    set_ip_rule: SetIpRule
    set_limit: SetLimit
    set_platform_limit: SetPlatformLimit

    get_effective_price: GetEffectivePrice
    list_prices: ListPrices
    set_price: SetPrice

    adjust_wallet: AdjustWallet
    audit_ledger: AuditBooks
    list_budgets: ListBudgets
    refund_capture: RefundCapture
    remove_budget: RemoveBudget
    set_budget: SetBudget
    state_month: StateMonth
    top_up_wallet: TopUpWallet

    delete_file: DeleteFile
    get_file: GetFile
    list_files: ListFiles
    make_file_link: MakeFileLink
    read_file: ReadFile
    upload_file: UploadFile

    get_export: GetExport
    list_exports: ListExports
    read_export: ReadExport
    request_export: RequestExport

    create_webhook: CreateWebhook
    delete_webhook: DeleteWebhook
    get_webhook: GetWebhook
    list_deliveries: ListDeliveries
    list_webhooks: ListWebhooks
    ping_webhook: PingWebhook
    replay_delivery: ReplayDelivery
    rotate_webhook_secret: RotateWebhookSecret
    update_webhook: UpdateWebhook

    all_usage_by_period: AllUsageByPeriod
    compare_own_books: CompareOwnBooks
    get_reconciliation: GetReconciliation
    list_reconciliations: ListReconciliations
    recompute_usage: RecomputeUsage
    run_reconciliation: RunReconciliation
    list_all_usage: ListAllUsage
    tell_any_trace: TellAnyTrace
    verify_trail: VerifyTrail

    list_archives: ListArchives
    report_retention: ReportRetention
    restore_month: RestoreMonth

    cancel_job: CancelJob
    get_job: GetJob
    list_jobs: ListJobs
    retry_dead_jobs: RetryDeadJobs
    retry_job: RetryJob
    take_census: TakeCensus

    change_schedule: ChangeSchedule
    get_schedule: GetSchedule
    list_schedules: ListSchedules
    run_schedule: RunSchedule


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncIterator[Application]:
    """Connects to what `settings` name, gives the use cases, and closes everything. Raises Unavailable."""
    # Imported here: the container loads every driver there is, which `deepspace --help` has no use for.
    from deepspace_adapters.composition import compose  # noqa: PLC0415
    from deepspace_adapters.lifetime import open_adapters  # noqa: PLC0415

    # The error that the command ends with says once what the pool would say at each of its attempts.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    async with open_adapters(settings, application=APPLICATION_NAME) as adapters:
        yield compose(adapters, Application)
