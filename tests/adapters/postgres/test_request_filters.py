"""Requests in PostgreSQL that are looked for by where they were made: a workspace's, a project's."""

from dataclasses import replace
from uuid import UUID

from deepspace_adapters.postgres.audit import PostgresAuditReader, write_request_logs
from deepspace_adapters.postgres.pool import Pool
from deepspace_adapters.postgres.unit_of_work import PostgresUnitOfWork
from deepspace_core.audit import RequestLogFilters
from deepspace_core.kernel.ids import ProjectId
from deepspace_core.kernel.page import PageRequest
from tests.core.metering_values import ORG, REQUEST

WORKSPACE, ONE, OTHER, ELSEWHERE = (UUID(int=0x100 + number) for number in range(4))


async def _furnish(pool: Pool) -> None:
    """A workspace with two projects, another one with a third, and a request in each project."""
    async with pool.connection() as connection, connection.transaction():
        await connection.execute(
            b"INSERT INTO orgs (id, name, kind, on_abort, created_at) VALUES (%s, 'o', 'team', 'drain', now())", (ORG,)
        )
        for place, projects in ((WORKSPACE, (ONE, OTHER)), (ELSEWHERE, (ELSEWHERE,))):
            await connection.execute(
                b"INSERT INTO workspaces (id, org_id, slug, name, is_default, created_at)"
                b" VALUES (%s, %s, %s, 'w', %s, now())",
                (place, ORG, place.hex, place == WORKSPACE),
            )
            for project in projects:
                await connection.execute(
                    b"INSERT INTO projects (id, org_id, workspace_id, name, description, is_default, created_at)"
                    b" VALUES (%s, %s, %s, %s, '', false, now())",
                    (project, ORG, place, project.hex),
                )
        logs = [replace(REQUEST, id=one, project_id=ProjectId(one)) for one in (ONE, OTHER, ELSEWHERE)]
        await write_request_logs(connection, logs)


async def test_requests_are_found_by_their_workspace_and_by_their_project(
    pool: Pool, unit_of_work: PostgresUnitOfWork
) -> None:
    await _furnish(pool)
    for filters, found in (
        (RequestLogFilters(workspace_id=WORKSPACE), [OTHER, ONE]),
        (RequestLogFilters(workspace_id=ELSEWHERE), [ELSEWHERE]),
        (RequestLogFilters(workspace_id=WORKSPACE, project_id=ONE), [ONE]),
        (RequestLogFilters(workspace_id=ELSEWHERE, project_id=ONE), []),
    ):
        async with unit_of_work() as tx:
            page = await PostgresAuditReader().list_requests(tx, None, PageRequest(), filters)
            totals = await PostgresAuditReader().total_requests(tx, None, filters)
        assert [log.id for log in page.rows] == found, filters
        assert totals.requests == len(found)
