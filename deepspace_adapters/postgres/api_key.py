"""API keys in PostgreSQL. Secrets arrive as digests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, names_of, run
from deepspace_core.identity.api_key import LAST_USED_STEP, ApiKey
from deepspace_core.identity.ports import ApiKeyFilters
from deepspace_core.identity.principal import Permission
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import ApiKeyId, OrgId, ProjectId, UserId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_api_key: sql.Statement
    get_api_key: sql.Statement
    lock_api_key: sql.Statement
    save_api_key: sql.Statement
    list_api_keys: sql.Statement
    list_api_keys_made_by: sql.Statement
    api_key_names: sql.Statement
    list_all_api_keys: sql.Statement
    touch_api_keys: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresApiKeys:
    """The `ApiKeys` port."""

    async def add(self, tx: Transaction, key: ApiKey) -> None:
        await run(tx, SQL.add_api_key, _row(key))

    async def get(self, tx: Transaction, org_id: OrgId, api_key_id: ApiKeyId) -> ApiKey:
        return _found(await find_one(tx, _api_key, SQL.get_api_key, {"org_id": org_id, "id": api_key_id}))

    async def lock(self, tx: Transaction, org_id: OrgId, api_key_id: ApiKeyId) -> ApiKey:
        return _found(await find_one(tx, _api_key, SQL.lock_api_key, {"org_id": org_id, "id": api_key_id}))

    async def save(self, tx: Transaction, key: ApiKey) -> None:
        await run(tx, SQL.save_api_key, _row(key))

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        page: PageRequest,
        *,
        project_id: ProjectId | None = None,
        created_by: UserId | None = None,
        with_revoked: bool = True,
    ) -> Page[ApiKey]:
        values = {
            "org_id": org_id,
            "project_id": project_id,
            "created_by": created_by,
            "with_revoked": with_revoked,
            "after": page.after,
            "limit": page.limit + 1,
        }
        found = await find_all(tx, _api_key, SQL.list_api_keys, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def list_made_by(self, tx: Transaction, user_id: UserId, page: PageRequest) -> Page[ApiKey]:
        values = {"user_id": user_id, "after": page.after, "limit": page.limit + 1}
        found = await find_all(tx, _api_key, SQL.list_api_keys_made_by, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def list_all(
        self, tx: Transaction, page: PageRequest, filters: ApiKeyFilters, *, now: datetime
    ) -> Page[ApiKey]:
        values = {
            "org_id": filters.org_id,
            "created_by": filters.created_by,
            "search": filters.search,
            "state": filters.state,
            "now": now,
            "after": page.after,
            "limit": page.limit + 1,
        }
        found = await find_all(tx, _api_key, SQL.list_all_api_keys, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return await names_of(tx, SQL.api_key_names, ids)

    async def touch(self, tx: Transaction, uses: Mapping[ApiKeyId, datetime]) -> None:
        ordered = sorted(uses)
        values = {"ids": ordered, "times": [uses[one] for one in ordered], "step": LAST_USED_STEP}
        await run(tx, SQL.touch_api_keys, values)


def _row(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "org_id": key.org_id,
        "project_id": key.project_id,
        "created_by": key.created_by,
        "name": key.name,
        "prefix": key.prefix,
        "sha256": key.sha256,
        "previous_sha256": key.previous_sha256,
        "previous_expires_at": key.previous_expires_at,
        "scopes": sorted(scope.value for scope in key.scopes),
        "model_allow_list": None if key.model_allow_list is None else sorted(key.model_allow_list),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "rotated_at": key.rotated_at,
        "revoked_at": key.revoked_at,
    }


def _api_key(*, scopes: list[str], model_allow_list: list[str] | None, **columns: Any) -> ApiKey:
    return ApiKey(
        scopes=frozenset(map(Permission, scopes)),
        model_allow_list=None if model_allow_list is None else frozenset(model_allow_list),
        **columns,
    )


def _found(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise NotFound("this organization has no such API key", param="api_key_id")
    return key
