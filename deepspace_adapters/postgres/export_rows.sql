-- Every statement begins with whose the row is, which the reader leaves out unless rows of everybody are wanted. `org_id`
-- null is everybody: the reader gives it for administrators' exports alone.

-- name: transactions
SELECT 'org_' || replace(org_id::text, '-', ''),
       at, 'txn_' || replace(id::text, '-', ''), seq, type, ref, trim_scale(amount_nanos / 1000000000.0)::text,
       currency, amount_nanos, balance_after_nanos, frozen_after_nanos, actor, description, trace_id
FROM transactions
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
  AND (%(type)s::text IS NULL OR type = ANY(string_to_array(%(type)s, ',')))
  AND (%(ref)s::text IS NULL OR ref = %(ref)s OR capture_ref = %(ref)s)
  AND (%(hold_id)s::text IS NULL OR 'hold_' || replace(hold_id::text, '-', '') = %(hold_id)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
  AND %(project_id)s::uuid IS NULL
  AND %(requester_id)s::uuid IS NOT NULL
ORDER BY at, seq;

-- name: usage
SELECT 'org_' || replace(org_id::text, '-', ''),
       ended_at, 'usage_' || replace(id::text, '-', ''), 'proj_' || replace(project_id::text, '-', ''),
       'key_' || replace(api_key_id::text, '-', ''), 'user_' || replace(user_id::text, '-', ''),
       'app_' || replace(app_id::text, '-', ''), model_name, route,
       ending, usage_source, input_uncached, input_cached_read, input_cache_write, input_audio, input_image, output_text,
       output_reasoning, output_audio, output_image, trim_scale(cost_nanos / 1000000000.0)::text, currency, cost_nanos,
       latency_ms, trace_id
FROM usage_records
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR ended_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR ended_at < %(until)s)
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
  AND (%(api_key_id)s::text IS NULL OR 'key_' || replace(api_key_id::text, '-', '') = %(api_key_id)s)
  AND %(requester_id)s::uuid IS NOT NULL
  AND (%(model)s::text IS NULL OR model_name = %(model)s)
  AND (%(ending)s::text IS NULL OR ending = %(ending)s)
  AND (%(usage_source)s::text IS NULL OR usage_source = %(usage_source)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
ORDER BY id;

-- name: audit
SELECT 'org_' || replace(org_id::text, '-', ''),
       at, 'evt_' || replace(id::text, '-', ''), event_type, actor, subject, trace_id, payload::text
FROM audit_logs
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
  AND (%(event_type)s::text IS NULL OR event_type = %(event_type)s
       OR (right(%(event_type)s, 1) = '.' AND starts_with(event_type, %(event_type)s)))
  AND (%(actor)s::text IS NULL OR actor = %(actor)s)
  AND (%(subject)s::text IS NULL OR subject = %(subject)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
  AND %(project_id)s::uuid IS NULL
  AND %(requester_id)s::uuid IS NOT NULL
ORDER BY id;

-- name: conversations
SELECT 'org_' || replace(c.org_id::text, '-', ''),
       m.created_at, 'conv_' || replace(c.id::text, '-', ''), c.title, 'proj_' || replace(c.project_id::text, '-', ''),
       'msg_' || replace(m.id::text, '-', ''), m.role,
       (SELECT string_agg(part ->> 'text', '') FROM jsonb_array_elements(m.content_json) AS part),
       coalesce(m.metadata ->> 'model', m.metadata ->> 'model_name', c.model_name), m.trace_id
FROM conversations AS c
JOIN messages AS m ON m.org_id = c.org_id AND m.conversation_id = c.id
WHERE c.org_id = %(org_id)s
  AND c.user_id = %(requester_id)s::uuid
  AND c.deleted_at IS NULL
  AND (%(since)s::timestamptz IS NULL OR m.created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR m.created_at < %(until)s)
  AND (%(project_id)s::uuid IS NULL OR c.project_id = %(project_id)s)
ORDER BY c.id, m.id;

-- name: requests
SELECT 'org_' || replace(org_id::text, '-', ''), channel,
       started_at, id::text, trace_id, method, route, model_name, stream, status, error_code,
       'proj_' || replace(project_id::text, '-', ''), 'key_' || replace(api_key_id::text, '-', ''),
       'user_' || replace(user_id::text, '-', ''), duration_ms, first_token_ms, request_bytes, response_bytes, attempts,
       client_address, user_agent
FROM request_logs
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR started_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR started_at < %(until)s)
  AND (%(api_key_id)s::text IS NULL OR 'key_' || replace(api_key_id::text, '-', '') = %(api_key_id)s)
  AND (%(user_id)s::text IS NULL OR 'user_' || replace(user_id::text, '-', '') = %(user_id)s)
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
  AND (%(workspace_id)s::text IS NULL OR project_id IN (
          SELECT p.id FROM projects AS p WHERE 'ws_' || replace(p.workspace_id::text, '-', '') = %(workspace_id)s
      ))
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)
  AND (COALESCE(%(ending)s::text, %(app_id)s::text) IS NULL OR EXISTS (
          SELECT FROM usage_records AS u
          WHERE u.trace_id = request_logs.trace_id AND u.org_id = request_logs.org_id
            AND u.started_at = request_logs.started_at AND u.ended_at >= request_logs.started_at
            AND (%(ending)s::text IS NULL OR u.ending = %(ending)s)
            AND (%(app_id)s::text IS NULL OR 'app_' || replace(u.app_id::text, '-', '') = %(app_id)s)
      ))
  AND (%(model)s::text IS NULL OR model_name = %(model)s)
  AND (%(error_code)s::text IS NULL OR error_code = %(error_code)s)
  AND (%(status_min)s::text IS NULL OR status >= %(status_min)s::bigint)
  AND (%(status_max)s::text IS NULL OR status <= %(status_max)s::bigint)
  AND (%(route)s::text IS NULL OR route = %(route)s)
  AND (%(slower_than_ms)s::text IS NULL OR duration_ms > %(slower_than_ms)s::bigint)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
