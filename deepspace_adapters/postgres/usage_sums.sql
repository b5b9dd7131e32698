-- name: delete_sums
DELETE FROM usage_sums
WHERE (span <> 'month' AND starts_at = ANY (
          SELECT day + third * interval '8 hours' FROM unnest(%(days)s::timestamptz[]) AS day, generate_series(0, 2) AS third))
   OR (span = 'month' AND starts_at = ANY (%(months)s::timestamptz[]));

-- name: sum_thirds
-- Only hours that are rolled up: the others are answered from the records, and would count twice.
INSERT INTO usage_sums (org_id, dimension, span, starts_at, value, currency, requests, input_uncached, input_cached_read, input_cache_write, input_audio, input_image,
    output_text, output_reasoning, output_audio, output_image, cost_nanos)
SELECT rolled.org_id, split.dimension, 'third', date_bin('8 hours', rolled.hour, '2000-01-01T00:00:00Z'), split.value, rolled.currency,
       sum(rolled.requests), sum(rolled.input_uncached), sum(rolled.input_cached_read),
       sum(rolled.input_cache_write), sum(rolled.input_audio), sum(rolled.input_image), sum(rolled.output_text),
       sum(rolled.output_reasoning), sum(rolled.output_audio), sum(rolled.output_image), sum(rolled.cost_nanos)
FROM unnest(%(days)s::timestamptz[]) AS day
JOIN usage_rollups AS rolled ON rolled.hour >= day AND rolled.hour < day + interval '24 hours'
CROSS JOIN LATERAL (
    VALUES ('none', NULL), ('workspace', rolled.workspace_id::text), ('project', rolled.project_id::text),
           ('key', rolled.api_key_id::text), ('user', rolled.user_id::text), ('model', rolled.model_name)
) AS split (dimension, value)
WHERE rolled.hour < %(rolled_until)s
GROUP BY 1, 2, 4, 5, 6;

-- name: sum_days
INSERT INTO usage_sums (org_id, dimension, span, starts_at, value, currency, requests, input_uncached, input_cached_read, input_cache_write, input_audio, input_image,
    output_text, output_reasoning, output_audio, output_image, cost_nanos)
SELECT org_id, dimension, 'day', day, value, currency,
       sum(requests), sum(input_uncached), sum(input_cached_read), sum(input_cache_write), sum(input_audio),
       sum(input_image), sum(output_text), sum(output_reasoning), sum(output_audio), sum(output_image),
       sum(cost_nanos)
FROM unnest(%(days)s::timestamptz[]) AS day
JOIN usage_sums ON starts_at >= day AND starts_at < day + interval '24 hours' AND span = 'third'
GROUP BY 1, 2, 4, 5, 6;

-- name: sum_months
INSERT INTO usage_sums (org_id, dimension, span, starts_at, value, currency, requests, input_uncached, input_cached_read, input_cache_write, input_audio, input_image,
    output_text, output_reasoning, output_audio, output_image, cost_nanos)
SELECT org_id, dimension, 'month', month, value, currency,
       sum(requests), sum(input_uncached), sum(input_cached_read), sum(input_cache_write), sum(input_audio),
       sum(input_image), sum(output_text), sum(output_reasoning), sum(output_audio), sum(output_image),
       sum(cost_nanos)
FROM unnest(%(months)s::timestamptz[]) AS month
JOIN usage_sums ON starts_at >= month AND starts_at < (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
               AND span = 'day'
GROUP BY 1, 2, 4, 5, 6;

-- name: allow_sorting
SET LOCAL work_mem = '32MB';

-- name: summarize_sums
-- Blocks from the sums; the hours that no block covers from the roll-ups; what is not rolled up yet from the records.
WITH state AS (
    SELECT COALESCE(rolled_until, '-infinity') AS rolled_until FROM usage_rollup_state
),
block AS (
    SELECT bucket_start, span, since, until
    FROM unnest(%(bucket_starts)s::timestamptz[], %(spans)s::text[], %(sinces)s::timestamptz[], %(untils)s::timestamptz[])
        AS block (bucket_start, span, since, until)
),
part AS (
    SELECT block.bucket_start, usage_sums.value, usage_sums.currency, requests, input_uncached, input_cached_read, input_cache_write,
           input_audio, input_image, output_text, output_reasoning, output_audio, output_image, cost_nanos
    FROM block
    JOIN usage_sums ON usage_sums.starts_at = block.since AND usage_sums.span = block.span
                   AND usage_sums.dimension = %(dimension)s
    WHERE (%(org_id)s::uuid IS NULL OR usage_sums.org_id = %(org_id)s)
      AND (%(value)s::text IS NULL OR usage_sums.value = %(value)s)
    UNION ALL
    SELECT hours.bucket_start, hours.value, hours.currency, requests, input_uncached, input_cached_read, input_cache_write,
           input_audio, input_image, output_text, output_reasoning, output_audio, output_image, cost_nanos
    FROM (
        SELECT block.bucket_start,
               CASE %(dimension)s::text
                   WHEN 'workspace' THEN workspace_id::text
                   WHEN 'project' THEN project_id::text
                   WHEN 'key' THEN api_key_id::text
                   WHEN 'user' THEN user_id::text
                   WHEN 'model' THEN model_name
               END AS value, usage_rollups.*
        FROM block
        JOIN usage_rollups ON hour >= block.since AND hour < block.until AND hour < (SELECT rolled_until FROM state)
        WHERE block.span = 'hour' AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
    ) AS hours
    WHERE %(value)s::text IS NULL OR hours.value = %(value)s
    UNION ALL
    SELECT fresh.bucket_start, fresh.value, fresh.currency, 1, input_uncached, input_cached_read, input_cache_write,
           input_audio, input_image, output_text, output_reasoning, output_audio, output_image, cost_nanos
    FROM (
        SELECT buckets.bucket_start,
               CASE %(dimension)s::text
                   WHEN 'workspace' THEN workspace_id::text
                   WHEN 'project' THEN project_id::text
                   WHEN 'key' THEN api_key_id::text
                   WHEN 'user' THEN user_id::text
                   WHEN 'model' THEN model_name
               END AS value, usage_records.*
        FROM usage_records
        JOIN (SELECT bucket_start, min(since) AS since, max(until) AS until FROM block GROUP BY bucket_start) AS buckets
            ON ended_at >= buckets.since AND ended_at < buckets.until
        WHERE ended_at >= %(since)s AND ended_at < %(until)s AND ended_at >= (SELECT rolled_until FROM state)
          AND (%(org_id)s::uuid IS NULL OR org_id = %(org_id)s)
    ) AS fresh
    WHERE %(value)s::text IS NULL OR fresh.value = %(value)s
)
SELECT bucket_start, CASE WHEN %(shown)s::boolean THEN value END COLLATE "C" AS value, currency,
       sum(requests)::bigint AS requests, sum(input_uncached)::bigint AS input_uncached,
       sum(input_cached_read)::bigint AS input_cached_read, sum(input_cache_write)::bigint AS input_cache_write,
       sum(input_audio)::bigint AS input_audio, sum(input_image)::bigint AS input_image,
       sum(output_text)::bigint AS output_text, sum(output_reasoning)::bigint AS output_reasoning,
       sum(output_audio)::bigint AS output_audio, sum(output_image)::bigint AS output_image,
       sum(cost_nanos)::bigint AS cost_nanos
FROM part
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
LIMIT %(limit)s;
