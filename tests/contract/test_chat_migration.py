"""What was said before conversations had branches is one branch afterwards."""

import psycopg

from deepspace_adapters.postgres.migrate import migrate, pending, rollback

BRANCHES = "branch-conversations"
USER, ORG, WORKSPACE, PROJECT, CHAT, EMPTY = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(1, 7))
FURNITURE = (
    b"INSERT INTO orgs VALUES (%(org)s, 'Home', 'personal', 'drain', NULL, now())",
    b"INSERT INTO users VALUES (%(user)s, 'a@b.c', 'Ada', 'x', %(org)s, 'en', 'UTC', false, NULL, now())",
    b"INSERT INTO workspaces VALUES (%(workspace)s, %(org)s, 'home', 'Home', true, now(), NULL)",
    b"INSERT INTO projects VALUES (%(project)s, %(org)s, %(workspace)s, 'Lab', '', true, now(), NULL)",
)
CONVERSATION = b"""
    INSERT INTO conversations
        (id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at)
    VALUES (%(chat)s, %(org)s, %(project)s, %(user)s, '', 'm', '', now(), now())
"""
MESSAGE = b"""
    INSERT INTO messages (id, org_id, conversation_id, role, content_json, metadata, trace_id, created_at)
    VALUES (%(message)s, %(org)s, %(chat)s, 'user', '[]', '{}', 't', now())
"""
MESSAGES = [f"00000000-0000-7000-8000-0000000000{n}" for n in (10, 11, 12, 13)]


def test_old_messages_become_a_chain_and_the_way_back_loses_none(empty_database_url: str) -> None:
    names = pending(empty_database_url)
    at = next(n for n, name in enumerate(names) if name.endswith(BRANCHES))
    migrate(empty_database_url, to=names[at - 1])
    with psycopg.connect(empty_database_url) as connection:
        _furnish(connection)
    migrate(empty_database_url, to=names[at])
    with psycopg.connect(empty_database_url) as connection:
        chain = connection.execute("SELECT id::text, parent_id::text FROM messages ORDER BY id").fetchall()
        heads = connection.execute("SELECT leaf_id::text, latest_id::text FROM conversations ORDER BY id").fetchall()
    assert chain == list(zip(MESSAGES, [None, *MESSAGES[:-1]], strict=True))
    assert heads == [(MESSAGES[-1], MESSAGES[-1]), (None, EMPTY)]
    rollback(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchall() == [(4,)]


def _furnish(connection: psycopg.Connection) -> None:
    """One conversation of four messages, and one of none."""
    names = {"user": USER, "org": ORG, "workspace": WORKSPACE, "project": PROJECT}
    for statement in FURNITURE:
        connection.execute(statement, names)
    for chat in (CHAT, EMPTY):
        connection.execute(CONVERSATION, names | {"chat": chat})
    for message in MESSAGES:
        connection.execute(MESSAGE, names | {"chat": CHAT, "message": message})
