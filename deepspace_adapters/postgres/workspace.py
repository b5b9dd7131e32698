"""Workspaces in PostgreSQL."""

from dataclasses import asdict, dataclass

from psycopg.errors import UniqueViolation

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, run
from deepspace_core.identity.errors import SlugTaken
from deepspace_core.identity.workspace import Workspace
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId, WorkspaceId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_workspace: sql.Statement
    get_workspace: sql.Statement
    lock_workspace: sql.Statement
    get_default_workspace: sql.Statement
    save_workspace: sql.Statement
    list_workspaces: sql.Statement
    find_slug: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresWorkspaces:
    """The `Workspaces` port."""

    async def add(self, tx: Transaction, workspace: Workspace) -> None:
        await _write(tx, SQL.add_workspace, workspace)

    async def get(self, tx: Transaction, org_id: OrgId, workspace_id: WorkspaceId) -> Workspace:
        values = {"org_id": org_id, "id": workspace_id}
        return _found(await find_one(tx, Workspace, SQL.get_workspace, values))

    async def lock(self, tx: Transaction, org_id: OrgId, workspace_id: WorkspaceId) -> Workspace:
        values = {"org_id": org_id, "id": workspace_id}
        return _found(await find_one(tx, Workspace, SQL.lock_workspace, values))

    async def get_default(self, tx: Transaction, org_id: OrgId) -> Workspace:
        return _found(await find_one(tx, Workspace, SQL.get_default_workspace, {"org_id": org_id}))

    async def save(self, tx: Transaction, workspace: Workspace) -> None:
        await _write(tx, SQL.save_workspace, workspace)

    async def list(
        self, tx: Transaction, org_id: OrgId, page: PageRequest, *, with_archived: bool = False
    ) -> Page[Workspace]:
        values = {"org_id": org_id, "after": page.after, "limit": page.limit + 1, "with_archived": with_archived}
        found = await find_all(tx, Workspace, SQL.list_workspaces, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def is_slug_taken(self, tx: Transaction, slug: str) -> bool:
        return await find_one(tx, dict, SQL.find_slug, {"slug": slug}) is not None


async def _write(tx: Transaction, statement: sql.Statement, workspace: Workspace) -> None:
    try:
        await run(tx, statement, asdict(workspace))
    except UniqueViolation as fault:
        if fault.diag.constraint_name != "workspaces_slug_key":
            raise
        raise SlugTaken(f"the slug {workspace.slug!r} is taken; choose another", param="slug") from fault


def _found(workspace: Workspace | None) -> Workspace:
    if workspace is None:
        raise NotFound("this organization has no such workspace", param="workspace_id")
    return workspace
