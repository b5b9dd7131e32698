"""Projects in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from psycopg.errors import UniqueViolation

from deepspace_adapters.postgres import sql
from deepspace_adapters.postgres.noun_rows import find_all, find_one, names_of, run
from deepspace_core.identity.errors import NameTaken
from deepspace_core.identity.project import Project
from deepspace_core.kernel.errors import NotFound
from deepspace_core.kernel.ids import OrgId, ProjectId, WorkspaceId
from deepspace_core.kernel.page import Page, PageRequest, page_of
from deepspace_core.kernel.ports.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class _Statements:
    add_project: sql.Statement
    get_project: sql.Statement
    lock_project: sql.Statement
    save_project: sql.Statement
    list_projects: sql.Statement
    project_names: sql.Statement


SQL = sql.load(__file__, _Statements)


class PostgresProjects:
    """The `Projects` port."""

    async def add(self, tx: Transaction, project: Project) -> None:
        await _write(tx, SQL.add_project, project)

    async def get(self, tx: Transaction, org_id: OrgId, project_id: ProjectId) -> Project:
        return _found(await find_one(tx, Project, SQL.get_project, {"org_id": org_id, "id": project_id}))

    async def lock(self, tx: Transaction, org_id: OrgId, project_id: ProjectId) -> Project:
        return _found(await find_one(tx, Project, SQL.lock_project, {"org_id": org_id, "id": project_id}))

    async def save(self, tx: Transaction, project: Project) -> None:
        await _write(tx, SQL.save_project, project)

    async def list(
        self,
        tx: Transaction,
        org_id: OrgId,
        page: PageRequest,
        *,
        workspace_id: WorkspaceId | None = None,
        with_archived: bool = False,
    ) -> Page[Project]:
        values = {
            "org_id": org_id,
            "workspace_id": workspace_id,
            "with_archived": with_archived,
            "after": page.after,
            "limit": page.limit + 1,
        }
        found = await find_all(tx, Project, SQL.list_projects, values)
        return page_of(found, [one.id for one in found], limit=page.limit)

    async def names(self, tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        return await names_of(tx, SQL.project_names, ids)


async def _write(tx: Transaction, statement: sql.Statement, project: Project) -> None:
    try:
        await run(tx, statement, asdict(project))
    except UniqueViolation as fault:
        if fault.diag.constraint_name != "projects_name_key":
            raise
        raise NameTaken("another project of this workspace has this name", param="name") from fault


def _found(project: Project | None) -> Project:
    if project is None:
        raise NotFound("this organization has no such project", param="project_id")
    return project
