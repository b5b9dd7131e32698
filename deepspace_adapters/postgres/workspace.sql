-- name: add_workspace
INSERT INTO workspaces (id, org_id, slug, name, is_default, created_at, archived_at)
VALUES (%(id)s, %(org_id)s, %(slug)s, %(name)s, %(is_default)s, %(created_at)s, %(archived_at)s);

-- name: get_workspace
SELECT id, org_id, slug, name, is_default, created_at, archived_at
FROM workspaces
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: lock_workspace
SELECT id, org_id, slug, name, is_default, created_at, archived_at
FROM workspaces
WHERE org_id = %(org_id)s AND id = %(id)s
FOR NO KEY UPDATE;

-- name: get_default_workspace
SELECT id, org_id, slug, name, is_default, created_at, archived_at
FROM workspaces
WHERE org_id = %(org_id)s AND is_default;

-- name: save_workspace
UPDATE workspaces
SET slug = %(slug)s, name = %(name)s, archived_at = %(archived_at)s
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: list_workspaces
SELECT id, org_id, slug, name, is_default, created_at, archived_at
FROM workspaces
WHERE org_id = %(org_id)s
  AND (%(with_archived)s OR archived_at IS NULL)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: find_slug
SELECT id FROM workspaces WHERE slug = %(slug)s;
