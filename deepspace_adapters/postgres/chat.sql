-- name: add_conversation
INSERT INTO conversations (
    id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at, latest_id, leaf_id,
    parameters, pinned, deleted_at
)
VALUES (
    %(id)s, %(org_id)s, %(project_id)s, %(user_id)s, %(title)s, %(model_name)s, %(system_prompt)s, %(created_at)s,
    %(updated_at)s, %(latest_id)s, %(leaf_id)s, %(parameters)s, %(pinned)s,
    %(deleted_at)s
);

-- name: get_conversation
SELECT id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at, latest_id, leaf_id,
       parameters, pinned, deleted_at
FROM conversations
WHERE org_id = %(org_id)s AND user_id = %(user_id)s AND id = %(id)s AND deleted_at IS NULL;

-- name: lock_conversation
SELECT id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at, latest_id, leaf_id,
       parameters, pinned, deleted_at
FROM conversations
WHERE org_id = %(org_id)s AND user_id = %(user_id)s AND id = %(id)s AND deleted_at IS NULL
FOR NO KEY UPDATE;

-- name: save_conversation
UPDATE conversations
SET project_id = %(project_id)s, title = %(title)s, model_name = %(model_name)s, system_prompt = %(system_prompt)s,
    updated_at = %(updated_at)s, latest_id = %(latest_id)s, leaf_id = %(leaf_id)s, parameters = %(parameters)s,
    pinned = %(pinned)s, deleted_at = %(deleted_at)s
WHERE org_id = %(org_id)s AND user_id = %(user_id)s AND id = %(id)s AND deleted_at IS NULL;

-- name: list_conversations
-- `position` and not ILIKE: what a user searches for is text, never a pattern.
SELECT id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at, latest_id, leaf_id,
       parameters, pinned, deleted_at
FROM conversations AS c
WHERE org_id = %(org_id)s AND user_id = %(user_id)s AND deleted_at IS NULL
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
  AND (%(pinned)s::boolean IS NULL OR pinned = %(pinned)s)
  AND (
      %(text)s::text IS NULL
      OR position(lower(%(text)s) IN lower(title)) > 0
      OR EXISTS (
          SELECT FROM messages AS m CROSS JOIN LATERAL jsonb_array_elements(m.content_json) AS part
          WHERE m.org_id = c.org_id AND m.conversation_id = c.id AND part ->> 'type' = 'text'
            AND position(lower(%(text)s) IN lower(part ->> 'text')) > 0
      )
  )
  AND (%(after)s::uuid IS NULL OR latest_id < %(after)s)
ORDER BY latest_id DESC
LIMIT %(limit)s;

-- name: list_excerpts
-- A piece of the newest message that holds the text: a message may be a book.
SELECT DISTINCT ON (m.conversation_id)
       m.conversation_id AS id,
       substring(
           part ->> 'text'
           FROM greatest(1, position(lower(%(text)s) IN lower(part ->> 'text')) - %(before)s)
           FOR %(before)s + length(%(text)s) + %(after)s
       ) AS said
FROM messages AS m CROSS JOIN LATERAL jsonb_array_elements(m.content_json) AS part
WHERE m.org_id = %(org_id)s AND m.conversation_id = ANY (%(ids)s::uuid[]) AND part ->> 'type' = 'text'
  AND position(lower(%(text)s) IN lower(part ->> 'text')) > 0
ORDER BY m.conversation_id, m.id DESC;

-- name: put_message
-- An answer is stored when it begins and again when it is whole; it keeps its first time, and its place.
INSERT INTO messages (
    id, org_id, conversation_id, parent_id, role, content_json, metadata, trace_id, created_at, leased_until
)
VALUES (
    %(id)s, %(org_id)s, %(conversation_id)s, %(parent_id)s, %(role)s, %(content_json)s, %(metadata)s, %(trace_id)s,
    %(created_at)s, %(leased_until)s
)
ON CONFLICT (id) DO UPDATE
SET content_json = excluded.content_json, metadata = excluded.metadata, leased_until = excluded.leased_until
WHERE messages.org_id = excluded.org_id AND messages.conversation_id = excluded.conversation_id;

-- name: renew_message
-- One that is whole is left alone: its end may have been stored while this was on its way.
UPDATE messages
SET content_json = %(content_json)s, metadata = %(metadata)s, leased_until = %(leased_until)s
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s AND id = %(id)s AND leased_until IS NOT NULL;

-- name: get_message
SELECT id, org_id, conversation_id, parent_id, role, content_json, metadata, trace_id, created_at, leased_until
FROM messages
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s AND id = %(id)s;

