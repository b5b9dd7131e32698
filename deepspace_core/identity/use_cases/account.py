"""A user's own account: profile and password."""

from dataclasses import dataclass, replace

from deepspace_core.identity.errors import WrongCredentials
from deepspace_core.identity.organization import Membership
from deepspace_core.identity.ports import Organizations, PasswordHasher, Sessions, Users
from deepspace_core.identity.principal import Principal
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.session import SessionEnd
from deepspace_core.identity.trail import told
from deepspace_core.identity.use_cases.login import LoginGuard
from deepspace_core.identity.user import User, read_language, read_name, read_password, read_time_zone
from deepspace_core.kernel.ids import TraceId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Profile:
    """Who the caller is, and the first page of where they belong."""

    user: User
    memberships: Page[Membership]


@dataclass(frozen=True, slots=True)
class GetProfile:
    """The caller's own user and organizations."""

    unit_of_work: UnitOfWork
    users: Users
    organizations: Organizations

    async def __call__(self, *, principal: Principal) -> Profile:
        """Raises SessionRequired for an API key."""
        principal.require_session()
        async with self.unit_of_work() as tx:
            user = await self.users.get(tx, principal.user_id)
            memberships = await self.organizations.list_of_user(tx, principal.user_id, PageRequest())
        return Profile(user, memberships)


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """Changes what is given and leaves the rest."""

    unit_of_work: UnitOfWork
    users: Users
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        principal: Principal,
        trace_id: TraceId,
        display_name: str | None = None,
        language: str | None = None,
        time_zone: str | None = None,
    ) -> User:
        """Raises SessionRequired, or InvalidInput naming the field."""
        principal.require_session()
        async with self.unit_of_work() as tx:
            user = await self.users.lock(tx, principal.user_id)
            changed = replace(
                user,
                display_name=user.display_name
                if display_name is None
                else read_name(display_name, param="display_name"),
                language=user.language if language is None else read_language(language),
                time_zone=user.time_zone if time_zone is None else read_time_zone(time_zone),
            )
            await self.users.save(tx, changed)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=self.clock.now(),
                    event_type="user.profile_updated",
                    org_id=principal.org_id,
                    actor=principal.actor,
                    subject=show_id("user", user.id),
                    trace_id=trace_id,
                ),
            )
            await tx.commit()
        return changed


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Sets a new password and ends the caller's other sessions."""

    unit_of_work: UnitOfWork
    users: Users
    sessions: Sessions
    guard: LoginGuard
    hasher: PasswordHasher
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self, *, principal: Principal, current_password: Secret, new_password: Secret, trace_id: TraceId
    ) -> int:
        """How many other sessions were ended.

        Raises SessionRequired, InvalidInput (new_password), WrongCredentials (current_password) or LoginLocked.
        """
        session_id = principal.require_session()
        read_password(new_password, param="new_password")
        # Whoever sits at an open screen must not get more guesses than whoever stands outside.
        account = f"user:{principal.user_id}"
        await self.guard.check(account, "")
        async with self.unit_of_work() as tx:
            seen = await self.users.get(tx, principal.user_id)
        if not await self.hasher.verify(current_password, seen.password_hash):
            raise _wrong()
        password_hash = await self.hasher.hash(new_password)
        async with self.unit_of_work() as tx:
            user = await self.users.lock(tx, principal.user_id)
            if user.password_hash != seen.password_hash:
                raise _wrong()
            await self.users.save(tx, replace(user, password_hash=password_hash))
            await self.guard.passed(tx, account, "")
            now = self.clock.now()
            ended = await self.sessions.end_all(tx, user.id, end=SessionEnd.PASSWORD_CHANGED, now=now, but=session_id)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=now,
                    event_type="user.password_changed",
                    org_id=principal.org_id,
                    actor=principal.actor,
                    subject=show_id("user", user.id),
                    trace_id=trace_id,
                    payload={"sessions_ended": ended},
                ),
            )
            await tx.commit()
        return ended


def _wrong() -> WrongCredentials:
    return WrongCredentials("the current password is wrong", param="current_password")