ORDER BY id;

-- name: wallets
SELECT 'org_' || replace(w.org_id::text, '-', ''),
       w.opened_at, 'wal_' || replace(w.id::text, '-', ''), o.name, w.currency,
       trim_scale(w.balance_nanos / 1000000000.0)::text, trim_scale(w.frozen_nanos / 1000000000.0)::text,
       trim_scale((w.balance_nanos - w.frozen_nanos) / 1000000000.0)::text,
       trim_scale(w.receivable_nanos / 1000000000.0)::text, trim_scale(w.credit_limit_nanos / 1000000000.0)::text,
       w.balance_nanos, w.frozen_nanos, w.receivable_nanos, w.credit_limit_nanos, w.version, w.updated_at
FROM wallets AS w
JOIN orgs AS o ON o.id = w.org_id
WHERE (%(org_id)s::uuid IS NULL OR w.org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR w.opened_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR w.opened_at < %(until)s)
  AND (%(search)s::text IS NULL OR strpos(lower(o.name), lower(%(search)s)) > 0)
  AND (%(currency)s::text IS NULL OR w.currency = %(currency)s)
  AND (%(is_owing)s::text IS NULL OR (w.receivable_nanos > 0) = %(is_owing)s::boolean)
  AND (%(available_below_nanos)s::text IS NULL
       OR w.balance_nanos - w.frozen_nanos < %(available_below_nanos)s::bigint)
ORDER BY w.id;

-- name: api_keys
SELECT 'org_' || replace(org_id::text, '-', ''),
       created_at, 'key_' || replace(id::text, '-', ''), name, prefix, 'proj_' || replace(project_id::text, '-', ''),
       'user_' || replace(created_by::text, '-', ''), array_to_string(scopes, ' '), expires_at, revoked_at, last_used_at
FROM api_keys
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
  AND (%(search)s::text IS NULL OR strpos(lower(name), lower(%(search)s)) > 0 OR starts_with(prefix, %(search)s))
  AND (%(state)s::text IS NULL OR %(state)s = CASE
           WHEN revoked_at IS NOT NULL THEN 'revoked'
           WHEN expires_at <= now() THEN 'expired'
           ELSE 'active'
       END)
