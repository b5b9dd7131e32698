"""What the console of administrators stands on: the use cases of its own, grouped as routes ask for them."""

from dataclasses import dataclass

from deepspace_core.identity.use_cases.administration import (
    DisableUser,
    EnableUser,
    GetUser,
    GrantAdministrator,
    ListUsers,
    ResetPassword,
)
from deepspace_core.identity.use_cases.organizations import (
    ListAllOrganizations,
    ResumeOrganization,
    SuspendOrganization,
)
from deepspace_core.identity.use_cases.oversight import (
    EndUserSession,
    EndUserSessions,
    GetAnyOrganization,
    ListAnyMembers,
    ListUserKeys,
    ListUserOrganizations,
    ListUserSessions,
)
from deepspace_core.identity.use_cases.permission_preview import PreviewPermissions
from deepspace_core.overview.use_cases import FindAnomalies, ListAttention, ListLeaders, ShowOverview


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationUseCases:
    """What administrators do with users and organizations."""

    list_users: ListUsers
    get_user: GetUser
    disable_user: DisableUser
    enable_user: EnableUser
    grant_administrator: GrantAdministrator
    reset_password: ResetPassword
    list_all_organizations: ListAllOrganizations
    suspend_organization: SuspendOrganization
    resume_organization: ResumeOrganization
    get_any_organization: GetAnyOrganization
    list_any_members: ListAnyMembers
    list_user_organizations: ListUserOrganizations
    list_user_keys: ListUserKeys
    list_user_sessions: ListUserSessions
    end_user_session: EndUserSession
    end_user_sessions: EndUserSessions
    preview_permissions: PreviewPermissions


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewUseCases:
    """The whole installation at a glance."""

    show_overview: ShowOverview
    list_leaders: ListLeaders
    find_anomalies: FindAnomalies
    list_attention: ListAttention
