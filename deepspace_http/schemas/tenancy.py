"""Wire types of organizations, members, workspaces and projects."""

from typing import Annotated, Literal

from msgspec import Meta

from deepspace_core.identity.organization import Member, MemberProfile, Organization
from deepspace_core.identity.principal import Role
from deepspace_core.identity.project import Project
from deepspace_core.identity.use_cases.founding import Foundation
from deepspace_core.identity.workspace import Workspace
from deepspace_core.kernel.ids import show_id
from deepspace_http.schemas.wire import (
    Email,
    Name,
    OrgIdText,
    ProjectIdText,
    RequestBody,
    ResponseBody,
    Slug,
    Time,
    UserIdText,
    WalletIdText,
    WorkspaceIdText,
)

OnAbortText = Annotated[
    Literal["drain", "cancel"],
    Meta(description="What becomes of an answer whose client has gone: read on to its usage, or cut off."),
]
Description = Annotated[str, Meta(max_length=2_000, examples=["Papers and their summaries"])]


class OrganizationBody(ResponseBody, frozen=True, kw_only=True):
    """The boundary of billing and governance."""

    id: OrgIdText
    name: Name
    kind: Literal["personal", "team"]
    on_abort: OnAbortText
    created_at: Time
    suspended_at: Time | None = None


class CreateOrganizationBody(RequestBody, frozen=True, kw_only=True):
    """A new organization; the caller becomes its owner."""

    name: Name


class UpdateOrganizationBody(RequestBody, frozen=True, kw_only=True):
    """What to change; absent fields stay as they are."""

    name: Name | None = None
    on_abort: OnAbortText | None = None


class MemberBody(ResponseBody, frozen=True, kw_only=True):
    """A user's place in the organization."""

    user_id: UserIdText
    email: Email
    display_name: Name
    role: Role
    created_at: Time


class RoleBody(ResponseBody, frozen=True, kw_only=True):
    """What a member is now."""

    user_id: UserIdText
    role: Role


class AddMemberBody(RequestBody, frozen=True, kw_only=True):
    """A registered user, by e-mail address."""

    email: Email
    role: Role


class ChangeRoleBody(RequestBody, frozen=True, kw_only=True):
    """What the member shall be."""

    role: Role


class WorkspaceBody(ResponseBody, frozen=True, kw_only=True):
    """The public face of an organization; holds projects."""

    id: WorkspaceIdText
    org_id: OrgIdText
    slug: Slug
    name: Name
    is_default: bool
    created_at: Time
    archived_at: Time | None = None


class CreateWorkspaceBody(RequestBody, frozen=True, kw_only=True):
    """A new workspace. Slugs are unique in the installation."""

    name: Name
    slug: Slug


class UpdateWorkspaceBody(RequestBody, frozen=True, kw_only=True):
    """What to change; a new slug changes every public address below."""

    name: Name | None = None
    slug: Slug | None = None


class ProjectBody(ResponseBody, frozen=True, kw_only=True):
    """Where work happens and its cost is counted."""

    id: ProjectIdText
    org_id: OrgIdText
    workspace_id: WorkspaceIdText
    name: Name
    description: Description
    is_default: bool
    created_at: Time
    archived_at: Time | None = None


class CreateProjectBody(RequestBody, frozen=True, kw_only=True):
    """A new project; without `workspace_id` in the default workspace."""

    name: Name
    description: Description = ""
    workspace_id: WorkspaceIdText | None = None


class UpdateProjectBody(RequestBody, frozen=True, kw_only=True):
    """What to change; absent fields stay as they are."""

    name: Name | None = None
    description: Description | None = None


class FoundationBody(ResponseBody, frozen=True, kw_only=True):
    """A new organization and what came with it."""

    organization: OrganizationBody
    workspace: WorkspaceBody
    project: ProjectBody
    wallet_id: WalletIdText


def show_organization(organization: Organization) -> OrganizationBody:
    """The wire form."""
    return OrganizationBody(
        id=show_id("org", organization.id),
        name=organization.name,
        kind=organization.kind,
        on_abort=organization.on_abort,
        created_at=organization.created_at,
        suspended_at=organization.suspended_at,
    )


def show_member(profile: MemberProfile) -> MemberBody:
    """The wire form."""
    return MemberBody(
        user_id=show_id("user", profile.member.user_id),
        email=profile.email,
        display_name=profile.display_name,
        role=profile.member.role,
        created_at=profile.member.created_at,
    )


def show_role(member: Member) -> RoleBody:
    """The wire form."""
    return RoleBody(user_id=show_id("user", member.user_id), role=member.role)


def show_workspace(workspace: Workspace) -> WorkspaceBody:
    """The wire form."""
    return WorkspaceBody(
        id=show_id("workspace", workspace.id),
        org_id=show_id("org", workspace.org_id),
        slug=workspace.slug,
        name=workspace.name,
        is_default=workspace.is_default,
        created_at=workspace.created_at,
        archived_at=workspace.archived_at,
    )


def show_project(project: Project) -> ProjectBody:
    """The wire form."""
    return ProjectBody(
        id=show_id("project", project.id),
        org_id=show_id("org", project.org_id),
        workspace_id=show_id("workspace", project.workspace_id),
        name=project.name,
        description=project.description,
        is_default=project.is_default,
        created_at=project.created_at,
        archived_at=project.archived_at,
    )


def show_foundation(foundation: Foundation) -> FoundationBody:
    """The wire form."""
    return FoundationBody(
        organization=show_organization(foundation.organization),
        workspace=show_workspace(foundation.workspace),
        project=show_project(foundation.project),
        wallet_id=show_id("wallet", foundation.wallet_id),
    )