ORDER BY id;

-- name: deliveries
SELECT 'org_' || replace(org_id::text, '-', ''),
       created_at, 'whdel_' || replace(id::text, '-', ''), 'webhook_' || replace(endpoint_id::text, '-', ''), event_type,
       state, attempts, attempted_at, response_status, error, trace_id
FROM webhook_deliveries
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
  AND (%(webhook_id)s::text IS NULL OR 'webhook_' || replace(endpoint_id::text, '-', '') = %(webhook_id)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY id;

-- name: jobs
SELECT 'org_' || replace(org_id::text, '-', ''),
       queued_at, 'job_' || replace(id::text, '-', ''), name, state, attempts, started_at, finished_at, error_code,
       trace_id
FROM job_runs
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR queued_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR queued_at < %(until)s)
  AND (%(name)s::text IS NULL OR name = %(name)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
ORDER BY id;

-- name: budgets
SELECT 'org_' || replace(b.org_id::text, '-', ''),
       b.set_at, 'wal_' || replace(b.wallet_id::text, '-', ''), w.currency, b.scope,
       CASE b.scope WHEN 'project' THEN 'proj' ELSE b.scope END || '_' || replace(b.scope_id::text, '-', ''),
       b.cap_window, p.starts_on::text, trim_scale(b.cap_nanos / 1000000000.0)::text,
       trim_scale(coalesce(c.used_nanos, 0) / 1000000000.0)::text,
       trim_scale(coalesce(c.reserved_nanos, 0) / 1000000000.0)::text,
       b.cap_nanos, coalesce(c.used_nanos, 0), coalesce(c.reserved_nanos, 0)
FROM budgets AS b
JOIN wallets AS w ON w.id = b.wallet_id
CROSS JOIN LATERAL budget_period(b.cap_window, (now() AT TIME ZONE 'UTC')::date) AS p (starts_on)
LEFT JOIN budget_counters AS c ON c.wallet_id = b.wallet_id AND c.scope = b.scope AND c.scope_id = b.scope_id
                              AND c.cap_window = b.cap_window AND c.starts_on = p.starts_on
WHERE (%(org_id)s::uuid IS NULL OR b.org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR b.set_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR b.set_at < %(until)s)
ORDER BY b.wallet_id, b.scope, b.scope_id, b.cap_window;

-- name: limits
-- Without `org_id`, the platform's own belong to nobody: `whose` tells them from those of organizations.
SELECT 'org_' || replace(org_id::text, '-', ''),
       created_at, 'limit_' || replace(id::text, '-', ''), CASE WHEN org_id IS NULL THEN 'platform' ELSE 'orgs' END, scope,
       CASE scope WHEN 'project' THEN 'proj' ELSE scope END || '_' || replace(scope_id::text, '-', ''),
       metric, window_seconds, cap
FROM rate_limits
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(whose)s::text IS NULL OR (org_id IS NULL) = (%(whose)s = 'platform'))
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
ORDER BY id;

-- name: ip_rules
SELECT 'org_' || replace(org_id::text, '-', ''),
       created_at, 'iprule_' || replace(id::text, '-', ''), scope, scope || '_' || replace(scope_id::text, '-', ''), action,
       network::text, note
FROM ip_rules
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
ORDER BY id;

-- name: webhooks
SELECT 'org_' || replace(org_id::text, '-', ''),
       created_at, 'webhook_' || replace(id::text, '-', ''), url, description, array_to_string(event_types, ' '), enabled,
       failures, failing_since, disabled_at, disabled_reason
FROM webhook_endpoints
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(enabled)s::text IS NULL OR enabled = %(enabled)s::boolean)
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
ORDER BY id;

-- What follows belongs to no organization; core gives it to administrators alone.

-- name: users
SELECT NULL, u.created_at, 'user_' || replace(u.id::text, '-', ''), u.email, u.display_name, u.is_administrator,
       u.language, u.time_zone, 'org_' || replace(u.personal_org_id::text, '-', ''), u.disabled_at
