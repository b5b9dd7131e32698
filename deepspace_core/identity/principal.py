"""Who acts, and what they may do: THE permission table of the product.

Every use case asks `principal.require(permission)`; nothing else in the product compares roles. A role is a set of
permissions; an API key's scopes are a set of permissions its maker held; a key bound to a project keeps only those
that make sense inside one.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, Protocol, TypeAlias

from deepspace_core.identity.errors import AdministratorRequired, PermissionMissing, SessionRequired
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, SessionId, UserId, WalletId, WorkspaceId

PrincipalKind: TypeAlias = Literal["session", "api_key", "system"]
OnAbort: TypeAlias = Literal["drain", "cancel"]
"""What becomes of an upstream answer whose client has gone: read on to its usage, or cut off (docs/billing.md)."""


class Role(Enum):
    """What a member is in an organization. Each includes the ones after it."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Permission(Enum):
    """Everything that can be allowed. The values are the scopes of API keys."""

    USE_MODELS = "models:use"
    USE_CHAT = "chat:use"
    READ_ORGANIZATION = "organization:read"
    MANAGE_ORGANIZATION = "organization:manage"
    READ_MEMBERS = "members:read"
    MANAGE_MEMBERS = "members:manage"
    MANAGE_OWNERS = "owners:manage"
    MANAGE_WORKSPACES = "workspaces:manage"
    READ_PROJECTS = "projects:read"
    MANAGE_PROJECTS = "projects:manage"
    CREATE_API_KEYS = "api_keys:create"
    """Make API keys, and see, rotate and revoke those of one's own making."""
    MANAGE_API_KEYS = "api_keys:manage"
    """See, rotate and revoke everybody's."""
    READ_WALLET = "wallet:read"
    MANAGE_WALLET = "wallet:manage"
    """Caps and refunds. Money from outside (top-up, adjust) is an administrator's."""
    READ_USAGE = "usage:read"
    READ_AUDIT = "audit:read"
    MANAGE_POLICY = "policy:manage"
    READ_JOBS = "jobs:read"
    MANAGE_JOBS = "jobs:manage"
    """Stop and retry the organization's jobs, whoever asked for them."""
    READ_FILES = "files:read"
    WRITE_FILES = "files:write"
    MANAGE_WEBHOOKS = "webhooks:manage"


_VIEWER = frozenset(
    {
        Permission.READ_ORGANIZATION,
        Permission.READ_MEMBERS,
        Permission.READ_PROJECTS,
        Permission.READ_WALLET,
        Permission.READ_USAGE,
        Permission.READ_JOBS,
        Permission.READ_FILES,
    }
)
_MEMBER = _VIEWER | {
    Permission.USE_MODELS,
    Permission.USE_CHAT,
    Permission.CREATE_API_KEYS,
    Permission.WRITE_FILES,
}
_ADMIN = frozenset(Permission) - {Permission.MANAGE_OWNERS}

PERMISSIONS_OF: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: _ADMIN,
    Role.MEMBER: _MEMBER,
    Role.VIEWER: _VIEWER,
}
"""The one permission table."""

PERMISSIONS_IN_PROJECT = frozenset(
    {
        Permission.USE_MODELS,
        Permission.USE_CHAT,
        Permission.READ_PROJECTS,
        Permission.READ_WALLET,
        Permission.READ_USAGE,
        Permission.READ_FILES,
        Permission.WRITE_FILES,
    }
)
"""What is left of the scopes of a key that is bound to a project. `READ_WALLET` stays: a client must see why it is
refused for want of money."""


class Actor(Protocol):
    """Whoever does something to the installation as a whole: an administrator's principal, or the system itself."""

    @property
    def actor(self) -> str:
        """How the audit trail names them: "user:<uuid>", "key:<uuid>" or "system:<name>"."""
        ...

    @property
    def acting_user_id(self) -> UserId | None:
        """The person, or None for the system."""
        ...

    @property
    def is_administrator(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class SystemActor:
    """The installation itself: the command line on its machine, a scheduled job, the first start."""

    name: str

    @property
    def actor(self) -> str:
        return f"system:{self.name}"

    @property
    def acting_user_id(self) -> UserId | None:
        return None

    @property
    def is_administrator(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody authenticated, acting in one organization.

    `project_id` is where calls that name no project are counted; `is_project_bound` tells that it can't be another.
    `model_allow_list` None means every model. A "system" principal stands for the command line and acts in the name
    of the organization's first owner.
    """

    kind: PrincipalKind
    user_id: UserId
    org_id: OrgId
    wallet_id: WalletId
    permissions: frozenset[Permission]
    workspace_id: WorkspaceId | None = None
    project_id: ProjectId | None = None
    api_key_id: ApiKeyId | None = None
    session_id: SessionId | None = None
    is_administrator: bool = False
    is_project_bound: bool = False
    model_allow_list: frozenset[str] | None = None
    on_abort: OnAbort = "drain"
    system_name: str | None = None
    actor: str = field(init=False, repr=False, compare=False)
    """How the audit trail names them; written out once, as a call asks four times."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "actor", self._named())

    def _named(self) -> str:
        if self.kind == "system":
            return f"system:{self.system_name}"
        return f"key:{self.api_key_id}" if self.kind == "api_key" else f"user:{self.user_id}"

    @property
    def acting_user_id(self) -> UserId | None:
        return None if self.kind == "system" else self.user_id

    def may(self, permission: Permission) -> bool:
        """Whether the permission is held."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raises PermissionMissing unless the permission is held."""
        if permission not in self.permissions:
            who = "this API key" if self.kind == "api_key" else "your role in this organization"
            raise PermissionMissing(
                f"{who} does not allow {permission.value}; ask an owner or admin of the organization for it",
                permission=permission.value,
            )

    def require_project(self, project_id: ProjectId) -> None:
        """Raises NotFound when an API key bound to one project reaches for another."""
        if self.is_project_bound and project_id != self.project_id:
            raise NotFound("there is no such project within reach of this API key", param="project_id")

    def require_session(self) -> SessionId:
        """The session's id. Raises SessionRequired for an API key."""
        if self.session_id is None:
            raise SessionRequired("log in to do this; an API key can't")
        return self.session_id


def require_administrator(actor: Actor) -> None:
    """Raises AdministratorRequired unless the actor is one."""
    if not actor.is_administrator:
        raise AdministratorRequired("only an administrator of this installation may do this")
