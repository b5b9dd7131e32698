"""What the HTTP shell needs of the world: finished use cases by context, probes and a few settings.

deepspace_http/lifespan.py fills it from the container, whose providers carry the names of these fields; a test fills it
with use cases on the memory adapters. Routes see nothing else.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from deepspace_core.audit.use_cases import (
    ListAllEvents,
    ListAllRequests,
    ListEvents,
    ListRequests,
    TellAnyTrace,
    TellTrace,
)
from deepspace_core.catalogue.use_cases import (
    CreateModel,
    GetModel,
    GetUsableModel,
    ListModels,
    ListUsableModels,
    UpdateModel,
)
from deepspace_core.channels.use_cases import (
    AddChannel,
    EditChannel,
    GetChannel,
    ListChannels,
    ListCheckedHours,
    ListRestingParts,
    LookAtChannel,
    RemoveChannel,
    ShowMargins,
)
from deepspace_core.identity.use_cases.account import ChangePassword, GetProfile, UpdateProfile
from deepspace_core.identity.use_cases.api_keys import CreateApiKey, GetApiKey, ListApiKeys, RevokeApiKey, RotateApiKey
from deepspace_core.identity.use_cases.authentication import (
    AuthenticateApiKey,
    AuthenticateSession,
    AuthenticateSystem,
)
from deepspace_core.identity.use_cases.invitations import (
    AcceptInvitation,
    InviteMember,
    ListInvitations,
    ReadInvitation,
    WithdrawInvitation,
)
from deepspace_core.identity.use_cases.key_changes import UpdateApiKey
from deepspace_core.identity.use_cases.login import LogIn, LogOut, RefreshSession
from deepspace_core.identity.use_cases.members import AddMember, ChangeRole, ListMembers, RemoveMember
from deepspace_core.identity.use_cases.organizations import (
    CreateOrganization,
    GetOrganization,
    ListOrganizations,
    UpdateOrganization,
)
from deepspace_core.identity.use_cases.projects import (
    ArchiveProject,
    CreateProject,
    GetProject,
    ListProjects,
    UpdateProject,
)
from deepspace_core.identity.use_cases.registration import RegisterUser
from deepspace_core.identity.use_cases.sessions import (
    ListSessions,
    RevokeAllSessions,
    RevokeOtherSessions,
    RevokeSession,
)
from deepspace_core.identity.use_cases.workspaces import (
    ArchiveWorkspace,
    CreateWorkspace,
    GetWorkspace,
    ListWorkspaces,
    UpdateWorkspace,
)
from deepspace_core.ledger.caps import ListBudgets, RemoveBudget, SetBudget, TryHold
from deepspace_core.ledger.counter import (
    AdjustOrganization,
    GetAnyBalance,
    GetAnyWallet,
    GetBalance,
    GetHold,
    GetWallet,
    ListAnyTransactions,
    ListHolds,
    ListTransactions,
    RefundOrganization,
    TopUpOrganization,
)
from deepspace_core.ledger.statement_use_cases import StateAnyMonth, StateMonth
from deepspace_core.pipeline.dry_run_use_cases import DryRunPolicy
from deepspace_core.pipeline.spending_use_cases import ForecastSpending
from deepspace_core.policy.use_cases import (
    AdmitAddress,
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
from deepspace_core.pricing.use_cases import (
    GetEffectivePrice,
    ListEffectivePrices,
    ListPrices,
    PreviewPrice,
    PriceModels,
    SetPrice,
)
from deepspace_core.usage.reconciliation_use_cases import (
    GetReconciliation,
    ListReconciliations,
    RunReconciliation,
)
from deepspace_core.usage.use_cases import (
    AllUsageByPeriod,
    BreakDownUsage,
    GetUsage,
    ListAllUsage,
    ListUsage,
    TotalUsage,
    UsageByPeriod,
)
from deepspace_http.address import Network
from deepspace_http.chat import ChatUseCases
from deepspace_http.console import AdministrationUseCases, OverviewUseCases
from deepspace_http.outbound import ExportUseCases, FileUseCases, WebhookUseCases
from deepspace_http.oversight import OversightUseCases
from deepspace_http.work import WorkUseCases

BODY_BYTES_MAX_DEFAULT = 10 * 1024 * 1024
STREAMS_MAX_DEFAULT = 1_000


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks a dependency whether it is there; raises when it is not. `required`: without it no work can be done."""

    check: Callable[[], Awaitable[object]]
    required: bool = True


