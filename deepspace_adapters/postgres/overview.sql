-- name: delete_calls
-- Records are never deleted but by archiving their month: an hour without any keeps what was rolled up of it.
DELETE FROM call_rollups
WHERE hour >= %(since)s AND hour < %(until)s
  AND hour IN (
      SELECT date_trunc('hour', ended_at, 'UTC') FROM usage_records WHERE ended_at >= %(since)s AND ended_at < %(until)s
  );

-- name: insert_calls
INSERT INTO call_rollups (hour, model_name, channel, currency, calls, input_tokens, output_tokens, completed, truncated,
                          client_aborted, upstream_error, timed_out, price_picos, costed_calls, costed_price_picos,
                          cost_picos)
SELECT date_trunc('hour', ended_at, 'UTC'), model_name, COALESCE(channel, ''), currency, count(*),
       sum(input_uncached + input_cached_read + input_cache_write + input_audio + input_image),
       sum(output_text + output_reasoning + output_audio + output_image),
       count(*) FILTER (WHERE ending = 'completed'), count(*) FILTER (WHERE ending = 'truncated'),
       count(*) FILTER (WHERE ending = 'client_aborted'), count(*) FILTER (WHERE ending = 'upstream_error'),
       count(*) FILTER (WHERE ending = 'timed_out'), sum(cost_picos),
       count(*) FILTER (WHERE upstream_cost_currency = currency),
       COALESCE(sum(cost_picos) FILTER (WHERE upstream_cost_currency = currency), 0),
       COALESCE(sum(upstream_cost_picos) FILTER (WHERE upstream_cost_currency = currency), 0)
FROM usage_records
WHERE ended_at >= %(since)s AND ended_at < %(until)s
GROUP BY 1, 2, 3, 4;

-- name: delete_latencies
DELETE FROM latency_rollups
WHERE hour >= %(since)s AND hour < %(until)s
  AND hour IN (
      SELECT date_trunc('hour', ended_at, 'UTC') FROM usage_records WHERE ended_at >= %(since)s AND ended_at < %(until)s
  );

-- name: insert_latencies
INSERT INTO latency_rollups (hour, measure, step, calls)
SELECT date_trunc('hour', ended_at, 'UTC'), timed.measure, width_bucket(timed.latency_ms, %(edges)s::bigint[]), count(*)
FROM usage_records
CROSS JOIN LATERAL (VALUES ('answer', latency_ms), ('first_token', first_token_ms)) AS timed (measure, latency_ms)
WHERE ended_at >= %(since)s AND ended_at < %(until)s AND timed.latency_ms IS NOT NULL
GROUP BY 1, 2, 3;

-- name: delete_requests
DELETE FROM request_rollups
WHERE (%(since)s::timestamptz IS NULL OR hour >= %(since)s) AND hour < %(until)s
  AND hour IN (
      SELECT date_trunc('hour', started_at, 'UTC') FROM request_logs
      WHERE (%(since)s::timestamptz IS NULL OR started_at >= %(since)s) AND started_at < %(until)s
  );

-- name: insert_requests
INSERT INTO request_rollups (hour, channel, status, error_code, requests)
SELECT date_trunc('hour', started_at, 'UTC'), COALESCE(channel, ''), status, COALESCE(error_code, ''), count(*)
FROM request_logs
WHERE (%(since)s::timestamptz IS NULL OR started_at >= %(since)s) AND started_at < %(until)s
GROUP BY 1, 2, 3, 4;

