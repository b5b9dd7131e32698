-- name: add_org
INSERT INTO orgs (id, name, kind, on_abort, suspended_at, created_at)
VALUES (%(id)s, %(name)s, %(kind)s, %(on_abort)s, %(suspended_at)s, %(created_at)s);

-- name: get_org
SELECT id, name, kind, on_abort, suspended_at, created_at
FROM orgs
WHERE id = %(id)s;

-- name: lock_org
SELECT id, name, kind, on_abort, suspended_at, created_at
FROM orgs
WHERE id = %(id)s
FOR NO KEY UPDATE;

-- name: save_org
UPDATE orgs
SET name = %(name)s, on_abort = %(on_abort)s, suspended_at = %(suspended_at)s
WHERE id = %(id)s;

-- name: list_orgs
SELECT id, name, kind, on_abort, suspended_at, created_at
FROM orgs
WHERE (%(after)s::uuid IS NULL OR id < %(after)s)
  AND (%(search)s::text IS NULL OR position(lower(%(search)s) IN lower(name)) > 0)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(suspended)s::boolean IS NULL OR (suspended_at IS NOT NULL) = %(suspended)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: list_orgs_of_user
SELECT o.id, o.name, o.kind, o.on_abort, o.suspended_at, o.created_at, m.role
FROM org_members m
JOIN orgs o ON o.id = m.org_id
WHERE m.user_id = %(user_id)s
  AND (%(after)s::uuid IS NULL OR m.org_id < %(after)s)
ORDER BY m.org_id DESC
LIMIT %(limit)s;

-- name: add_member
INSERT INTO org_members (org_id, user_id, role, created_at)
VALUES (%(org_id)s, %(user_id)s, %(role)s, %(created_at)s);

-- name: get_member
SELECT org_id, user_id, role, created_at
FROM org_members
WHERE org_id = %(org_id)s AND user_id = %(user_id)s;

-- name: save_member
UPDATE org_members
SET role = %(role)s
WHERE org_id = %(org_id)s AND user_id = %(user_id)s;

-- name: remove_member
DELETE FROM org_members
WHERE org_id = %(org_id)s AND user_id = %(user_id)s;

-- name: list_members
SELECT m.org_id, m.user_id, m.role, m.created_at, u.email, u.display_name
FROM org_members m
JOIN users u ON u.id = m.user_id
WHERE m.org_id = %(org_id)s
  AND (%(after)s::uuid IS NULL OR m.user_id < %(after)s)
ORDER BY m.user_id DESC
LIMIT %(limit)s;

-- name: count_owners
SELECT count(*)::int AS owners
FROM org_members
WHERE org_id = %(org_id)s AND role = 'owner';

-- name: org_names
SELECT id, name
FROM orgs
WHERE id = ANY(%(ids)s::uuid[]);
