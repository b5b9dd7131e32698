"""Wire types of log-in, sessions and the caller's own account."""

from typing import Annotated, Literal

from msgspec import Meta

from deepspace_core.identity.organization import Membership
from deepspace_core.identity.principal import PERMISSIONS_OF, Permission, Role
from deepspace_core.identity.session import Session
from deepspace_core.identity.use_cases.account import Profile
from deepspace_core.identity.use_cases.login import LoggedIn
from deepspace_core.identity.user import User
from deepspace_core.kernel.ids import SessionId, show_id
from deepspace_http.schemas.tenancy import OrganizationBody, show_organization
from deepspace_http.schemas.wire import (
    Count,
    Email,
    OrgIdText,
    RequestBody,
    ResponseBody,
    SessionIdText,
    Time,
    UserIdText,
)

PASSWORD_CHARS_BOUND = 1_024

Password = Annotated[str, Meta(max_length=PASSWORD_CHARS_BOUND, examples=["correct horse battery staple"])]
DisplayName = Annotated[str, Meta(min_length=1, max_length=80, examples=["Ada Lovelace"])]
LanguageTag = Annotated[str, Meta(max_length=16, examples=["en"])]
TimeZone = Annotated[str, Meta(max_length=64, examples=["Europe/Berlin"])]
AccessToken = Annotated[str, Meta(examples=["ds-at-…"])]
RefreshToken = Annotated[str, Meta(max_length=200, examples=["ds-rt-…"])]
Delivery = Annotated[
    Literal["body", "cookie"],
    Meta(description="Where the tokens come: in the body, or as HttpOnly cookies for a browser.", examples=["body"]),
]


class RegisterBody(RequestBody, frozen=True, kw_only=True):
    """A new user, with an organization, workspace, project and wallet of their own."""

    email: Email
    password: Password
    display_name: DisplayName
    language: LanguageTag = "en"
    time_zone: TimeZone = "UTC"


class RegistrationBody(ResponseBody, frozen=True, kw_only=True):
    """Whether one may register, and what a password needs."""

    open: bool
    password_chars_min: Annotated[int, Meta(examples=[10])]


class LogInBody(RequestBody, frozen=True, kw_only=True):
    """E-mail address and password."""

    email: Email
    password: Password
    delivery: Delivery = "body"


class RefreshBody(RequestBody, frozen=True, kw_only=True):
    """The refresh token; absent when it comes as a cookie. Each works once."""

    refresh_token: RefreshToken | None = None


class ChangePasswordBody(RequestBody, frozen=True, kw_only=True):
    """The password now and the one to be. Ends all other sessions."""

    current_password: Password
    new_password: Password


class UpdateProfileBody(RequestBody, frozen=True, kw_only=True):
    """What to change; absent fields stay as they are."""

    display_name: DisplayName | None = None
    language: LanguageTag | None = None
    time_zone: TimeZone | None = None


class UserBody(ResponseBody, frozen=True, kw_only=True):
    """A person."""

    id: UserIdText
    email: Email
    display_name: DisplayName
    language: LanguageTag
    time_zone: TimeZone
    personal_org_id: OrgIdText
    is_administrator: bool
    created_at: Time
    disabled_at: Time | None = None


class LoggedInBody(ResponseBody, frozen=True, kw_only=True):
    """A session. The tokens are null when they came as cookies; they are shown this once."""

    session_id: SessionIdText
    user: UserBody
    token_type: Annotated[str, Meta(examples=["Bearer"])] = "Bearer"  # noqa: S105 - RFC 6750's name of the scheme
    access_token: AccessToken | None = None
    access_expires_at: Time
    refresh_token: RefreshToken | None = None
    expires_at: Time


class SessionBody(ResponseBody, frozen=True, kw_only=True):
    """One log-in on one device; `current` is the one that asks."""

    id: SessionIdText
    current: bool
    user_agent: Annotated[str, Meta(examples=["Mozilla/5.0 (X11; Linux x86_64)"])]
    address: Annotated[str, Meta(examples=["203.0.113.9"])]
    created_at: Time
    refreshed_at: Time
    expires_at: Time


class SessionsEndedBody(ResponseBody, frozen=True, kw_only=True):
    """How many sessions were ended."""

    sessions_ended: Count


class MembershipBody(ResponseBody, frozen=True, kw_only=True):
    """An organization of the caller's, their role in it, and what that role allows."""

    organization: OrganizationBody
    role: Role
    permissions: Annotated[list[Permission], Meta(examples=[["models:use", "chat:use"]])]


class ProfileBody(ResponseBody, frozen=True, kw_only=True):
    """The caller, and the first of their organizations (GET /api/v1/orgs pages through all)."""

    user: UserBody
    organizations: list[MembershipBody]


def show_user(user: User) -> UserBody:
    """The wire form."""
    return UserBody(
        id=show_id("user", user.id),
        email=user.email,
        display_name=user.display_name,
        language=user.language,
        time_zone=user.time_zone,
        personal_org_id=show_id("org", user.personal_org_id),
        is_administrator=user.is_administrator,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )


def show_logged_in(logged_in: LoggedIn, *, with_tokens: bool) -> LoggedInBody:
    """The wire form; the tokens only where they don't travel as cookies."""
    tokens = logged_in.tokens
    return LoggedInBody(
        session_id=show_id("session", logged_in.session.id),
        user=show_user(logged_in.user),
        access_token=tokens.access.reveal() if with_tokens else None,
        access_expires_at=tokens.access_expires_at,
        refresh_token=tokens.refresh.reveal() if with_tokens else None,
        expires_at=tokens.expires_at,
    )


def show_session(session: Session, *, current: SessionId | None) -> SessionBody:
    """The wire form."""
    return SessionBody(
        id=show_id("session", session.id),
        current=session.id == current,
        user_agent=session.user_agent,
        address=session.address,
        created_at=session.created_at,
        refreshed_at=session.refreshed_at,
        expires_at=session.expires_at,
    )


def show_membership(membership: Membership) -> MembershipBody:
    """The wire form, with what the role allows, so that a page offers only what will be allowed."""
    return MembershipBody(
        organization=show_organization(membership.organization),
        role=membership.role,
        permissions=sorted(PERMISSIONS_OF[membership.role], key=lambda permission: permission.value),
    )


def show_profile(profile: Profile) -> ProfileBody:
    """The wire form."""
    return ProfileBody(
        user=show_user(profile.user), organizations=[show_membership(one) for one in profile.memberships.rows]
    )
