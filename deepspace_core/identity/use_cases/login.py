"""Logging in, staying in, leaving.

An attempt is counted BEFORE the password is looked at, so that guesses sent all at once can't slip past the limit, and
for unknown accounts too, so that the limit does not tell who has an account. Failures stand in the audit trail of the
account that was tried, ten a quarter of an hour and network at most; of an unknown one there is no trail to stand in.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from deepspace_core.identity.errors import (
    LoginLocked,
    RefreshReused,
    SessionUnknown,
    UserDisabled,
    WrongCredentials,
)
from deepspace_core.identity.ports import LoginAttempts, PasswordHasher, Sessions, Users
from deepspace_core.identity.principal import Principal
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.session import (
    ADDRESS_CHARS_MAX,
    USER_AGENT_CHARS_MAX,
    RefreshToken,
    Session,
    SessionEnd,
    Tokens,
    check_refresh,
    end_session,
    open_session,
    rotate_session,
)
from deepspace_core.identity.strangers import network_of
from deepspace_core.identity.trail import told
from deepspace_core.identity.user import EMAIL_CHARS_MAX, PASSWORD_BYTES_MAX, User
from deepspace_core.kernel.ids import SessionId, TraceId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork

ATTEMPTS_MAX = 10
ATTEMPTS_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The session, its tokens (shown once) and whose it is."""

    user: User
    session: Session
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class LoginGuard:
    """Not a use case: lets ten attempts in fifteen minutes pass for one account from one network."""

    unit_of_work: UnitOfWork
    attempts: LoginAttempts
    clock: Clock

    async def check(self, account: str, address: str, *, attempts_max: int = ATTEMPTS_MAX) -> None:
        """Counts an attempt. Raises LoginLocked when it is one too many."""
        async with self.unit_of_work() as tx:
            count = await self.attempts.count(
                tx, guard_key(account, address), now=self.clock.now(), window=ATTEMPTS_WINDOW
            )
            await tx.commit()
        if count > attempts_max:
            seconds = int(ATTEMPTS_WINDOW.total_seconds())
            raise LoginLocked(
                f"too many attempts; try again in {seconds // 60} minutes at the latest", retry_after_seconds=seconds
            )

    async def passed(self, tx: Transaction, account: str, address: str) -> None:
        """Forgets the attempts after one that succeeded."""
        await self.attempts.clear(tx, guard_key(account, address))