-- name: call_sums
-- Whole hours from roll-ups as far as they go, the rest from the records.
WITH state AS (
    SELECT COALESCE(rolled_until, '-infinity') AS rolled_until FROM usage_rollup_state
),
part AS (
    SELECT hour, model_name, channel, currency, calls, input_tokens, output_tokens, completed, truncated, client_aborted,
           upstream_error, timed_out, price_picos, costed_calls, costed_price_picos, cost_picos
    FROM call_rollups
    WHERE hour >= %(since)s AND hour < %(until)s AND hour < (SELECT rolled_until FROM state)
    UNION ALL
    SELECT date_trunc('hour', ended_at, 'UTC'), model_name, COALESCE(channel, ''), currency, 1,
           input_uncached + input_cached_read + input_cache_write + input_audio + input_image,
           output_text + output_reasoning + output_audio + output_image,
           (ending = 'completed')::int, (ending = 'truncated')::int, (ending = 'client_aborted')::int,
           (ending = 'upstream_error')::int, (ending = 'timed_out')::int, cost_picos,
           COALESCE(upstream_cost_currency = currency, false)::int,
           CASE WHEN upstream_cost_currency = currency THEN cost_picos ELSE 0 END,
           CASE WHEN upstream_cost_currency = currency THEN upstream_cost_picos ELSE 0 END
    FROM usage_records
    WHERE ended_at >= %(since)s AND ended_at < %(until)s AND ended_at >= (SELECT rolled_until FROM state)
)
SELECT CASE %(bucket)s::text WHEN 'hour' THEN hour ELSE date_trunc(%(bucket)s::text, hour, %(time_zone)s::text) END
           AS bucket_start,
       CASE %(split)s::text WHEN 'model' THEN model_name WHEN 'channel' THEN channel END COLLATE "C" AS value,
       currency COLLATE "C" AS currency, sum(calls)::bigint AS calls, sum(input_tokens)::bigint AS input_tokens,
       sum(output_tokens)::bigint AS output_tokens, sum(completed)::bigint AS completed,
       sum(truncated)::bigint AS truncated, sum(client_aborted)::bigint AS client_aborted,
       sum(upstream_error)::bigint AS upstream_error, sum(timed_out)::bigint AS timed_out,
       sum(price_picos) AS price_picos, sum(costed_calls)::bigint AS costed_calls,
       sum(costed_price_picos) AS costed_price_picos, sum(cost_picos) AS cost_picos
FROM part
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
LIMIT %(limit)s;

-- name: request_sums
WITH state AS (
    SELECT COALESCE(rolled_until, '-infinity') AS rolled_until FROM usage_rollup_state
),
part AS (
    SELECT hour, channel, status, error_code, requests
    FROM request_rollups
    WHERE hour >= %(since)s AND hour < %(until)s AND hour < (SELECT rolled_until FROM state)
    UNION ALL
    SELECT date_trunc('hour', started_at, 'UTC'), COALESCE(channel, ''), status, COALESCE(error_code, ''), 1
    FROM request_logs
    WHERE started_at >= %(since)s AND started_at < %(until)s AND started_at >= (SELECT rolled_until FROM state)
)
SELECT CASE %(bucket)s::text WHEN 'hour' THEN hour ELSE date_trunc(%(bucket)s::text, hour, %(time_zone)s::text) END
           AS bucket_start,
       channel COLLATE "C" AS channel, status, error_code COLLATE "C" AS error_code, sum(requests)::bigint AS requests
FROM part
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
LIMIT %(limit)s;

-- name: latency_sums
WITH state AS (
    SELECT COALESCE(rolled_until, '-infinity') AS rolled_until FROM usage_rollup_state
),
part AS (
    SELECT hour, measure, step, calls
    FROM latency_rollups
    WHERE hour >= %(since)s AND hour < %(until)s AND hour < (SELECT rolled_until FROM state)
    UNION ALL
    SELECT date_trunc('hour', ended_at, 'UTC'), timed.measure, width_bucket(timed.latency_ms, %(edges)s::bigint[]), 1
    FROM usage_records
    CROSS JOIN LATERAL (VALUES ('answer', latency_ms), ('first_token', first_token_ms)) AS timed (measure, latency_ms)
    WHERE ended_at >= %(since)s AND ended_at < %(until)s AND ended_at >= (SELECT rolled_until FROM state)
      AND timed.latency_ms IS NOT NULL
)
SELECT CASE %(bucket)s::text WHEN 'hour' THEN hour ELSE date_trunc(%(bucket)s::text, hour, %(time_zone)s::text) END
           AS bucket_start,
       measure COLLATE "C" AS measure, array_agg(step ORDER BY step) AS steps, array_agg(calls ORDER BY step) AS counts
FROM (
    SELECT CASE %(bucket)s::text WHEN 'hour' THEN hour ELSE date_trunc(%(bucket)s::text, hour, %(time_zone)s::text) END AS hour,
           measure, step, sum(calls)::bigint AS calls
    FROM part
    GROUP BY 1, 2, 3
) AS counted
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT %(limit)s;

