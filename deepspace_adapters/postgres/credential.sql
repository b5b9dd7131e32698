-- name: find_key
SELECT k.id AS api_key_id,
       k.created_by AS user_id,
       u.disabled_at AS user_disabled_at,
       m.role AS maker_role,
       k.scopes,
       k.project_id IS NOT NULL AS is_project_bound,
       k.model_allow_list,
       -- least() passes over NULL.
       CASE WHEN k.sha256 = %(sha256)s THEN k.expires_at ELSE least(k.expires_at, k.previous_expires_at) END
           AS expires_at,
       k.revoked_at,
       k.last_used_at,
       o.id AS org_id,
       o.on_abort,
       o.suspended_at,
       w.id AS wallet_id,
       p.workspace_id,
       p.id AS project_id,
       p.archived_at AS project_archived_at
FROM api_keys k
JOIN users u ON u.id = k.created_by
JOIN orgs o ON o.id = k.org_id
LEFT JOIN org_members m ON m.org_id = k.org_id AND m.user_id = k.created_by
LEFT JOIN projects p
    ON p.org_id = k.org_id
    AND p.id = coalesce(k.project_id, (SELECT d.id FROM projects d WHERE d.org_id = k.org_id AND d.is_default))
LEFT JOIN LATERAL (SELECT id FROM wallets WHERE org_id = k.org_id ORDER BY id LIMIT 1) w ON true
WHERE k.sha256 = %(sha256)s OR k.previous_sha256 = %(sha256)s;

-- name: find_session
SELECT s.id AS session_id,
       s.user_id,
       u.disabled_at AS user_disabled_at,
       u.is_administrator,
       s.access_expires_at,
       s.revoked_at,
       m.role,
       o.id AS org_id,
       o.on_abort,
       o.suspended_at,
       w.id AS wallet_id,
       p.workspace_id,
       p.id AS project_id,
       p.archived_at AS project_archived_at
FROM sessions s
JOIN users u ON u.id = s.user_id
LEFT JOIN org_members m
    ON m.user_id = s.user_id AND m.org_id = coalesce(%(org_id)s::uuid, u.personal_org_id)
LEFT JOIN orgs o ON o.id = m.org_id
LEFT JOIN projects p
    ON p.org_id = m.org_id
    AND p.id = coalesce(
        %(project_id)s::uuid, (SELECT d.id FROM projects d WHERE d.org_id = m.org_id AND d.is_default)
    )
LEFT JOIN LATERAL (SELECT id FROM wallets WHERE org_id = m.org_id ORDER BY id LIMIT 1) w ON true
WHERE s.access_sha256 = %(access_sha256)s;

-- name: find_organization
SELECT m.user_id AS owner_id,
       o.id AS org_id,
       o.on_abort,
       o.suspended_at,
       w.id AS wallet_id,
       p.workspace_id,
       p.id AS project_id,
       p.archived_at AS project_archived_at
FROM orgs o
JOIN LATERAL (
    SELECT user_id FROM org_members WHERE org_id = o.id AND role = 'owner' ORDER BY created_at, user_id LIMIT 1
) m ON true
LEFT JOIN projects p
    ON p.org_id = o.id
    AND p.id = coalesce(
        %(project_id)s::uuid, (SELECT d.id FROM projects d WHERE d.org_id = o.id AND d.is_default)
    )
LEFT JOIN LATERAL (SELECT id FROM wallets WHERE org_id = o.id ORDER BY id LIMIT 1) w ON true
WHERE o.id = %(org_id)s;