FROM users AS u
WHERE (%(org_id)s::uuid IS NULL
       OR EXISTS (SELECT FROM org_members AS m WHERE m.org_id = %(org_id)s AND m.user_id = u.id))
  AND (%(search)s::text IS NULL
       OR position(lower(%(search)s) IN lower(u.email)) > 0
       OR position(lower(%(search)s) IN lower(u.display_name)) > 0)
  AND (%(disabled)s::text IS NULL OR (u.disabled_at IS NOT NULL) = %(disabled)s::boolean)
  AND (%(administrator)s::text IS NULL OR u.is_administrator = %(administrator)s::boolean)
  AND (%(since)s::timestamptz IS NULL OR u.created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR u.created_at < %(until)s)
ORDER BY u.id;

-- name: organizations
SELECT NULL, o.created_at, 'org_' || replace(o.id::text, '-', ''), o.name, o.kind, o.on_abort,
       (SELECT count(*) FROM org_members AS m WHERE m.org_id = o.id), o.suspended_at
FROM orgs AS o
WHERE (%(search)s::text IS NULL OR position(lower(%(search)s) IN lower(o.name)) > 0)
  AND (%(kind)s::text IS NULL OR o.kind = %(kind)s)
  AND (%(suspended)s::text IS NULL OR (o.suspended_at IS NOT NULL) = %(suspended)s::boolean)
  AND (%(since)s::timestamptz IS NULL OR o.created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR o.created_at < %(until)s)
ORDER BY o.id;

-- name: models
SELECT NULL, created_at, 'model_' || replace(id::text, '-', ''), name, upstream_name, array_to_string(kinds, ' '),
       context_tokens, output_tokens_max, enabled, visibility, recommended
FROM models
WHERE (%(search)s::text IS NULL
       OR position(lower(%(search)s) IN lower(name)) > 0
       OR position(lower(%(search)s) IN lower(upstream_name)) > 0)
  AND (%(kind)s::text IS NULL OR %(kind)s = ANY (kinds))
  AND (%(enabled)s::text IS NULL OR enabled = %(enabled)s::boolean)
  AND (%(visibility)s::text IS NULL OR visibility = %(visibility)s)
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
ORDER BY id;

-- name: channels
-- As they are listed: the one of the settings, too, which is stored once somebody has changed it and has its place from
-- the settings all the same. Nothing of a credential leaves, sealed or not.
WITH known AS (
    SELECT id, created_at, name, CASE WHEN id = %(given_id)s::uuid THEN %(given_base_url)s::text ELSE base_url END AS base_url,
           priority, weight, models, model_names, cost_rates, log_base_url, enabled, version
    FROM channels
    UNION ALL
    SELECT %(given_id)s::uuid, %(given_at)s::timestamptz, %(given_name)s::text, %(given_base_url)s::text,
           %(given_priority)s::integer, %(given_weight)s::integer, NULL::text[], '{}'::jsonb, '{}'::jsonb, NULL, true, 0
    WHERE %(given_id)s::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM channels WHERE id = %(given_id)s::uuid)
)
SELECT NULL, c.created_at, 'chan_' || replace(c.id::text, '-', ''), c.name, c.base_url, c.priority, c.weight,
       array_to_string(c.models, ' '), c.model_names::text, c.cost_rates <> '{}', c.log_base_url IS NOT NULL, c.enabled,
       c.version, h.healthy, h.checked_at
FROM known AS c
LEFT JOIN channel_health AS h ON h.channel_id = c.id
WHERE (%(since)s::timestamptz IS NULL OR c.created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.created_at < %(until)s)
ORDER BY c.name COLLATE "C";

-- name: reconciliations
SELECT NULL, finished_at, 'recon_' || replace(id::text, '-', ''), kind, period_start, period_end, started_at,
       rows_compared, differences, report::text
FROM reconciliations
WHERE (%(since)s::timestamptz IS NULL OR started_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR started_at < %(until)s)
ORDER BY id;

-- name: schedules
SELECT NULL, next_fire_at, name, cron, time_zone, job_name, enabled, last_fired_at,
       'job_' || replace(last_job_id::text, '-', '')
FROM schedules
ORDER BY name;
