-- name: add_file
INSERT INTO files (
    id, org_id, project_id, name, storage_key, created_by, created_at, trace_id, content_type, state, size_bytes, sha256,
    made_by, deleted_at
)
VALUES (
    %(id)s, %(org_id)s, %(project_id)s, %(name)s, %(storage_key)s, %(created_by)s, %(created_at)s, %(trace_id)s,
    %(content_type)s, %(state)s, %(size_bytes)s, %(sha256)s, %(made_by)s, %(deleted_at)s
);

-- name: get_file
SELECT id, org_id, project_id, name, storage_key, created_by, created_at, trace_id, content_type, state, size_bytes,
       sha256, made_by, deleted_at
FROM files
WHERE org_id = %(org_id)s AND id = %(id)s AND state = 'stored';

-- name: lock_file
SELECT id, org_id, project_id, name, storage_key, created_by, created_at, trace_id, content_type, state, size_bytes,
       sha256, made_by, deleted_at
FROM files
WHERE id = %(id)s
FOR UPDATE;

-- name: save_file
UPDATE files
SET content_type = %(content_type)s, state = %(state)s, size_bytes = %(size_bytes)s, sha256 = %(sha256)s,
    deleted_at = %(deleted_at)s
WHERE id = %(id)s;

-- name: remove_file
DELETE FROM files
WHERE id = %(id)s;

-- name: list_files
SELECT id, org_id, project_id, name, storage_key, created_by, created_at, trace_id, content_type, state, size_bytes,
       sha256, made_by, deleted_at
FROM files
WHERE org_id = %(org_id)s
  AND project_id = %(project_id)s
  AND state = 'stored'
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
  AND (%(artifacts)s::boolean IS NULL OR (made_by IS NOT NULL) = %(artifacts)s)
  AND (%(text)s::text IS NULL OR strpos(lower(name), lower(%(text)s)) > 0)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: list_leftovers
SELECT id, org_id, project_id, name, storage_key, created_by, created_at, trace_id, content_type, state, size_bytes,
       sha256, made_by, deleted_at
FROM files
WHERE state = 'uploading' AND created_at < %(before)s
ORDER BY id
LIMIT %(limit)s;

-- name: count_uploading
SELECT count(*)
FROM files
WHERE org_id = %(org_id)s AND state = 'uploading';

-- name: find_use
SELECT files, size_bytes
FROM storage_use
WHERE org_id = %(org_id)s;

-- name: charge_use
INSERT INTO storage_use AS used (org_id, files, size_bytes)
VALUES (%(org_id)s, greatest(%(files)s::bigint, 0), greatest(%(size_bytes)s::bigint, 0))
ON CONFLICT (org_id) DO UPDATE
SET files = used.files + %(files)s, size_bytes = used.size_bytes + %(size_bytes)s
RETURNING files, size_bytes;
