-- name: add_conversation
INSERT INTO conversations (
    id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at, deleted_at
)
VALUES (
    %(id)s, %(org_id)s, %(project_id)s, %(user_id)s, %(title)s, %(model_name)s, %(system_prompt)s, %(created_at)s,
    %(updated_at)s, %(deleted_at)s
);

-- name: get_conversation
SELECT id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at, deleted_at
FROM conversations
WHERE org_id = %(org_id)s AND user_id = %(user_id)s AND id = %(id)s AND deleted_at IS NULL;

-- name: lock_conversation
SELECT id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at, deleted_at
FROM conversations
WHERE org_id = %(org_id)s AND user_id = %(user_id)s AND id = %(id)s AND deleted_at IS NULL
FOR NO KEY UPDATE;

-- name: save_conversation
UPDATE conversations
SET title = %(title)s, model_name = %(model_name)s, system_prompt = %(system_prompt)s, updated_at = %(updated_at)s,
    deleted_at = %(deleted_at)s
WHERE org_id = %(org_id)s AND user_id = %(user_id)s AND id = %(id)s AND deleted_at IS NULL;

-- name: list_conversations
-- `position` and not ILIKE: what a user searches for is text, never a pattern.
SELECT id, org_id, project_id, user_id, title, model_name, system_prompt, created_at, updated_at, deleted_at
FROM conversations
WHERE org_id = %(org_id)s AND user_id = %(user_id)s AND deleted_at IS NULL
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
  AND (%(text)s::text IS NULL OR position(lower(%(text)s) IN lower(title)) > 0)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: put_message
-- An answer is stored when its reader leaves and again when its cost is known; it keeps its first time.
INSERT INTO messages (id, org_id, conversation_id, role, content_json, metadata, trace_id, created_at)
VALUES (
    %(id)s, %(org_id)s, %(conversation_id)s, %(role)s, %(content_json)s, %(metadata)s, %(trace_id)s, %(created_at)s
)
ON CONFLICT (id) DO UPDATE
SET content_json = excluded.content_json, metadata = excluded.metadata
WHERE messages.org_id = excluded.org_id AND messages.conversation_id = excluded.conversation_id;

-- name: list_messages
SELECT id, org_id, conversation_id, role, content_json, metadata, trace_id, created_at
FROM messages
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: count_messages
SELECT count(*) FROM messages WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s;