-- name: leaders
-- Blocks from the sums; hours before, behind or taken from them from the roll-ups; what is not rolled up yet from the records.
WITH state AS (
    SELECT COALESCE(rolled_until, '-infinity') AS rolled_until FROM usage_rollup_state
),
block AS (
    SELECT span, since, until, sign
    FROM unnest(%(spans)s::text[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[], %(signs)s::int[])
        AS block (span, since, until, sign)
),
part AS (
    SELECT CASE %(dimension)s::text WHEN 'none' THEN org_id::text ELSE value END AS value, org_id, currency, requests,
           input_uncached + input_cached_read + input_cache_write + input_audio + input_image
               + output_text + output_reasoning + output_audio + output_image AS tokens, cost_nanos
    FROM block
    JOIN usage_sums ON usage_sums.starts_at = block.since AND usage_sums.span = block.span
                   AND usage_sums.dimension = %(dimension)s
    WHERE block.since < (SELECT rolled_until FROM state)
    UNION ALL
    SELECT CASE %(dimension)s::text
               WHEN 'none' THEN org_id::text WHEN 'key' THEN api_key_id::text WHEN 'user' THEN user_id::text
               ELSE model_name
           END, org_id, currency, sign * requests,
           sign * (input_uncached + input_cached_read + input_cache_write + input_audio + input_image
               + output_text + output_reasoning + output_audio + output_image), sign * cost_nanos
    FROM block
    JOIN usage_rollups ON hour >= block.since AND hour < block.until AND hour < (SELECT rolled_until FROM state)
    WHERE block.span = 'hour'
    UNION ALL
    SELECT CASE %(dimension)s::text
               WHEN 'none' THEN org_id::text WHEN 'key' THEN api_key_id::text WHEN 'user' THEN user_id::text
               ELSE model_name
           END, org_id, currency, 1,
           input_uncached + input_cached_read + input_cache_write + input_audio + input_image
               + output_text + output_reasoning + output_audio + output_image, cost_nanos
    FROM usage_records
    WHERE ended_at >= %(since)s AND ended_at < %(until)s AND ended_at >= (SELECT rolled_until FROM state)
),
-- Of who was active only in hours that were taken away, nothing is left.
of_org AS (
    SELECT value, currency, org_id, sum(requests) AS requests, sum(tokens) AS tokens, sum(cost_nanos) AS cost_nanos
    FROM part
    WHERE value IS NOT NULL
    GROUP BY value, currency, org_id
    HAVING sum(requests) <> 0
),
summed AS (
    SELECT value, currency, CASE WHEN count(*) = 1 THEN min(org_id::text)::uuid END AS org_id,
           sum(requests)::bigint AS calls, sum(tokens)::bigint AS tokens, sum(cost_nanos)::bigint AS price_nanos
    FROM of_org
    GROUP BY value, currency
)
SELECT summed.value, summed.org_id, summed.currency, summed.calls, summed.tokens, summed.price_nanos,
       (SELECT count(DISTINCT value) FROM summed) AS total,
       CASE %(dimension)s::text
           WHEN 'none' THEN (SELECT name FROM orgs WHERE orgs.id = summed.value::uuid)
           WHEN 'key' THEN (SELECT name FROM api_keys WHERE api_keys.id = summed.value::uuid)
           WHEN 'user' THEN (SELECT email FROM users WHERE users.id = summed.value::uuid)
       END AS label
FROM summed
ORDER BY summed.price_nanos DESC, summed.value COLLATE "C", summed.currency COLLATE "C"
LIMIT %(limit)s;

-- name: spending
WITH state AS (
    SELECT COALESCE(rolled_until, '-infinity') AS rolled_until FROM usage_rollup_state
)
SELECT org_id, currency, hour, sum(cost_nanos)::bigint AS cost_nanos
FROM (
    SELECT org_id, currency, hour, cost_nanos
    FROM usage_rollups
    WHERE org_id = ANY (%(org_ids)s::uuid[]) AND hour >= %(since)s AND hour < %(until)s
      AND hour < (SELECT rolled_until FROM state)
    UNION ALL
    SELECT org_id, currency, date_trunc('hour', ended_at, 'UTC'), cost_nanos
    FROM usage_records
    WHERE org_id = ANY (%(org_ids)s::uuid[]) AND ended_at >= %(since)s AND ended_at < %(until)s
      AND ended_at >= (SELECT rolled_until FROM state)
) AS part
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
LIMIT %(limit)s;
