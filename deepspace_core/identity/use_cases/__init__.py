"""The verbs of identity, a file a noun. Each is a frozen dataclass whose fields are ports and which is called once."""

from deepspace_core.identity.use_cases.account import ChangePassword, GetProfile, Profile, UpdateProfile
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
    NewApiKey,
    RevokeApiKey,
    RotateApiKey,
)
from deepspace_core.identity.use_cases.authentication import (
    AuthenticateApiKey,
    AuthenticateSession,
    AuthenticateSystem,
)
from deepspace_core.identity.use_cases.founding import Foundation, Founding
from deepspace_core.identity.use_cases.login import LoggedIn, LogIn, LoginGuard, LogOut, RefreshSession
from deepspace_core.identity.use_cases.members import AddMember, ChangeRole, ListMembers, RemoveMember
from deepspace_core.identity.use_cases.organizations import (
    CreateOrganization,
    GetOrganization,
    ListAllOrganizations,
    ListOrganizations,
    ResumeOrganization,
    SuspendOrganization,
    UpdateOrganization,
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
from deepspace_core.identity.use_cases.permission_preview import PreviewPermissions, Supposition
from deepspace_core.identity.use_cases.projects import (
    ArchiveProject,
    CreateProject,
    GetProject,
    ListProjects,
    UpdateProject,
)
from deepspace_core.identity.use_cases.registration import EnsureAdministrator, RegisterUser, Registration
from deepspace_core.identity.use_cases.sessions import ListSessions, PruneSessions, RevokeOtherSessions, RevokeSession
from deepspace_core.identity.use_cases.workspaces import (
    ArchiveWorkspace,
    CreateWorkspace,
    GetWorkspace,
    ListWorkspaces,
    UpdateWorkspace,
)

__all__ = [
    "AddMember",
    "ArchiveProject",
    "ArchiveWorkspace",
    "AuthenticateApiKey",
    "AuthenticateSession",
    "AuthenticateSystem",
    "ChangePassword",
    "ChangeRole",
    "CreateApiKey",
    "CreateOrganization",
    "CreateProject",
    "CreateWorkspace",
    "DisableUser",
    "EnableUser",
    "EndUserSession",
    "EndUserSessions",
    "EnsureAdministrator",
    "Foundation",
    "Founding",
    "GetAnyOrganization",
    "GetApiKey",
    "GetOrganization",
    "GetProfile",
    "GetProject",
    "GetUser",
    "GetUserByEmail",
    "GetWorkspace",
    "GrantAdministrator",
    "ListAllOrganizations",
    "ListAnyMembers",
    "ListApiKeys",
    "ListMembers",
    "ListOrganizations",
    "ListProjects",
    "ListSessions",
    "ListUserKeys",
    "ListUserOrganizations",
    "ListUserSessions",
    "ListUsers",
    "ListWorkspaces",
    "LogIn",
    "LogOut",
    "LoggedIn",
    "LoginGuard",
    "NewApiKey",
    "PreviewPermissions",
    "Profile",
    "PruneSessions",
    "RefreshSession",
    "RegisterUser",
    "Registration",
    "RemoveMember",
    "ResetPassword",
    "ResumeOrganization",
    "RevokeApiKey",
    "RevokeOtherSessions",
    "RevokeSession",
    "RotateApiKey",
    "Supposition",
    "SuspendOrganization",
    "UpdateOrganization",
    "UpdateProfile",
    "UpdateProject",
    "UpdateWorkspace",
]
