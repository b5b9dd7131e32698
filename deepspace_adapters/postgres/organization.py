"""Organizations and their members in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, names_of, run
from deepspace_core.identity.errors import AlreadyMember
from deepspace_core.identity.organization import Member, MemberProfile, Membership, Organization
from deepspace_core.identity.ports import EVERY_ORGANIZATION, OrganizationFilters
from deepspace_core.identity.principal import Role
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_org: sql.Statement
    get_org: sql.Statement
    lock_org: sql.Statement
    save_org: sql.Statement
    list_orgs: sql.Statement
    list_orgs_of_user: sql.Statement
    org_names: sql.Statement
    add_member: sql.Statement
    get_member: sql.Statement
    save_member: sql.Statement
    remove_member: sql.Statement
    list_members: sql.Statement
    count_owners: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresOrganizations:
    """The `Organizations` port."""

    async def add(self, tx: Transaction, organization: Organization) -> None:
        await run(tx, SQL.add_org, _organization_row(organization))

    async def get(self, tx: Transaction, org_id: OrgId) -> Organization:
        return _found(await find_one(tx, Organization, SQL.get_org, {"id": org_id}))

    async def lock(self, tx: Transaction, org_id: OrgId) -> Organization:
        return _found(await find_one(tx, Organization, SQL.lock_org, {"id": org_id}))

    async def save(self, tx: Transaction, organization: Organization) -> None:
        await run(tx, SQL.save_org, _organization_row(organization))

    async def list(
        self, tx: Transaction, page: PageRequest, *, filters: OrganizationFilters = EVERY_ORGANIZATION
    ) -> Page[Organization]:
        values = {
            "after": page.after,
            "limit": page.limit + 1,
            "search": filters.search,
            "kind": filters.kind,
            "suspended": filters.suspended,
        }
        found = await find_all(tx, Organization, SQL.list_orgs, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return await names_of(tx, SQL.org_names, ids)

    async def list_of_user(self, tx: Transaction, user_id: UserId, page: PageRequest) -> Page[Membership]:
        values = {"user_id": user_id, "after": page.after, "limit": page.limit + 1}
        found = await find_all(tx, _membership, SQL.list_orgs_of_user, values)
        return page_of(found, [one.organization.id for one in found], limit=page.limit)


class PostgresMembers:
    """The `Members` port."""

    async def add(self, tx: Transaction, member: Member) -> None:
        try:
            await run(tx, SQL.add_member, _member_row(member))
        except UniqueViolation as fault:
            raise AlreadyMember("this user is a member already", param="email") from fault

    async def get(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> Member:
        member = await self.find(tx, org_id, user_id)
        if member is None:
            raise NotFound("this organization has no such member", param="user_id")
        return member

    async def find(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> Member | None:
        return await find_one(tx, _member, SQL.get_member, {"org_id": org_id, "user_id": user_id})

    async def save(self, tx: Transaction, member: Member) -> None:
        await run(tx, SQL.save_member, _member_row(member))

    async def remove(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> None:
        await run(tx, SQL.remove_member, {"org_id": org_id, "user_id": user_id})

    async def list(self, tx: Transaction, org_id: OrgId, page: PageRequest) -> Page[MemberProfile]:
        values = {"org_id": org_id, "after": page.after, "limit": page.limit + 1}
        found = await find_all(tx, _member_profile, SQL.list_members, values)
        return page_of(found, [one.member.user_id for one in found], limit=page.limit)

    async def count_owners(self, tx: Transaction, org_id: OrgId) -> int:
        return await find_one(tx, _owners, SQL.count_owners, {"org_id": org_id}) or 0


def _organization_row(organization: Organization) -> dict[str, object]:
    return {
        "id": organization.id,
        "name": organization.name,
        "kind": organization.kind,
        "on_abort": organization.on_abort,
        "suspended_at": organization.suspended_at,
        "created_at": organization.created_at,
    }


def _member_row(member: Member) -> dict[str, object]:
    return {
        "org_id": member.org_id,
        "user_id": member.user_id,
        "role": member.role.value,
        "created_at": member.created_at,
    }


def _found(organization: Organization | None) -> Organization:
    if organization is None:
        raise NotFound("there is no such organization", param="org_id")
    return organization


def _membership(*, role: str, **columns: Any) -> Membership:
    return Membership(organization=Organization(**columns), role=Role(role))


def _member(*, org_id: UUID, user_id: UUID, role: str, created_at: datetime) -> Member:
    return Member(org_id=OrgId(org_id), user_id=UserId(user_id), role=Role(role), created_at=created_at)


def _member_profile(*, email: str, display_name: str, **columns: Any) -> MemberProfile:
    return MemberProfile(member=_member(**columns), email=email, display_name=display_name)


def _owners(*, owners: int) -> int:
    return owners
