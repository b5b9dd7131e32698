-- name: write_records
-- One statement whatever the number of records. A retried write finds its rows there and leaves them.
INSERT INTO usage_records (
    id, org_id, workspace_id, project_id, api_key_id, user_id, model_id, model_name, route, stream,
    input_uncached, input_cached_read, input_cache_write, input_audio, input_image,
    output_text, output_reasoning, output_audio, output_image,
    cost_picos, cost_nanos, currency, price_id, price_version, usage_source, ending, trace_id, hold_ref, capture_ref,
    started_at, ended_at, latency_ms, first_token_ms,
    channel, upstream_model, upstream_request_id, attempts, upstream_cost_picos, upstream_cost_currency,
    units, app_id
)
SELECT * FROM unnest(
    %(id)s::uuid[], %(org_id)s::uuid[], %(workspace_id)s::uuid[], %(project_id)s::uuid[], %(api_key_id)s::uuid[],
    %(user_id)s::uuid[], %(model_id)s::uuid[], %(model_name)s::text[], %(route)s::text[], %(stream)s::boolean[],
    %(input_uncached)s::bigint[], %(input_cached_read)s::bigint[], %(input_cache_write)s::bigint[],
    %(input_audio)s::bigint[], %(input_image)s::bigint[], %(output_text)s::bigint[], %(output_reasoning)s::bigint[],
    %(output_audio)s::bigint[], %(output_image)s::bigint[],
    %(cost_picos)s::bigint[], %(cost_nanos)s::bigint[], %(currency)s::text[], %(price_id)s::uuid[],
    %(price_version)s::integer[], %(usage_source)s::text[], %(ending)s::text[], %(trace_id)s::text[],
    %(hold_ref)s::text[], %(capture_ref)s::text[], %(started_at)s::timestamptz[], %(ended_at)s::timestamptz[],
    %(latency_ms)s::bigint[], %(first_token_ms)s::bigint[], %(channel)s::text[], %(upstream_model)s::text[],
    %(upstream_request_id)s::text[], %(attempts)s::integer[], %(upstream_cost_picos)s::bigint[],
    %(upstream_cost_currency)s::text[], %(units)s::jsonb[], %(app_id)s::uuid[]
)
ON CONFLICT DO NOTHING;

-- name: get_record
SELECT * FROM usage_records
WHERE org_id = %(org_id)s AND id = %(id)s;

-- name: find_trace
SELECT trace_id FROM usage_records WHERE id = %(id)s;

-- name: list_records
SELECT * FROM usage_records
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(workspace_id)s::uuid IS NULL OR workspace_id = %(workspace_id)s)
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
  AND (%(api_key_id)s::uuid IS NULL OR api_key_id = %(api_key_id)s)
  AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
  AND (%(app_id)s::uuid IS NULL OR app_id = %(app_id)s)
  AND (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
  AND (%(ending)s::text IS NULL OR ending = %(ending)s)
  AND (%(usage_source)s::text IS NULL OR usage_source = %(usage_source)s)
  AND (%(since)s::timestamptz IS NULL OR ended_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR ended_at < %(until)s)
  AND (%(after)s::uuid IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s + 1;

-- name: totals
SELECT currency, count(*) AS requests,
       sum(input_uncached)::bigint AS input_uncached, sum(input_cached_read)::bigint AS input_cached_read,
       sum(input_cache_write)::bigint AS input_cache_write, sum(input_audio)::bigint AS input_audio,
       sum(input_image)::bigint AS input_image, sum(output_text)::bigint AS output_text,
       sum(output_reasoning)::bigint AS output_reasoning, sum(output_audio)::bigint AS output_audio,
       sum(output_image)::bigint AS output_image, sum(cost_nanos)::bigint AS cost_nanos
FROM usage_records
WHERE (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
  AND (%(workspace_id)s::uuid IS NULL OR workspace_id = %(workspace_id)s)
  AND (%(project_id)s::uuid IS NULL OR project_id = %(project_id)s)
  AND (%(api_key_id)s::uuid IS NULL OR api_key_id = %(api_key_id)s)
  AND (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s)
  AND (%(app_id)s::uuid IS NULL OR app_id = %(app_id)s)
  AND (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
  AND (%(trace_id)s::text IS NULL OR trace_id = %(trace_id)s)
  AND (%(ending)s::text IS NULL OR ending = %(ending)s)
  AND (%(usage_source)s::text IS NULL OR usage_source = %(usage_source)s)
  AND (%(since)s::timestamptz IS NULL OR ended_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR ended_at < %(until)s)
GROUP BY currency;

-- name: lock_rollup_state
SELECT rolled_until, seen_until FROM usage_rollup_state FOR UPDATE;

-- name: save_rollup_state
UPDATE usage_rollup_state SET rolled_until = %(rolled_until)s, seen_until = %(seen_until)s;

-- name: hours_written_since
-- The very first run, or one after a migration that wants all sums anew, makes those of archived months too.
SELECT DISTINCT date_trunc('hour', ended_at, 'UTC') AS hour
FROM usage_records
WHERE (%(since)s::timestamptz IS NULL OR stored_at >= %(since)s) AND ended_at < %(before)s
UNION
SELECT hour FROM usage_rollups
WHERE %(since)s::timestamptz IS NULL AND hour < %(before)s
ORDER BY hour;

-- name: delete_rollups
-- Records are never deleted but by archiving their month: an hour without any keeps what was rolled up of it.
DELETE FROM usage_rollups
WHERE hour >= %(since)s AND hour < %(until)s
  AND hour IN (
      SELECT date_trunc('hour', ended_at, 'UTC') FROM usage_records WHERE ended_at >= %(since)s AND ended_at < %(until)s
  );

-- name: insert_rollups
INSERT INTO usage_rollups (
    hour, org_id, workspace_id, project_id, api_key_id, user_id, app_id, model_id, model_name, currency, requests,
    input_uncached, input_cached_read, input_cache_write, input_audio, input_image,
    output_text, output_reasoning, output_audio, output_image, cost_nanos
)
SELECT date_trunc('hour', ended_at, 'UTC'), org_id, workspace_id, project_id, api_key_id, user_id, app_id, model_id,
       model_name, currency, count(*),
       sum(input_uncached), sum(input_cached_read), sum(input_cache_write), sum(input_audio), sum(input_image),
       sum(output_text), sum(output_reasoning), sum(output_audio), sum(output_image), sum(cost_nanos)
FROM usage_records
WHERE ended_at >= %(since)s AND ended_at < %(until)s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
