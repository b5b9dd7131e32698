"""What administrators of the installation do with users."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from deepspace_core.identity.errors import LastAdministrator
from deepspace_core.identity.organization import REASON_CHARS_MAX
from deepspace_core.identity.ports import EVERY_USER, PasswordHasher, Sessions, UserFilters, UserOrder, Users
from deepspace_core.identity.principal import Actor, require_administrator
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.session import SessionEnd
from deepspace_core.identity.trail import Teller, told
from deepspace_core.identity.user import EMAIL_CHARS_MAX, User, read_email, read_name, read_password
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import TraceId, UserId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork


@dataclass(frozen=True, slots=True)
class ListUsers:
    """The users of the installation, those that filters leave."""

    unit_of_work: UnitOfWork
    users: Users

    async def __call__(
        self,
        *,
        actor: Actor,
        page: PageRequest,
        filters: UserFilters = EVERY_USER,
        order: UserOrder = UserOrder.NEWEST,
    ) -> Page[User]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        search = filters.search and filters.search.strip()[:EMAIL_CHARS_MAX]
        async with self.unit_of_work() as tx:
            return await self.users.list(tx, page, filters=replace(filters, search=search or None), order=order)


@dataclass(frozen=True, slots=True)
class GetUser:
    """One user, by id."""

    unit_of_work: UnitOfWork
    users: Users

    async def __call__(self, *, actor: Actor, user_id: UserId) -> User:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.users.get(tx, user_id)


@dataclass(frozen=True, slots=True)
class GetUserByEmail:
    """One user, by address."""

    unit_of_work: UnitOfWork
    users: Users

    async def __call__(self, *, actor: Actor, email: str) -> User:
        """Raises AdministratorRequired, InvalidInput or NotFound (email)."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            user = await self.users.find_by_email(tx, read_email(email))
        if user is None:
            raise NotFound("nobody here has this e-mail address", param="email")
        return user


@dataclass(frozen=True, slots=True)
class DisableUser:
    """Shuts a user out: sessions end now, and API keys of their making are refused."""

    unit_of_work: UnitOfWork
    users: Users
    sessions: Sessions
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, actor: Actor, user_id: UserId, trace_id: TraceId, reason: str | None = None) -> User:
        """Raises AdministratorRequired, InvalidInput (reason), NotFound or LastAdministrator."""
        require_administrator(actor)
        payload = _why(reason)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            await _check_administrator_remains(tx, self.users, user_id)
            user = await self.users.lock(tx, user_id)
            if user.disabled_at is not None:
                return user
            disabled = replace(user, disabled_at=now)
            await self.users.save(tx, disabled)
            await self.sessions.end_all(tx, user_id, end=SessionEnd.USER_DISABLED, now=now)
            event = _told(self, actor, disabled, event_type="user.disabled", trace_id=trace_id, payload=payload)
            await self.events.append(tx, event)
            await tx.commit()
        return disabled


@dataclass(frozen=True, slots=True)
class EnableUser:
    """Lets a disabled user log in again; sessions stay ended."""

    unit_of_work: UnitOfWork
    users: Users
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, actor: Actor, user_id: UserId, trace_id: TraceId) -> User:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            user = await self.users.lock(tx, user_id)
            if user.disabled_at is None:
                return user
            enabled = replace(user, disabled_at=None)
            await self.users.save(tx, enabled)
            event = _told(self, actor, enabled, event_type="user.enabled", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return enabled


@dataclass(frozen=True, slots=True)
class GrantAdministrator:
    """Makes a user an administrator of the installation, or takes that back."""

    unit_of_work: UnitOfWork
    users: Users
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        actor: Actor,
        user_id: UserId,
        trace_id: TraceId,
        is_administrator: bool = True,
        reason: str | None = None,
    ) -> User:
        """Raises AdministratorRequired, InvalidInput (reason), NotFound or LastAdministrator."""
        require_administrator(actor)
        payload = _why(reason)
        async with self.unit_of_work() as tx:
            if not is_administrator:
                await _check_administrator_remains(tx, self.users, user_id)
            user = await self.users.lock(tx, user_id)
            if user.is_administrator == is_administrator:
                return user
            changed = replace(user, is_administrator=is_administrator)
            await self.users.save(tx, changed)
            event_type = "administrator.granted" if is_administrator else "administrator.withdrawn"
            event = _told(self, actor, changed, event_type=event_type, trace_id=trace_id, payload=payload)
            await self.events.append(tx, event)
            await tx.commit()
        return changed


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Sets a user's password without the old one, and ends all of their sessions."""

    unit_of_work: UnitOfWork
    users: Users
    sessions: Sessions
    hasher: PasswordHasher
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, actor: Actor, user_id: UserId, password: Secret, trace_id: TraceId) -> User:
        """Raises AdministratorRequired, InvalidInput (password) or NotFound."""
        require_administrator(actor)
        password_hash = await self.hasher.hash(read_password(password))
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            user = replace(await self.users.lock(tx, user_id), password_hash=password_hash)
            await self.users.save(tx, user)
            await self.sessions.end_all(tx, user_id, end=SessionEnd.PASSWORD_CHANGED, now=now)
            event = _told(self, actor, user, event_type="user.password_reset", trace_id=trace_id)
            await self.events.append(tx, event)
            await tx.commit()
        return user


async def _check_administrator_remains(tx: Transaction, users: Users, user_id: UserId) -> None:
    administrators = await users.lock_administrators(tx)
    if administrators == {user_id}:
        raise LastAdministrator("this is the last administrator; grant it to somebody else first", param="user_id")


def _why(reason: str | None) -> Mapping[str, object]:
    return {} if reason is None else {"reason": read_name(reason, param="reason", chars_max=REASON_CHARS_MAX)}


def _told(
    teller: Teller,
    actor: Actor,
    user: User,
    *,
    event_type: str,
    trace_id: TraceId,
    payload: Mapping[str, object] | None = None,
) -> Event:
    return told(
        teller.ids,
        now=teller.clock.now(),
        event_type=event_type,
        org_id=user.personal_org_id,
        actor=actor.actor,
        subject=show_id("user", user.id),
        trace_id=trace_id,
        payload=payload,
    )
