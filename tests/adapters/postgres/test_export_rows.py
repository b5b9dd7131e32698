"""Rows for exports out of PostgreSQL: the columns that are promised, one tenant's alone, a batch at a time."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from deepspace_adapters.postgres.export_rows import STATEMENTS, PostgresExportRows, values_of
from deepspace_adapters.postgres.pool import Pool
from deepspace_core.exports import COLUMNS, MATCHED_BY, Export, ExportFilters, ExportKind, Row, columns_of
from deepspace_core.kernel.ids import OrgId
from tests.core.exports.test_writing import EXPORT
from tests.fakes import NOON, TRACE


async def _rows(pool: Pool, export: Export, *, batch_rows: int = 100) -> list[list[Row]]:
    return [list(batch) async for batch in PostgresExportRows(pool, batch_rows=batch_rows).read(export)]


async def _record_events(pool: Pool, count: int, *, org_id: UUID = EXPORT.org_id) -> None:
    async with pool.connection() as connection:
        for number in range(count):
            event_id, at = UUID(int=org_id.int * 1_000 + number), NOON + timedelta(seconds=number)
            await connection.execute(
                "INSERT INTO audit_logs (id, at, event_type, org_id, actor, subject, trace_id, payload)"
                " VALUES (%s, %s, 'api_key.created', %s, 'user:1', 'key_1', %s, %s)",
                (
                    event_id,
                    at,
                    org_id,
                    TRACE,
                    Jsonb({"n": number}),
                ),
            )


@pytest.mark.parametrize("kind", ExportKind)
async def test_each_kind_has_the_columns_that_are_promised(pool: Pool, kind: ExportKind) -> None:
    assert await _rows(pool, replace(EXPORT, kind=kind)) == []
    async with pool.connection() as connection, connection.cursor() as cursor:
        await cursor.execute(STATEMENTS[kind], values_of(replace(EXPORT, kind=kind)))
        assert cursor.description is not None
        assert len(cursor.description) == len(columns_of(kind, everybody=True))


async def test_rows_of_everybody_say_whose_they_are_and_no_other_export_has_them(pool: Pool) -> None:
    await _record_events(pool, 1)
    await _record_events(pool, 2, org_id=UUID(int=99))
    everybody = replace(EXPORT, filters=ExportFilters(everybody=True))
    owners = [row[0] for batch in await _rows(pool, everybody) for row in batch]
    assert sorted(map(str, owners)) == [f"org_{EXPORT.org_id.hex}", *[f"org_{UUID(int=99).hex}"] * 2]
    one = replace(EXPORT, filters=ExportFilters(everybody=True, of_org_id=OrgId(UUID(int=99))))
    assert sum(len(batch) for batch in await _rows(pool, one)) == 2
    # An organization that is named without the right to everybody's rows changes nothing.
    own = replace(EXPORT, filters=ExportFilters(of_org_id=OrgId(UUID(int=99))))
    [[row]] = await _rows(pool, own)
    assert (len(row), row[0]) == (len(COLUMNS[EXPORT.kind]), NOON)


@pytest.mark.parametrize("kind", [kind for kind in ExportKind if MATCHED_BY[kind]])
async def test_every_filter_of_a_kind_is_one_that_its_statement_knows(pool: Pool, kind: ExportKind) -> None:
    texts = {
        "status_min": "400",
        "status_max": "499",
        "slower_than_ms": "9",
        "available_below_nanos": "1",
        "is_owing": "true",
    }
    for name in MATCHED_BY[kind]:
        filters = ExportFilters(matching={name: texts.get(name, "nothing of that name")})
        assert await _rows(pool, replace(EXPORT, kind=kind, filters=filters)) == []
        assert f"%({name})s".encode() in STATEMENTS[kind]


async def test_rows_are_narrowed_as_their_list_is(pool: Pool) -> None:
    await _record_events(pool, 3)
    found = {
        name: sum(len(batch) for batch in await _rows(pool, replace(EXPORT, filters=ExportFilters(matching=matching))))
        for name, matching in {
            "family": {"event_type": "api_key."},
            "exact": {"event_type": "api_key.created", "actor": "user:1"},
            "other": {"event_type": "api_key"},
        }.items()
    }
    assert found == {"family": 3, "exact": 3, "other": 0}


async def test_rows_come_in_batches_in_order_and_of_one_organization(pool: Pool) -> None:
    await _record_events(pool, 7)
    await _record_events(pool, 2, org_id=UUID(int=99))
    batches = await _rows(pool, EXPORT, batch_rows=3)
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [row[-1] for batch in batches for row in batch] == [f'{{"n": {number}}}' for number in range(7)]
    assert batches[0][0][0] == NOON


async def test_a_period_is_cut_at_its_ends(pool: Pool) -> None:
    await _record_events(pool, 5)
    wanted = ExportFilters(NOON + timedelta(seconds=1), NOON + timedelta(seconds=3))
    (batch,) = await _rows(pool, replace(EXPORT, filters=wanted))
    assert [row[-1] for row in batch] == ['{"n": 1}', '{"n": 2}']


async def test_a_reader_that_stops_leaves_the_connection_as_it_was(pool: Pool) -> None:
    await _record_events(pool, 5)
    reading = PostgresExportRows(pool, batch_rows=1).read(EXPORT)
    await anext(reading)
    await reading.aclose()  # type: ignore[attr-defined]
    await _record_events(pool, 1, org_id=UUID(int=98))


async def test_conversations_are_the_requesters_own(pool: Pool) -> None:
    async with pool.connection() as connection:
        for user in (EXPORT.user_id, UUID(int=77)):
            await connection.execute(
                "INSERT INTO users (id, email, display_name, password_hash, personal_org_id, language, time_zone,"
                " is_administrator, created_at) VALUES (%s, %s, 'n', 'h', %s, 'en', 'UTC', false, now())",
                (user, f"{user.hex}@example.org", EXPORT.org_id),
            )
        org, project = EXPORT.org_id, UUID(int=55)
        await connection.execute(
            "INSERT INTO orgs (id, name, kind, on_abort, created_at) VALUES (%s, 'o', 'team', 'drain', now())", (org,)
        )
        await connection.execute(
            "INSERT INTO workspaces (id, org_id, slug, name, is_default, created_at)"
            " VALUES (%s, %s, 's', 'w', true, now())",
            (org, org),
        )
        await connection.execute(
            "INSERT INTO projects (id, org_id, workspace_id, name, description, is_default, created_at)"
            " VALUES (%s, %s, %s, 'p', '', true, now())",
            (project, org, org),
        )
        for number, user in ((61, EXPORT.user_id), (62, UUID(int=77))):
            await connection.execute(
                "INSERT INTO conversations (id, org_id, project_id, user_id, title, model_name, system_prompt,"
                " latest_id, created_at, updated_at) VALUES (%s, %s, %s, %s, %s, 'm', '', %s, now(), now())",
                (UUID(int=number), org, project, user, f"talk {number}", UUID(int=number + 10)),
            )
            await connection.execute(
                "INSERT INTO messages (id, org_id, conversation_id, role, content_json, metadata, trace_id, created_at)"
                " VALUES (%s, %s, %s, 'user', %s, '{}', %s, %s)",
                (
                    UUID(int=number + 10),
                    org,
                    UUID(int=number),
                    Jsonb([{"type": "text", "text": "hello "}, {"type": "text", "text": "there"}]),
                    TRACE,
                    NOON,
                ),
            )
    (batch,) = await _rows(pool, replace(EXPORT, kind=ExportKind.CONVERSATIONS))
    assert [(row[2], row[5], row[6]) for row in batch] == [("talk 61", "user", "hello there")]
