-- name: list_channels
SELECT id, name, base_url, sealed_key, priority, weight, models, model_names, cost_rates, log_base_url, log_user_id,
       log_sealed_token, log_token_name, enabled, version, created_at
FROM channels
ORDER BY name COLLATE "C";

-- name: lock_channel
SELECT id, name, base_url, sealed_key, priority, weight, models, model_names, cost_rates, log_base_url, log_user_id,
       log_sealed_token, log_token_name, enabled, version, created_at
FROM channels
WHERE name = %(name)s
FOR UPDATE;

-- name: add_channel
INSERT INTO channels
    (id, name, base_url, sealed_key, priority, weight, models, model_names, cost_rates, log_base_url, log_user_id,
     log_sealed_token, log_token_name, enabled, version, created_at)
VALUES
    (%(id)s, %(name)s, %(base_url)s, %(sealed_key)s, %(priority)s, %(weight)s, %(models)s::text[], %(model_names)s,
     %(cost_rates)s, %(log_base_url)s, %(log_user_id)s, %(log_sealed_token)s, %(log_token_name)s, %(enabled)s,
     %(version)s, %(created_at)s);

-- name: save_channel
UPDATE channels
SET base_url = %(base_url)s, sealed_key = %(sealed_key)s, priority = %(priority)s, weight = %(weight)s,
    models = %(models)s::text[], model_names = %(model_names)s, cost_rates = %(cost_rates)s,
    log_base_url = %(log_base_url)s, log_user_id = %(log_user_id)s, log_sealed_token = %(log_sealed_token)s,
    log_token_name = %(log_token_name)s, enabled = %(enabled)s, version = %(version)s
WHERE id = %(id)s;

-- name: remove_channel
WITH forgotten AS (DELETE FROM channel_health WHERE channel_id = %(id)s),
     history AS (DELETE FROM channel_checks WHERE channel_id = %(id)s)
DELETE FROM channels WHERE id = %(id)s;

-- name: list_health
SELECT channel_id, checked_at, healthy, latency_ms, models, detail FROM channel_health ORDER BY channel_id;

-- name: save_health
WITH added AS (
    INSERT INTO channel_checks (channel_id, checked_at, healthy, latency_ms, detail)
    VALUES (%(channel_id)s, %(checked_at)s, %(healthy)s, %(latency_ms)s, %(detail)s)
    ON CONFLICT DO NOTHING
)
INSERT INTO channel_health (channel_id, checked_at, healthy, latency_ms, models, detail)
VALUES (%(channel_id)s, %(checked_at)s, %(healthy)s, %(latency_ms)s, %(models)s, %(detail)s)
ON CONFLICT (channel_id) DO UPDATE
SET checked_at = EXCLUDED.checked_at, healthy = EXCLUDED.healthy, latency_ms = EXCLUDED.latency_ms,
    models = EXCLUDED.models, detail = EXCLUDED.detail;

-- name: checked_hours
SELECT date_trunc('hour', checked_at, 'UTC') AS hour, count(*) AS checks, count(*) FILTER (WHERE NOT healthy) AS failed,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_ms) AS latency_ms,
       COALESCE((array_agg(detail ORDER BY checked_at DESC) FILTER (WHERE NOT healthy))[1], '') AS detail
FROM channel_checks
WHERE channel_id = %(channel_id)s AND checked_at >= %(since)s AND checked_at < %(until)s
GROUP BY 1
ORDER BY 1;

-- name: forget_checks
DELETE FROM channel_checks WHERE checked_at < %(before)s;

-- name: margins
SELECT COALESCE(channel, '') AS channel, model_name, currency, count(*) AS calls, sum(cost_picos)::bigint AS price_picos,
       count(*) FILTER (WHERE upstream_cost_currency = currency) AS costed_calls,
       COALESCE(sum(cost_picos) FILTER (WHERE upstream_cost_currency = currency), 0)::bigint AS costed_price_picos,
       COALESCE(sum(upstream_cost_picos) FILTER (WHERE upstream_cost_currency = currency), 0)::bigint AS cost_picos
FROM usage_records
WHERE ended_at >= %(since)s AND ended_at < %(until)s
GROUP BY 1, 2, 3
ORDER BY COALESCE(channel, '') COLLATE "C", model_name COLLATE "C", currency COLLATE "C";