def guard_key(account: str, address: str) -> bytes:
    """What attempts are counted by: a digest, so that the table holds no list of addresses that were tried."""
    return hashlib.sha256(f"{account}\0{network_of(address)}".encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class LogIn:
    """Opens a session for an e-mail address and a password."""

    unit_of_work: UnitOfWork
    users: Users
    sessions: Sessions
    guard: LoginGuard
    hasher: PasswordHasher
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self, *, email: str, password: Secret, trace_id: TraceId, address: str = "", user_agent: str = ""
    ) -> LoggedIn:
        """Raises WrongCredentials, UserDisabled (only to who knows the password) or LoginLocked."""
        account = email.strip().casefold()[:EMAIL_CHARS_MAX]
        await self.guard.check(account, address)
        async with self.unit_of_work() as tx:
            user = await self.users.find_by_email(tx, account)
        # No transaction is open while the hash is computed.
        if not await self._is_right(user, password) or user is None:
            if user is not None:
                await self._tell_failure(user, trace_id)
            raise WrongCredentials("the e-mail address or the password is wrong")
        if user.disabled_at is not None:
            raise UserDisabled("this user was disabled; ask an administrator of this installation")
        fresh_hash = await self.hasher.hash(password) if self.hasher.is_outdated(user.password_hash) else None
        session, tokens = self._opened(user, address=address, user_agent=user_agent)
        async with self.unit_of_work() as tx:
            user = await self._still(tx, user, fresh_hash)
            await self.sessions.add(tx, session)
            await self.guard.passed(tx, account, address)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=session.created_at,
                    event_type="session.opened",
                    org_id=user.personal_org_id,
                    actor=f"user:{user.id}",
                    subject=show_id("session", session.id),
                    trace_id=trace_id,
                    payload={"address": session.address, "user_agent": session.user_agent},
                ),
            )
            await tx.commit()
        return LoggedIn(user, session, tokens)

    async def _is_right(self, user: User | None, password: Secret) -> bool:
        if len(password.reveal().encode("utf-8", "surrogatepass")) > PASSWORD_BYTES_MAX:
            return False
        if user is None:
            await self.hasher.verify_nobody(password)
            return False
        return await self.hasher.verify(password, user.password_hash)

    async def _still(self, tx: Transaction, seen: User, fresh_hash: str | None) -> User:
        """The user, locked: the password may have changed, or the user been disabled, while the hash was computed."""
        user = await self.users.lock(tx, seen.id)
        if user.password_hash != seen.password_hash or user.disabled_at is not None:
            raise WrongCredentials("the e-mail address or the password is wrong")
        if fresh_hash is not None:
            user = replace(user, password_hash=fresh_hash)
            await self.users.save(tx, user)
        return user

    def _opened(self, user: User, *, address: str, user_agent: str) -> tuple[Session, Tokens]:
        session, tokens = open_session(
            session_id=SessionId(self.ids.uuid()),
            user_id=user.id,
            access=self.ids.secret(),
            family=self.ids.secret(),
            generation=self.ids.secret(),
            now=self.clock.now(),
        )
        device = replace(session, address=address[:ADDRESS_CHARS_MAX], user_agent=user_agent[:USER_AGENT_CHARS_MAX])
        return device, tokens

    async def _tell_failure(self, user: User, trace_id: TraceId) -> None:
        async with self.unit_of_work() as tx:
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=self.clock.now(),
                    event_type="login.failed",
                    org_id=user.personal_org_id,
                    actor="system:login",
                    subject=show_id("user", user.id),
                    trace_id=trace_id,
                ),
            )
            await tx.commit()


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Gives a session its next generation of tokens."""

    unit_of_work: UnitOfWork
    users: Users
    sessions: Sessions
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, refresh_token: Secret, trace_id: TraceId) -> LoggedIn:
        """Raises SessionUnknown, SessionRevoked, SessionExpired, UserDisabled, or RefreshReused after revoking."""
        token = RefreshToken.read(refresh_token)
        if token is None:
            raise SessionUnknown("this is no refresh token; log in again")
        async with self.unit_of_work() as tx:
            session = await self.sessions.lock_family(tx, token.family.sha256())
            if session is None:
                raise SessionUnknown("no session has this refresh token; log in again")
            now = self.clock.now()
            user = await self.users.get(tx, session.user_id)
            try:
                check_refresh(session, token, now=now)
            except RefreshReused:
                await self._revoke(tx, session, user, trace_id)
                raise
            if user.disabled_at is not None:
                raise UserDisabled("this user was disabled; ask an administrator of this installation")
            rotated, tokens = rotate_session(
                session, family=token.family, access=self.ids.secret(), generation=self.ids.secret(), now=now
            )
            await self.sessions.save(tx, rotated)
            await tx.commit()
        return LoggedIn(user, rotated, tokens)

    async def _revoke(self, tx: Transaction, session: Session, user: User, trace_id: TraceId) -> None:
        now = self.clock.now()
        await self.sessions.save(tx, end_session(session, end=SessionEnd.REFRESH_REUSED, now=now))
        await self.events.append(
            tx,
            told(
                self.ids,
                now=now,
                event_type="session.refresh_reused",
                org_id=user.personal_org_id,
                actor=f"user:{user.id}",
                subject=show_id("session", session.id),
                trace_id=trace_id,
            ),
        )
        await tx.commit()


@dataclass(frozen=True, slots=True)
class LogOut:
    """Ends the session that is speaking."""

    unit_of_work: UnitOfWork
    sessions: Sessions
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, principal: Principal, trace_id: TraceId) -> None:
        """Raises SessionRequired for an API key."""
        session_id = principal.require_session()
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            session = await self.sessions.lock(tx, principal.user_id, session_id)
            await self.sessions.save(tx, end_session(session, end=SessionEnd.LOGGED_OUT, now=now))
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=now,
                    event_type="session.logged_out",
                    org_id=principal.org_id,
                    actor=principal.actor,
                    subject=show_id("session", session_id),
                    trace_id=trace_id,
                ),
            )
            await tx.commit()
