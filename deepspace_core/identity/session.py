"""A log-in that lasts: an opaque access token for minutes, an opaque refresh token for weeks.

Opaque, not signed (JWT): a revocation must work in under a second, so every request looks the token up anyway, and
then a signature adds nothing but a key to lose.

A refresh token is two secrets: the family's, which stays, and the generation's, which every refresh replaces. Who
shows the family's with a stale generation's has once held a real token, so somebody has a copy: the session is revoked
(RFC 9700, section 4.14.2). One row remembers that about every token it ever gave out.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from deepspace_core.identity.errors import RefreshReused, SessionExpired, SessionRevoked
from deepspace_core.identity.secret import ACCESS_HEAD, REFRESH_HEAD, SECRET_CHARS, Secret, same_digest
from deepspace_core.kernel.ids import SessionId, UserId

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
SESSION_LIFETIME_MAX = timedelta(days=180)
"""However often it is refreshed, a session asks for the password again after this."""
OVER_KEPT = timedelta(days=30)
"""How long a session that is past its time is kept, for whoever looks into what happened."""
USER_AGENT_CHARS_MAX = 300
ADDRESS_CHARS_MAX = 64


class SessionEnd(Enum):
    """Why a session ended before its time."""

    LOGGED_OUT = "logged_out"
    REVOKED = "revoked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    REFRESH_REUSED = "refresh_reused"
    USER_DISABLED = "user_disabled"


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in on one device. `expires_at` is the refresh token's; `revoked_at` and `end` come together."""

    id: SessionId
    user_id: UserId
    created_at: datetime
    refreshed_at: datetime
    access_expires_at: datetime
    expires_at: datetime
    access_sha256: bytes = field(repr=False)
    family_sha256: bytes = field(repr=False)
    generation_sha256: bytes = field(repr=False)
    user_agent: str = ""
    address: str = ""
    revoked_at: datetime | None = None
    end: SessionEnd | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client gets, once. The texts are in the `Secret`s."""

    access: Secret
    refresh: Secret
    access_expires_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The two secrets of a refresh token, taken apart."""

    family: Secret
    generation: Secret

    @classmethod
    def read(cls, token: Secret) -> "RefreshToken | None":
        """None when the text can't be one of ours."""
        if not token.is_shaped(REFRESH_HEAD, parts=2):
            return None
        body = token.reveal()[len(REFRESH_HEAD) :]
        return cls(family=Secret(body[:SECRET_CHARS]), generation=Secret(body[SECRET_CHARS:]))


def open_session(
    *, session_id: SessionId, user_id: UserId, access: str, family: str, generation: str, now: datetime
) -> tuple[Session, Tokens]:
    """A new session and its tokens from three fresh secrets."""
    access_token = Secret(ACCESS_HEAD + access)
    access_expires_at, expires_at = now + ACCESS_LIFETIME, now + REFRESH_LIFETIME
    session = Session(
        id=session_id,
        user_id=user_id,
        created_at=now,
        refreshed_at=now,
        access_expires_at=access_expires_at,
        expires_at=expires_at,
        access_sha256=access_token.sha256(),
        family_sha256=Secret(family).sha256(),
        generation_sha256=Secret(generation).sha256(),
    )
    return session, Tokens(access_token, Secret(REFRESH_HEAD + family + generation), access_expires_at, expires_at)


def check_refresh(session: Session, token: RefreshToken, *, now: datetime) -> None:
    """Raises SessionRevoked, SessionExpired or RefreshReused; on the last the caller revokes the session."""
    if session.revoked_at is not None:
        raise SessionRevoked("this session was ended; log in again")
    if now >= session.expires_at:
        raise SessionExpired("this session is past its time; log in again")
    if not same_digest(session.generation_sha256, token.generation.sha256()):
        raise RefreshReused("this refresh token was used before, so the session was revoked for safety; log in again")


def rotate_session(
    session: Session, *, family: Secret, access: str, generation: str, now: datetime
) -> tuple[Session, Tokens]:
    """The next generation: both old tokens die with it. Never lives past SESSION_LIFETIME_MAX."""
    access_token = Secret(ACCESS_HEAD + access)
    expires_at = min(now + REFRESH_LIFETIME, session.created_at + SESSION_LIFETIME_MAX)
    access_expires_at = min(now + ACCESS_LIFETIME, expires_at)
    rotated = replace(
        session,
        refreshed_at=now,
        access_expires_at=access_expires_at,
        expires_at=expires_at,
        access_sha256=access_token.sha256(),
        generation_sha256=Secret(generation).sha256(),
    )
    refresh = Secret(REFRESH_HEAD + family.reveal() + generation)
    return rotated, Tokens(access_token, refresh, access_expires_at, expires_at)


def end_session(session: Session, *, end: SessionEnd, now: datetime) -> Session:
    """The session, ended. One that ended before keeps its first reason."""
    return session if session.revoked_at is not None else replace(session, revoked_at=now, end=end)
