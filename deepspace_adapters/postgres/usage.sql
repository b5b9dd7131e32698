-- name: write_records
-- One statement whatever the number of records. Elements are taken by subscript: `unnest` of 40 arrays makes a tuple store of
-- each, and costs a lone call 150 µs more. A retried write finds its rows there and leaves them.
INSERT INTO usage_records (
    id, org_id, workspace_id, project_id, api_key_id, user_id, model_id, model_name, route, stream,
    input_uncached, input_cached_read, input_cache_write, input_audio, input_image,
    output_text, output_reasoning, output_audio, output_image,
    cost_picos, cost_nanos, currency, price_id, price_version, usage_source, ending, trace_id, hold_ref, capture_ref,
    started_at, ended_at, latency_ms, first_token_ms,
    channel, upstream_model, upstream_request_id, attempts, upstream_cost_picos, upstream_cost_currency,
    units, app_id
)
SELECT (%(id)s::uuid[])[i], (%(org_id)s::uuid[])[i], (%(workspace_id)s::uuid[])[i], (%(project_id)s::uuid[])[i],
       (%(api_key_id)s::uuid[])[i], (%(user_id)s::uuid[])[i], (%(model_id)s::uuid[])[i], (%(model_name)s::text[])[i],
       (%(route)s::text[])[i], (%(stream)s::boolean[])[i], (%(input_uncached)s::bigint[])[i],
       (%(input_cached_read)s::bigint[])[i], (%(input_cache_write)s::bigint[])[i], (%(input_audio)s::bigint[])[i],
       (%(input_image)s::bigint[])[i], (%(output_text)s::bigint[])[i], (%(output_reasoning)s::bigint[])[i],
       (%(output_audio)s::bigint[])[i], (%(output_image)s::bigint[])[i], (%(cost_picos)s::bigint[])[i],
       (%(cost_nanos)s::bigint[])[i], (%(currency)s::text[])[i], (%(price_id)s::uuid[])[i],
       (%(price_version)s::integer[])[i], (%(usage_source)s::text[])[i], (%(ending)s::text[])[i],
       (%(trace_id)s::text[])[i], (%(hold_ref)s::text[])[i], (%(capture_ref)s::text[])[i],
       (%(started_at)s::timestamptz[])[i], (%(ended_at)s::timestamptz[])[i], (%(latency_ms)s::bigint[])[i],
       (%(first_token_ms)s::bigint[])[i], (%(channel)s::text[])[i], (%(upstream_model)s::text[])[i],
       (%(upstream_request_id)s::text[])[i], (%(attempts)s::integer[])[i], (%(upstream_cost_picos)s::bigint[])[i],
       (%(upstream_cost_currency)s::text[])[i], (%(units)s::jsonb[])[i], (%(app_id)s::uuid[])[i]
  FROM generate_series(1, %(count)s::int) AS i
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
