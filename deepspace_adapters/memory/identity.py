"""The memory twin of identity's people: users, log-in attempts, sessions, organizations, members."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from deepspace_adapters.memory.unit_of_work import Table, table_of
from deepspace_core.identity.errors import AlreadyMember, EmailTaken
from deepspace_core.identity.organization import Member, MemberProfile, Membership, Organization
from deepspace_core.identity.ports import EVERY_ORGANIZATION, EVERY_USER, OrganizationFilters, UserFilters, UserOrder
from deepspace_core.identity.principal import Role
from deepspace_core.identity.secret import same_digest
from deepspace_core.identity.session import Session, SessionEnd, end_session
from deepspace_core.identity.user import User
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId, SessionId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction

Noun = TypeVar("Noun")


class MemoryUsers:
    """The `Users` port."""

    async def add(self, tx: Transaction, user: User) -> None:
        if await self.find_by_email(tx, user.email):
            raise EmailTaken("somebody has registered with this e-mail address already", param="email")
        table_of(tx, "users")[user.id] = user

    async def get(self, tx: Transaction, user_id: UserId) -> User:
        user: User | None = table_of(tx, "users").get(user_id)
        if user is None:
            raise NotFound("there is no such user", param="user_id")
        return user

    async def lock(self, tx: Transaction, user_id: UserId) -> User:
        return await self.get(tx, user_id)

    async def find_by_email(self, tx: Transaction, email: str) -> User | None:
        users: Iterable[User] = table_of(tx, "users").values()
        return next((user for user in users if user.email == email), None)

    async def save(self, tx: Transaction, user: User) -> None:
        table_of(tx, "users")[user.id] = user

    async def list(
        self,
        tx: Transaction,
        page: PageRequest,
        *,
        filters: UserFilters = EVERY_USER,
        order: UserOrder = UserOrder.NEWEST,
    ) -> Page[User]:
        users: dict[UUID, User] = table_of(tx, "users")
        found = [user for user in users.values() if _is_wanted(user, filters, _member_table(tx))]
        if order is UserOrder.NEWEST:
            return newest_first([(user.id, user) for user in found], page)
        place = _by_email if order is UserOrder.EMAIL else _by_age
        after = None if page.after is None else place(users[page.after])
        later = sorted((user for user in found if after is None or place(user) > after), key=place)
        return page_of(later, [user.id for user in later], limit=page.limit)

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return names_of(tx, "users", ids, by="email")

    async def lock_administrators(self, tx: Transaction) -> frozenset[UserId]:
        users: Iterable[User] = table_of(tx, "users").values()
        return frozenset(user.id for user in users if user.is_administrator and user.disabled_at is None)


class MemoryLoginAttempts:
    """The `LoginAttempts` port."""

    async def count(self, tx: Transaction, key: bytes, *, now: datetime, window: timedelta) -> int:
        table = table_of(tx, "login_attempts")
        for old in [one for one, (_, started_at) in table.items() if started_at <= now - window]:
            del table[old]
        attempts, started_at = table.get(key, (0, now))
        table[key] = (attempts + 1, started_at)
        return int(attempts + 1)

    async def clear(self, tx: Transaction, key: bytes) -> None:
        table_of(tx, "login_attempts").pop(key, None)


class MemorySessions:
    """The `Sessions` port."""

    async def add(self, tx: Transaction, session: Session) -> None:
        table_of(tx, "sessions")[session.id] = session

    async def lock(self, tx: Transaction, user_id: UserId, session_id: SessionId) -> Session:
        session: Session | None = table_of(tx, "sessions").get(session_id)
        if session is None or session.user_id != user_id:
            raise NotFound("you have no such session", param="session_id")
        return session

    async def lock_family(self, tx: Transaction, family_sha256: bytes) -> Session | None:
        sessions: Iterable[Session] = table_of(tx, "sessions").values()
        return next((one for one in sessions if same_digest(one.family_sha256, family_sha256)), None)

    async def save(self, tx: Transaction, session: Session) -> None:
        table_of(tx, "sessions")[session.id] = session

    async def list_live(self, tx: Transaction, user_id: UserId, page: PageRequest, *, now: datetime) -> Page[Session]:
        return newest_first([(one.id, one) for one in _live(tx, user_id, now)], page)

    async def end_all(
        self, tx: Transaction, user_id: UserId, *, end: SessionEnd, now: datetime, but: SessionId | None = None
    ) -> int:
        ended = [end_session(one, end=end, now=now) for one in _live(tx, user_id, now) if one.id != but]
        table_of(tx, "sessions").update({one.id: one for one in ended})
        return len(ended)

    async def prune(self, tx: Transaction, *, expired_before: datetime, limit: int) -> int:
        table = table_of(tx, "sessions")
        over = [one.id for one in table.values() if one.expires_at < expired_before][:limit]
        for session_id in over:
            del table[session_id]
        return len(over)


class MemoryOrganizations:
    """The `Organizations` port."""

    async def add(self, tx: Transaction, organization: Organization) -> None:
        table_of(tx, "orgs")[organization.id] = organization

    async def get(self, tx: Transaction, org_id: OrgId) -> Organization:
        organization: Organization | None = table_of(tx, "orgs").get(org_id)
        if organization is None:
            raise NotFound("there is no such organization", param="org_id")
        return organization

    async def lock(self, tx: Transaction, org_id: OrgId) -> Organization:
        return await self.get(tx, org_id)

    async def save(self, tx: Transaction, organization: Organization) -> None:
        table_of(tx, "orgs")[organization.id] = organization

    async def list(
        self, tx: Transaction, page: PageRequest, *, filters: OrganizationFilters = EVERY_ORGANIZATION
    ) -> Page[Organization]:
        organizations: Iterable[Organization] = table_of(tx, "orgs").values()
        wanted = [
            (one.id, one)
            for one in organizations
            if (filters.search or "").lower() in one.name.lower()
            and filters.kind in (None, one.kind)
            and filters.suspended in (None, one.suspended_at is not None)
        ]
        return newest_first(wanted, page)

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return names_of(tx, "orgs", ids, by="name")

    async def list_of_user(self, tx: Transaction, user_id: UserId, page: PageRequest) -> Page[Membership]:
        orgs = table_of(tx, "orgs")
        own = [one for one in _members(tx) if one.user_id == user_id]
        return newest_first([(one.org_id, Membership(orgs[one.org_id], one.role)) for one in own], page)


class MemoryMembers:
    """The `Members` port."""

    async def add(self, tx: Transaction, member: Member) -> None:
        table = _member_table(tx)
        if (member.org_id, member.user_id) in table:
            raise AlreadyMember("this user is a member already", param="email")
        table[member.org_id, member.user_id] = member

    async def get(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> Member:
        member = await self.find(tx, org_id, user_id)
        if member is None:
            raise NotFound("this organization has no such member", param="user_id")
        return member

    async def find(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> Member | None:
        member: Member | None = _member_table(tx).get((org_id, user_id))
        return member

    async def save(self, tx: Transaction, member: Member) -> None:
        _member_table(tx)[member.org_id, member.user_id] = member

    async def remove(self, tx: Transaction, org_id: OrgId, user_id: UserId) -> None:
        _member_table(tx).pop((org_id, user_id), None)

    async def list(self, tx: Transaction, org_id: OrgId, page: PageRequest) -> Page[MemberProfile]:
        users = table_of(tx, "users")
        members = [one for one in _members(tx) if one.org_id == org_id]
        return newest_first([(one.user_id, _profile(one, users[one.user_id])) for one in members], page)

    async def count_owners(self, tx: Transaction, org_id: OrgId) -> int:
        return sum(one.org_id == org_id and one.role is Role.OWNER for one in _members(tx))


def newest_first(rows: Iterable[tuple[UUID, Noun]], page: PageRequest) -> Page[Noun]:
    """One page of rows that come with the id they are ordered by."""
    wanted = [row for row in rows if page.after is None or row[0] < page.after]
    wanted = sorted(wanted, key=lambda row: row[0], reverse=True)[: page.limit + 1]
    nouns: Sequence[Noun] = [noun for _, noun in wanted]
    return page_of(nouns, [row_id for row_id, _ in wanted], limit=page.limit)


def _is_wanted(user: User, filters: UserFilters, members: Table) -> bool:
    search = (filters.search or "").lower()
    wanted = (
        search in user.email.lower() or search in user.display_name.lower(),
        filters.disabled in (None, user.disabled_at is not None),
        filters.is_administrator in (None, user.is_administrator),
        filters.org_id is None or (filters.org_id, user.id) in members,
    )
    return all(wanted)


def _by_email(user: User) -> str:
    return user.email


def _by_age(user: User) -> str:
    return user.id.hex


def _live(tx: Transaction, user_id: UserId, now: datetime) -> list[Session]:
    sessions: Iterable[Session] = table_of(tx, "sessions").values()
    return [one for one in sessions if one.user_id == user_id and one.revoked_at is None and now < one.expires_at]


def _member_table(tx: Transaction) -> Table:
    return table_of(tx, "org_members")


def _members(tx: Transaction) -> Iterable[Member]:
    members: Iterable[Member] = _member_table(tx).values()
    return members


def _profile(member: Member, user: User) -> MemberProfile:
    return MemberProfile(member, email=user.email, display_name=user.display_name)


def names_of(tx: Transaction, table: str, ids: Sequence[UUID], *, by: str) -> Mapping[UUID, str]:
    """What the rows of a table are called, for those of the ids that there are."""
    rows = table_of(tx, table)
    return {one: getattr(rows[one], by) for one in ids if one in rows}
