"""Identity, wired: every use case over one set of repositories, a clock that stands still and ids that count."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deepspace_core.identity import ApiKey, NotedKeyUses, Principal, Secret
from deepspace_core.identity import use_cases as verbs
from deepspace_core.kernel.ids import OrgId, ProjectId
from deepspace_core.policy.key_limit import KeyLimits
from tests.core.identity.stores import Stores, memory_stores
from tests.fakes import TRACE, CountingIds, FixedClock, InlineTasks, ListedEvents

PASSWORD = Secret("correct horse battery")
OTHER_PASSWORD = Secret("staple for a change")


class FakeHasher:
    """The `PasswordHasher` port without the work. `version` stands for the parameters."""

    def __init__(self) -> None:
        self.version = 1
        self.verified: list[str] = []

    async def hash(self, password: Secret) -> str:
        return f"{self.version}:{password.reveal()}"

    async def verify(self, password: Secret, password_hash: str) -> bool:
        self.verified.append("somebody")
        return password_hash.partition(":")[2] == password.reveal()

    async def verify_nobody(self, password: Secret) -> None:
        self.verified.append("nobody")

    def is_outdated(self, password_hash: str) -> bool:
        return not password_hash.startswith(f"{self.version}:")


@dataclass(frozen=True, slots=True)
class World:
    """What a test holds in its hands."""

    stores: Stores = field(default_factory=memory_stores)
    clock: FixedClock = field(default_factory=FixedClock)
    ids: CountingIds = field(default_factory=CountingIds)
    events: ListedEvents = field(default_factory=ListedEvents)
    tasks: InlineTasks = field(default_factory=InlineTasks)
    hasher: FakeHasher = field(default_factory=FakeHasher)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # --- the use cases, made anew at each call: they hold nothing ---------------------------------------------------

    @property
    def founding(self) -> verbs.Founding:
        s = self.stores
        return verbs.Founding(s.organizations, s.members, s.workspaces, s.projects, s.wallets, self.ids)

    @property
    def register(self) -> verbs.RegisterUser:
        s = self.stores
        return verbs.RegisterUser(
            s.unit_of_work, s.users, self.founding, self.hasher, self.guard, self.events, self.clock, self.ids
        )

    @property
    def ensure_administrator(self) -> verbs.EnsureAdministrator:
        return verbs.EnsureAdministrator(self.register)

    @property
    def guard(self) -> verbs.LoginGuard:
        return verbs.LoginGuard(self.stores.unit_of_work, self.stores.attempts, self.clock)

    @property
    def log_in(self) -> verbs.LogIn:
        s = self.stores
        return verbs.LogIn(
            s.unit_of_work, s.users, s.sessions, self.guard, self.hasher, self.events, self.clock, self.ids
        )

    @property
    def refresh(self) -> verbs.RefreshSession:
        s = self.stores
        return verbs.RefreshSession(s.unit_of_work, s.users, s.sessions, self.events, self.clock, self.ids)

    @property
    def log_out(self) -> verbs.LogOut:
        return verbs.LogOut(self.stores.unit_of_work, self.stores.sessions, self.events, self.clock, self.ids)

    @property
    def prune_sessions(self) -> verbs.PruneSessions:
        return verbs.PruneSessions(self.stores.unit_of_work, self.stores.sessions, self.clock)

    @property
    def list_sessions(self) -> verbs.ListSessions:
        return verbs.ListSessions(self.stores.unit_of_work, self.stores.sessions, self.clock)

    @property
    def revoke_session(self) -> verbs.RevokeSession:
        return verbs.RevokeSession(self.stores.unit_of_work, self.stores.sessions, self.events, self.clock, self.ids)

    @property
    def revoke_others(self) -> verbs.RevokeOtherSessions:
        s = self.stores
        return verbs.RevokeOtherSessions(s.unit_of_work, s.sessions, self.events, self.clock, self.ids)

    @property
    def get_profile(self) -> verbs.GetProfile:
        return verbs.GetProfile(self.stores.unit_of_work, self.stores.users, self.stores.organizations)

    @property
    def update_profile(self) -> verbs.UpdateProfile:
        return verbs.UpdateProfile(self.stores.unit_of_work, self.stores.users, self.events, self.clock, self.ids)

    @property
    def change_password(self) -> verbs.ChangePassword:
        s = self.stores
        return verbs.ChangePassword(
            s.unit_of_work, s.users, s.sessions, self.guard, self.hasher, self.events, self.clock, self.ids
        )

    @property
    def key_limiting(self) -> KeyLimits:
        return KeyLimits(self.stores.policies, self.events, self.ids, self.clock)

    @property
    def key_uses(self) -> NotedKeyUses:
        return NotedKeyUses(unit_of_work=self.stores.unit_of_work, api_keys=self.stores.api_keys, tasks=self.tasks)

    @property
    def authenticate_key(self) -> verbs.AuthenticateApiKey:
        s = self.stores
        return verbs.AuthenticateApiKey(s.unit_of_work, s.credentials, self.key_uses, self.clock)

    @property
    def authenticate(self) -> verbs.AuthenticateSession:
        return verbs.AuthenticateSession(self.stores.unit_of_work, self.stores.credentials, self.clock)

    @property
    def authenticate_system(self) -> verbs.AuthenticateSystem:
        return verbs.AuthenticateSystem(self.stores.unit_of_work, self.stores.credentials)

    @property
    def create_organization(self) -> verbs.CreateOrganization:
        s = self.stores
        return verbs.CreateOrganization(s.unit_of_work, s.users, self.founding, self.events, self.clock, self.ids)

    @property
    def list_organizations(self) -> verbs.ListOrganizations:
        return verbs.ListOrganizations(self.stores.unit_of_work, self.stores.organizations)

    @property
    def get_organization(self) -> verbs.GetOrganization:
        return verbs.GetOrganization(self.stores.unit_of_work, self.stores.organizations)

    @property
    def update_organization(self) -> verbs.UpdateOrganization:
        s = self.stores
        return verbs.UpdateOrganization(s.unit_of_work, s.organizations, self.events, self.clock, self.ids)

    @property
    def list_all_organizations(self) -> verbs.ListAllOrganizations:
        return verbs.ListAllOrganizations(self.stores.unit_of_work, self.stores.organizations)

    @property
    def suspend(self) -> verbs.SuspendOrganization:
        s = self.stores
        return verbs.SuspendOrganization(s.unit_of_work, s.organizations, self.events, self.clock, self.ids)

    @property
    def resume(self) -> verbs.ResumeOrganization:
        s = self.stores
        return verbs.ResumeOrganization(s.unit_of_work, s.organizations, self.events, self.clock, self.ids)

    @property
    def list_members(self) -> verbs.ListMembers:
        return verbs.ListMembers(self.stores.unit_of_work, self.stores.members)

    @property
    def add_member(self) -> verbs.AddMember:
        s = self.stores
        return verbs.AddMember(s.unit_of_work, s.users, s.organizations, s.members, self.events, self.clock, self.ids)

    @property
    def invite(self) -> verbs.InviteMember:
        s = self.stores
        return verbs.InviteMember(
            s.unit_of_work, s.users, s.organizations, s.members, s.invitations, self.events, self.clock, self.ids
        )

    @property
    def list_invitations(self) -> verbs.ListInvitations:
        return verbs.ListInvitations(self.stores.unit_of_work, self.stores.invitations, self.clock)

    @property
    def withdraw_invitation(self) -> verbs.WithdrawInvitation:
        s = self.stores
        return verbs.WithdrawInvitation(s.unit_of_work, s.invitations, self.events, self.clock, self.ids)

    @property
    def read_invitation(self) -> verbs.ReadInvitation:
        s = self.stores
        return verbs.ReadInvitation(s.unit_of_work, s.users, s.organizations, s.invitations, self.clock)

    @property
    def accept_invitation(self) -> verbs.AcceptInvitation:
        s = self.stores
        return verbs.AcceptInvitation(
            s.unit_of_work, s.users, s.organizations, s.members, s.invitations, self.events, self.clock, self.ids
        )

    @property
    def revoke_all(self) -> verbs.RevokeAllSessions:
        return verbs.RevokeAllSessions(
            self.stores.unit_of_work, self.stores.sessions, self.events, self.clock, self.ids
        )

    @property
    def change_role(self) -> verbs.ChangeRole:
        s = self.stores
        return verbs.ChangeRole(s.unit_of_work, s.users, s.organizations, s.members, self.events, self.clock, self.ids)

    @property
    def remove_member(self) -> verbs.RemoveMember:
        s = self.stores
        return verbs.RemoveMember(
            s.unit_of_work, s.users, s.organizations, s.members, self.events, self.clock, self.ids
        )

    @property
    def list_workspaces(self) -> verbs.ListWorkspaces:
        return verbs.ListWorkspaces(self.stores.unit_of_work, self.stores.workspaces)

    @property
    def get_workspace(self) -> verbs.GetWorkspace:
        return verbs.GetWorkspace(self.stores.unit_of_work, self.stores.workspaces)

    @property
    def create_workspace(self) -> verbs.CreateWorkspace:
        s = self.stores
        return verbs.CreateWorkspace(s.unit_of_work, s.workspaces, self.events, self.clock, self.ids)

    @property
    def update_workspace(self) -> verbs.UpdateWorkspace:
        s = self.stores
        return verbs.UpdateWorkspace(s.unit_of_work, s.workspaces, self.events, self.clock, self.ids)

    @property
    def archive_workspace(self) -> verbs.ArchiveWorkspace:
        s = self.stores
        return verbs.ArchiveWorkspace(s.unit_of_work, s.workspaces, self.events, self.clock, self.ids)

    @property
    def list_projects(self) -> verbs.ListProjects:
        return verbs.ListProjects(self.stores.unit_of_work, self.stores.projects)

    @property
    def get_project(self) -> verbs.GetProject:
        return verbs.GetProject(self.stores.unit_of_work, self.stores.projects)

    @property
    def create_project(self) -> verbs.CreateProject:
        s = self.stores
        return verbs.CreateProject(s.unit_of_work, s.workspaces, s.projects, self.events, self.clock, self.ids)

    @property
    def update_project(self) -> verbs.UpdateProject:
        s = self.stores
        return verbs.UpdateProject(s.unit_of_work, s.projects, self.events, self.clock, self.ids)

    @property
    def archive_project(self) -> verbs.ArchiveProject:
        s = self.stores
        return verbs.ArchiveProject(s.unit_of_work, s.projects, self.events, self.clock, self.ids)

    @property
    def create_key(self) -> verbs.CreateApiKey:
        s = self.stores
        return verbs.CreateApiKey(
            s.unit_of_work, s.projects, s.api_keys, self.key_limiting, self.events, self.clock, self.ids
        )

    @property
    def list_keys(self) -> verbs.ListApiKeys:
        return verbs.ListApiKeys(self.stores.unit_of_work, self.stores.api_keys)

    @property
    def get_key(self) -> verbs.GetApiKey:
        return verbs.GetApiKey(self.stores.unit_of_work, self.stores.api_keys)

    @property
    def update_key(self) -> verbs.UpdateApiKey:
        s = self.stores
        return verbs.UpdateApiKey(s.unit_of_work, s.api_keys, self.key_limiting, self.events, self.clock, self.ids)

    @property
    def rotate_key(self) -> verbs.RotateApiKey:
        return verbs.RotateApiKey(self.stores.unit_of_work, self.stores.api_keys, self.events, self.clock, self.ids)

    @property
    def revoke_key(self) -> verbs.RevokeApiKey:
        return verbs.RevokeApiKey(self.stores.unit_of_work, self.stores.api_keys, self.events, self.clock, self.ids)

    @property
    def list_users(self) -> verbs.ListUsers:
        return verbs.ListUsers(self.stores.unit_of_work, self.stores.users)

    @property
    def get_user(self) -> verbs.GetUser:
        return verbs.GetUser(self.stores.unit_of_work, self.stores.users)

    @property
    def get_user_by_email(self) -> verbs.GetUserByEmail:
        return verbs.GetUserByEmail(self.stores.unit_of_work, self.stores.users)

    @property
    def disable_user(self) -> verbs.DisableUser:
        s = self.stores
        return verbs.DisableUser(s.unit_of_work, s.users, s.sessions, self.events, self.clock, self.ids)

    @property
    def enable_user(self) -> verbs.EnableUser:
        return verbs.EnableUser(self.stores.unit_of_work, self.stores.users, self.events, self.clock, self.ids)

    @property
    def grant_administrator(self) -> verbs.GrantAdministrator:
        s = self.stores
        return verbs.GrantAdministrator(s.unit_of_work, s.users, self.events, self.clock, self.ids)

    @property
    def reset_password(self) -> verbs.ResetPassword:
        s = self.stores
        return verbs.ResetPassword(s.unit_of_work, s.users, s.sessions, self.hasher, self.events, self.clock, self.ids)

    @property
    def list_user_keys(self) -> verbs.ListUserKeys:
        return verbs.ListUserKeys(self.stores.unit_of_work, self.stores.users, self.stores.api_keys)

    @property
    def list_user_sessions(self) -> verbs.ListUserSessions:
        return verbs.ListUserSessions(self.stores.unit_of_work, self.stores.users, self.stores.sessions, self.clock)

    @property
    def list_user_organizations(self) -> verbs.ListUserOrganizations:
        return verbs.ListUserOrganizations(self.stores.unit_of_work, self.stores.users, self.stores.organizations)

    @property
    def end_user_session(self) -> verbs.EndUserSession:
        s = self.stores
        return verbs.EndUserSession(s.unit_of_work, s.users, s.sessions, self.events, self.clock, self.ids)

    @property
    def end_user_sessions(self) -> verbs.EndUserSessions:
        s = self.stores
        return verbs.EndUserSessions(s.unit_of_work, s.users, s.sessions, self.events, self.clock, self.ids)

    @property
    def get_any_organization(self) -> verbs.GetAnyOrganization:
        return verbs.GetAnyOrganization(self.stores.unit_of_work, self.stores.organizations)

    @property
    def list_any_members(self) -> verbs.ListAnyMembers:
        return verbs.ListAnyMembers(self.stores.unit_of_work, self.stores.organizations, self.stores.members)

    @property
    def preview_permissions(self) -> verbs.PreviewPermissions:
        s = self.stores
        return verbs.PreviewPermissions(
            s.unit_of_work, s.users, s.organizations, s.members, s.api_keys, s.credentials, self.clock
        )

    # --- what most tests begin with ---------------------------------------------------------------------------------

    async def person(self, name: str) -> Principal:
        """Registers `name`@example.org, logs in, and acts in the personal organization."""
        await self.register(email=f"{name}@example.org", password=PASSWORD, display_name=name.title(), trace_id=TRACE)
        return await self.at(name)

    async def at(self, name: str, org_id: OrgId | None = None, project_id: ProjectId | None = None) -> Principal:
        """Logs somebody in and acts in an organization."""
        opened = await self.log_in(email=f"{name}@example.org", password=PASSWORD, trace_id=TRACE)
        return await self.authenticate(token=opened.tokens.access, org_id=org_id, project_id=project_id)


async def change_key(world: World, principal: Principal, key: ApiKey, **changes: Any) -> ApiKey:
    """The key with `changes`, and the rest of it as `key` has it."""
    same = {
        "name": key.name,
        "scopes": key.scopes,
        "model_allow_list": key.model_allow_list,
        "expires_at": key.expires_at,
    }
    return await world.update_key(principal=principal, api_key_id=key.id, trace_id=TRACE, **{**same, **changes})
