"""Rows for exports out of PostgreSQL: the columns that are promised, one tenant's alone, a batch at a time."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from deepspace_adapters.newapi.channels import SettingsChannel
from deepspace_adapters.postgres.export_rows import STATEMENTS, PostgresExportRows, values_of
from deepspace_adapters.postgres.pool import Pool
from deepspace_core.exports import COLUMNS, MATCHED_BY, Export, ExportFilters, ExportKind, Row, columns_of
from deepspace_core.exports.table import OF_OPERATORS
from deepspace_core.kernel.ids import OrgId
from tests.core.exports.test_writing import EXPORT
from tests.fakes import NOON, TRACE, FixedClock


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
        assert len(cursor.description) == 1 + len(OF_OPERATORS.get(kind, ())) + len(COLUMNS[kind])


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
        **dict.fromkeys(("is_owing", "enabled", "disabled", "suspended", "administrator"), "true"),
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


EVERYBODY = ExportFilters(everybody=True)


async def _told(pool: Pool, kind: ExportKind, filters: ExportFilters = EVERYBODY) -> list[dict[str, object]]:
    """The rows by the names of their columns, as a file has them."""
    export = replace(EXPORT, kind=kind, filters=filters)
    names = [column.name for column in columns_of(kind, everybody=filters.everybody)]
    return [dict(zip(names, row, strict=True)) for batch in await _rows(pool, export) for row in batch]


ORG, OTHER, USER, WALLET = (f"00000000-0000-0000-0000-0000000000{digits}" for digits in ("02", "99", "03", "05"))


FURNITURE = (
    (
        "INSERT INTO orgs (id, name, kind, on_abort, suspended_at, created_at) VALUES"
        " (%(org)s, 'Ours', 'team', 'drain', NULL, '2029-01-01Z'),"
        " (%(other)s, 'Theirs', 'personal', 'drain', '2029-02-01Z', '2029-01-02Z')"
    ),
    (
        "INSERT INTO users (id, email, display_name, password_hash, personal_org_id, language, time_zone,"
        " is_administrator, disabled_at, created_at) VALUES"
        " (%(user)s, 'ada@example.org', 'Ada', 'h', %(org)s, 'en', 'UTC', true, NULL, '2029-01-01Z'),"
        " (%(other)s, 'bob@example.org', 'Bob', 'h', %(other)s, 'zh-CN', 'UTC', false, '2029-03-01Z', '2029-01-02Z')"
    ),
    "INSERT INTO org_members (org_id, user_id, role, created_at) VALUES (%(org)s, %(user)s, 'owner', now())",
    (
        "INSERT INTO wallets (id, org_id, currency, opened_at, updated_at)"
        " VALUES (%(wallet)s, %(org)s, 'USD', now(), now())"
    ),
    (
        "INSERT INTO budgets (org_id, wallet_id, scope, scope_id, cap_window, cap_nanos, counted_from, set_at)"
        " VALUES (%(org)s, %(wallet)s, 'project', %(wallet)s, 'total', 2500000000, '2029-01-01', '2029-01-01Z')"
    ),
    (
        "INSERT INTO rate_limits (id, org_id, scope, scope_id, metric, window_seconds, cap, created_at) VALUES"
        " (%(org)s, %(org)s, 'project', %(wallet)s, 'requests', 60, 9, '2029-01-01Z'),"
        " (%(user)s, NULL, 'org', NULL, 'tokens', 60, 8, '2029-01-01Z')"
    ),
    (
        "INSERT INTO ip_rules (id, org_id, scope, scope_id, action, network, note, created_at)"
        " VALUES (%(org)s, %(org)s, 'org', %(org)s, 'deny', '10.0.0.0/8', 'lab', '2029-01-01Z')"
    ),
    (
        "INSERT INTO webhook_endpoints (id, org_id, url, event_types, secret_sealed, enabled, failures, created_at)"
        " VALUES (%(org)s, %(org)s, 'https://example.org/hook', '{a,b}', '\\x00', true, 0, '2029-01-01Z')"
    ),
    (
        "INSERT INTO models (id, name, upstream_name, kinds, context_tokens, output_tokens_max, enabled, visibility,"
        " created_at) VALUES (%(org)s, 'small', 'big', '{chat}', 9, 8, true, 'public', '2029-01-01Z')"
    ),
    (
        "INSERT INTO channels (id, name, base_url, priority, weight, models, model_names, cost_rates, enabled, version,"
        " created_at) VALUES (%(org)s, 'east', 'https://east', 0, 1, '{small}', '{}', '{}', true, 1,"
        " '2029-01-01Z')"
    ),
    (
        "INSERT INTO reconciliations (id, kind, period_start, period_end, started_at, finished_at)"
        " VALUES (%(org)s, 'upstream', '2029-01-01Z', '2029-01-02Z', '2029-01-03Z', '2029-01-03Z')"
    ),
)


async def _furnish(pool: Pool) -> None:
    """Two organizations, two people, and a row of everything that rules and the catalogue are made of."""
    values = {"org": ORG, "other": OTHER, "user": USER, "wallet": WALLET}
    async with pool.connection() as connection, connection.transaction():
        for statement in FURNITURE:
            await connection.execute(statement.encode(), values)


@pytest.mark.parametrize(
    ("kind", "filters", "found"),
    [
        (ExportKind.USERS, {"search": "EXAMPLE"}, ["ada@example.org", "bob@example.org"]),
        (ExportKind.USERS, {"search": "bo", "disabled": "true", "administrator": "false"}, ["bob@example.org"]),
        (ExportKind.USERS, {"disabled": "false"}, ["ada@example.org"]),
        (ExportKind.ORGANIZATIONS, {"suspended": "true"}, ["Theirs"]),
        (ExportKind.ORGANIZATIONS, {"kind": "team", "search": "ours"}, ["Ours"]),
        (ExportKind.MODELS, {"search": "BIG", "kind": "chat", "enabled": "true", "visibility": "public"}, ["small"]),
        (ExportKind.MODELS, {"kind": "image"}, []),
        (ExportKind.LIMITS, {"whose": "platform"}, ["platform"]),
        (ExportKind.LIMITS, {}, ["orgs", "platform"]),
        (ExportKind.WEBHOOKS, {"enabled": "true"}, ["https://example.org/hook"]),
        (ExportKind.WEBHOOKS, {"enabled": "false"}, []),
        (ExportKind.CHANNELS, {}, ["east"]),
    ],
)
async def test_tables_of_the_console_are_narrowed_as_their_lists_are(
    pool: Pool, kind: ExportKind, filters: dict[str, str], found: list[str]
) -> None:
    await _furnish(pool)
    named = {"users": "email", "limits": "whose", "webhooks": "url"}.get(kind.value, "name")
    rows = await _told(pool, kind, ExportFilters(everybody=True, matching=filters))
    assert [row[named] for row in rows] == found


async def test_the_channel_of_a_request_is_told_to_operators_alone(pool: Pool) -> None:
    values = {"id": UUID(int=5), "org": EXPORT.org_id, "trace": TRACE, "at": NOON}
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO request_logs (id, trace_id, org_id, method, route, stream, status, stages, request_bytes,"
            " response_bytes, started_at, duration_ms, attempts, channel) VALUES (%(id)s, %(trace)s, %(org)s, 'POST',"
            " 'completions', false, 200, '[]', 1, 2, %(at)s, 3, 1, 'east')",
            values,
        )
    [everybodys] = await _told(pool, ExportKind.REQUESTS, ExportFilters(everybody=True))
    assert (everybodys["org_id"], everybodys["channel"]) == (f"org_{EXPORT.org_id.hex}", "east")
    [own] = await _told(pool, ExportKind.REQUESTS, ExportFilters())
    assert (own["route"], own.get("channel"), own.get("org_id")) == ("completions", None, None)


async def test_the_channel_of_the_settings_is_exported_before_anybody_has_changed_it(pool: Pool) -> None:
    settings = SettingsChannel("https://settings/v1", clock=FixedClock(NOON))
    given = settings.channel()
    assert given is not None
    export = replace(EXPORT, kind=ExportKind.CHANNELS, filters=EVERYBODY)
    names = [column.name for column in columns_of(export.kind, everybody=True)]

    async def told() -> list[tuple[object, ...]]:
        batches = PostgresExportRows(pool, given=settings).read(export)
        rows = [dict(zip(names, row, strict=True)) async for batch in batches for row in batch]
        return [tuple(row[name] for name in ("name", "base_url", "enabled", "version", "healthy")) for row in rows]

    assert await told() == [("default", "https://settings/v1", True, 0, None)]
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO channel_health (channel_id, checked_at, healthy, latency_ms, detail)"
            " VALUES (%s, %s, true, 5, '')",
            (given.id, NOON),
        )
        await connection.execute(
            "INSERT INTO channels (id, name, base_url, priority, weight, model_names, cost_rates, enabled, version,"
            " created_at) VALUES (%s, 'default', 'https://before', 0, 1, '{}', '{}', false, 1, %s)",
            (given.id, NOON),
        )
    assert await told() == [("default", "https://settings/v1", False, 1, True)]


async def test_rules_are_told_with_the_ids_and_the_money_that_the_api_shows(pool: Pool) -> None:
    await _furnish(pool)
    [budget] = await _told(pool, ExportKind.BUDGETS)
    project = f"proj_{UUID(WALLET).hex}"
    assert (budget["scope_id"], budget["cap"], budget["cap_nanos"], budget["used"]) == (
        project,
        "2.5",
        2_500_000_000,
        "0",
    )
    limits = await _told(pool, ExportKind.LIMITS)
    assert [(one["org_id"], one["scope_id"]) for one in limits] == [(f"org_{UUID(ORG).hex}", project), (None, None)]
    [rule] = await _told(pool, ExportKind.IP_RULES)
    assert (rule["network"], rule["scope_id"]) == ("10.0.0.0/8", f"org_{UUID(ORG).hex}")
    [report] = await _told(pool, ExportKind.RECONCILIATIONS)
    assert (report["kind"], report["differences"]) == ("upstream", 0)


async def test_an_organizations_export_has_its_own_rules_and_not_the_platforms(pool: Pool) -> None:
    await _furnish(pool)
    for matching, found in (({}, ["orgs"]), ({"whose": "platform"}, [])):
        rows = await _told(pool, ExportKind.LIMITS, ExportFilters(matching=matching))
        assert [row["whose"] for row in rows] == found
    stranger = replace(EXPORT, org_id=OrgId(UUID(OTHER)))
    for kind in (ExportKind.LIMITS, ExportKind.IP_RULES, ExportKind.BUDGETS, ExportKind.WEBHOOKS):
        assert await _rows(pool, replace(stranger, kind=kind)) == [], kind


async def test_the_members_of_one_organization_are_exported_alone(pool: Pool) -> None:
    await _furnish(pool)
    rows = await _told(pool, ExportKind.USERS, ExportFilters(everybody=True, of_org_id=OrgId(UUID(ORG))))
    assert [row["email"] for row in rows] == ["ada@example.org"]


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
