"""From what the store knows about a credential to a `Principal`, or to the reason why not.

Pure, and apart from the look-up, so that a gateway may keep the facts of a key for a moment and still decide expiry
against the clock at each call.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from deepspace_core.identity.errors import (
    KeyExpired,
    KeyMakerGone,
    KeyRevoked,
    OrganizationSuspended,
    ProjectArchived,
    SessionExpired,
    SessionRevoked,
    UserDisabled,
    WalletMissing,
)
from deepspace_core.identity.principal import (
    PERMISSIONS_IN_PROJECT,
    PERMISSIONS_OF,
    OnAbort,
    Permission,
    Principal,
    Role,
)
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, SessionId, UserId, WalletId, WorkspaceId


@dataclass(frozen=True, slots=True)
class OrganizationFacts:
    """Where the caller acts. The project is the one named, else the bound one, else the default; None: not there."""

    org_id: OrgId
    on_abort: OnAbort
    suspended_at: datetime | None
    wallet_id: WalletId | None
    workspace_id: WorkspaceId | None
    project_id: ProjectId | None
    project_archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """All there is to know about an API key at the moment of a call. `expires_at` is of the secret that was shown.

    `maker_role`: what its maker is in the organization now; None when they are no member any more.
    """

    place: OrganizationFacts
    api_key_id: ApiKeyId
    user_id: UserId
    user_disabled_at: datetime | None
    maker_role: Role | None
    scopes: frozenset[Permission]
    is_project_bound: bool
    model_allow_list: frozenset[str] | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """All there is to know about a session at the moment of a call. No `place` or `role`: not theirs to enter."""

    session_id: SessionId
    user_id: UserId
    user_disabled_at: datetime | None
    is_administrator: bool
    access_expires_at: datetime
    revoked_at: datetime | None
    role: Role | None
    place: OrganizationFacts | None


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """For the command line: an organization and its first owner."""

    owner_id: UserId
    place: OrganizationFacts


def admit_key(facts: KeyFacts, *, now: datetime) -> Principal:
    """The principal of an API key. Of its scopes, what its maker may still do themselves (docs/decisions/0027).

    Raises KeyRevoked, KeyExpired, UserDisabled, KeyMakerGone, OrganizationSuspended, ProjectArchived or WalletMissing,
    in this order.
    """
    if facts.revoked_at is not None:
        raise KeyRevoked("this API key was revoked; use another or create one")
    if facts.expires_at is not None and now >= facts.expires_at:
        raise KeyExpired(f"this API key expired at {facts.expires_at.isoformat()}; rotate it or create another")
    _check_user(facts.user_disabled_at)
    if facts.maker_role is None:
        raise KeyMakerGone("whoever made this API key is no member any more; use a key of somebody who is")
    scopes = facts.scopes & PERMISSIONS_OF[facts.maker_role]
    place = facts.place
    wallet_id = _check_place(place)
    if facts.is_project_bound and place.project_archived_at is not None:
        raise ProjectArchived("the project of this API key is archived; use a key of another project")
    return Principal(
        kind="api_key",
        user_id=facts.user_id,
        org_id=place.org_id,
        wallet_id=wallet_id,
        permissions=scopes & PERMISSIONS_IN_PROJECT if facts.is_project_bound else scopes,
        workspace_id=place.workspace_id,
        project_id=place.project_id,
        api_key_id=facts.api_key_id,
        is_project_bound=facts.is_project_bound,
        model_allow_list=facts.model_allow_list,
        on_abort=place.on_abort,
    )


def admit_session(facts: SessionFacts, *, project_id: ProjectId | None, now: datetime) -> Principal:
    """The principal of a session in the organization, and project, chosen for this call.

    Raises SessionRevoked, SessionExpired, UserDisabled, NotFound (no such organization or project for this person),
    OrganizationSuspended or WalletMissing, in this order.
    """
    if facts.revoked_at is not None:
        raise SessionRevoked("this session was ended; log in again")
    if now >= facts.access_expires_at:
        raise SessionExpired("the access token is past its time; refresh it, or log in again")
    _check_user(facts.user_disabled_at)
    if facts.place is None or facts.role is None:
        raise NotFound("you have no such organization", param="org_id")
    wallet_id = _check_place(facts.place)
    _check_project(facts.place, project_id)
    return Principal(
        kind="session",
        user_id=facts.user_id,
        org_id=facts.place.org_id,
        wallet_id=wallet_id,
        permissions=PERMISSIONS_OF[facts.role],
        workspace_id=facts.place.workspace_id,
        project_id=facts.place.project_id,
        session_id=facts.session_id,
        is_administrator=facts.is_administrator,
        on_abort=facts.place.on_abort,
    )


def admit_system(facts: SystemFacts, *, name: str, project_id: ProjectId | None) -> Principal:
    """The principal of the command line in an organization, suspended ones included: it is what mends them.

    Raises NotFound (no such project there) or WalletMissing.
    """
    _check_project(facts.place, project_id)
    return Principal(
        kind="system",
        user_id=facts.owner_id,
        org_id=facts.place.org_id,
        wallet_id=_wallet_of(facts.place),
        permissions=frozenset(Permission),
        workspace_id=facts.place.workspace_id,
        project_id=facts.place.project_id,
        is_administrator=True,
        on_abort=facts.place.on_abort,
        system_name=name,
    )


def admit_administrator(facts: SystemFacts, administrator: Principal) -> Principal:
    """An administrator's principal in an organization that need not be theirs, suspended ones included.

    They may do there what its owner may, and the trail says that it was they. Raises WalletMissing.
    """
    return replace(
        administrator,
        org_id=facts.place.org_id,
        wallet_id=_wallet_of(facts.place),
        permissions=frozenset(Permission),
        workspace_id=facts.place.workspace_id,
        project_id=facts.place.project_id,
        is_project_bound=False,
        model_allow_list=None,
        on_abort=facts.place.on_abort,
    )


def _check_user(disabled_at: datetime | None) -> None:
    if disabled_at is not None:
        raise UserDisabled("this user was disabled; ask an administrator of this installation")


def _check_place(place: OrganizationFacts) -> WalletId:
    if place.suspended_at is not None:
        raise OrganizationSuspended("this organization is suspended; ask an administrator of this installation")
    return _wallet_of(place)


def _check_project(place: OrganizationFacts, project_id: ProjectId | None) -> None:
    if project_id is not None and place.project_id != project_id:
        raise NotFound("this organization has no such project", param="project_id")


def _wallet_of(place: OrganizationFacts) -> WalletId:
    if place.wallet_id is None:
        raise WalletMissing("this organization has no wallet; run `deepspace doctor`", org_id=str(place.org_id))
    return place.wallet_id
