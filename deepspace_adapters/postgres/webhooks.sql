-- name: add_endpoint
INSERT INTO webhook_endpoints (
    id, org_id, url, secret_sealed, created_at, description, event_types, balance_low_nanos, enabled, previous_sealed,
    previous_expires_at, failures, failing_since, disabled_at, disabled_reason
)
VALUES (
    %(id)s, %(org_id)s, %(url)s, %(secret_sealed)s, %(created_at)s, %(description)s, %(event_types)s,
    %(balance_low_nanos)s, %(enabled)s, %(previous_sealed)s, %(previous_expires_at)s, %(failures)s, %(failing_since)s,
    %(disabled_at)s, %(disabled_reason)s
);

-- name: get_endpoint
SELECT id, org_id, url, secret_sealed, created_at, description, event_types, balance_low_nanos, enabled,
       previous_sealed, previous_expires_at, failures, failing_since, disabled_at, disabled_reason
FROM webhook_endpoints
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: lock_endpoint
SELECT id, org_id, url, secret_sealed, created_at, description, event_types, balance_low_nanos, enabled,
       previous_sealed, previous_expires_at, failures, failing_since, disabled_at, disabled_reason
FROM webhook_endpoints
WHERE org_id = %(org_id)s AND id = %(id)s
FOR NO KEY UPDATE;

-- name: save_endpoint
UPDATE webhook_endpoints
SET url = %(url)s, secret_sealed = %(secret_sealed)s, description = %(description)s, event_types = %(event_types)s,
    balance_low_nanos = %(balance_low_nanos)s, enabled = %(enabled)s, previous_sealed = %(previous_sealed)s,
    previous_expires_at = %(previous_expires_at)s, failures = %(failures)s, failing_since = %(failing_since)s,
    disabled_at = %(disabled_at)s, disabled_reason = %(disabled_reason)s
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: remove_endpoint
DELETE FROM webhook_endpoints
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: list_endpoints
SELECT id, org_id, url, secret_sealed, created_at, description, event_types, balance_low_nanos, enabled,
       previous_sealed, previous_expires_at, failures, failing_since, disabled_at, disabled_reason
FROM webhook_endpoints
WHERE org_id = %(org_id)s
ORDER BY id DESC
LIMIT %(limit)s;

-- name: list_all_endpoints
SELECT id, org_id, url, secret_sealed, created_at, description, event_types, balance_low_nanos, enabled,
       previous_sealed, previous_expires_at, failures, failing_since, disabled_at, disabled_reason
FROM webhook_endpoints
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(enabled)s::boolean IS NULL OR enabled = %(enabled)s)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: list_troubled
-- What a person has disabled ("by …") troubles nobody.
SELECT id, org_id, url, secret_sealed, created_at, description, event_types, balance_low_nanos, enabled,
       previous_sealed, previous_expires_at, failures, failing_since, disabled_at, disabled_reason
FROM webhook_endpoints
WHERE failing_since IS NOT NULL AND (enabled OR left(disabled_reason, 3) IS DISTINCT FROM 'by ')
ORDER BY id DESC
LIMIT %(limit)s;

-- name: orgs_with_enabled
SELECT DISTINCT org_id
FROM webhook_endpoints
WHERE enabled AND (%(after)s::uuid IS NULL OR org_id > %(after)s)
ORDER BY org_id
LIMIT %(limit)s;

-- name: lock_cursor
INSERT INTO webhook_cursors (org_id)
VALUES (%(org_id)s)
ON CONFLICT (org_id) DO UPDATE SET published_until = webhook_cursors.published_until
RETURNING published_until;

-- name: save_cursor
UPDATE webhook_cursors
SET published_until = %(until)s
WHERE org_id = %(org_id)s;

-- name: add_mark
INSERT INTO wallet_marks (org_id, wallet_id, kind, scope_id, starts_on, cap_nanos, percent, marked_at)
VALUES (
    %(org_id)s, %(wallet_id)s, %(kind)s, %(scope_id)s, %(starts_on)s, %(cap_nanos)s, %(percent)s, %(marked_at)s
)
ON CONFLICT DO NOTHING;

