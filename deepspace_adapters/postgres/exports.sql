-- name: add_export
INSERT INTO exports (
    id, org_id, job_id, kind, format, filters, requested_by, storage_key, size_bytes, row_count, created_at, expires_at
)
VALUES (
    %(id)s, %(org_id)s, %(job_id)s, %(kind)s, %(format)s, %(filters)s, %(requested_by)s, %(storage_key)s,
    %(size_bytes)s, %(row_count)s, %(created_at)s, %(expires_at)s
);

-- name: get_export
SELECT id, org_id, job_id, kind, format, filters, requested_by, storage_key, size_bytes, row_count, created_at,
       expires_at
FROM exports
WHERE org_id = %(org_id)s AND requested_by = %(requested_by)s AND id = %(id)s;

-- name: lock_export
SELECT id, org_id, job_id, kind, format, filters, requested_by, storage_key, size_bytes, row_count, created_at,
       expires_at
FROM exports
WHERE id = %(id)s
FOR UPDATE;

-- name: save_export
UPDATE exports
SET storage_key = %(storage_key)s, size_bytes = %(size_bytes)s, row_count = %(row_count)s
WHERE id = %(id)s;

-- name: remove_export
DELETE FROM exports
WHERE id = %(id)s;

-- name: list_exports
SELECT id, org_id, job_id, kind, format, filters, requested_by, storage_key, size_bytes, row_count, created_at,
       expires_at
FROM exports
WHERE org_id = %(org_id)s AND requested_by = %(requested_by)s AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: list_all_exports
SELECT id, org_id, job_id, kind, format, filters, requested_by, storage_key, size_bytes, row_count, created_at,
       expires_at
FROM exports
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s) AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: count_exports
SELECT count(*)
FROM exports
WHERE org_id = %(org_id)s AND requested_by = %(requested_by)s;

-- name: list_expired
SELECT id, org_id, job_id, kind, format, filters, requested_by, storage_key, size_bytes, row_count, created_at,
       expires_at
FROM exports
WHERE expires_at <= %(now)s
ORDER BY id
LIMIT %(limit)s;