Probes: TypeAlias = Mapping[str, Probe]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """What a deployment decides about HTTP."""

    base_url: str = "http://127.0.0.1:8080"
    body_bytes_max: int = BODY_BYTES_MAX_DEFAULT
    streams_max: int = STREAMS_MAX_DEFAULT
    trusted_proxies: tuple[Network, ...] = ()
    cookies_secure: bool = False
    registration_open: bool = True
    metrics_token: str | None = field(default=None, repr=False)
    version: str = "0.1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUseCases:
    """A person's own: log-in, sessions, profile, password."""

    register_user: RegisterUser
    log_in: LogIn
    refresh_session: RefreshSession
    log_out: LogOut
    authenticate_session: AuthenticateSession
    authenticate_api_key: AuthenticateApiKey
    list_sessions: ListSessions
    revoke_session: RevokeSession
    revoke_other_sessions: RevokeOtherSessions
    revoke_all_sessions: RevokeAllSessions
    change_password: ChangePassword
    get_profile: GetProfile
    update_profile: UpdateProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class TenancyUseCases:
    """Organizations and what stands in them."""

    create_organization: CreateOrganization
    list_organizations: ListOrganizations
    get_organization: GetOrganization
    update_organization: UpdateOrganization
    list_members: ListMembers
    add_member: AddMember
    change_role: ChangeRole
    remove_member: RemoveMember
    list_workspaces: ListWorkspaces
    get_workspace: GetWorkspace
    create_workspace: CreateWorkspace
    update_workspace: UpdateWorkspace
    archive_workspace: ArchiveWorkspace
    list_projects: ListProjects
    get_project: GetProject
    create_project: CreateProject
    update_project: UpdateProject
    archive_project: ArchiveProject


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationUseCases:
    """How people come into an organization."""

    invite_member: InviteMember
    list_invitations: ListInvitations
    withdraw_invitation: WithdrawInvitation
    read_invitation: ReadInvitation
    accept_invitation: AcceptInvitation


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyUseCases:
    """Keys for programs."""

    create_api_key: CreateApiKey
    list_api_keys: ListApiKeys
    get_api_key: GetApiKey
    rotate_api_key: RotateApiKey
    revoke_api_key: RevokeApiKey
    update_api_key: UpdateApiKey


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueUseCases:
    """The catalogue of models."""

    create_model: CreateModel
    update_model: UpdateModel
    list_models: ListModels
    get_model: GetModel
    list_usable_models: ListUsableModels
    get_usable_model: GetUsableModel


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelUseCases:
    """Upstreams."""

    add_channel: AddChannel
    edit_channel: EditChannel
    get_channel: GetChannel
    list_channels: ListChannels
    look_at_channel: LookAtChannel
    remove_channel: RemoveChannel
    show_margins: ShowMargins
    list_checked_hours: ListCheckedHours
    list_resting_parts: ListRestingParts
    get_reconciliation: GetReconciliation
    list_reconciliations: ListReconciliations
    run_reconciliation: RunReconciliation


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingUseCases:
    """Prices."""

    set_price: SetPrice
    list_prices: ListPrices
    list_effective_prices: ListEffectivePrices
    get_effective_price: GetEffectivePrice
    price_models: PriceModels
    preview_price: PreviewPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerUseCases:
    """Money."""

    get_wallet: GetWallet
    get_balance: GetBalance
    state_month: StateMonth
    try_hold: TryHold
    list_transactions: ListTransactions
    list_holds: ListHolds
    get_hold: GetHold
    get_any_wallet: GetAnyWallet
    get_any_balance: GetAnyBalance
    state_any_month: StateAnyMonth
    list_any_transactions: ListAnyTransactions
    top_up_organization: TopUpOrganization
    adjust_organization: AdjustOrganization
    refund_organization: RefundOrganization
    list_budgets: ListBudgets
    set_budget: SetBudget
    remove_budget: RemoveBudget


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageUseCases:
    """What was used."""

    list_usage: ListUsage
    get_usage: GetUsage
    total_usage: TotalUsage
    usage_by_period: UsageByPeriod
    break_down_usage: BreakDownUsage
    forecast_spending: ForecastSpending
    list_all_usage: ListAllUsage
    all_usage_by_period: AllUsageByPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditUseCases:
    """What happened."""

    list_events: ListEvents
    list_requests: ListRequests
    tell_trace: TellTrace
    list_all_events: ListAllEvents
    list_all_requests: ListAllRequests
    tell_any_trace: TellAnyTrace


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUseCases:
    """Limits and address rules."""

    admit_address: AdmitAddress
    list_limits: ListLimits
    set_limit: SetLimit
    remove_limit: RemoveLimit
    list_ip_rules: ListIpRules
    set_ip_rule: SetIpRule
    remove_ip_rule: RemoveIpRule
    list_platform_limits: ListPlatformLimits
    set_platform_limit: SetPlatformLimit
    remove_platform_limit: RemovePlatformLimit
    dry_run: DryRunPolicy
    authenticate_system: AuthenticateSystem
    """For administrators, who try rules on organizations that are not theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Everything that the routes call."""

    accounts: AccountUseCases
    tenancy: TenancyUseCases
    invitations: InvitationUseCases
    api_keys: ApiKeyUseCases
    administration: AdministrationUseCases
    overview: OverviewUseCases
    catalogue: CatalogueUseCases
    channels: ChannelUseCases
    pricing: PricingUseCases
    ledger: LedgerUseCases
    usage: UsageUseCases
    audit: AuditUseCases
    policy: PolicyUseCases
    chat: ChatUseCases
    work: WorkUseCases
    files: FileUseCases
    exports: ExportUseCases
    webhooks: WebhookUseCases
    oversight: OversightUseCases
    settings: HttpSettings = field(default_factory=HttpSettings)
    probes: Probes = field(default_factory=dict)
