"""Becoming a user: by registering, or as the administrator that an installation starts with."""

from dataclasses import dataclass, replace
from datetime import datetime

from deepspace_core.identity.ports import PasswordHasher, Users
from deepspace_core.identity.principal import SystemActor
from deepspace_core.identity.secret import Secret
from deepspace_core.identity.trail import told
from deepspace_core.identity.use_cases.founding import Foundation, Founding
from deepspace_core.identity.use_cases.login import LoginGuard
from deepspace_core.identity.user import User, read_email, read_language, read_name, read_password, read_time_zone
from deepspace_core.kernel.event import Event
from deepspace_core.kernel.ids import OrgId, TraceId, UserId, show_id
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import Transaction, UnitOfWork

ADMINISTRATOR_NAME = "Administrator"
ANYBODY = "(registration)"
"""What registrations are counted under, where log-ins are counted under an account; no e-mail address."""
REGISTRATIONS_MAX = 40
"""From one network in a quarter of an hour: a class that registers in one lesson passes, a program does not."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A new user with a personal organization, its workspace, project and wallet."""

    user: User
    foundation: Foundation


@dataclass(frozen=True, slots=True)
class RegisterUser:
    """Makes a user, their personal organization, workspace, project and wallet: all in one transaction or none."""

    unit_of_work: UnitOfWork
    users: Users
    founding: Founding
    hasher: PasswordHasher
    guard: LoginGuard
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self,
        *,
        email: str,
        password: Secret,
        display_name: str,
        trace_id: TraceId,
        language: str = "en",
        time_zone: str = "UTC",
        address: str | None = None,
    ) -> Registration:
        """`address`: who registers, where it is a stranger; None for an operator, who is not limited.

        Raises InvalidInput naming the field, EmailTaken, or LoginLocked for too many from one network.
        """
        if address is not None:
            # First of all: it is the hash below, and the list of accounts, that a program would be after.
            await self.guard.check(ANYBODY, address, attempts_max=REGISTRATIONS_MAX)
        draft = User(
            id=UserId(self.ids.uuid()),
            email=read_email(email),
            display_name=read_name(display_name, param="display_name"),
            password_hash="",
            personal_org_id=OrgId(self.ids.uuid()),
            created_at=self.clock.now(),
            language=read_language(language),
            time_zone=read_time_zone(time_zone),
        )
        # Before the transaction opens: a hash takes as long as a hundred queries.
        user = replace(draft, password_hash=await self.hasher.hash(read_password(password)))
        async with self.unit_of_work() as tx:
            registration = await self.enrol(tx, user, actor=f"user:{user.id}", trace_id=trace_id)
            await tx.commit()
        return registration

    async def enrol(self, tx: Transaction, user: User, *, actor: str, trace_id: TraceId) -> Registration:
        """Writes the user and all that comes with one, in the caller's transaction."""
        now = user.created_at
        await self.users.add(tx, user)
        foundation = await self.founding(
            tx, org_id=user.personal_org_id, name=user.display_name, kind="personal", owner_id=user.id, now=now
        )
        await self.events.append(
            tx,
            told(
                self.ids,
                now=now,
                event_type="user.registered",
                org_id=user.personal_org_id,
                actor=actor,
                subject=show_id("user", user.id),
                trace_id=trace_id,
                payload={"email": user.email, "workspace": foundation.workspace.slug},
            ),
        )
        return Registration(user, foundation)


@dataclass(frozen=True, slots=True)
class EnsureAdministrator:
    """Makes sure that the user exists and is an administrator; does nothing when so. For `deepspace up`.

    An existing user's password is left alone: whoever can start the installation again must not thereby take it over.
    """

    register: RegisterUser

    async def __call__(self, *, email: str, password: Secret, trace_id: TraceId) -> User:
        """Raises InvalidInput naming the field."""
        address = read_email(email)
        known = await self._grant(address, trace_id)
        if known is not None:
            return known
        made = await self.register(email=address, password=password, display_name=ADMINISTRATOR_NAME, trace_id=trace_id)
        return await self._grant(made.user.email, trace_id) or made.user

    async def _grant(self, email: str, trace_id: TraceId) -> User | None:
        parts = self.register
        async with parts.unit_of_work() as tx:
            found = await parts.users.find_by_email(tx, email)
            if found is None or found.is_administrator:
                return found
            user = replace(await parts.users.lock(tx, found.id), is_administrator=True)
            await parts.users.save(tx, user)
            await parts.events.append(tx, self._granted(user, parts.clock.now(), trace_id))
            await tx.commit()
        return user

    def _granted(self, user: User, now: datetime, trace_id: TraceId) -> Event:
        return told(
            self.register.ids,
            now=now,
            event_type="administrator.granted",
            org_id=user.personal_org_id,
            actor=SystemActor("start").actor,
            subject=show_id("user", user.id),
            trace_id=trace_id,
        )
