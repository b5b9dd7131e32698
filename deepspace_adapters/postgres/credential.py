"""The look-up before every call: one query from the digest of a secret to all that deciding about it takes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_one
from deepspace_core.identity.admission import KeyFacts, OrganizationFacts, SessionFacts, SystemFacts
from deepspace_core.identity.principal import Permission, Role
from deepspace_core.kernel.ids import OrgId, ProjectId, UserId
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    find_key: sql.Statement
    find_session: sql.Statement
    find_organization: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresCredentials:
    """The `Credentials` port."""

    async def find_key(self, tx: Transaction, sha256: bytes) -> KeyFacts | None:
        return await find_one(tx, _key_facts, SQL.find_key, {"sha256": sha256})

    async def find_session(
        self, tx: Transaction, access_sha256: bytes, *, org_id: OrgId | None, project_id: ProjectId | None
    ) -> SessionFacts | None:
        values = {"access_sha256": access_sha256, "org_id": org_id, "project_id": project_id}
        return await find_one(tx, _session_facts, SQL.find_session, values)

    async def find_organization(
        self, tx: Transaction, org_id: OrgId, *, project_id: ProjectId | None
    ) -> SystemFacts | None:
        values = {"org_id": org_id, "project_id": project_id}
        return await find_one(tx, _system_facts, SQL.find_organization, values)


def _place(
    *,
    org_id: Any,
    on_abort: Any,
    suspended_at: datetime | None,
    wallet_id: Any,
    workspace_id: Any,
    project_id: Any,
    project_archived_at: datetime | None,
) -> OrganizationFacts:
    return OrganizationFacts(
        org_id=org_id,
        on_abort=on_abort,
        suspended_at=suspended_at,
        wallet_id=wallet_id,
        workspace_id=workspace_id,
        project_id=project_id,
        project_archived_at=project_archived_at,
    )


def _key_facts(
    *,
    api_key_id: Any,
    user_id: Any,
    user_disabled_at: datetime | None,
    maker_role: str | None,
    scopes: list[str],
    is_project_bound: bool,
    model_allow_list: list[str] | None,
    expires_at: datetime | None,
    revoked_at: datetime | None,
    last_used_at: datetime | None,
    **place: Any,
) -> KeyFacts:
    return KeyFacts(
        place=_place(**place),
        api_key_id=api_key_id,
        user_id=user_id,
        user_disabled_at=user_disabled_at,
        maker_role=None if maker_role is None else Role(maker_role),
        scopes=frozenset(map(Permission, scopes)),
        is_project_bound=is_project_bound,
        model_allow_list=None if model_allow_list is None else frozenset(model_allow_list),
        expires_at=expires_at,
        revoked_at=revoked_at,
        last_used_at=last_used_at,
    )


def _session_facts(
    *,
    session_id: Any,
    user_id: Any,
    user_disabled_at: datetime | None,
    is_administrator: bool,
    access_expires_at: datetime,
    revoked_at: datetime | None,
    role: str | None,
    **place: Any,
) -> SessionFacts:
    return SessionFacts(
        session_id=session_id,
        user_id=user_id,
        user_disabled_at=user_disabled_at,
        is_administrator=is_administrator,
        access_expires_at=access_expires_at,
        revoked_at=revoked_at,
        role=None if role is None else Role(role),
        place=None if role is None else _place(**place),
    )


def _system_facts(*, owner_id: UUID, **place: Any) -> SystemFacts:
    return SystemFacts(owner_id=UserId(owner_id), place=_place(**place))
