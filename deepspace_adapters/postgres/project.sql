-- name: add_project
INSERT INTO projects (id, org_id, workspace_id, name, description, is_default, created_at, archived_at)
VALUES (
    %(id)s, %(org_id)s, %(workspace_id)s, %(name)s, %(description)s, %(is_default)s, %(created_at)s, %(archived_at)s
);

-- name: get_project
SELECT id, org_id, workspace_id, name, description, is_default, created_at, archived_at
FROM projects
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: lock_project
SELECT id, org_id, workspace_id, name, description, is_default, created_at, archived_at
FROM projects
WHERE org_id = %(org_id)s AND id = %(id)s
FOR NO KEY UPDATE;

-- name: save_project
UPDATE projects
SET name = %(name)s, description = %(description)s, archived_at = %(archived_at)s
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: list_projects
SELECT id, org_id, workspace_id, name, description, is_default, created_at, archived_at
FROM projects
WHERE org_id = %(org_id)s
  AND (%(workspace_id)s::uuid IS NULL OR workspace_id = %(workspace_id)s)
  AND (%(with_archived)s OR archived_at IS NULL)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: project_names
SELECT id, name
FROM projects
WHERE id = ANY(%(ids)s::uuid[]);
