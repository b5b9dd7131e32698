-- name: add_user
INSERT INTO users (
    id, email, display_name, password_hash, personal_org_id, language, time_zone, is_administrator, disabled_at,
    created_at
) VALUES (
    %(id)s, %(email)s, %(display_name)s, %(password_hash)s, %(personal_org_id)s, %(language)s, %(time_zone)s,
    %(is_administrator)s, %(disabled_at)s, %(created_at)s
);

-- name: get_user
SELECT id, email, display_name, password_hash, personal_org_id, language, time_zone, is_administrator, disabled_at,
       created_at
FROM users
WHERE id = %(id)s;

-- name: lock_user
SELECT id, email, display_name, password_hash, personal_org_id, language, time_zone, is_administrator, disabled_at,
       created_at
FROM users
WHERE id = %(id)s
FOR NO KEY UPDATE;

-- name: find_user_by_email
SELECT id, email, display_name, password_hash, personal_org_id, language, time_zone, is_administrator, disabled_at,
       created_at
FROM users
WHERE email = %(email)s;

-- name: save_user
UPDATE users
SET email = %(email)s,
    display_name = %(display_name)s,
    password_hash = %(password_hash)s,
    language = %(language)s,
    time_zone = %(time_zone)s,
    is_administrator = %(is_administrator)s,
    disabled_at = %(disabled_at)s
WHERE id = %(id)s;

-- name: list_users
SELECT id, email, display_name, password_hash, personal_org_id, language, time_zone, is_administrator, disabled_at,
       created_at
FROM users
WHERE (
        %(after)s::uuid IS NULL
        OR CASE %(order)s
               WHEN 'newest' THEN id < %(after)s
               WHEN 'oldest' THEN id > %(after)s
               ELSE email COLLATE "C" > (SELECT last.email COLLATE "C" FROM users AS last WHERE last.id = %(after)s)
           END
      )
  -- position() takes the text as it is; LIKE has wildcards.
  AND (
        %(search)s::text IS NULL
        OR position(lower(%(search)s) IN lower(email)) > 0
        OR position(lower(%(search)s) IN lower(display_name)) > 0
      )
  AND (%(disabled)s::boolean IS NULL OR (disabled_at IS NOT NULL) = %(disabled)s)
  AND (%(is_administrator)s::boolean IS NULL OR is_administrator = %(is_administrator)s)
  AND (
        %(org_id)s::uuid IS NULL
        OR EXISTS (SELECT FROM org_members AS m WHERE m.org_id = %(org_id)s AND m.user_id = users.id)
      )
ORDER BY CASE WHEN %(order)s = 'newest' THEN id END DESC, CASE WHEN %(order)s = 'oldest' THEN id END,
         CASE WHEN %(order)s NOT IN ('newest', 'oldest') THEN email COLLATE "C" END
LIMIT %(limit)s;

-- name: lock_administrators
SELECT id
FROM users
WHERE is_administrator AND disabled_at IS NULL
ORDER BY id
FOR NO KEY UPDATE;

-- name: count_attempt
INSERT INTO login_attempts AS counted (key, attempts, started_at)
VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE
SET attempts = CASE WHEN counted.started_at <= %(started_after)s THEN 1 ELSE counted.attempts + 1 END,
    started_at = CASE WHEN counted.started_at <= %(started_after)s THEN %(now)s ELSE counted.started_at END
RETURNING attempts;

-- name: forget_attempts
-- Two log-ins at once must not wait for each other's clearing away.
DELETE FROM login_attempts
WHERE key IN (
    SELECT key FROM login_attempts
    WHERE started_at <= %(started_after)s
    ORDER BY started_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
);

-- name: clear_attempts
DELETE FROM login_attempts WHERE key = %(key)s;

-- name: user_names
SELECT id, email
FROM users
WHERE id = ANY(%(ids)s::uuid[]);