-- name: remove_mark
DELETE FROM wallet_marks
WHERE org_id = %(org_id)s
  AND wallet_id = %(wallet_id)s
  AND kind = %(kind)s
  AND scope_id = %(scope_id)s
  AND starts_on = %(starts_on)s
  AND cap_nanos = %(cap_nanos)s
  AND percent = %(percent)s;

-- name: add_delivery
INSERT INTO webhook_deliveries (
    id, org_id, endpoint_id, event_id, event_type, happened_at, payload, trace_id, created_at, state, job_id, attempts,
    attempted_at, response_status, response_text, error, delivered_at
)
VALUES (
    %(id)s, %(org_id)s, %(endpoint_id)s, %(event_id)s, %(event_type)s, %(happened_at)s, %(payload)s, %(trace_id)s,
    %(created_at)s, %(state)s, %(job_id)s, %(attempts)s, %(attempted_at)s, %(response_status)s, %(response_text)s,
    %(error)s, %(delivered_at)s
)
ON CONFLICT (endpoint_id, event_id) DO NOTHING;

-- name: get_delivery
SELECT id, org_id, endpoint_id, event_id, event_type, happened_at, payload, trace_id, created_at, state, job_id,
       attempts, attempted_at, response_status, response_text, error, delivered_at
FROM webhook_deliveries
WHERE org_id = %(org_id)s AND endpoint_id = %(endpoint_id)s AND id = %(id)s;

-- name: lock_delivery
SELECT id, org_id, endpoint_id, event_id, event_type, happened_at, payload, trace_id, created_at, state, job_id,
       attempts, attempted_at, response_status, response_text, error, delivered_at
FROM webhook_deliveries
WHERE id = %(id)s
FOR UPDATE;

-- name: save_delivery
UPDATE webhook_deliveries
SET state = %(state)s, job_id = %(job_id)s, attempts = %(attempts)s, attempted_at = %(attempted_at)s,
    response_status = %(response_status)s, response_text = %(response_text)s, error = %(error)s,
    delivered_at = %(delivered_at)s
WHERE id = %(id)s;

-- name: list_deliveries
SELECT id, org_id, endpoint_id, event_id, event_type, happened_at, payload, trace_id, created_at, state, job_id,
       attempts, attempted_at, response_status, response_text, error, delivered_at
FROM webhook_deliveries
WHERE org_id = %(org_id)s
  AND endpoint_id = %(endpoint_id)s
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: list_all_deliveries
SELECT id, org_id, endpoint_id, event_id, event_type, happened_at, payload, trace_id, created_at, state, job_id,
       attempts, attempted_at, response_status, response_text, error, delivered_at
FROM webhook_deliveries
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(endpoint_id)s::uuid IS NULL OR endpoint_id = %(endpoint_id)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: prune_deliveries
DELETE FROM webhook_deliveries
WHERE id IN (
    SELECT id
    FROM webhook_deliveries
    WHERE state <> 'pending' AND created_at < %(created_before)s
    ORDER BY created_at
    LIMIT %(limit)s
);

-- name: take_abandoned_deliveries
DELETE FROM webhook_deliveries
WHERE id IN (
    SELECT id
    FROM webhook_deliveries
    WHERE state = 'pending' AND created_at < %(created_before)s
    ORDER BY created_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
RETURNING id, org_id, endpoint_id, event_id, event_type, happened_at, payload, trace_id, created_at, state, job_id,
          attempts, attempted_at, response_status, response_text, error, delivered_at;

-- name: store_now
SELECT now();

-- name: happenings_of_org
SELECT id, event_type AS type, at, trace_id, stored_at,
       jsonb_build_object('actor', actor, 'subject', subject) || payload AS data
FROM audit_logs
WHERE org_id = %(org_id)s AND stored_at >= %(since)s AND event_type = ANY(%(types)s)
ORDER BY stored_at, id
LIMIT %(limit)s;
