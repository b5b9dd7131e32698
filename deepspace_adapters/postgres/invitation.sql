-- name: add_invitation
INSERT INTO invitations (
    id, org_id, email, role, invited_by, sha256, created_at, expires_at, accepted_at, accepted_by, withdrawn_at
)
VALUES (
    %(id)s, %(org_id)s, %(email)s, %(role)s, %(invited_by)s, %(sha256)s, %(created_at)s, %(expires_at)s,
    %(accepted_at)s, %(accepted_by)s, %(withdrawn_at)s
);

-- name: lock_invitation
SELECT id, org_id, email, role, invited_by, sha256, created_at, expires_at, accepted_at, accepted_by, withdrawn_at
FROM invitations
WHERE org_id = %(org_id)s AND id = %(id)s
FOR NO KEY UPDATE;

-- name: find_by_secret
SELECT id, org_id, email, role, invited_by, sha256, created_at, expires_at, accepted_at, accepted_by, withdrawn_at
FROM invitations
WHERE sha256 = %(sha256)s;

-- name: find_pending
SELECT id, org_id, email, role, invited_by, sha256, created_at, expires_at, accepted_at, accepted_by, withdrawn_at
FROM invitations
WHERE org_id = %(org_id)s AND email = %(email)s
  AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > %(now)s
ORDER BY id DESC
LIMIT 1;

-- name: save_invitation
UPDATE invitations
SET accepted_at = %(accepted_at)s, accepted_by = %(accepted_by)s, withdrawn_at = %(withdrawn_at)s
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: list_pending
SELECT id, org_id, email, role, invited_by, sha256, created_at, expires_at, accepted_at, accepted_by, withdrawn_at
FROM invitations
WHERE org_id = %(org_id)s
  AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > %(now)s
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: count_pending
SELECT count(*)::int AS pending
FROM invitations
WHERE org_id = %(org_id)s AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > %(now)s;
