-- name: add_api_key
INSERT INTO api_keys (
    id, org_id, project_id, created_by, name, prefix, sha256, previous_sha256, previous_expires_at, scopes,
    model_allow_list, created_at, expires_at, rotated_at, revoked_at
) VALUES (
    %(id)s, %(org_id)s, %(project_id)s, %(created_by)s, %(name)s, %(prefix)s, %(sha256)s, %(previous_sha256)s,
    %(previous_expires_at)s, %(scopes)s, %(model_allow_list)s, %(created_at)s, %(expires_at)s, %(rotated_at)s,
    %(revoked_at)s
);

-- name: get_api_key
SELECT id, org_id, project_id, created_by, name, prefix, sha256, previous_sha256, previous_expires_at, scopes,
       model_allow_list, created_at, expires_at, rotated_at, revoked_at, last_used_at
FROM api_keys
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: lock_api_key
SELECT id, org_id, project_id, created_by, name, prefix, sha256, previous_sha256, previous_expires_at, scopes,
       model_allow_list, created_at, expires_at, rotated_at, revoked_at, last_used_at
FROM api_keys
WHERE org_id = %(org_id)s AND id = %(id)s
FOR NO KEY UPDATE;

-- name: save_api_key
UPDATE api_keys
SET name = %(name)s,
    prefix = %(prefix)s,
    sha256 = %(sha256)s,
    previous_sha256 = %(previous_sha256)s,
    previous_expires_at = %(previous_expires_at)s,
    scopes = %(scopes)s,
    model_allow_list = %(model_allow_list)s,
    expires_at = %(expires_at)s,
    rotated_at = %(rotated_at)s,
    revoked_at = %(revoked_at)s
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: list_api_keys
SELECT id, org_id, project_id, created_by, name, prefix, sha256, previous_sha256, previous_expires_at, scopes,
       model_allow_list, created_at, expires_at, rotated_at, revoked_at, last_used_at
FROM api_keys
WHERE org_id = %(org_id)s
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
  AND (%(created_by)s::uuid IS NULL OR created_by = %(created_by)s)
  AND (%(with_revoked)s OR revoked_at IS NULL)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: list_api_keys_made_by
SELECT id, org_id, project_id, created_by, name, prefix, sha256, previous_sha256, previous_expires_at, scopes,
       model_allow_list, created_at, expires_at, rotated_at, revoked_at, last_used_at
FROM api_keys
WHERE created_by = %(user_id)s AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: touch_api_keys
-- The rows are locked in the order of their ids, so that gateways that write the same keys at once can't deadlock.
-- The step is checked again, because each gateway knows only what it wrote itself.
WITH used AS (
    SELECT k.id, one.used_at
    FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS one (id, used_at)
    JOIN api_keys k ON k.id = one.id
    WHERE k.last_used_at IS NULL OR one.used_at >= k.last_used_at + %(step)s::interval
    ORDER BY k.id
    FOR NO KEY UPDATE OF k
)
UPDATE api_keys k
SET last_used_at = used.used_at
FROM used
WHERE k.id = used.id;

-- name: api_key_names
SELECT id, name
FROM api_keys
WHERE id = ANY(%(ids)s::uuid[]);

-- name: list_all_api_keys
-- strpos, not LIKE: a percent sign is a letter here.
SELECT id, org_id, project_id, created_by, name, prefix, sha256, previous_sha256, previous_expires_at, scopes,
       model_allow_list, created_at, expires_at, rotated_at, revoked_at, last_used_at
FROM api_keys
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(created_by)s::uuid IS NULL OR created_by = %(created_by)s)
  AND (%(search)s::text IS NULL OR strpos(lower(name), lower(%(search)s)) > 0 OR starts_with(prefix, %(search)s))
  AND (%(state)s::text IS NULL OR %(state)s = CASE
           WHEN revoked_at IS NOT NULL THEN 'revoked'
           WHEN expires_at <= %(now)s THEN 'expired'
           ELSE 'active'
       END)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;
