-- name: limits_for_org
SELECT id, org_id, scope, scope_id, metric, window_seconds, cap, created_at
FROM rate_limits
WHERE org_id IS NULL OR org_id = %(org_id)s
ORDER BY id
LIMIT %(limit)s;

-- name: ip_rules_for_org
SELECT id, org_id, scope, scope_id, action, network, note, created_at
FROM ip_rules
WHERE org_id = %(org_id)s
ORDER BY id
LIMIT %(limit)s;

-- name: find_limit
SELECT id, org_id, scope, scope_id, metric, window_seconds, cap, created_at
FROM rate_limits
WHERE org_id IS NOT DISTINCT FROM %(org_id)s::uuid
  AND scope = %(scope)s
  AND scope_id IS NOT DISTINCT FROM %(scope_id)s::uuid
  AND metric = %(metric)s
  AND window_seconds = %(window_seconds)s;

-- name: save_limit
INSERT INTO rate_limits (id, org_id, scope, scope_id, metric, window_seconds, cap, created_at)
VALUES (%(id)s, %(org_id)s, %(scope)s, %(scope_id)s, %(metric)s, %(window_seconds)s, %(cap)s, %(created_at)s)
ON CONFLICT (id) DO UPDATE SET cap = EXCLUDED.cap;

-- name: remove_limit
DELETE FROM rate_limits
WHERE id = %(id)s AND org_id IS NOT DISTINCT FROM %(org_id)s::uuid
RETURNING id, org_id, scope, scope_id, metric, window_seconds, cap, created_at;

-- name: list_limits
SELECT id, org_id, scope, scope_id, metric, window_seconds, cap, created_at
FROM rate_limits
WHERE org_id IS NOT DISTINCT FROM %(org_id)s::uuid AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: list_org_limits
SELECT id, org_id, scope, scope_id, metric, window_seconds, cap, created_at
FROM rate_limits
WHERE org_id IS NOT NULL
  AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: count_limits
SELECT count(*)
FROM rate_limits
WHERE org_id IS NOT DISTINCT FROM %(org_id)s::uuid;

-- name: add_ip_rule
INSERT INTO ip_rules (id, org_id, scope, scope_id, action, network, note, created_at)
VALUES (%(id)s, %(org_id)s, %(scope)s, %(scope_id)s, %(action)s, %(network)s, %(note)s, %(created_at)s);

-- name: remove_ip_rule
DELETE FROM ip_rules
WHERE id = %(id)s AND org_id = %(org_id)s
RETURNING id, org_id, scope, scope_id, action, network, note, created_at;

-- name: list_ip_rules
SELECT id, org_id, scope, scope_id, action, network, note, created_at
FROM ip_rules
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s) AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: count_ip_rules
SELECT count(*)
FROM ip_rules
WHERE org_id = %(org_id)s;
