"""Who people are, what they belong to and what they may do.

Owns users, sessions, organizations, workspaces, projects, API keys and THE permission table (principal.py). Knows no
money: an organization's wallet is opened through the `WalletOpening` port and only its id is carried along.
The verbs are in `deepspace_core.identity.use_cases`.
"""

from deepspace_core.identity.api_key import ApiKey, KeyLimit
from deepspace_core.identity.errors import ProjectArchived
from deepspace_core.identity.key_uses import NotedKeyUses
from deepspace_core.identity.organization import Member, MemberProfile, Membership, Organization
from deepspace_core.identity.ports import Projects
from deepspace_core.identity.principal import (
    PERMISSIONS_OF,
    Actor,
    OnAbort,
    Permission,
    Principal,
    Role,
    SystemActor,
    require_administrator,
)
from deepspace_core.identity.project import DEFAULT_PROJECT_NAME, Project
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.session import Session, Tokens
from deepspace_core.identity.trail import told
from deepspace_core.identity.user import Language, User
from deepspace_core.identity.workspace import Workspace

__all__ = [
    "DEFAULT_PROJECT_NAME",
    "PERMISSIONS_OF",
    "Actor",
    "ApiKey",
    "KeyLimit",
    "Language",
    "Member",
    "MemberProfile",
    "Membership",
    "NotedKeyUses",
    "OnAbort",
    "Organization",
    "Permission",
    "Principal",
    "Project",
    "ProjectArchived",
    "Projects",
    "Role",
    "Secret",
    "Session",
    "SystemActor",
    "Tokens",
    "User",
    "Workspace",
    "require_administrator",
    "told",
]
