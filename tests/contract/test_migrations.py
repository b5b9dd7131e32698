"""Migrations go up, down and up again, and leave the same schema each time."""

import psycopg

from deepspace_adapters.postgres.migrate import migrate, pending, rollback

Schema = set[tuple[str, ...]]

CATALOG = (
    """
    SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
           coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attidentity::text, a.attgenerated::text
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    """,
    """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    """,
    "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """
    SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
       AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = pg_proc.oid AND e.deptype = 'e')
    """,
    """
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
      FROM pg_trigger WHERE NOT tgisinternal
    """,
    "SELECT 'sequence', sequencename::text FROM pg_sequences WHERE schemaname = 'public'",
    """
    SELECT 'type', t.typname, coalesce(string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder), '')
      FROM pg_type t LEFT JOIN pg_enum e ON e.enumtypid = t.oid
     WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd') GROUP BY t.typname
    """,
    """
    SELECT 'partition', c.oid::regclass::text, i.inhparent::regclass::text, pg_get_expr(c.relpartbound, c.oid)
      FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid WHERE c.relispartition AND c.relkind IN ('r', 'p')
    """,
)
"""What the database says about itself, without its internal numbers."""


def test_down_undoes_all_and_up_again_leaves_the_same_schema(empty_database_url: str) -> None:
    applied = migrate(empty_database_url)
    first = schema_of(empty_database_url)
    undone = rollback(empty_database_url, count=None)
    assert undone == applied[::-1]
    assert schema_of(empty_database_url) == set()
    assert migrate(empty_database_url) == applied
    assert schema_of(empty_database_url) == first


def test_each_migrations_way_back_leads_to_where_it_came_from(empty_database_url: str) -> None:
    for name in pending(empty_database_url):
        before = schema_of(empty_database_url)
        assert migrate(empty_database_url, to=name) == [name]
        after = schema_of(empty_database_url)
        assert rollback(empty_database_url) == [name]
        assert schema_of(empty_database_url) == before, f"the rollback of {name} leaves something or takes too much"
        assert migrate(empty_database_url, to=name) == [name]
        assert schema_of(empty_database_url) == after


def test_a_migrated_database_needs_nothing(database_url: str) -> None:
    assert pending(database_url) == []
    assert migrate(database_url) == []


def schema_of(database_url: str) -> Schema:
    """The schema as a set of rows, without the migration tool's own tables."""
    with psycopg.connect(database_url) as connection:
        rows = [row for query in CATALOG for row in connection.execute(query.encode()).fetchall()]
    return {tuple(map(str, row)) for row in rows if not any("yoyo" in str(part) for part in row[1:3])}
