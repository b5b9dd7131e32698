"""Organizations: making, seeing and changing them; and, for administrators, stopping them."""

from dataclasses import dataclass, replace

from deepspace_core.identity.errors import SessionRequired
from deepspace_core.identity.organization import (
    ORGANIZATION_NAME_CHARS_MAX,
    REASON_CHARS_MAX,
    Membership,
    Organization,
    read_on_abort,
)
from deepspace_core.identity.ports import EVERY_ORGANIZATION, OrganizationFilters, Organizations, Users
from deepspace_core.identity.principal import Actor, Permission, Principal, require_administrator
from deepspace_core.identity.trail import told
from deepspace_core.identity.use_cases.founding import Foundation, Founding
from deepspace_core.identity.user import read_name
from deepspace_core.kernel.ids import OrgId, TraceId, UserId, show_id
from deepspace_core.kernel.page import Page, PageRequest
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.event_log import EventLog
from deepspace_core.kernel.ports.id_source import IdSource
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateOrganization:
    """Makes an organization with a workspace, a project and a wallet, and its owner."""

    unit_of_work: UnitOfWork
    users: Users
    founding: Founding
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, actor: Actor, owner_id: UserId, name: str, trace_id: TraceId) -> Foundation:
        """A person makes their own, an administrator anybody's.

        Raises SessionRequired, InvalidInput (name), or NotFound (owner_id).
        """
        is_own = actor.actor == f"user:{owner_id}"
        if not (is_own or actor.is_administrator):
            raise SessionRequired("an organization is made by its owner, logged in, or by an administrator")
        name = read_name(name, param="name", chars_max=ORGANIZATION_NAME_CHARS_MAX)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            await self.users.get(tx, owner_id)
            org_id = OrgId(self.ids.uuid())
            foundation = await self.founding(tx, org_id=org_id, name=name, kind="team", owner_id=owner_id, now=now)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=now,
                    event_type="organization.created",
                    org_id=org_id,
                    actor=actor.actor,
                    subject=show_id("org", org_id),
                    trace_id=trace_id,
                    payload={"name": name, "owner": show_id("user", owner_id)},
                ),
            )
            await tx.commit()
        return foundation


@dataclass(frozen=True, slots=True)
class ListOrganizations:
    """The caller's own organizations, with their role in each."""

    unit_of_work: UnitOfWork
    organizations: Organizations

    async def __call__(self, *, principal: Principal, page: PageRequest) -> Page[Membership]:
        """Raises SessionRequired for an API key: it belongs to one organization."""
        principal.require_session()
        async with self.unit_of_work() as tx:
            return await self.organizations.list_of_user(tx, principal.user_id, page)


@dataclass(frozen=True, slots=True)
class GetOrganization:
    """The organization that the caller acts in."""

    unit_of_work: UnitOfWork
    organizations: Organizations

    async def __call__(self, *, principal: Principal) -> Organization:
        """Raises PermissionMissing."""
        principal.require(Permission.READ_ORGANIZATION)
        async with self.unit_of_work() as tx:
            return await self.organizations.get(tx, principal.org_id)


@dataclass(frozen=True, slots=True)
class UpdateOrganization:
    """Changes what is given and leaves the rest."""

    unit_of_work: UnitOfWork
    organizations: Organizations
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(
        self, *, principal: Principal, trace_id: TraceId, name: str | None = None, on_abort: str | None = None
    ) -> Organization:
        """Raises PermissionMissing, or InvalidInput naming the field."""
        principal.require(Permission.MANAGE_ORGANIZATION)
        async with self.unit_of_work() as tx:
            seen = await self.organizations.lock(tx, principal.org_id)
            organization = replace(
                seen,
                name=seen.name
                if name is None
                else read_name(name, param="name", chars_max=ORGANIZATION_NAME_CHARS_MAX),
                on_abort=seen.on_abort if on_abort is None else read_on_abort(on_abort),
            )
            await self.organizations.save(tx, organization)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=self.clock.now(),
                    event_type="organization.updated",
                    org_id=organization.id,
                    actor=principal.actor,
                    subject=show_id("org", organization.id),
                    trace_id=trace_id,
                    payload={"name": organization.name, "on_abort": organization.on_abort},
                ),
            )
            await tx.commit()
        return organization


@dataclass(frozen=True, slots=True)
class ListAllOrganizations:
    """The organizations of the installation, those that filters leave, for an administrator."""

    unit_of_work: UnitOfWork
    organizations: Organizations

    async def __call__(
        self, *, actor: Actor, page: PageRequest, filters: OrganizationFilters = EVERY_ORGANIZATION
    ) -> Page[Organization]:
        """Raises AdministratorRequired."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            return await self.organizations.list(tx, page, filters=filters)


@dataclass(frozen=True, slots=True)
class SuspendOrganization:
    """Stops an organization: its keys and sessions are refused from the next call on. For an administrator."""

    unit_of_work: UnitOfWork
    organizations: Organizations
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, actor: Actor, org_id: OrgId, reason: str, trace_id: TraceId) -> Organization:
        """Raises AdministratorRequired, InvalidInput (reason) or NotFound."""
        require_administrator(actor)
        reason = read_name(reason, param="reason", chars_max=REASON_CHARS_MAX)
        now = self.clock.now()
        async with self.unit_of_work() as tx:
            organization = await self.organizations.lock(tx, org_id)
            if organization.suspended_at is not None:
                return organization
            organization = replace(organization, suspended_at=now)
            await self.organizations.save(tx, organization)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=now,
                    event_type="organization.suspended",
                    org_id=org_id,
                    actor=actor.actor,
                    subject=show_id("org", org_id),
                    trace_id=trace_id,
                    payload={"reason": reason},
                ),
            )
            await tx.commit()
        return organization


@dataclass(frozen=True, slots=True)
class ResumeOrganization:
    """Lets a suspended organization work again. For an administrator."""

    unit_of_work: UnitOfWork
    organizations: Organizations
    events: EventLog
    clock: Clock
    ids: IdSource

    async def __call__(self, *, actor: Actor, org_id: OrgId, trace_id: TraceId) -> Organization:
        """Raises AdministratorRequired or NotFound."""
        require_administrator(actor)
        async with self.unit_of_work() as tx:
            organization = await self.organizations.lock(tx, org_id)
            if organization.suspended_at is None:
                return organization
            organization = replace(organization, suspended_at=None)
            await self.organizations.save(tx, organization)
            await self.events.append(
                tx,
                told(
                    self.ids,
                    now=self.clock.now(),
                    event_type="organization.resumed",
                    org_id=org_id,
                    actor=actor.actor,
                    subject=show_id("org", org_id),
                    trace_id=trace_id,
                ),
            )
            await tx.commit()
        return organization