-- name: list_placed
-- From the leaf, or from the parent of the last message seen, up; each with its neighbours among those of its role that
-- follow the same message. `IS NOT DISTINCT FROM` would not use the index.
WITH RECURSIVE branch AS (
    SELECT m.*, 1 AS depth
    FROM messages AS m
    WHERE m.org_id = %(org_id)s AND m.conversation_id = %(conversation_id)s
      AND m.id = CASE
          WHEN %(after)s::uuid IS NULL THEN %(leaf_id)s::uuid
          ELSE (
              SELECT seen.parent_id FROM messages AS seen
              WHERE seen.org_id = %(org_id)s AND seen.conversation_id = %(conversation_id)s AND seen.id = %(after)s
          )
      END
    UNION ALL
    SELECT m.*, branch.depth + 1
    FROM branch
    JOIN messages AS m
      ON m.org_id = branch.org_id AND m.conversation_id = branch.conversation_id AND m.id = branch.parent_id
    WHERE branch.depth < %(limit)s
)
SELECT b.id, b.org_id, b.conversation_id, b.parent_id, b.role, b.content_json, b.metadata, b.trace_id, b.created_at,
       b.leased_until, siblings.count, siblings.nth, siblings.previous_id, siblings.next_id
FROM branch AS b
CROSS JOIN LATERAL (
    SELECT count(*) AS count,
           count(*) FILTER (WHERE s.id <= b.id) AS nth,
           (array_agg(s.id ORDER BY s.id DESC) FILTER (WHERE s.id < b.id))[1] AS previous_id,
           (array_agg(s.id ORDER BY s.id) FILTER (WHERE s.id > b.id))[1] AS next_id
    FROM messages AS s
    WHERE s.org_id = b.org_id AND s.conversation_id = b.conversation_id AND s.role = b.role
      AND (s.parent_id = b.parent_id OR (s.parent_id IS NULL AND b.parent_id IS NULL))
) AS siblings
ORDER BY b.depth;

-- name: list_branch
WITH RECURSIVE branch AS (
    SELECT m.*, 1 AS depth
    FROM messages AS m
    WHERE m.org_id = %(org_id)s AND m.conversation_id = %(conversation_id)s AND m.id = %(leaf_id)s
    UNION ALL
    SELECT m.*, branch.depth + 1
    FROM branch
    JOIN messages AS m
      ON m.org_id = branch.org_id AND m.conversation_id = branch.conversation_id AND m.id = branch.parent_id
    WHERE branch.depth < %(limit)s
)
SELECT id, org_id, conversation_id, parent_id, role, content_json, metadata, trace_id, created_at, leased_until
FROM branch
ORDER BY depth DESC;

-- name: list_line
WITH RECURSIVE branch AS (
    SELECT id, parent_id, 1 AS depth
    FROM messages
    WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s AND id = %(leaf_id)s
    UNION ALL
    SELECT m.id, m.parent_id, branch.depth + 1
    FROM branch
    JOIN messages AS m
      ON m.org_id = %(org_id)s AND m.conversation_id = %(conversation_id)s AND m.id = branch.parent_id
    WHERE branch.depth < %(limit)s
)
SELECT id FROM branch ORDER BY depth DESC;

-- name: find_newest_leaf
WITH RECURSIVE branch AS (
    SELECT id, 1 AS depth
    FROM messages
    WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s AND id = %(id)s
    UNION ALL
    SELECT newest.id, branch.depth + 1
    FROM branch
    CROSS JOIN LATERAL (
        SELECT m.id FROM messages AS m
        WHERE m.org_id = %(org_id)s AND m.conversation_id = %(conversation_id)s AND m.parent_id = branch.id
        ORDER BY m.id DESC
        LIMIT 1
    ) AS newest
    WHERE branch.depth < %(limit)s
)
SELECT id FROM branch ORDER BY depth DESC LIMIT 1;

-- name: list_slab
SELECT id, org_id, conversation_id, parent_id, role, content_json, metadata, trace_id, created_at, leased_until
FROM messages
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s
  AND (%(after)s::uuid IS NULL OR id > %(after)s)
ORDER BY id
LIMIT %(limit)s;

-- name: count_messages
SELECT count(*) FROM messages WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s;

-- name: ask_stop
UPDATE messages SET stop_asked = true
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s AND id = %(id)s AND leased_until IS NOT NULL;

-- name: list_asked_to_stop
SELECT id FROM messages WHERE id = ANY (%(ids)s::uuid[]) AND stop_asked AND leased_until IS NOT NULL;
