"""What identity needs from outside.

Repositories take the open transaction first and, for a tenant's rows, the tenant: a row of another one is NotFound.
`get` raises, `find` returns None, `lock` is a `get` that keeps the row from changing until the transaction ends.
`save` writes a row back whole; lock it first where two could do so at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from deepspace_core.identity.admission import KeyFacts, SessionFacts, SystemFacts
from deepspace_core.identity.api_key import ApiKey
from deepspace_core.identity.invitation import Invitation
from deepspace_core.identity.organization import Member, MemberProfile, Membership, Organization, OrganizationKind
from deepspace_core.identity.project import Project
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.session import Session, SessionEnd
from deepspace_core.identity.user import User
from deepspace_core.identity.workspace import Workspace
from deepspace_core.kernel.ids import (
    ApiKeyId,
    InvitationId,
    OrgId,
    ProjectId,
    SessionId,
    UserId,
    WalletId,
    WorkspaceId,
)
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.unit_of_work import Transaction


class UserOrder(StrEnum):
    """In which order a list of users comes."""

    NEWEST = "newest"
    OLDEST = "oldest"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class UserFilters:
    """Which users; None does not filter. `search`: part of the address or of the name, in whatever case."""

    search: str | None = None
    disabled: bool | None = None
    is_administrator: bool | None = None
    org_id: OrgId | None = None


@dataclass(frozen=True, slots=True)
class OrganizationFilters:
    """Which organizations; None does not filter. `search`: part of the name, in whatever case."""

    search: str | None = None
    kind: OrganizationKind | None = None
    suspended: bool | None = None


EVERY_USER = UserFilters()
EVERY_ORGANIZATION = OrganizationFilters()


class PasswordHasher(Protocol):
    """Slow on purpose (argon2id), so never inside a transaction and never on the event loop.

    Raises Unavailable when too many hashes wait already.
    """

    async def hash(self, password: Secret) -> str: ...

    async def verify(self, password: Secret, password_hash: str) -> bool:
        """False for a wrong password and for a hash text that can't be read."""
        ...

    async def verify_nobody(self, password: Secret) -> None:
        """Takes as long as `verify`, for an account that isn't there, so that time does not tell."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made under other parameters than today's."""
        ...


class Users(Protocol):
    """The people of the installation; not a tenant's rows."""

    async def add(self, tx: Transaction, user: User) -> None:
        """Raises EmailTaken."""
        ...

    async def get(self, tx: Transaction, user_id: UserId) -> User: ...

    async def lock(self, tx: Transaction, user_id: UserId) -> User: ...

    async def find_by_email(self, tx: Transaction, email: str) -> User | None: ...

    async def save(self, tx: Transaction, user: User) -> None: ...

    async def list(
        self,
        tx: Transaction,
        page: PageRequest,
        *,
        filters: UserFilters = EVERY_USER,
        order: UserOrder = UserOrder.NEWEST,
    ) -> Page[User]: ...

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """The addresses of those of these users that there are."""
        ...

    async def lock_administrators(self, tx: Transaction) -> frozenset[UserId]:
        """Those who can log in, kept from changing until the transaction ends."""
        ...


class Sessions(Protocol):
    """Log-ins, each a user's own."""

    async def add(self, tx: Transaction, session: Session) -> None: ...

    async def lock(self, tx: Transaction, user_id: UserId, session_id: SessionId) -> Session: ...

    async def lock_family(self, tx: Transaction, family_sha256: bytes) -> Session | None:
        """The session of a refresh token, kept from changing; None when there is none."""
        ...

    async def save(self, tx: Transaction, session: Session) -> None: ...

    async def list_live(self, tx: Transaction, user_id: UserId, page: PageRequest, *, now: datetime) -> Page[Session]:
        """Neither ended nor expired."""
        ...

    async def end_all(
        self, tx: Transaction, user_id: UserId, *, end: SessionEnd, now: datetime, but: SessionId | None = None
    ) -> int:
        """Ends the user's live sessions, all or all but one; how many that were."""
        ...

    async def prune(self, tx: Transaction, *, expired_before: datetime, limit: int) -> int:
        """Deletes up to `limit` sessions, ended ones too, whose time was over by then; how many that were."""
        ...


class LoginAttempts(Protocol):
    """Counts log-in attempts by a digest of account and address, so that unknown accounts count alike."""

    async def count(self, tx: Transaction, key: bytes, *, now: datetime, window: timedelta) -> int:
        """Adds one to the count, which starts anew when its first attempt is `window` old; the new count.

        Also forgets some counts that are over, so that the table stays bounded by the attempts of one window.
        """
        ...

    async def clear(self, tx: Transaction, key: bytes) -> None: ...


class Organizations(Protocol):
    """Tenants."""

    async def add(self, tx: Transaction, organization: Organization) -> None: ...

    async def get(self, tx: Transaction, org_id: OrgId) -> Organization: ...

    async def lock(self, tx: Transaction, org_id: OrgId) -> Organization: ...

    async def save(self, tx: Transaction, organization: Organization) -> None: ...

    async def list(
        self, tx: Transaction, page: PageRequest, *, filters: OrganizationFilters = EVERY_ORGANIZATION
    ) -> Page[Organization]: ...

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """The names of those of these organizations that there are."""
        ...

    async def list_of_user(self, tx: Transaction, user_id: UserId, page: PageRequest) -> Page[Membership]: ...


