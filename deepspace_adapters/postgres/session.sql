-- name: add_session
INSERT INTO sessions (
    id, user_id, access_sha256, family_sha256, generation_sha256, created_at, refreshed_at, access_expires_at,
    expires_at, revoked_at, end_reason, user_agent, address
) VALUES (
    %(id)s, %(user_id)s, %(access_sha256)s, %(family_sha256)s, %(generation_sha256)s, %(created_at)s,
    %(refreshed_at)s, %(access_expires_at)s, %(expires_at)s, %(revoked_at)s, %(end_reason)s, %(user_agent)s,
    %(address)s
);

-- name: lock_session
SELECT id, user_id, access_sha256, family_sha256, generation_sha256, created_at, refreshed_at, access_expires_at,
       expires_at, revoked_at, end_reason, user_agent, address
FROM sessions
WHERE id = %(id)s AND user_id = %(user_id)s
FOR UPDATE;

-- name: lock_session_family
SELECT id, user_id, access_sha256, family_sha256, generation_sha256, created_at, refreshed_at, access_expires_at,
       expires_at, revoked_at, end_reason, user_agent, address
FROM sessions
WHERE family_sha256 = %(family_sha256)s
FOR UPDATE;

-- name: save_session
UPDATE sessions
SET access_sha256 = %(access_sha256)s,
    generation_sha256 = %(generation_sha256)s,
    refreshed_at = %(refreshed_at)s,
    access_expires_at = %(access_expires_at)s,
    expires_at = %(expires_at)s,
    revoked_at = %(revoked_at)s,
    end_reason = %(end_reason)s
WHERE id = %(id)s;

-- name: list_live_sessions
SELECT id, user_id, access_sha256, family_sha256, generation_sha256, created_at, refreshed_at, access_expires_at,
       expires_at, revoked_at, end_reason, user_agent, address
FROM sessions
WHERE user_id = %(user_id)s
  AND revoked_at IS NULL
  AND expires_at > %(now)s
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: end_all_sessions
UPDATE sessions
SET revoked_at = %(now)s, end_reason = %(end)s
WHERE user_id = %(user_id)s
  AND revoked_at IS NULL
  AND expires_at > %(now)s
  AND (%(but)s::uuid IS NULL OR id <> %(but)s);

-- name: prune_sessions
DELETE FROM sessions
WHERE id IN (
    SELECT id FROM sessions
    WHERE expires_at < %(expired_before)s
    ORDER BY expires_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
);
