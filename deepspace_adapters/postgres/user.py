"""Users, and the count of their log-in attempts, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.errors import UniqueViolation

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, names_of, run
from deepspace_core.identity.errors import EmailTaken
from deepspace_core.identity.ports import EVERY_USER, UserFilters, UserOrder
from deepspace_core.identity.user import User
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction

COUNTS_FORGOTTEN_MAX = 100
"""How many counts that are over one attempt clears away: more than it adds, so the table can't grow for ever."""


@dataclass(frozen=True, slots=True)
class _Statements:
    add_user: sql.Statement
    get_user: sql.Statement
    lock_user: sql.Statement
    find_user_by_email: sql.Statement
    save_user: sql.Statement
    list_users: sql.Statement
    lock_administrators: sql.Statement
    user_names: sql.Statement
    count_attempt: sql.Statement
    forget_attempts: sql.Statement
    clear_attempts: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresUsers:
    """The `Users` port."""

    async def add(self, tx: Transaction, user: User) -> None:
        try:
            await run(tx, SQL.add_user, _row(user))
        except UniqueViolation as fault:
            if fault.diag.constraint_name != "users_email_key":
                raise
            raise EmailTaken("somebody has registered with this e-mail address already", param="email") from fault

    async def get(self, tx: Transaction, user_id: UserId) -> User:
        return _found(await find_one(tx, User, SQL.get_user, {"id": user_id}))

    async def lock(self, tx: Transaction, user_id: UserId) -> User:
        return _found(await find_one(tx, User, SQL.lock_user, {"id": user_id}))

    async def find_by_email(self, tx: Transaction, email: str) -> User | None:
        return await find_one(tx, User, SQL.find_user_by_email, {"email": email})

    async def save(self, tx: Transaction, user: User) -> None:
        await run(tx, SQL.save_user, _row(user))

    async def list(
        self,
        tx: Transaction,
        page: PageRequest,
        *,
        filters: UserFilters = EVERY_USER,
        order: UserOrder = UserOrder.NEWEST,
    ) -> Page[User]:
        values = {
            "after": page.after,
            "limit": page.limit + 1,
            "order": order.value,
            "search": filters.search,
            "disabled": filters.disabled,
            "is_administrator": filters.is_administrator,
            "org_id": filters.org_id,
        }
        users = await find_all(tx, User, SQL.list_users, values)
        return page_of(users, [user.id for user in users], limit=page.limit)

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return await names_of(tx, SQL.user_names, ids)

    async def lock_administrators(self, tx: Transaction) -> frozenset[UserId]:
        return frozenset(await find_all(tx, _user_id, SQL.lock_administrators, {}))


class PostgresLoginAttempts:
    """The `LoginAttempts` port."""

    async def count(self, tx: Transaction, key: bytes, *, now: datetime, window: timedelta) -> int:
        values = {"key": key, "now": now, "started_after": now - window, "limit": COUNTS_FORGOTTEN_MAX}
        await run(tx, SQL.forget_attempts, values)
        return await find_one(tx, _attempts, SQL.count_attempt, values) or 0

    async def clear(self, tx: Transaction, key: bytes) -> None:
        await run(tx, SQL.clear_attempts, {"key": key})


def _row(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "email": user.email,
        "display_name": user.display_name,
        "password_hash": user.password_hash,
        "personal_org_id": user.personal_org_id,
        "language": user.language,
        "time_zone": user.time_zone,
        "is_administrator": user.is_administrator,
        "disabled_at": user.disabled_at,
        "created_at": user.created_at,
    }


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound("there is no such user", param="user_id")
    return user


def _user_id(*, id: UUID) -> UserId:  # noqa: A002 - the column's name
    return UserId(id)


def _attempts(*, attempts: int) -> int:
    return attempts