class Members(Protocol):
    """Who is what in an organization. Pages are ordered by user id."""

    async def add(self, tx: Transaction, member: Member) -> None:
        """Raises AlreadyMember."""
        ...

    async def get(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> Member: ...

    async def find(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> Member | None: ...

    async def save(self, tx: Transaction, member: Member) -> None: ...

    async def remove(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> None: ...

    async def list(self, tx: Transaction, org_id: OrgId, page: PageRequest) -> Page[MemberProfile]: ...

    async def count_owners(self, tx: Transaction, org_id: OrgId) -> int: ...


class Invitations(Protocol):
    """Invitations into organizations, answered ones included."""

    async def add(self, tx: Transaction, invitation: Invitation) -> None: ...

    async def lock(self, tx: Transaction, org_id: OrgId, invitation_id: InvitationId) -> Invitation: ...

    async def find_by_secret(self, tx: Transaction, sha256: bytes) -> Invitation | None:
        """Of any organization: who holds the link is who may ask."""
        ...

    async def find_pending(self, tx: Transaction, org_id: OrgId, email: str, *, now: datetime) -> Invitation | None: ...

    async def save(self, tx: Transaction, invitation: Invitation) -> None: ...

    async def list_pending(
        self, tx: Transaction, org_id: OrgId, page: PageRequest, *, now: datetime
    ) -> Page[Invitation]: ...

    async def count_pending(self, tx: Transaction, org_id: OrgId, *, now: datetime) -> int: ...


class Workspaces(Protocol):
    """The workspaces of an organization. Slugs are unique in the installation."""

    async def add(self, tx: Transaction, workspace: Workspace) -> None:
        """Raises SlugTaken."""
        ...

    async def get(self, tx: Transaction, org_id: OrgId, workspace_id: WorkspaceId) -> Workspace: ...

    async def lock(self, tx: Transaction, org_id: OrgId, workspace_id: WorkspaceId) -> Workspace: ...

    async def get_default(self, tx: Transaction, org_id: OrgId) -> Workspace: ...

    async def save(self, tx: Transaction, workspace: Workspace) -> None:
        """Raises SlugTaken."""
        ...

    async def list(
        self, tx: Transaction, org_id: OrgId, page: PageRequest, *, with_archived: bool = False
    ) -> Page[Workspace]: ...

    async def is_slug_taken(self, tx: Transaction, slug: str) -> bool: ...


class Projects(Protocol):
    """The projects of an organization."""

    async def add(self, tx: Transaction, project: Project) -> None:
        """Raises NameTaken."""
        ...

    async def get(self, tx: Transaction, org_id: OrgId, project_id: ProjectId) -> Project: ...

    async def lock(self, tx: Transaction, org_id: OrgId, project_id: ProjectId) -> Project: ...

    async def save(self, tx: Transaction, project: Project) -> None:
        """Raises NameTaken."""
        ...

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        page: PageRequest,
        *,
        workspace_id: WorkspaceId | None = None,
        with_archived: bool = False,
    ) -> Page[Project]: ...

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """The names of those of these projects that there are, whosever; for administrators."""
        ...


class ApiKeyState(StrEnum):
    """Whether a key works. A revoked key is revoked even when its time is over too."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ApiKeyFilters:
    """Which keys an administrator looks for; None is any. `search` is a part of the name, or how the key begins."""

    org_id: OrgId | None = None
    created_by: UserId | None = None
    search: str | None = None
    state: ApiKeyState | None = None


class ApiKeys(Protocol):
    """The API keys of an organization, revoked and expired ones included: usage points at them for ever."""

    async def add(self, tx: Transaction, key: ApiKey) -> None: ...

    async def get(self, tx: Transaction, org_id: OrgId, api_key_id: ApiKeyId) -> ApiKey: ...

    async def lock(self, tx: Transaction, org_id: OrgId, api_key_id: ApiKeyId) -> ApiKey: ...

    async def save(self, tx: Transaction, key: ApiKey) -> None:
        """Everything but `last_used_at`, which only `touch` writes."""
        ...

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        page: PageRequest,
        *,
        project_id: ProjectId | None = None,
        created_by: UserId | None = None,
        with_revoked: bool = True,
    ) -> Page[ApiKey]: ...

    async def list_made_by(self, tx: Transaction, user_id: UserId, page: PageRequest) -> Page[ApiKey]:
        """Of whatever organization, for administrators only; newest first."""

    async def list_all(
        self, tx: Transaction, page: PageRequest, filters: ApiKeyFilters, *, now: datetime
    ) -> Page[ApiKey]:
        """Of every organization, newest first; for administrators."""
        ...

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """The names of those of these keys that there are, whosever; for administrators."""
        ...

    async def touch(self, tx: Transaction, uses: Mapping[ApiKeyId, datetime]) -> None:
        """Moves `last_used_at` forward, never back, for keys of any tenant: what is written is only a time."""
        ...


class Credentials(Protocol):
    """From the digest of a secret to all that deciding about it takes, in ONE query: it runs before every call."""

    async def find_key(self, tx: Transaction, sha256: bytes) -> KeyFacts | None: ...

    async def find_session(
        self, tx: Transaction, access_sha256: bytes, *, org_id: OrgId | None, project_id: ProjectId | None
    ) -> SessionFacts | None:
        """None when no session has the token; `place` is None when the user is no member of `org_id`.

        `org_id` None: the user's personal organization. `project_id` None: its default project.
        """
        ...

    async def find_organization(
        self, tx: Transaction, org_id: OrgId, *, project_id: ProjectId | None
    ) -> SystemFacts | None: ...


class KeyUses(Protocol):
    """Remembers that a key was used, without holding anybody up."""

    def note(self, facts: KeyFacts, *, now: datetime) -> None: ...


class WalletOpening(Protocol):
    """Opens an empty wallet for a new organization, in the transaction that makes it. The ledger's to implement."""

    async def open(self, tx: Transaction, *, org_id: OrgId, wallet_id: WalletId, now: datetime) -> None: ...
